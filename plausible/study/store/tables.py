"""The small tables of studies: committed ones, and a user's own."""

from __future__ import annotations

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.parquet
from pandas.api.types import is_numeric_dtype

from plausible.errors import BadInput, first_line
from plausible.study.columns import with_options
from plausible.study.store.stored import read_frame
from plausible.study.workers.machine import machines
from plausible.writing import whole

PACKAGE = Path(__file__).parents[3]  # the project, or the folder that the package was installed into


def files(folder: str, ending: str) -> dict[str, Path]:
    """The files of a folder of the project, and those of the same folder below the current one, by name.

    A file of the project has precedence: no file in the current folder, whoever put it there, takes its name.
    """
    by_name: dict[str, Path] = {}
    for root in (PACKAGE, Path.cwd()):
        with suppress(OSError):  # there is no such folder
            there = [each for each in (root / folder).iterdir() if each.name.endswith(ending)]
            for file in sorted(there, key=lambda each: each.name):
                by_name.setdefault(file.stem, file)
    return by_name


def tables() -> dict[str, Path]:
    """The small tables of studies, by name: committed ones, and those exported into ./studies/tables."""
    return files("studies/tables", ".parquet")


def read(file: Path, numbers: Sequence[str] = (), words: Sequence[str] = ()) -> pd.DataFrame:
    """A small table, with its options as columns (`plausible.study.columns`).

    Raises:
        BadInput: if it cannot be read, or lacks these columns of numbers and of words.
    """
    return with_options(holding(as_it_is(file), file, numbers, words))


def holding(
    table: pd.DataFrame, file: Path, numbers: Sequence[str], words: Sequence[str] = ()
) -> pd.DataFrame:
    """A table that has these columns of numbers and of words. Raises `BadInput` if it lacks one."""
    for name in (*numbers, *words):
        if name not in table or (name in numbers and not is_numeric_dtype(table[name])):
            kind = "numbers" if name in numbers else "words"
            raise unread(file, ValueError(f"it has no column {name!r} of {kind}"))
    return table


def as_it_is(file: Path, columns: list[str] | None = None) -> pd.DataFrame:
    """A small table, or some of its columns, as it was written. Raises `BadInput` if it cannot be read."""
    try:
        return read_frame(file, columns)
    except (OSError, ValueError, KeyError) as error:
        raise unread(file, error) from error


def unread(file: Path, error: Exception) -> BadInput:
    """The error for a table that cannot be read."""
    return BadInput(f"table {str(file)!r} cannot be read ({first_line(error)}): export it anew")


MACHINES = b"plausible.machines"  # the entry of a table's metadata with the machines of its runs
SPECS = b"plausible.specs"  # that with what its runs are
CODE = b"plausible.code"  # that with the commits whose code computed its runs (`python -m docs.commits`)
VERIFIED = b"plausible.verified"  # that with what `plausible verify --note` found
LOST = b"plausible.lost"  # that with the runs that did not end well, and why
NO_TABLE = (OSError, ValueError, LookupError, TypeError, zlib.error, pa.ArrowException)
LARGEST = 2**28  # bytes of specs
PROJECT = "<project>/"  # what stands in a table for the folder of the project, wherever that lies


class Spec(NamedTuple):
    """What a run in a table was."""

    run: dict[str, Any]  # as JSON (`plausible.registry.encoding`)
    code: str  # a digest of the code in its key


class Lost(NamedTuple):
    """A run of a table that did not end well; it may have left no rows."""

    key: str
    task: str
    rule: str
    seed: int
    status: str
    reason: str
    settings: Mapping[str, str | int] = {}  # by the names of columns; {} in tables from before they were told


def write(
    table: pd.DataFrame,
    file: Path,
    runs: Iterable[Mapping[str, str]],
    before: Iterable[dict[str, Any]] = (),
    specs: Mapping[str, Spec] | None = None,
    lost: Sequence[Lost] = (),
) -> None:
    """Write a small table, whose metadata have the machines of the `runs` behind it, and what they are. `OSError`.

    `before` are the machines (`computed_with`) of an earlier table whose rows are in this one; `specs` are those of
    the runs, by their keys, from which `plausible verify` makes them again; `lost` are those that did not end well.
    """
    held = pa.Table.from_pandas(table, preserve_index=False)
    about = {MACHINES: json.dumps([*before, *machines(runs)]).encode()}
    about |= {SPECS: packed(specs, table.key.unique())} if specs else {}
    about |= {LOST: told(lost)} if lost else {}
    with whole(file) as name:
        smallest(annotated(held, about), name)


def annotated(held: pa.Table, about: Mapping[bytes, bytes]) -> pa.Table:
    """A table with more metadata."""
    return held.replace_schema_metadata({**(held.schema.metadata or {}), **about})


def smallest(held: pa.Table, file: Path) -> None:
    """Write what is committed, as small as Parquet can: numbers by the encoding that takes less, and the most of zstd.

    Of `seconds` three digits are kept: a machine's clock tells the next ones otherwise each time that a run is made.
    """
    held = in_three_digits(held, "seconds")
    numbers = [field.name for field in held.schema if pa.types.is_floating(field.type)]
    split = [name for name in numbers if room(held.select([name]), [name]) < room(held.select([name]), [])]
    written(held, file, split)


def room(held: pa.Table, split: list[str]) -> int:
    """How many bytes a table takes, written with these columns split by bytes."""
    with pa.BufferOutputStream() as buffer:
        written(held, buffer, split)
        return int(buffer.getvalue().size)


def written(held: pa.Table, file: Path | pa.NativeFile, split: list[str]) -> None:
    """Write a table with the bytes of these columns by their place, all others by a dictionary of what is in them."""
    pyarrow.parquet.write_table(
        held,
        file,
        compression="zstd",
        compression_level=19,
        use_dictionary=[name for name in held.column_names if name not in split],
        use_byte_stream_split=split,
    )


def in_three_digits(held: pa.Table, column: str) -> pa.Table:
    """The table with the numbers of one column rounded to three significant digits, where it has that column."""
    place = held.schema.get_field_index(column)
    if place < 0 or not pa.types.is_floating(held.schema.field(place).type):
        return held
    told = [None if number is None else float(f"{number:.3g}") for number in held.column(place).to_pylist()]
    return held.set_column(place, held.schema.field(place), pa.array(told, held.schema.field(place).type))


def record(file: Path, specs: Mapping[str, Spec], keys: Iterable[str]) -> None:
    """Write specs of the runs with these keys into a table that is there; nothing else of it changes. `OSError`."""
    note(file, {SPECS: packed(specs, keys)})


def note(file: Path, about: Mapping[bytes, bytes]) -> None:
    """Write more metadata into a table that is there; nothing else of it changes. `OSError`."""
    held = pyarrow.parquet.read_table(file)
    with whole(file) as name:
        smallest(annotated(held, about), name)


def told(lost: Iterable[Lost]) -> bytes:
    """Lost runs as an entry of a table's metadata."""
    return json.dumps([one._asdict() for one in lost]).encode()


def lost_of(file: Path) -> list[Lost]:
    """The runs that a table says did not end well; [] of a table from before they were told. Raises `BadInput`."""
    try:
        found = [Lost(**one) for one in json.loads(entry(file, LOST) or b"[]")]
        return [one._replace(seed=int(one.seed), settings=dict(one.settings)) for one in found]
    except NO_TABLE as error:
        raise BadInput(
            f"the lost runs of table {str(file)!r} cannot be read ({first_line(error)}): export it anew"
        ) from error


def computed_with(file: Path) -> list[dict[str, Any]]:
    """The machines of a table's runs: processor, BLAS, versions, and the number of runs; [] if the table has none.

    Raises:
        BadInput: if the table cannot be read.
    """
    computed: list[dict[str, Any]] = json.loads(entry(file, MACHINES) or b"[]")
    return computed


def commits_of(file: Path) -> list[dict[str, Any]]:
    """The commits of the project whose code computed a table's runs, as {"commit", "runs"}; [] if it does not say.

    A machine tells which commit was checked out (`computed_with`), which may be gone, or have had changes beside it.
    The commit of runs whose code is in no commit that was tried is "". Raises `BadInput` if the table cannot be read.
    """
    commits: list[dict[str, Any]] = json.loads(entry(file, CODE) or b"[]")
    return commits


def verified_of(file: Path) -> dict[str, Any]:
    """What came of runs that were computed anew when it was last noted: {"commit", "cells"}, the runs by verdict.

    {} of a table of which nothing was noted. Raises `BadInput` if the table cannot be read.
    """
    found: dict[str, Any] = json.loads(entry(file, VERIFIED) or b"{}")
    return found


def entry(file: Path, name: bytes) -> bytes:
    """An entry of a table's metadata, b"" if it has none. Raises `BadInput`."""
    try:
        about = pyarrow.parquet.read_schema(file).metadata or {}
    except (OSError, ValueError, pa.ArrowException) as error:
        raise unread(file, error) from error
    return about.get(name, b"")


def packed(specs: Mapping[str, Spec], keys: Iterable[str]) -> bytes:
    """The specs of the runs with these keys in little room: each once for all seeds, and for each run which it is."""
    texts: dict[str, int] = {}
    which: list[int | None] = []
    for key in sorted(set(keys)):
        spec = specs.get(key)
        if spec is None:
            which.append(None)
            continue
        seedless = {name: part for name, part in spec.run.items() if name != "seed"}
        text = json.dumps([seedless, spec.code]).replace(f'"{PACKAGE.as_posix()}/', f'"{PROJECT}')
        which.append(texts.setdefault(text, len(texts)))
    content = {"specs": [*map(json.loads, texts)], "which": which}
    return b64encode(zlib.compress(json.dumps(content).encode(), 9))


def specs_of(file: Path, table: pd.DataFrame) -> dict[str, Spec]:
    """The specs that were written into a file with this table, by keys; {} for a table without. Raises `BadInput`."""
    content = entry(file, SPECS)
    if not content:
        return {}
    try:
        text = zlib.decompressobj().decompress(b64decode(content), LARGEST).decode()
        held = json.loads(text.replace(f'"{PROJECT}', f'"{PACKAGE.as_posix()}/'))
        seeds = dict(zip(table.key.astype(str), table.seed.astype(int), strict=True))
        found = {}
        for key, number in zip(sorted(seeds), held["which"], strict=True):
            if number is not None:
                run, code = held["specs"][number]
                found[key] = Spec({**run, "seed": int(seeds[key])}, str(code))
        return found
    except NO_TABLE as error:
        raise BadInput(
            f"the runs of table {str(file)!r} cannot be read ({first_line(error)}): export it anew"
        ) from error
