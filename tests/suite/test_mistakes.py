"""What is told of a mistake is true, and names what there is. Oracle: files, options and runs that the test made."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pandas as pd
import pytest

from plausible.errors import BadInput, first_line, near
from plausible.plotting.committed import drawing, scripts
from plausible.registry import kinds
from plausible.report.networks import of_networks
from plausible.study.compare import Comparison
from plausible.study.store.cleaning import the_one
from plausible.study.store.store import Store
from plausible.study.tuning.design import Design
from tests.suite.command import command, computed
from tests.suite.hostile import GOOD, STUDY
from tests.suite.quick import QUICK

TASK = "two-moons[examples=100]"


@pytest.fixture
def exported(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> str:
    """What is said where a study of one's own, which no figure draws, is exported into the current folder."""
    (tmp_path / "mine.py").write_text(STUDY)
    monkeypatch.chdir(tmp_path)
    computed([QUICK, GOOD], store)
    ended = command("export", "mine.py", "--scale", "smoke", "--folder", "made", capsys=capsys)
    assert ended.code == 0, ended.err
    return ended.err


def test_a_table_of_ones_own_tells_which_file_draws_it(exported: str, tmp_path: Path) -> None:
    said = "expected ./figures/mine.py with draw(table) and source(table)"
    assert f"no figure draws it yet: {said}" in exported
    with pytest.raises(BadInput, match=r"table './made/mine.parquet' is drawn by nothing here: ") as refused:
        drawing("./made/mine.parquet")
    assert said in str(refused.value)
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "mine.py").write_text("")
    assert drawing("./made/mine.parquet") == (tmp_path / "figures/mine.py", tmp_path / "made/mine.parquet")


def test_what_is_no_figure_is_not_offered_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "__init__" not in scripts()
    pd.DataFrame({"a": [1]}).to_parquet("odd.parquet")
    with pytest.raises(BadInput, match="is drawn by nothing here") as refused:
        drawing("./odd.parquet")
    assert "did you mean" not in str(refused.value)


def test_a_folder_that_is_none_is_told_by_its_own_option(
    exported: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = command("export", "mine.py", "--scale", "smoke", "--folder", "mine.py/x", capsys=capsys)
    assert code == 2
    assert err.endswith("choose another with --folder\n")


def test_the_beginning_of_several_keys_names_them(store: Store) -> None:
    names = [f"00{number:030d}" for number in range(7)]
    for name in names:
        (store.runs / name).mkdir(parents=True)
    with pytest.raises(BadInput, match=r"7 stored runs begin with '00' \(") as refused:
        the_one(store, "00")
    assert [name in str(refused.value) for name in names] == [True] * 5 + [False] * 2


@pytest.mark.parametrize("batch", [50, 60, 61, 10**6])
def test_a_batch_of_more_examples_than_there_are_is_told(batch: int) -> None:
    """Of 100 examples 60 are for training."""
    told = of_networks(Comparison(TASK, ("backprop",), batch_size=batch))
    more = f"a batch of {batch} is more than the 60 examples of the training split: an epoch is one batch of them all"
    assert told == ([more] if batch > 60 else [])


def test_no_more_finals_are_announced_than_there_are_trials() -> None:
    """2 trials on 2 seeds, then 1 more twice; 2, 3 and 4 finalists on 5 seeds."""
    assert Design(finalists=9).most_runs(2) == 2 * 4 + 5 * (2 + 3 + 4)
    assert Design(finalists=2).most_runs(2) == 2 * 4 + 5 * (2 + 2 + 2)


@pytest.mark.parametrize("kind", sorted({*kinds.KINDS}))
def test_every_name_is_nearest_to_itself_with_a_slip(kind: str) -> None:
    names = sorted(kinds.registered(kind))
    for name in names:
        if len(name) > 5:
            assert name in near(name[:2] + name[3:], names)


@pytest.mark.parametrize("given", ["nosuch", "reinforced learning", "xyzzy", "q", ""])
def test_a_name_like_none_is_no_reason_to_suggest_one(given: str) -> None:
    for kind in ("rule", "task", "optimiser", "activation"):
        assert near(given, sorted(kinds.registered(kind))) == []


def test_an_error_of_the_system_is_told_without_its_number() -> None:
    refused = PermissionError(errno.EACCES, os.strerror(errno.EACCES), "table.parquet")
    assert first_line(refused) == "Permission denied"


def stopped(*given: object) -> None:
    raise BadInput("stopped before the first trial")


@pytest.mark.parametrize("finalists", [2, 9])
def test_more_finalists_than_trials_are_told(
    finalists: int, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.py").write_text(STUDY)
    monkeypatch.setattr("plausible.study.tune.carried_out", stopped)
    line = ("tune", str(tmp_path / "mine.py"), "--scale", "smoke", "--trials", "2", "--workers", "0")
    err = command(*line, "--finalists", str(finalists), capsys=capsys).err
    told = f"2 trials of each rule: every one is a finalist, where {finalists} were asked for"
    assert "stopped before" in err
    assert (told in err) == (finalists > 2)
