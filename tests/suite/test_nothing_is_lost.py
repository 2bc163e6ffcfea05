"""No plain command removes or replaces what took time to compute. Oracle: what `--help` promises."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pandas as pd
import pytest

import plausible as pl
from plausible.study import trials
from plausible.study.course import execute
from plausible.study.keys.key import key
from plausible.study.store.store import Store
from tests.processes import finished
from tests.suite.command import command, computed
from tests.suite.quick import QUICK, RULE, mine

ROOT = Path(__file__).parents[2]
STUDY = """
from plausible.networks.mlp import MLP
from plausible.optimise.sgd import SGD
from plausible.study.study import Study, cells

def smoke():
    return cells(["two-moons[examples=100]"], ["backprop"], [MLP((4,))], SGD(0.1), 1, 10, seeds=1)

def fast():
    return cells(["two-moons[examples=100]"], ["backprop"], [MLP((4,))], SGD(0.1), 2, 10, seeds=2)

study = Study("mine", "Does it stay?", {"smoke": smoke, "fast": fast})
"""


def names(folder: Path) -> set[str]:
    """Every file and folder below."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.fixture
def stale(store: Store, tmp_path: Path) -> Path:
    """A stored run whose rule has changed since, beside one that holds."""
    run = mine(tmp_path / "a", RULE)
    folder = store.save(key(run), execute(run))
    mine(tmp_path / "a", RULE.replace("2 *", "3 *"))
    computed([QUICK], store)
    return folder


def test_clean_tells_what_it_would_remove(
    stale: Path, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    (store.root / "writing" / "abc").mkdir()
    before = names(store.root)
    ended = command("clean", "--all", "--dry-run", capsys=capsys)
    assert ended.code == 0
    assert names(store.root) == before
    first, second, last = ended.out.splitlines()
    assert first == f"left over: {store.root / 'writing' / 'abc'}"
    assert second.endswith(f"in {stale}: the code of mine.py changed")
    assert last == "1 left over and 1 stale would be removed"


def test_a_dry_run_leaves_a_damaged_run_where_it_is(
    stale: Path, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    (stale / "metrics.parquet").write_bytes(b"")
    before = names(store.root)
    ended = command("clean", "--all", "--dry-run", capsys=capsys)
    assert ended.code == 0
    assert f"{stale} is damaged, and would be moved to quarantine: metrics.parquet is no table" in ended.err
    assert pl.removable(True, store=store.root).empty
    assert names(store.root) == before
    assert f"{stale} was moved to quarantine: " in command("clean", "--all", capsys=capsys).err
    assert not stale.exists()


def test_clean_removes_no_result_unless_it_is_told_twice(
    stale: Path, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    before = names(store.root)
    assert command("clean", capsys=capsys).out == "0 left over and 0 stale removed\n"
    refused = command("clean", "--all", capsys=capsys)
    assert (refused.code, refused.out, refused.err.count("\n")) == (2, "", 1)
    assert "would remove 1 result for good" in refused.err
    assert names(store.root) == before
    assert command("clean", "--all", "--yes", capsys=capsys).out == "0 left over and 1 stale removed\n"
    assert not stale.exists()
    assert [stored.run for stored in store] == [QUICK]


def test_a_run_whose_file_is_elsewhere_now_is_not_called_stale(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = mine(tmp_path / "a", RULE)
    folder = store.save(key(run), execute(run))
    shutil.move(tmp_path / "a", tmp_path / "b")
    assert command("clean", "--all", "--yes", capsys=capsys).out == "0 left over and 0 stale removed\n"
    assert folder.is_dir()


def test_export_replaces_a_table_of_its_scale_only(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.py").write_text(STUDY)
    run = dataclasses.replace(QUICK, rule="backprop", optimiser=type(QUICK.optimiser)(0.1))
    computed([dataclasses.replace(run, epochs=1), run, dataclasses.replace(run, seed=1)], store)
    arguments = ("export", str(tmp_path / "mine.py"), "--folder", str(tmp_path / "tables"))
    table = tmp_path / "tables" / "mine.parquet"
    assert command(*arguments, capsys=capsys).code == 0
    before = table.read_bytes()
    refused = command(*arguments, "--scale", "smoke", capsys=capsys)
    assert (refused.code, refused.out, refused.err.count("\n")) == (2, "", 1)
    assert "is of scale fast, not smoke: choose another --folder, or add --overwrite" in refused.err
    assert table.read_bytes() == before
    assert command(*arguments, capsys=capsys).code == 0  # the same scale again
    assert command(*arguments, "--scale", "smoke", "--overwrite", capsys=capsys).code == 0
    assert set(pd.read_parquet(table).scale) == {"smoke"}
    table.write_text("a table of mine")
    refused = command(*arguments, capsys=capsys)
    assert (refused.code, table.read_text()) == (2, "a table of mine")
    assert "of scale unknown" in refused.err


def test_make_clean_leaves_results(tmp_path: Path) -> None:
    """What `make` would do, without doing it; and results go only if that is said twice."""

    def told(*arguments: str) -> str:
        return finished(["make", "-n", *arguments], cwd=ROOT).stdout

    assert ".venv" in told("clean")
    assert "results" not in told("clean")
    refused = finished(
        ["make", "-s", "-f", str(ROOT / "Makefile"), "clean-results"], check=False, cwd=tmp_path
    )
    assert refused.returncode == 2
    assert "SURE=yes" in refused.stderr


def test_tuning_at_another_scale_writes_tables_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "mine-tuning.parquet"
    assert not trials.holds_other(file, ["digits"], "fast")
    pd.DataFrame({"task": ["digits", "mnist"], "scale": ["fast", "smoke"]}).to_parquet(file)
    assert not trials.holds_other(file, ["digits"], "fast")
    assert not trials.holds_other(file, ["xor"], "smoke")
    assert trials.holds_other(file, ["digits"], "smoke")
    file.write_text("a table of mine")
    assert trials.holds_other(file, ["xor"], "smoke")
