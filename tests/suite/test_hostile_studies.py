"""Studies, files, tables and folders that somebody made to do harm: refused in one line, nothing written outside.

Oracle: what lies beside the folder that a command may write to, and a canary that only executed code writes.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from plausible.errors import BadInput
from plausible.networks.mlp import MLP
from plausible.study.compare import Comparison
from plausible.study.experiment import Experiment
from plausible.study.run import Run
from plausible.study.store.store import Store
from plausible.study.study import Study
from tests.suite.command import command
from tests.suite.quick import RULE

NAMES = (
    *(
        "../../evil",
        "/tmp/evil",
        "a/b",
        "a\\b",
        "..",
        ".",
        ".hidden",
        "",
        " ",
        "a b",
        "-rf",
        "a\n",
        "a\0",
        "x" * 101,
    ),
    *("\x1b]0;owned\x07", "‮evil", "ünïcode", "a:b", "~", "$HOME", "a;b", "a'b", None, 7),
)
STUDY = """
from plausible.study.study import Study
study = Study({name!r}, "Does it escape?", {{"smoke": lambda: []}})
"""


@pytest.fixture
def here(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, deep enough for names that climb."""
    folder = tmp_path / "a" / "b" / "here"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    return tmp_path / "canary"


def code(canary: Path) -> str:
    """Python that leaves a trace when it is executed."""
    return f"from pathlib import Path\nPath({str(canary)!r}).write_text('executed')\n"


def tree(folder: Path) -> set[str]:
    """All that lies below a folder, but what the store keeps for itself."""
    found = {str(path.relative_to(folder)) for path in folder.rglob("*")}
    return {name for name in found if not name.startswith("results")}


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line that a command ends with; before it, it may have said which files it executes."""
    ended = command(*arguments, capsys=capsys)
    assert "\x1b" not in ended.err
    *before, last = ended.err.splitlines()
    assert (ended.code, ended.out, ended.err[-1:]) == (2, "", "\n"), ended
    assert last.startswith("error: ")
    assert all(line.startswith("executed ") for line in before), "said before the file is executed"
    return last


# --- names ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_names_of_studies_are_checked_where_they_enter(
    name: Any, here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "hostile.py").write_text(STUDY.format(name=name))
    before = tree(tmp_path)
    said = refused(capsys, "export", "hostile.py", "--scale", "smoke")
    assert "the name of a study is" in said
    assert tree(tmp_path) == before


@pytest.mark.parametrize("name", ["accuracy", "song2020", "accuracy-tuning", "a.b_c-1", "_x", "7"])
def test_good_names_of_studies_are_good(name: str) -> None:
    assert Study(name, "Is it?", {"smoke": list}).name == name


@pytest.mark.parametrize(
    "function",
    ["os", "os:system;x", "../evil:x", "a/b:c", "a:b:c", "a:\x1b", "", ":", "a b:c", "/tmp/evil.py:x y"],
)
def test_functions_of_experiments_are_names_in_modules_or_files(function: str) -> None:
    with pytest.raises(BadInput) as caught:
        Experiment(function)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "options", [(("a b", 1),), (("x", "\x1b[2J"),), (("", 1),), (("__import__('os')", 1),)]
)
def test_options_of_experiments_are_names_and_words(options: Any) -> None:
    with pytest.raises(BadInput) as caught:
        Experiment("studies.spiking:features", options)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("field", ["task", "rule"])
@pytest.mark.parametrize("name", ["fa\x1b]0;owned\x07", "fa\n", "fa\0", 7, None], ids=repr)
def test_rules_and_tasks_have_no_control_characters_in_their_names(field: str, name: Any) -> None:
    with pytest.raises(BadInput) as caught:
        Run(**({"task": "digits", "rule": "fa", "network": MLP((3,))} | {field: name}))
    assert str(caught.value).isprintable()


# --- files ----------------------------------------------------------------------------------------------


def put(here: Path, kind: str) -> str:
    """A file that is no file of Python, and how it is named."""
    place = here / "evil.py"
    makers: dict[str, Callable[[], Any]] = {
        "a pipe": lambda: os.mkfifo(place),
        "a folder": place.mkdir,
        "a device": lambda: place.symlink_to("/dev/zero"),
        "a link to itself": lambda: place.symlink_to(place),
        "a link to nothing": lambda: place.symlink_to(here / "nothing"),
        "bytes": lambda: place.write_bytes(b"\x00\xff\xfe" * 100),
        "brackets without end": lambda: place.write_text("(" * 100_000),
    }
    if kind in makers:
        makers[kind]()
        return str(place)
    return {
        "a user that there is not": "~nobody-of-this-name/x.py",
        "a name that is too long": f"{'x' * 5000}.py",
    }[kind]


@pytest.mark.parametrize(
    "kind",
    [
        *(
            "a pipe",
            "a folder",
            "a device",
            "a link to itself",
            "a link to nothing",
            "bytes",
            "brackets without end",
        ),
        *("a user that there is not", "a name that is too long"),
    ],
)
def test_files_that_are_no_python_are_refused(
    kind: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = put(here, kind)
    refused(capsys, "run", name, "--scale", "smoke")
    refused(capsys, "compare", "--rules", f"{name}:Mine", "--task", f"{name}:mine")


def test_a_table_of_tuning_never_says_which_rule_runs(
    here: Path, store: Store, canary: Path, tmp_path: Path
) -> None:
    (tmp_path / "evil.py").write_text(code(canary) + RULE)
    columns = ["task", "rule", "spec", "optimiser", "status", "score"]
    spec = f"{tmp_path / 'evil.py'}:Mine[matching=True]"
    rows = [("two-moons[examples=100]", "backprop", spec, "SGD(rate=0.5)", "done", 1.0)]
    (store.root / "tuning").mkdir()
    pd.DataFrame(rows, columns=columns).to_parquet(store.root / "tuning" / "mine-tuning.parquet")
    runs = Comparison("two-moons[examples=100]", ("backprop",), epochs=1, hidden=(3,), tuned="mine").runs()
    assert {run.rule for run in runs} == {"backprop[matching=True]"}
    assert not canary.exists()


@pytest.mark.parametrize(
    "optimiser",
    [
        *("__import__('os').system('touch canary')", "SGD(rate=open('canary', 'w'))", "(" * 5000, "Store()"),
        *("SGD(rate=" + "-" * 100_000 + "1)", "SGD(**{'rate': 0.1})", None, 7, {"a": 1}),
    ],
    ids=lambda text: str(text)[:30],
)
def test_a_table_of_tuning_runs_nothing(optimiser: Any, here: Path, store: Store) -> None:
    columns = ["task", "rule", "spec", "optimiser", "status", "score"]
    rows = [("two-moons[examples=100]", "backprop", "backprop", optimiser, "done", 1.0)]
    (store.root / "tuning").mkdir()
    pd.DataFrame(rows, columns=columns).to_parquet(store.root / "tuning" / "mine-tuning.parquet")
    with pytest.raises(BadInput) as caught:
        Comparison("two-moons[examples=100]", ("backprop",), epochs=1, hidden=(3,), tuned="mine").runs()
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 1000
    assert tree(here) == set()


@pytest.mark.parametrize("column", ["task", "rule", "spec"])
@pytest.mark.parametrize("value", [None, 7, {"a": 1}], ids=str)
def test_a_table_of_tuning_holds_words(column: str, value: Any, here: Path, store: Store) -> None:
    row = {"task": "two-moons", "rule": "backprop", "spec": "backprop", "optimiser": "SGD(rate=0.5)"}
    (store.root / "tuning").mkdir()
    table = pd.DataFrame([row | {"status": "done", "score": 1.0, column: value}])
    table.to_parquet(store.root / "tuning" / "mine-tuning.parquet")
    with pytest.raises(
        BadInput,
        match=f"column {column} of table .* expected words alone|neither numbers nor words \\({column}\\)",
    ):
        Comparison("two-moons", ("backprop",), epochs=1, hidden=(3,), tuned="mine").runs()


# --- folders --------------------------------------------------------------------------------------------


@pytest.fixture
def hostile(here: Path, canary: Path) -> Path:
    """A folder with studies/ and figures/ full of what nobody asked for."""
    for folder in ("studies", "figures", "studies/tables"):
        (here / folder).mkdir(exist_ok=True)
    (here / "studies" / "evil.py").write_text(
        f"{code(canary)}\nstudy = Study('evil', 'Why?', {{'smoke': None}})\n"
    )
    (here / "studies" / "large.py").write_text("#" * 5_000_000 + "\nstudy = 1\n")
    (here / "studies" / "broken.py").write_text("(" * 100_000 + "\nstudy = 1\n")
    (here / "studies" / "bytes.py").write_bytes(b"\xff\x00\nstudy = 1\n")
    (here / "studies" / "\x1b[2Jnamed.py").write_text("'''Q?'''\nstudy = 1\n")
    (here / "studies" / "folder.py").mkdir()
    (here / "studies" / "dangling.py").symlink_to("/nowhere")
    os.mkfifo(here / "studies" / "pipe.py")
    (here / "figures" / "evil.py").write_text(code(canary))
    (here / "figures" / "broken.py").write_text("(" * 100_000)
    os.mkfifo(here / "figures" / "pipe.py")
    for name in ("evil", "broken", "pipe"):
        pd.DataFrame({"a": [1]}).to_parquet(here / "studies" / "tables" / f"{name}.parquet")
    return here


@pytest.mark.parametrize("what", ["studies", "figures", "rules", "tasks", "optimisers"])
def test_lists_execute_nothing(
    what: str, hostile: Path, canary: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for more in ([], ["--json"]):
        ended = command("list", what, *more, capsys=capsys)
        assert ended.code == 0
        assert ended.err == ""
        assert ("rules of single synapses" in ended.out) == (what == "rules" and not more)
        assert "\x1b" not in ended.out
    assert not canary.exists()
    assert what not in ("studies", "figures") or '"evil"' in ended.out


def test_names_that_nobody_knows_execute_nothing(
    hostile: Path, canary: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in (["status", "evli"], ["figure", "evli"], ["why", "0"], ["figure", "../evil"]):
        refused(capsys, *arguments)
    assert not canary.exists()


def test_what_is_named_is_executed_and_said(
    hostile: Path, canary: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = hostile / "studies" / "named.py"
    study.write_text(code(canary) + STUDY.format(name="named").replace("[]", "[Run('xor', 'fa', MLP((3,)))]"))
    study.write_text(
        study.read_text() + "from plausible.study.run import Run\nfrom plausible.networks.mlp import MLP\n"
    )
    ended = command("status", "named", "--scale", "smoke", capsys=capsys)
    assert (ended.code, ended.err) == (0, f"executed {study}\n")
    assert canary.exists()


# --- tables ---------------------------------------------------------------------------------------------

TABLES: dict[str, Callable[[Path], Any]] = {
    "other columns": lambda file: pd.DataFrame({"a": [1]}).to_parquet(file),
    "no rows": lambda file: pd.DataFrame({"task": [], "rule": [], "value": []}).to_parquet(file),
    "words for numbers": lambda file: pd.DataFrame(
        {
            name: ["\x1b[2J"]
            for name in ("key", "task", "rule", "seed", "epoch", "split", "metric", "value", "status")
        }
    ).to_parquet(file),
    "no table": lambda file: file.write_bytes(b"PAR1nonsensePAR1"),
    "a folder": lambda file: file.mkdir(),
    "a link to nothing": lambda file: file.symlink_to("/nowhere"),
}


@pytest.mark.parametrize("make", TABLES.values(), ids=TABLES)
def test_a_foreign_table_is_refused_in_one_line(
    make: Callable[[Path], Any], here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "studies" / "tables").mkdir(parents=True)
    (here / "studies" / "own.py").write_text(STUDY.format(name="own"))
    for name in ("accuracy", "own"):
        make(here / "studies" / "tables" / f"{name}.parquet")
    before = tree(here)
    for arguments in (["figure", "./studies/tables/accuracy.parquet"], ["seeds", "own"]):
        assert "table" in refused(capsys, *arguments)
    assert tree(here) == before


def test_files_that_are_written_replace_links_and_do_not_follow_them(
    here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.suite.command import computed
    from tests.suite.quick import QUICK

    computed([QUICK], Store())
    (here / "mine.py").write_text(
        "from plausible.study.study import Study\nfrom tests.suite.quick import QUICK\n"
        "study = Study('mine', 'Who?', {'smoke': lambda: [QUICK]})\n"
    )
    (tmp_path / "precious").write_text("precious")
    (here / "out").mkdir()
    (here / "out" / "mine.parquet").symlink_to(tmp_path / "precious")
    ended = command("export", "mine.py", "--scale", "smoke", "--folder", "out", "--overwrite", capsys=capsys)
    assert ended.code == 0, ended
    assert (tmp_path / "precious").read_text() == "precious"
    assert not (here / "out" / "mine.parquet").is_symlink()
    assert sorted(path.name for path in (here / "out").iterdir()) == ["mine.parquet"]
