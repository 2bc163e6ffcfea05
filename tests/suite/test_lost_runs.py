"""A table says of each run that was lost why. Oracle: the store that the table is exported from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from plausible.errors import BadInput
from plausible.site.build import build
from plausible.study.keys.key import key
from plausible.study.run import Outcome
from plausible.study.store.store import Store
from plausible.study.store.tables import LOST, lost_of, note, tables
from tests.suite.command import command, computed
from tests.suite.hostile import GOOD, STUDY
from tests.suite.pages import Page
from tests.suite.quick import QUICK

WHY = 'ValueError: no <script>alert(1)</script> "><img src=x> ../../x'


@pytest.fixture
def exported(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A table of a study of which a run ended well, and another failed before anything was measured."""
    (tmp_path / "mine.py").write_text(STUDY)
    computed([QUICK], store)
    store.save(key(GOOD), Outcome(GOOD, "failed", WHY, traceback="Traceback\n"))
    ended = command(
        "export", str(tmp_path / "mine.py"), "--scale", "smoke", "--folder", str(tmp_path), capsys=capsys
    )
    assert ended.code == 0, ended.err
    return tmp_path / "mine.parquet"


def page_of(file: Path, monkeypatch: pytest.MonkeyPatch) -> Page:
    """The page of a study with this table."""
    monkeypatch.setattr("plausible.site.told.tables", lambda: {"mine": file})
    monkeypatch.setattr("plausible.site.build.registry.registered", lambda kind: [])
    return Page(build(["mine"], "plausible report")["studies/mine.html"].decode())


def test_a_run_without_rows_is_told_with_its_reason_and_shown_as_text(
    exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (one,) = lost_of(exported)
    assert one == (key(GOOD).name, *GOOD.head(), "failed", WHY)
    page = page_of(exported, monkeypatch)
    assert WHY in [each.text.strip() for each in page.all("td")]
    assert not page.wrong
    assert not page.all("img")


def test_a_table_from_before_is_read_and_says_how_its_runs_ended(
    exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its status is in its rows, and the page tells what the word means."""
    table = pd.read_parquet(exported)
    more = table.assign(key="b" * 32, seed=5, status="diverged")
    pd.concat([table, more]).to_parquet(exported)
    assert lost_of(exported) == []
    cells = [each.text.strip() for each in page_of(exported, monkeypatch).all("td")]
    assert "what it learned or answered was no finite number any more" in cells


@pytest.mark.parametrize("damage", [b"{", b'[{"key": 1}]', b"[3]", b"\xff", b'[["a"]]', b"{}x"])
def test_damaged_reasons_are_told_in_a_line(exported: Path, damage: bytes) -> None:
    note(exported, {LOST: damage})
    with pytest.raises(BadInput, match="export it anew"):
        lost_of(exported)


def test_a_note_changes_no_number_and_leaves_what_else_is_noted(exported: Path) -> None:
    before = pq.read_table(exported)
    note(exported, {LOST: b"[]"})
    after = pq.read_table(exported)
    assert after.equals(before)
    assert {*after.schema.metadata} == {*before.schema.metadata}


def test_committed_tables_tell_of_each_lost_run_why_it_was() -> None:
    gone = {}
    for name, file in tables().items():
        held = pq.read_schema(file).names
        if {"key", "status"} <= {*held}:
            rows = pq.read_table(file, columns=["key", "status"]).to_pandas()
            gone[name] = {*rows[rows.status.astype(str) != "done"].key.astype(str)}
            told = {one.key: one for one in lost_of(file)}
            assert gone[name] <= {*told}, name
            assert all(one.reason for one in told.values()), name
    assert sum(map(len, gone.values())) >= 6


def test_the_reason_of_a_seed_is_that_of_its_own_run(exported: Path, store: Store) -> None:
    other = replace(QUICK, seed=7)
    lost = Outcome(other, "timed out", "after 3 s", traceback="")
    store.save(key(other), lost)
    from plausible.study.store.export import lost_in

    there = [each for each in (store.find(key(run)) for run in (QUICK, GOOD, other)) if each]
    assert {one.seed: (one.status, one.reason) for one in lost_in(there)} == {
        GOOD.seed: ("failed", WHY),
        7: ("timed out", "after 3 s"),
    }
