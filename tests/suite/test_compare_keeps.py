"""A comparison loses nothing: it uses the store, and a folder holds one comparison. Oracle: what `--help` promises."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from filelock import FileLock, Timeout

from plausible.report import comparison as report
from plausible.study.compare import Comparison, compare
from plausible.study.folders import FILES, holds, place, spec
from plausible.study.store.store import Store
from tests.suite.command import command, computed
from tests.suite.quick import SLEEPS

RULES = ("backprop", "feedback-alignment")
QUICK = Comparison("two-moons[examples=100]", RULES, seeds=2, epochs=1, hidden=(4,))
LINE = ("compare", "--task", QUICK.task, "--epochs", "1", "--hidden", "4", "--workers", "1")
TWO = (*LINE, "--rules", "backprop,fa", "--seeds", "2")
ONE = (*LINE, "--rules", "backprop,fa", "--seeds", "1")


def contents(folder: Path) -> dict[str, bytes]:
    """The files of a folder."""
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_what_was_done_before_an_interrupt_is_not_done_again(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    computed(QUICK.runs()[:3], store)
    before = {stored.folder: contents(stored.folder) for stored in store}
    first = command(*TWO, capsys=capsys)
    assert first.code == 0
    assert "1 computed, 3 were there" in first.err
    assert all(contents(folder) == before[folder] for folder in before)
    table = pd.read_parquet(store.root / "compare" / "metrics.parquet")
    again = command(*TWO, capsys=capsys)
    assert "0 computed, 4 were there" in again.err
    assert again.out == first.out
    pd.testing.assert_frame_equal(table, pd.read_parquet(store.root / "compare" / "metrics.parquet"))


def test_a_comparison_and_a_study_share_runs_of_equal_spec(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    computed(QUICK.runs(), store)
    (tmp_path / "mine.py").write_text(
        "from plausible.study.compare import Comparison\nfrom plausible.study.study import Study\n"
        f"def smoke():\n    return Comparison({QUICK.task!r}, ('backprop', 'fa'), 2, 1, (4,)).runs()\n"
        "study = Study('mine', 'Is it there?', {'smoke': smoke})\n"
    )
    ended = command("run", str(tmp_path / "mine.py"), "--scale", "smoke", capsys=capsys)
    assert "0 computed, 4 were there" in ended.out


def test_the_last_comparison_stays_where_it_is(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    computed(QUICK.runs(), store)
    command(*TWO, capsys=capsys)
    before = contents(store.root / "compare")
    assert sorted(before) == sorted(set(FILES) - {"compare.pdf"})
    other = command(*ONE, capsys=capsys)
    assert contents(store.root / "compare") == before
    assert str(store.root / "compare-2" / "metrics.parquet") in other.err
    assert json.loads((store.root / "compare-2" / "summary.json").read_text())["seeds"] == 1
    again = command(*TWO, capsys=capsys)
    assert str(store.root / "compare" / "metrics.parquet") in again.err
    assert not (store.root / "compare-3").exists()
    command(*ONE, "--overwrite", capsys=capsys)
    assert json.loads((store.root / "compare" / "summary.json").read_text())["seeds"] == 1


def test_a_folder_that_was_asked_for_is_not_overwritten(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    computed(QUICK.runs(), store)
    out = tmp_path / "out"
    assert command(*TWO, "--out", str(out), capsys=capsys).code == 0
    before = contents(out)
    refused = command(*ONE, "--out", str(out), capsys=capsys)
    assert (refused.code, refused.out) == (2, "")
    assert (
        refused.err
        == f"error: folder {str(out)!r} holds another comparison: choose another --out, or add --overwrite\n"
    )
    assert contents(out) == before
    (out / "notes.txt").write_text("mine")
    assert command(*ONE, "--out", str(out), "--overwrite", capsys=capsys).code == 0
    assert len(json.loads((out / "comparison.json").read_text())["rules"]) == 2
    assert (out / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("name", ["metrics.parquet", "compare.png", "summary.json"])
def test_files_that_nothing_is_known_of_are_not_overwritten(name: str, tmp_path: Path) -> None:
    """Those of an earlier version, or somebody's own of that name."""
    (tmp_path / "compare").mkdir()
    (tmp_path / "compare" / name).write_text("old")
    assert holds(tmp_path / "compare") == {}
    assert place({"seeds": 1}, None, tmp_path / "compare") == tmp_path / "compare-2"
    (tmp_path / "compare" / "comparison.json").write_text("{damaged")
    assert place({"seeds": 1}, None, tmp_path / "compare") == tmp_path / "compare-2"


def test_no_old_figure_stays_beside_a_new_table(store: Store, tmp_path: Path) -> None:
    computed(QUICK.runs(), store)
    report.write(compare(QUICK, store=store), QUICK, tmp_path)
    report.draw(compare(QUICK, store=store), QUICK, tmp_path)
    assert (tmp_path / "compare.png").exists()
    lost = Comparison("linear-teacher[examples=100]", ("backprop",), 1, 1, optimiser="sgd[rate=10]")
    computed(lost.runs(), store)
    result = compare(lost, store=store)
    assert result.outcomes[0].status == "diverged"
    report.write(result, lost, tmp_path)
    assert report.draw(result, lost, tmp_path) == ([], "")
    assert sorted(contents(tmp_path)) == ["comparison.json", "metrics.parquet", "summary.json"]
    assert holds(tmp_path) == spec(lost)


def test_files_that_cannot_be_written_leave_those_that_were_there(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A disk that is full in the midst of it; the table has been shown before, and the runs are stored."""
    computed(QUICK.runs(), store)
    command(*TWO, "--out", str(tmp_path), capsys=capsys)
    before = contents(tmp_path)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_parquet", full)
    ended = command(*TWO, "--out", str(tmp_path), capsys=capsys)
    assert ended.code == 2
    assert "backprop" in ended.out
    assert ended.err.splitlines()[-1].startswith("error: ")
    assert "No space left on device" in ended.err
    assert contents(tmp_path) == before


def test_what_was_lost_is_run_again_if_asked_for(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    line = (*LINE, "--rules", "backprop", "--seeds", "1", "--optimiser", "sgd[rate=1e30]")
    (run,) = Comparison(QUICK.task, ("backprop",), 1, 1, (4,), optimiser="sgd[rate=1e30]").runs()
    computed([run], store)
    ended = command(*line, capsys=capsys)
    assert ended.code == 1
    assert "0 computed, 1 was there" in ended.err
    assert "--retry-failed" in ended.err
    assert "1 computed, 0 were there" in command(*line, "--retry-failed", capsys=capsys).err


def test_what_is_lost_now_was_not_lost_before(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    line = (*LINE, "--seeds", "1", "--rules", "backprop")
    assert command(*line, capsys=capsys).code == 0
    ended = command(*line[:-1], "backprop,backprop@sgd[rate=1e30]", capsys=capsys)
    assert ended.code == 1
    assert "1 computed, 1 was there" in ended.err
    assert "--retry-failed" not in ended.err


def test_a_folder_is_chosen_and_written_to_by_one_process_at_a_time(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else two comparisons that end at once would take the same one, and the later would replace the first."""
    computed(QUICK.runs(), store)
    held = []

    def write(*arguments: Any) -> Any:
        with pytest.raises(Timeout):
            FileLock(store.root / "locks" / "compare.lock").acquire(blocking=False)
        held.append(True)
        return written(*arguments)

    written = report.write
    monkeypatch.setattr(report, "write", write)
    assert command(*TWO, capsys=capsys).code == 0
    assert held == [True]


def test_a_limit_holds_and_costs_the_others_nothing(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sleeps.py").write_text(
        f"{SLEEPS}from dataclasses import dataclass\nfrom baselines.backprop import Backprop\n"
        "@dataclass(frozen=True)\nclass Sleeps(Backprop):\n"
        "    def signals(self, params, passed, error):\n        sleeps()\n"
    )
    rules = ("--rules", f"backprop,{tmp_path}/sleeps.py:Sleeps")
    ended = command(*LINE, *rules, "--seeds", "1", "--limit", "1000", capsys=capsys)
    assert ended.code == 1
    assert "Sleeps, seed 0: timed out" in ended.err
    assert {stored.run.rule.rpartition(":")[2]: stored.status for stored in store} == {
        "backprop": "done",
        "Sleeps": "timed out",
    }


OWN = """
from dataclasses import dataclass
from baselines.backprop import Backprop
from plausible.optimise.sgd import SGD
from plausible.tasks.toys import two_moons

@dataclass(frozen=True)
class Mine(Backprop):
    pass

@dataclass(frozen=True)
class Own(SGD):
    pass

def moons(rng):
    return two_moons(rng, examples=100)
"""


def test_what_was_compared_names_files_as_the_command_was_told(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two files of one name are two, and nothing else is told of where they lie."""
    for folder in ("p/a", "p/b"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "mine.py").write_text(OWN)
    monkeypatch.chdir(tmp_path / "p")

    def line(folder: str) -> list[str]:
        rules = f"./{folder}/mine.py:Mine@{folder}/mine.py:Own[rate=0.1],fa"
        more = ["--epochs", "1", "--hidden", "4", "--seeds", "1", "--workers", "1", "--optimiser"]
        more += [f"../p/{folder}/mine.py:Own"]
        return ["compare", "--task", f"{folder}/mine.py:moons", "--rules", rules, *more, "--out", "out"]

    assert command(*line("a"), capsys=capsys).code == 0
    text = Path("out", "comparison.json").read_text()
    rules = json.loads(text)["rules"]
    first, second = rules.values()
    assert (first["rule"], first["task"]) == ("./a/mine.py:Mine", "a/mine.py:moons")
    assert (second["rule"], second["task"]) == ("feedback-alignment", "a/mine.py:moons")
    assert first["optimiser"]["class"] in ("a/mine.py:Own", "../p/a/mine.py:Own"), (
        "one file, told in two ways"
    )
    assert str(tmp_path) not in text
    assert str(tmp_path) not in Path("out", "summary.json").read_text()
    assert command(*line("a"), capsys=capsys).code == 0
    refused = command(*line("b"), capsys=capsys)
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert "holds another comparison" in refused.err
    assert Path("out", "comparison.json").read_text() == text


def test_what_was_compared_tells_nobodys_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.py").write_text(OWN)
    monkeypatch.setenv("HOME", str(tmp_path))
    file = str(tmp_path / "mine.py")
    found = spec(Comparison(f"{file}:moons", (f"{file}:Mine",), 1, 1, (4,), optimiser=f"{file}:Own"))
    (only,) = found["rules"].values()
    assert (only["rule"], only["task"], only["optimiser"]["class"]) == (
        *("~/mine.py:Mine", "~/mine.py:moons", "~/mine.py:Own"),
    )
