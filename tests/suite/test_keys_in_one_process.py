"""What a key is of may change while a process goes on, as in a notebook. Oracle: what is computed then."""

from __future__ import annotations

import dataclasses
import importlib
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from plausible.errors import BadInput
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.study.campaign import Plan, carry_out, keys
from plausible.study.course import execute
from plausible.study.engine import Claims, Silent, compute
from plausible.study.keys import data
from plausible.study.keys.key import Key, key
from plausible.study.run import Outcome, Row, Run
from plausible.study.store.store import Store
from plausible.study.work import Work
from plausible.study.workers.executors import executor
from tests.suite.command import command
from tests.suite.quick import QUICK

RULE = """
from dataclasses import dataclass
from baselines.backprop import Backprop
from helper import GAIN

@dataclass(frozen=True)
class Mine(Backprop):
    def signals(self, params, passed, error):
        return [GAIN * signal for signal in super().signals(params, passed, error)]
"""
TASK = """
import os
from pathlib import Path
import numpy as np
import pandas as pd
from plausible.tasks.task import Recipe, Split, Task

def mine(rng):
    {read}
    x, y = table[:, :2], table[:, 2:]
    parts = [Split(x[n::3], y[n::3]) for n in range(3)]
    return Task("mine", *parts, "values", Recipe((3,), "linear", 1, 4, "sgd[rate=0.1]"))
"""
READ = {
    "csv by numpy": "table = np.loadtxt({file!r}, delimiter=',', skiprows=1)",
    "csv by pandas": "table = pd.read_csv({file!r}).to_numpy()",
    "npy": "table = np.load({file!r})",
    "bytes": "table = np.frombuffer(Path({file!r}).read_bytes(), float).reshape(-1, 3)",
}


def numbers(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(30, 3))


def write(how: str, file: Path, table: np.ndarray) -> None:
    """A table, as `READ` takes it."""
    if how.startswith("csv"):
        pd.DataFrame(table, columns=list("abc")).to_csv(file, index=False)
    elif how == "npy":
        with file.open("wb") as handle:
            np.save(handle, table)
    else:
        file.write_bytes(table.tobytes())


def with_task(folder: Path, read: str) -> Run:
    (folder / "mine.py").write_text(TASK.format(read=read))
    return replace(QUICK, task=f"{folder}/mine.py:mine", epochs=1, network=MLP((3,), output=output("linear")))


def scores(outcome: Outcome) -> list[float]:
    """What was measured, but for how fast that went."""
    return [row.value for row in outcome.rows if "second" not in row.metric]


def test_a_helper_that_changed_is_computed_anew_and_why_names_it(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    helper = tmp_path / "helper.py"
    helper.write_text("GAIN = 1.0\nOTHER = 2\n")
    (tmp_path / "mine.py").write_text(RULE)
    run = replace(QUICK, rule=f"{tmp_path}/mine.py:Mine")
    before, first = key(run), execute(run)
    store.save(before, first)
    assert store.find(key(run)) is not None
    helper.write_text("GAIN = 3.0\nOTHER = 2\n")
    after = key(run)
    assert store.find(after) is None
    assert scores(execute(run)) != scores(first)
    told = command("why", before.name, capsys=capsys)
    assert told.out == "the code of helper.py changed\nthe data were not looked at\n"
    helper.write_text("# the old gain\nGAIN = 1.0\n")
    assert key(run) == before
    assert command("why", before.name, capsys=capsys).out == "nothing changed: this result is used\n"


@pytest.mark.parametrize("how", READ)
def test_a_file_that_changed_under_a_task_is_read_anew(how: str, tmp_path: Path) -> None:
    file = tmp_path / "table"
    write(how, file, numbers(0))
    run = with_task(tmp_path, READ[how].format(file=str(file)))
    before, first = key(run), execute(run)
    assert key(run) == before
    write(how, file, numbers(1))
    assert key(run).differences(before) == ["the data changed"]
    assert scores(execute(run)) != scores(first)
    write(how, file, numbers(0))
    assert key(run) == before


def test_a_file_that_a_library_opens_by_itself_is_read_anew_after_a_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Arrow tells Python of no file that it opens."""
    file = tmp_path / "table.parquet"
    frame = pd.DataFrame(numbers(0), columns=list("abc"))
    frame.to_parquet(file)
    read = "import pyarrow.parquet; table = pyarrow.parquet.ParquetFile({!r}).read().to_pandas().to_numpy()"
    run = with_task(tmp_path, read.format(str(file)))
    before = key(run)
    (2 * frame).to_parquet(file)
    now = data.time.monotonic()
    monkeypatch.setattr(data.time, "monotonic", lambda: now + 100)
    assert key(run).differences(before) == ["the data changed"]


def test_where_data_lie_may_be_said_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also to workers, which a process starts that was there before."""
    read = "table = np.load(Path(os.environ['PLAUSIBLE_DATA']) / 'table.npy')"
    run = with_task(tmp_path, read)
    found: list[tuple[Key, Outcome]] = []
    for seed in (0, 1):
        folder = tmp_path / f"data{seed}"
        folder.mkdir()
        np.save(folder / "table.npy", numbers(seed))
        monkeypatch.setenv("PLAUSIBLE_DATA", str(folder))
        ended = Heard()
        with executor("local", 1) as workplace:
            compute([run], workplace, 1, ended)
        (outcome,) = ended.outcomes
        assert outcome.status == "done", outcome
        assert scores(outcome) == scores(execute(run))
        found.append((key(run), outcome))
    (before, first), (after, second) = found
    assert after.differences(before) == ["the data changed"]
    assert scores(first) != scores(second)


@dataclasses.dataclass
class Heard(Silent):
    """Takes note of outcomes."""

    outcomes: list[Outcome] = dataclasses.field(default_factory=list)

    def ended(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)


def test_what_was_claimed_is_stored_under_the_key_of_that_moment(store: Store, tmp_path: Path) -> None:
    """Whatever is written while a run is on its way."""
    (tmp_path / "helper.py").write_text("GAIN = 1.0\n")
    (tmp_path / "mine.py").write_text(RULE)
    run = replace(QUICK, rule=f"{tmp_path}/mine.py:Mine")
    claims, before = Claims(store), key(run)
    assert claims.claim(run) == "mine"
    outcome = execute(run)
    (tmp_path / "helper.py").write_text("GAIN = 2.0\n")
    claims.settle(outcome)
    assert [stored.key for stored in store] == [before]
    assert store.find(key(run)) is None


@pytest.mark.parametrize(("where", "workers"), [("local", 0), ("local", 1), ("dask:local", 1)])
@pytest.mark.parametrize("file", ["helper.py", "mine.py"])
def test_code_that_changed_before_it_was_executed_is_not_stored(
    where: str, workers: int, file: str, store: Store, tmp_path: Path
) -> None:
    """A run is claimed, waits for a worker, and its file is read only then."""
    if where != "local":
        pytest.importorskip("distributed", reason="the extra `dask` is not installed")
    helper = tmp_path / "helper.py"
    helper.write_text("GAIN = 1.0\n")
    (tmp_path / "mine.py").write_text(RULE)
    runs = [replace(QUICK, rule=f"{tmp_path}/mine.py:Mine", seed=seed) for seed in (0, 1)]
    planned = {run: key(run) for run in runs}

    class Late(Claims):
        """Somebody writes the helper after the claim, and before the run is handed out."""

        def checkpoint(self, run: Work) -> Path:
            changed = {"helper.py": "GAIN = -1.0\n", "mine.py": RULE.replace("GAIN *", "-GAIN *")}[file]
            (tmp_path / file).write_text(changed)
            return super().checkpoint(run)

    ended = Heard()
    lost = "while the runs went on: 2 runs are not stored; give the command again"
    told = rf"^the code of {re.escape(file)} changed, {lost}$"
    with executor(where, workers) as workplace, pytest.raises(BadInput, match=told):
        compute(runs, workplace, 1, ended, claims=Late(store, planned=planned))
    assert [outcome.status for outcome in ended.outcomes] == ["failed", "failed"]
    assert not list(store)
    assert not list((store.root / "locks").iterdir())


CACHED = {  # a task that holds on to its table, by what it says first and what it calls then
    "at import": ("TABLE = np.loadtxt({!r}, delimiter=',', skiprows=1)\n", "table = TABLE"),
    "behind a cache": (
        "@cache\ndef read():\n    return np.loadtxt({!r}, delimiter=',', skiprows=1)\n",
        "table = read()",
    ),
}


@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize("how", CACHED)
def test_data_that_a_module_holds_on_to_are_read_anew(
    how: str, workers: int, store: Store, tmp_path: Path
) -> None:
    """Oracle: a task that reads its file whenever it is made."""
    file = tmp_path / "table.csv"
    write("csv by numpy", file, numbers(0))
    first, then = CACHED[how]
    (tmp_path / "cached").mkdir()
    run = with_task(tmp_path / "cached", then)
    module = tmp_path / "cached" / "mine.py"
    module.write_text(
        f"import numpy as np\nfrom functools import cache\n{first.format(str(file))}{module.read_text()}"
    )
    by_number: dict[int, list[float]] = {}
    for number in (0, 1, 0):
        write("csv by numpy", file, numbers(number))
        plan = Plan(keys([run]))
        computed = carry_out(plan, store, Silent(), workers=workers)
        assert computed == (number not in by_number)
        (stored,) = plan.stored(store).values()
        truth = execute(with_task(tmp_path, READ["csv by numpy"].format(file=str(file))))
        by_number[number] = scores(stored.outcome())
        assert by_number[number] == scores(truth)
    assert by_number[0] != by_number[1]


@pytest.mark.parametrize("workers", [0, 1])
def test_data_that_changed_before_they_were_read_are_not_stored(
    workers: int, store: Store, tmp_path: Path
) -> None:
    file = tmp_path / "table.csv"
    write("csv by numpy", file, numbers(0))
    run = with_task(tmp_path, READ["csv by numpy"].format(file=str(file)))

    class Late(Claims):
        """Somebody writes the table after the claim."""

        def checkpoint(self, run: Work) -> Path:
            write("csv by numpy", file, numbers(1))
            return super().checkpoint(run)

    with executor("local", workers) as workplace, pytest.raises(BadInput, match=r"^the data changed, while"):
        compute([run], workplace, 1, Silent(), claims=Late(store))
    assert not list(store)


def test_a_file_that_a_rule_reads_while_it_is_imported_is_in_its_key(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gain = tmp_path / "gain.json"
    gain.write_text("1.0")
    read = f"import json\nfrom pathlib import Path\nGAIN = json.loads(Path({str(gain)!r}).read_text())\n"
    (tmp_path / "mine.py").write_text(RULE.replace("from helper import GAIN\n", read))
    run = replace(QUICK, rule=f"{tmp_path}/mine.py:Mine")
    before, first = key(run), execute(run)
    store.save(before, first)
    gain.write_text("-1.0")
    assert key(run).differences(before) == ["the file gain.json changed"]
    assert scores(execute(run)) != scores(first)
    told = command("why", before.name, capsys=capsys)
    assert (told.code, told.out) == (2, "")
    assert "file gain.json is read is known only when what reads it is executed: --execute-files" in told.err
    gain.write_text("1.0")
    assert key(run) == before
    assert scores(execute(run)) == scores(first)


@pytest.mark.parametrize("line", ["from {} import GAIN", "import {}; GAIN = {}.GAIN"])
@pytest.mark.parametrize("name", ["own_package_{}", "own_folder_{}.inner"])
def test_a_package_that_changed_since_it_was_imported_is_refused_until_it_is_reloaded(
    name: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What this process would execute is not what the file holds, and so has no key."""
    name = name.format("a" if line.startswith("from") else "b")
    rule = RULE.replace("from helper import GAIN", line.format(name, name))
    file = tmp_path / f"{name.replace('.', '/')}.py"
    file.parent.mkdir(exist_ok=True)
    file.write_text("GAIN = 1.0\n")
    monkeypatch.syspath_prepend(tmp_path)
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "mine.py").write_text(rule)
    run = replace(QUICK, rule=f"{folder}/mine.py:Mine")
    before = key(run)
    file.write_text("GAIN = 22.0\n")
    with pytest.raises(BadInput, match=rf"has changed since this process imported it: .*, or reload {name}$"):
        key(run)
    importlib.reload(sys.modules[name])
    (folder / "mine.py").write_text(f"# again\n{rule}")
    assert key(run).differences(before) == [f"the code of {name} changed"]


def unwritable(outcome: Outcome) -> dict[str, Callable[[], Outcome]]:
    """Outcomes that cannot be written down as they are."""
    row = outcome.rows[0]
    return {
        "a name in half a character": lambda: replace(outcome, rows=[row._replace(metric="a\ud800")]),
        "a number that is none": lambda: replace(outcome, rows=[row._replace(value="much")]),  # type: ignore[arg-type]
        "a whole number that is too large": lambda: replace(outcome, rows=[row._replace(examples=2**70)]),
        "no row": lambda: replace(outcome, rows=[None]),  # type: ignore[list-item]
    }


@pytest.mark.parametrize(
    "what", unwritable(Outcome(QUICK, "done", rows=[Row("", "", 0, 0, 0, 0, "", "", "", 0)]))
)
def test_a_result_that_cannot_be_stored_costs_its_own_run(what: str, store: Store, outcome: Outcome) -> None:
    claims = Claims(store)
    for seed in (0, 1):
        assert claims.claim(replace(QUICK, seed=seed)) == "mine"
    lost = claims.settle(unwritable(outcome)[what]())
    assert lost.status == "failed"
    assert lost.reason.startswith("its result cannot be stored: ")
    assert "\n" not in lost.reason
    other = claims.settle(replace(outcome, run=replace(QUICK, seed=1)))
    assert other.status == "done"
    assert {stored.run.seed: stored.status for stored in store} == {0: "failed", 1: "done"}
    assert not list((store.root / "writing").iterdir())


def test_words_of_a_failure_are_stored_whatever_they_are(store: Store, outcome: Outcome) -> None:
    claims = Claims(store)
    claims.claim(QUICK)
    words = "θ < 0, \ud800\x1b"
    ended = claims.settle(replace(outcome, status="failed", reason=words, traceback=f"Traceback: {words}"))
    assert ended.reason == words
    stored = store.find(key(QUICK))
    assert stored is not None
    assert stored.status == "failed"
    assert stored.reason.startswith("θ < 0, ")


def test_a_disk_that_is_full_ends_the_study(
    store: Store, outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing that is computed after it could be stored."""

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    claims = Claims(store)
    claims.claim(QUICK)
    monkeypatch.setattr("plausible.study.store.store.write_json", full)
    with pytest.raises(OSError, match="No space left"):
        claims.settle(outcome)
    assert not list((store.root / "locks").iterdir())
