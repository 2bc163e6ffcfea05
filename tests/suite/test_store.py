"""What is stored is whole, or put aside. Oracle: what came out, and files damaged on purpose."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from plausible.study.course import execute
from plausible.study.keys.key import key
from plausible.study.store.store import Store
from tests.suite.quick import QUICK


def test_what_is_stored_is_what_came_out(store: Store) -> None:
    outcome = execute(QUICK)
    store.save(key(QUICK), outcome)
    stored = store.find(key(QUICK))
    assert stored is not None
    assert (stored.run, stored.key, stored.status) == (QUICK, key(QUICK), "done")
    table = stored.metrics()
    assert [tuple(row) for row in table.drop(columns="key").itertuples(index=False)] == [
        tuple(r) for r in outcome.rows
    ]
    assert table.dtypes.value == np.float64
    pd.testing.assert_frame_equal(store.measured([folder.name for folder in store.folders()]), table)
    assert list(store.runs.iterdir()) == [stored.folder]
    assert list((store.root / "writing").iterdir()) == []


@pytest.mark.parametrize("file", ["spec.json", "status.json", "metrics.parquet"])
@pytest.mark.parametrize("damage", ["cut", "emptied", "removed", "replaced"])
def test_what_cannot_be_read_is_put_into_quarantine(store: Store, file: str, damage: str) -> None:
    place = store.save(key(QUICK), execute(QUICK)) / file
    content = place.read_bytes()
    if damage == "removed":
        place.unlink()
    else:
        place.write_bytes({"cut": content[: len(content) // 2], "emptied": b"", "replaced": b"{}"}[damage])
    assert store.find(key(QUICK)) is None
    assert store.load().empty
    quarantined = list(store.quarantined.glob("*/*"))
    assert [folder.name for folder in quarantined] == [key(QUICK).name]
    store.save(key(QUICK), execute(QUICK))
    assert store.find(key(QUICK)) is not None


def test_foreign_files_are_left_alone(store: Store) -> None:
    (store.runs / "notes.txt").write_text("mine")
    (store.runs / "folder").mkdir()
    store.save(key(QUICK), execute(QUICK))
    assert len(list(store)) == 1
    assert (store.runs / "notes.txt").read_text() == "mine"


def test_a_pack_of_many_tables_is_only_a_faster_way(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plausible.study.store.store.MANY", 3)
    outcome = execute(QUICK)
    keys = [dataclasses.replace(key(QUICK), spec=str(n)) for n in range(5)]
    for one in keys:
        store.save(one, outcome)
    read = store.measured(keys)
    pack = store.root / "pack.arrow"
    assert pack.exists()
    with monkeypatch.context() as patched:
        patched.setattr(Store, "table", None)  # nothing is read from the files of runs any more
        pd.testing.assert_frame_equal(store.measured(keys), read)
        assert store.measured(keys[3:0:-1])["key"].drop_duplicates().to_list() == [
            k.name for k in keys[3:0:-1]
        ]

    store.save(keys[0], dataclasses.replace(outcome, rows=outcome.rows[:1]))  # written again
    (store.runs / keys[1].name / "metrics.parquet").write_bytes(b"PAR1")  # damaged
    shutil.rmtree(store.runs / keys[2].name)  # deleted
    expected = pd.concat(
        [read[read["key"] == keys[0].name][:1], read[read["key"].isin([k.name for k in keys[3:]])]]
    )
    pd.testing.assert_frame_equal(store.measured(keys), expected.reset_index(drop=True))
    for damage in (b"", b"nonsense", pack.read_bytes()[:-100]):
        pack.write_bytes(damage)
        pd.testing.assert_frame_equal(store.measured(keys), expected.reset_index(drop=True))


def test_a_store_tells_whoever_listens_and_else_standard_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As where no command runs, in a notebook; the words are the same."""
    heard: list[str] = []
    monkeypatch.setattr("plausible.printing.remarks.HEARERS", [heard.append])
    store = Store(tmp_path)
    (store.runs / ("a" * 32)).mkdir()
    assert list(store) == []
    assert len(heard) == 1
    assert "was moved to quarantine: status.json is missing" in heard[0]
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr("plausible.printing.remarks.HEARERS", [])
    (store.runs / ("a" * 32)).mkdir()
    assert list(Store(tmp_path)) == []
    assert capsys.readouterr().err == f"{heard[0]}\n"
