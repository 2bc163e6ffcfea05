"""What cannot be used is refused in one line with exit code 2, before anything runs. Oracle: that promise.

The table is in `bad_inputs.py`.
"""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from plausible.cli.main import app
from plausible.study.run import Run
from plausible.study.store.store import Store
from plausible.study.study import find
from tests.processes import COMMAND, finished
from tests.suite.bad import Bad
from tests.suite.bad_files import FILES
from tests.suite.bad_inputs import BAD
from tests.suite.command import command, computed


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with files that are broken in every way."""
    folder = tmp_path_factory.mktemp("here")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def named(text: str) -> set[str]:
    """The options that a text names."""
    return {*re.findall(r"(?<![\w-])--[a-z][a-z-]*", text)}


def taken(*texts: str) -> set[str]:
    """The options of the command that a line begins with, and of those that a message names with the program's name."""
    group: Any = typer.main.get_command(app)
    known = set()
    for words in re.findall(r"(?:^|plausible )([a-z]+)", "\n".join(texts), re.MULTILINE):
        found = group.commands.get(words)
        for part in (found, *getattr(found, "commands", {}).values()) if found else ():
            known |= {option for parameter in part.params for option in parameter.opts}
    return known | {"--help"}


def test_there_are_enough_and_each_is_another_one() -> None:
    lines = [(bad.line, tuple(bad.environment.items())) for bad in BAD]
    assert len(lines) == len(set(lines)) >= 120


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.line)
def test_bad_input_is_one_line_and_exit_code_2(
    bad: Bad, here: Path, results: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(here)
    for name, value in bad.environment.items():
        monkeypatch.setenv(name, value.replace("{here}", str(here)))
    before = {path.relative_to(here) for path in here.rglob("*")}
    code, out, err = command(*shlex.split(bad.line.replace("{here}", str(here))), capsys=capfd)
    assert (code, out) == (2, ""), err
    assert err.startswith("error: ")
    assert err.count("\n") == 1, err
    assert "Traceback" not in err
    assert bad.told in err
    assert named(err) <= taken(bad.line, err) | named(bad.line), "an option that this command has not"
    assert not list(results.glob("runs/*"))
    after = {
        path.relative_to(here)
        for path in here.rglob("*")
        if path.name != "__pycache__" and path.suffix != ".pyc"
    }
    assert after == before


@pytest.mark.parametrize("long", [5000 * "a", 1000 * "a, b "])
def test_of_a_long_text_the_beginning_is_told(long: str, capfd: pytest.CaptureFixture[str]) -> None:
    for line in (
        ["compare", "--init", long],
        ["list", long],
        ["figure", f"./{long}.parquet"],
        ["run", f"--{long}"],
    ):
        code, _, err = command(*line, capsys=capfd)
        assert (code, err.count("\n")) == (2, 1)
        assert long[:50] in err, err
        assert len(err) < 1000


@pytest.mark.parametrize(
    "line", ["compare --seeds 0", "list rule", "run acuracy", "figure accuracy --format jpg"]
)
def test_a_process_of_its_own_says_the_same(line: str) -> None:
    ended = finished([*COMMAND, *line.split()], check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("error: ")
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize("line", ["list rules", "list rules --json", "--help"])
def test_a_reader_that_goes_ends_a_command_in_silence(line: str) -> None:
    """As in `plausible list rules | head -1`; what fits into the pipe is written nevertheless."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as nobody_reads:
        ended = finished([*COMMAND, *line.split()], check=False, stdout=nobody_reads)
    assert (ended.returncode, ended.stderr) == (141, "")


@pytest.mark.parametrize("line", ["list rules", "list rules --json", "--version"])
def test_a_full_disk_in_the_place_of_the_terminal(line: str) -> None:
    with Path("/dev/full").open("wb") as full:
        ended = finished([*COMMAND, *line.split()], check=False, stdout=full)
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: No space left on device")
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize(("closed", "code"), [(">&-", 0), ("2>&-", 0), ("<&-", 0), (">&- 2>&-", 0)])
def test_streams_that_are_closed_are_none_of_our_business(closed: str, code: int, tmp_path: Path) -> None:
    """What is written to files goes there, and not to a descriptor that was free."""
    (tmp_path / "watch").write_text("mine")
    line = f"{shlex.join([*COMMAND, 'list', 'rules', '--json'])} {closed}"
    ended = finished(["bash", "-c", line], check=False, cwd=tmp_path)
    assert ended.returncode == code
    assert "Traceback" not in ended.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["watch"]


@pytest.mark.parametrize(
    ("name", "told"),
    [("study_ours", "KeyError: 'accuracy'"), ("study_ours_words", "could not convert string to float")],
)
def test_a_number_of_a_study_that_cannot_be_read_costs_no_run(
    name: str, told: str, here: Path, store: Store, capfd: pytest.CaptureFixture[str]
) -> None:
    """It is known only when the runs have ended; they stay, and the line says whose number it is, and where."""
    file = here / f"{name}.py"
    computed([cell for cell in find(str(file)).cells("smoke") if isinstance(cell, Run)], store)
    ended = command("reproduce", str(file), "--scale", "smoke", capsys=capfd)
    assert ended.code == 2
    last = ended.err.splitlines()[-1]
    assert last.startswith("error: our number for 'x' cannot be read from the study's table: ")
    assert told in last
    assert "Traceback" not in ended.err
    assert len(list(store)) == 1


TINY = "compare --task two-moons[examples=100] --rules backprop --hidden 4 --epochs 1 --seeds 1 --workers 1"


@pytest.mark.parametrize("line", ["figure accuracy --out {here}", "figures"])
def test_a_figure_for_which_matplotlib_refuses_its_settings_is_one_line(line: str, tmp_path: Path) -> None:
    environment = os.environ | {"MPLBACKEND": "nonsense"}
    ended = finished([*COMMAND, *line.format(here=tmp_path).split()], check=False, env=environment)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert "mend MPLBACKEND" in ended.stderr


def test_a_comparison_whose_figure_cannot_be_drawn_leaves_the_rest(tmp_path: Path) -> None:
    environment = os.environ | {"MPLBACKEND": "nonsense", "PLAUSIBLE_RESULTS": str(tmp_path / "results")}
    line = [*COMMAND, *TINY.split(), "--out", str(tmp_path / "out")]
    ended = finished(line, check=False, env=environment)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert ended.stderr.splitlines()[-1].startswith("the figure could not be drawn: ValueError: Key backend")
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {"metrics.parquet", "summary.json"}


def test_a_pipe_that_is_closed_costs_no_file(tmp_path: Path) -> None:
    environment = os.environ | {"PLAUSIBLE_RESULTS": str(tmp_path / "results")}
    line = [*COMMAND, *TINY.split(), "--out", str(tmp_path / "out")]
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ended = finished(line, check=False, env=environment, stdout=writing)
    finally:
        os.close(writing)
    assert (ended.returncode, ended.stderr) == (141, "")
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {"metrics.parquet", "summary.json"}


HEAD = """
import os
import warnings
from dataclasses import dataclass
from baselines.backprop import Backprop

class Own(BaseException): pass

"""
MINE = (
    HEAD
    + """
@dataclass(frozen=True)
class Mine(Backprop):
    def init(self, n_in, n_out, rng): {}

def mine(rng): {}
"""
)
WILD = {
    "GeneratorExit": "raise GeneratorExit",
    "Own": "raise Own('so')",
    "KeyboardInterrupt": "raise KeyboardInterrupt",
    "os._exit(0) was called": "os._exit(0)",
}


@pytest.mark.parametrize("where", ["import", "init", "task"])
@pytest.mark.parametrize("told", WILD)
def test_whatever_code_of_a_users_own_does_is_one_line(told: str, where: str, tmp_path: Path) -> None:
    """Nobody interrupted, and nothing ended the command: both would have another exit code."""
    (tmp_path / "mine.py").write_text(
        HEAD + WILD[told] if where == "import" else MINE.format(WILD[told], WILD[told])
    )
    chosen = (
        f"--task {tmp_path}/mine.py:mine"
        if where == "task"
        else f"--task two-moons --rules {tmp_path}/mine.py:Mine"
    )
    environment = os.environ | {"PLAUSIBLE_RESULTS": str(tmp_path / "results")}
    ended = finished([*COMMAND, "compare", *chosen.split()], check=False, env=environment)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1), ended.stderr
    assert ended.stderr.startswith("error: ")
    assert told in ended.stderr


def test_whatever_the_cells_of_a_study_raise_is_one_line(tmp_path: Path) -> None:
    lines = ["from plausible.study.study import Study", "def smoke(): raise KeyboardInterrupt"]
    (tmp_path / "mine.py").write_text(
        "\n".join([*lines, 'study = Study("mine", "So?", {"smoke": smoke})', ""])
    )
    line = [*COMMAND, "status", str(tmp_path / "mine.py"), "--scale", "smoke"]
    ended = finished(line, check=False, env=os.environ | {"PLAUSIBLE_RESULTS": str(tmp_path / "results")})
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1), ended.stderr
    assert "KeyboardInterrupt" in ended.stderr


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("async def mine(rng): pass", "expected def instead of async def"),
        ("def mine(rng): warnings.warn('beware'); return 3", "returned int"),
        ("# \xe9\ndef mine(rng): open('executed', 'w')", "expected UTF-8"),
    ],
    ids=["a coroutine", "a warning", "Latin-1"],
)
def test_nothing_precedes_the_one_line(text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_bytes((HEAD.replace("\n\n", "\n") + text).encode("latin-1"))
    environment = os.environ | {"PLAUSIBLE_RESULTS": str(tmp_path / "results"), "PYTHONWARNINGS": "default"}
    line = [*COMMAND, "compare", "--task", f"{tmp_path}/mine.py:mine"]
    ended = finished(line, check=False, env=environment, cwd=tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1), ended.stderr
    assert told in ended.stderr
    assert not (tmp_path / "executed").exists()
    assert not (tmp_path / "results" / "runs").exists()
