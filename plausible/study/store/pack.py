"""Copies of many small tables in one file, so that a large store is read at once.

The file is a cache: each table stands beside the time and size of the file that it was read from, and is used only
while that file is unchanged. Deleting the pack costs the time of making it again, and nothing else. Its contents are
checked before they are used: a damaged pack counts as a missing one.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.compute

from plausible.writing import whole

MANY = 500  # tables from which on a pack is faster than reading one by one

Stamp = list[int]
Packed = dict[str, tuple[Stamp, pa.Table]]


def stamp(file: Path) -> Stamp:
    """The time of a file, in nanoseconds, and its size: one of them changes when it is written. Raises `OSError`."""
    about = file.stat()
    return [about.st_mtime_ns, about.st_size]


def unpack(file: Path, schema: pa.Schema) -> Packed:
    """Tables by name, each with the stamp of its own file; empty if there is no readable pack of this schema."""
    try:
        if file.is_symlink() or not file.is_file():
            return {}
        with pa.memory_map(str(file)) as source:
            reader = pa.ipc.open_file(source)
            if not reader.schema.equals(schema):
                return {}
            entries = json.loads(reader.schema.metadata[b"entries"])
            batches = [reader.get_batch(n) for n in range(reader.num_record_batches)]
        if sum(batch.nbytes for batch in batches) > file.stat().st_size:  # packs are not compressed
            return {}
        for batch in batches:
            batch.validate(full=True)  # else offsets that point outside of it would be followed
        tables = [pa.Table.from_batches([batch]) for batch in batches]
        packed = {name: (then, table) for (name, then), table in zip(entries, tables, strict=True)}
        return packed if all(is_of(name, table) for name, (_, table) in packed.items()) else {}
    except (OSError, LookupError, TypeError, ValueError, RecursionError, MemoryError, pa.ArrowException):
        return {}


def is_of(name: str, table: pa.Table) -> bool:
    """Whether all rows of a table are of the run whose key is `name`."""
    return pyarrow.compute.unique(table.column("key")).to_pylist() in ([name], [])


def pack(file: Path, tables: Packed, schema: pa.Schema) -> None:
    """Write tables into one file, in the place of an earlier one; on a full disk, do nothing, and raise nothing."""
    entries = json.dumps([[name, stamp] for name, (stamp, _) in tables.items()])
    with suppress(OSError):
        named = schema.with_metadata({"entries": entries})
        with (
            whole(file) as temporary,
            pa.OSFile(str(temporary), "wb") as sink,
            pa.ipc.new_file(sink, named) as writer,
        ):
            for _, table in tables.values():
                writer.write_batch(in_one_piece(table, schema))


def in_one_piece(table: pa.Table, schema: pa.Schema) -> pa.RecordBatch:
    """A table as one record batch."""
    batches = table.combine_chunks().to_batches()
    return batches[0] if batches else pa.RecordBatch.from_pylist([], schema=schema)
