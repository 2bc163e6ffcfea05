"""Packs and tables that are forged, or too large for the memory, and a disk that fails: no good run is lost.

Oracle: the good run, what lies outside the store, and the numbers that the store gives, to the last byte.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

from plausible.errors import BadInput
from plausible.study import checkpoint, trials
from plausible.study.keys.key import key
from plausible.study.store import tables
from plausible.study.store.pack import unpack
from plausible.study.store.store import Store
from plausible.study.store.stored import SCHEMA, read_frame
from tests.suite.command import command
from tests.suite.hostile import GOOD, STUDY, files, raising, table_of
from tests.suite.quick import QUICK


def forged(file: Path, batches: list[pa.RecordBatch], entries: str, **options: Any) -> None:
    schema = SCHEMA.with_metadata({"entries": entries})
    with (
        pa.OSFile(str(file), "wb") as sink,
        pa.ipc.new_file(sink, schema, options=pa.ipc.IpcWriteOptions(**options)) as w,
    ):
        for batch in batches:
            w.write_batch(batch)


def batch_of(name: str, rows: int = 2, **columns: Any) -> pa.RecordBatch:
    arrays = {n: columns.get(n, pa.nulls(rows, SCHEMA.field(n).type)) for n in SCHEMA.names}
    return pa.RecordBatch.from_pydict(arrays | {"key": pa.array([name] * rows)}, schema=SCHEMA)


TEXTS = pa.array(["a" * 99, "b" * 99])


def misplaced(file: Path) -> None:
    """A pack whose first text is said to end far behind the end of what there is."""
    forged(file, [batch_of("0" * 32, metric=TEXTS)], json.dumps([["0" * 32, [1, 1]]]))
    places, wrong = (np.array(at, np.int32).tobytes() for at in ((0, 99, 198), (0, 2**30, 198)))
    assert file.read_bytes().count(places) == 1
    file.write_bytes(file.read_bytes().replace(places, wrong))


PACKS: dict[str, Callable[[Path, Path], Any]] = {
    "the numbers of another run": lambda f, out: forged(
        f, [batch_of("1" * 32)], json.dumps([["0" * 32, [1, 1]]])
    ),
    "texts outside the file": lambda f, out: misplaced(f),
    "packed, to unpack without end": lambda f, out: forged(
        f, [batch_of("0" * 32, 10**6)], json.dumps([["0" * 32, [1, 1]]]), compression="zstd"
    ),
    "entries in entries": lambda f, out: forged(f, [], "[" * 100_000),
    "entries of another kind": lambda f, out: forged(f, [batch_of("0" * 32)], "[7]"),
    "fewer entries than tables": lambda f, out: forged(f, [batch_of("0" * 32)], "[]"),
    "a link": lambda f, out: f.symlink_to(out / "precious.txt"),
    "a pipe": lambda f, out: os.mkfifo(f),
    "a folder": lambda f, out: f.mkdir(),
    "nonsense": lambda f, out: f.write_bytes(b"ARROW1\0\0" + bytes(1000)),
}


@pytest.mark.parametrize("make", PACKS.values(), ids=PACKS)
def test_a_hostile_pack_is_as_none(
    make: Callable[[Path, Path], Any],
    place: Path,
    store: Store,
    outside: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("plausible.study.store.store.MANY", 1)
    whole = store.load()
    (store.root / "pack.arrow").unlink()
    precious = files(outside)
    make(store.root / "pack.arrow", outside)
    assert unpack(store.root / "pack.arrow", SCHEMA) == {}
    assert store.load().equals(whole)
    assert files(outside) == precious


def test_what_is_written_beside_a_file_has_no_name_that_can_be_guessed(
    store: Store, place: Path, outside: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Links that lie in wait where temporary files once were named by the process."""
    monkeypatch.setattr("plausible.study.store.store.MANY", 1)
    (store.root / "checkpoints").mkdir()
    for folder, name in ((store.root, "pack.arrow"), (store.root / "checkpoints", "c.npz")):
        (folder / f".{name}.{os.getpid()}").symlink_to(outside / "precious.txt")
    precious = files(outside)
    store.load()
    checkpoint.save(store.root / "checkpoints" / "c.npz", {"a": np.zeros(3)})
    assert files(outside) == precious


FAILING: dict[str, tuple[Any, str, BaseException]] = {
    "no memory for a table": (pyarrow.parquet.ParquetFile, "read", pa.ArrowMemoryError("malloc of size 64")),
    "a disk under a table": (pyarrow.parquet.ParquetFile, "read", OSError(5, "Input/output error")),
    "a codec that is not there": (
        pyarrow.parquet.ParquetFile,
        "read",
        pa.ArrowNotImplementedError("Support for codec 'lz4' not built"),
    ),
    "no memory to open a table": (pyarrow.parquet, "ParquetFile", pa.ArrowMemoryError("malloc of size 64")),
    "no memory for a spec": (Path, "open", MemoryError()),
    "a disk under a spec": (Path, "open", OSError(5, "Input/output error")),
    "no memory for the JSON of a spec": (json, "loads", MemoryError()),
    "a disk under a file's name": (Path, "exists", OSError(5, "Input/output error")),
    "a disk under a folder": (Path, "is_dir", OSError(116, "Stale file handle")),
}


@pytest.mark.parametrize(("owner", "name", "error"), FAILING.values(), ids=FAILING)
def test_a_failing_disk_and_want_of_memory_move_no_good_run(
    owner: Any,
    name: str,
    error: BaseException,
    place: Path,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = files(store.root)
    with monkeypatch.context() as failing:
        failing.setattr(owner, name, raising(error))
        assert [] in (list(store), store.tables([key(QUICK).name, key(GOOD).name]))
    told = capsys.readouterr().err.splitlines()
    assert told
    for line in told:
        assert "is left where it is, and not used: " in line
    assert files(store.root) == before
    assert {stored.run for stored in Store()} == {QUICK, GOOD}
    assert len(Store().load().key.unique()) == 2


def test_a_run_whose_file_cannot_be_looked_at_is_said(
    place: Path, store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not left out of a table in silence."""
    monkeypatch.setattr("plausible.study.store.store.stamp", raising(OSError(5, "Input/output error")))
    monkeypatch.setattr(pyarrow.parquet, "ParquetFile", raising(OSError(5, "Input/output error")))
    assert store.load().empty
    assert capsys.readouterr().err.count("cannot be read (Input/output error)") == 2


def nulls(table: pa.Table, rows: int = 400_000) -> pa.Table:
    """Rows without end that take no room."""
    return pa.table({name: pa.nulls(rows, SCHEMA.field(name).type) for name in SCHEMA.names})


def test_rows_of_nulls_are_counted_before_they_are_read(
    place: Path,
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """400,000 rows of 11 columns are 35 MB in memory: at least 8 bytes each, for a number or a text's place.

    Here that is more than a table may take.
    """
    monkeypatch.setattr("plausible.study.store.stored.LARGEST", 2**24)
    table_of(nulls)(place)
    shutil.copy(place / "metrics.parquet", tmp_path / "mine.parquet")
    assert (place / "metrics.parquet").stat().st_size < 2**17
    refused = raising(AssertionError("it was read"))
    with pytest.MonkeyPatch.context() as reading:
        reading.setattr(pyarrow.parquet.ParquetFile, "read", refused)
        reading.setattr(pd, "read_parquet", refused)
        assert store.table(place) is None
        with pytest.raises(BadInput, match="more than 16777216 bytes of memory"):
            read_frame(tmp_path / "mine.parquet")
        with pytest.raises(BadInput, match="more than 16777216 bytes of memory"):
            tables.read(tmp_path / "mine.parquet")
        assert trials.holds_other(tmp_path / "mine.parquet", ["digits"], "fast")
    assert "more than 16777216 bytes of memory" in capsys.readouterr().err


def one_list(file: Path) -> None:
    """A single row that is a list of ten million numbers; ten billion would take as few bytes."""
    numbers = pa.array(np.zeros(10**7, np.int8))
    row = pa.ListArray.from_arrays(pa.array([0, len(numbers)], pa.int32()), numbers)
    pyarrow.parquet.write_table(pa.table({"value": row}), file, compression="zstd")


def long_texts(file: Path) -> None:
    """32 texts of a megabyte, each another one, in a few kB: twice what may be in memory here."""
    table = pa.table({"metric": [f"{n} {'x' * 2**20}" for n in range(32)]})
    pyarrow.parquet.write_table(table, file, compression="zstd", use_dictionary=False)


@pytest.mark.parametrize(
    ("make", "told"), [(one_list, "neither numbers nor words"), (long_texts, "more than 16777216 bytes")]
)
def test_a_small_table_that_is_large_in_memory_is_refused_by_what_it_says_of_itself(
    make: Callable[[Path], None],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """By every command that reads a table which somebody else may have put there; no column of it is read."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "study.py").write_text(STUDY.replace('"mine"', '"accuracy"'))
    make(tmp_path / "accuracy.parquet")
    assert (tmp_path / "accuracy.parquet").stat().st_size < 2**15
    monkeypatch.setattr("plausible.study.store.stored.LARGEST", 2**24)
    refused = raising(AssertionError("it was read"))
    monkeypatch.setattr(pyarrow.parquet, "read_table", refused)
    monkeypatch.setattr(pd, "read_parquet", refused)
    owners = ("study.store.tables", "plotting.committed", "report.needed")
    for owner in owners:
        monkeypatch.setattr(f"plausible.{owner}.tables", lambda: {"accuracy": tmp_path / "accuracy.parquet"})
    monkeypatch.setattr("plausible.study.winners.table_of", lambda study: tmp_path / "accuracy.parquet")
    for line in (
        ["figure", "./accuracy.parquet"],
        ["figure", "accuracy"],
        ["figures"],
        ["seeds", str(tmp_path / "study.py"), "--scale", "smoke"],
        ["compare", "--task", "digits", "--tuned", "accuracy"],
    ):
        ended = command(*line, capsys=capsys)
        said = [text for text in ended.err.splitlines() if not text.startswith("executed ")]
        assert (ended.code, ended.out, len(said)) == (2, "", 1), ended
        assert told in said[0]


def test_a_text_that_stands_in_every_row_is_counted_as_often(tmp_path: Path) -> None:
    """Words that are stored once are no harm in themselves: 60,000 rows of three of them are read."""
    short = pa.DictionaryArray.from_arrays(
        np.arange(60_000, dtype=np.int32) % 3, ["a", "b" * 9, "c" * 20_000]
    )
    long = pa.DictionaryArray.from_arrays(np.zeros(60_000, np.int32), ["x" * 20_000])  # 1.2 GB
    for name, column in (("short", short.slice(0, 100)), ("long", long)):
        pyarrow.parquet.write_table(pa.table({"metric": column}), tmp_path / name)
    many = pa.table(
        {"metric": short.dictionary.take(pa.array(np.arange(60_000) % 2)), "value": np.zeros(60_000)}
    )
    pyarrow.parquet.write_table(many, tmp_path / "many")
    assert len(read_frame(tmp_path / "short")) == 100
    assert len(read_frame(tmp_path / "many")) == 60_000
    with pytest.raises(BadInput, match="more than 1073741824 bytes of memory"):
        read_frame(tmp_path / "long")


def test_a_table_is_written_small_and_whole(tmp_path: Path) -> None:
    """Bytes of numbers by their place: the same numbers, in less than what Parquet writes unasked."""
    values = np.random.default_rng(1).normal(0.9, 0.01, 10000)
    held = pa.table({"rule": np.repeat(["backprop", "pepita"], 5000), "value": values})
    held = held.replace_schema_metadata({"about": "what was measured"})
    tables.smallest(held, tmp_path / "small.parquet")
    pyarrow.parquet.write_table(held, tmp_path / "plain.parquet", compression="zstd")
    again = pyarrow.parquet.read_table(tmp_path / "small.parquet")
    assert again.equals(held)
    assert again.schema.metadata == held.schema.metadata
    assert (tmp_path / "small.parquet").stat().st_size < 0.9 * (tmp_path / "plain.parquet").stat().st_size


def test_of_the_time_that_runs_took_three_digits_are_kept(tmp_path: Path) -> None:
    """A clock tells the next digits otherwise each time, and they took a fifth of the room of all tables."""
    seconds = [1234.5678, 0.00123456, -2.00049, float("inf"), 0.0, None]
    held = pa.table({"seconds": pa.array(seconds, pa.float64()), "value": pa.array(seconds, pa.float64())})
    tables.smallest(held, tmp_path / "small.parquet")
    again = pyarrow.parquet.read_table(tmp_path / "small.parquet")
    assert again["seconds"].to_pylist() == [1230.0, 0.00123, -2.0, float("inf"), 0.0, None]
    assert again["value"].to_pylist() == seconds
    tables.smallest(again, tmp_path / "again.parquet")
    assert pyarrow.parquet.read_table(tmp_path / "again.parquet").equals(again)
