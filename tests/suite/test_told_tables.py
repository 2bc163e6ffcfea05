"""What is told of tables that were committed: their commits, and columns that hold no numbers."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from plausible.report.verified import anew, noted, provenance
from plausible.study.store.tables import CODE, note, tables
from plausible.study.verified import Cell
from plausible.study.workers.machine import machine
from tests.suite.command import command


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A copy of a small table."""
    return Path(shutil.copy(tables()["song2000"], tmp_path))


@pytest.mark.parametrize("name", ["seconds", "value", "epoch", "examples", "seed"])
def test_a_number_that_is_a_word_is_one_line(
    name: str, table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    held = pq.read_table(table)
    frame = held.to_pandas().astype({name: str})
    in_words = pa.Table.from_pandas(frame, preserve_index=False)
    pq.write_table(in_words.replace_schema_metadata(held.schema.metadata), table)
    ended = command("verify", str(table), capsys=capsys)
    assert ended.code == 2
    assert f"no column {name!r} of numbers" in ended.err
    assert ended.err.count("\n") == 1


def test_commits_are_those_whose_code_computed_the_runs(table: Path) -> None:
    """What was checked out may be gone."""
    note(table, {CODE: json.dumps([{"commit": "abc", "runs": 1}, {"commit": "", "runs": 1}]).encode()})
    assert {*provenance({"mine": table}).commit} == {"abc"}
    note(table, {CODE: b"[]"})
    assert "abc" not in {*provenance({"mine": table}).commit}


def test_what_came_of_runs_that_were_computed_anew_stands_in_the_table(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert anew(table) == ""
    before = pq.read_table(table)
    cell = Cell("mine", "", "", 1.0, "bitwise")
    noted({"mine": table}, [replace(cell, verdict="not recomputed")])
    assert anew(table) == ""
    noted({"mine": table}, [cell, cell, replace(cell, verdict="amplified"), replace(cell, table="other")])
    assert anew(table) == f"3 runs computed anew by the code of {machine()['commit']}: 2 bitwise, 1 amplified"
    after = pq.read_table(table)
    assert after.equals(before)
    assert before.schema.metadata.items() <= after.schema.metadata.items()
    ended = command("verify", str(table), "--record", "--note", capsys=capsys)
    assert (ended.code, ended.err.count("\n")) == (2, 1)
