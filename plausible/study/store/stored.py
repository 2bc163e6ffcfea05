"""A stored run, read from its folder: whole, damaged, or whole and not understood here.

A result is data. Reading it imports only registered modules, executes no file, and takes a bounded time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn, get_args

import pandas as pd
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet

from plausible.errors import BadInput, Lacking, require_seed
from plausible.registry.encoding import CLASS, SHORT, decode
from plausible.study.answers import FILE, Answers, read
from plausible.study.keys.key import Key, read_key
from plausible.study.run import Outcome, Row, Status
from plausible.study.work import Work

SCHEMA = pa.schema(
    [
        ("key", pa.string()),
        *(("task", pa.string()), ("rule", pa.string()), ("seed", pa.int64()), ("epoch", pa.float64())),
        *(
            ("examples", pa.int64()),
            ("seconds", pa.float64()),
            ("split", pa.string()),
            ("metric", pa.string()),
        ),
        *(("layer", pa.string()), ("value", pa.float64())),
    ]
)
TRACEBACK = "Traceback (most recent call last)"  # the line with which Python begins a traceback
WEIGHTS = "weights.npz"  # of a run whose weights are kept, in the format of `plausible.study.learned`
LONGEST = 2**20  # bytes of a JSON file: a thousand times what is written
LARGEST = 2**30  # bytes of a table in memory
RUNS = ("run", "experiment")  # their names of today, where older stores have others
WIDTH = 8  # bytes of a number, and of the place of a text
NUMBERS = ("BOOLEAN", "INT32", "INT64", "FLOAT", "DOUBLE")  # as Parquet calls them; each takes its width


class Damaged(BadInput):
    """The bytes are no result: a file is truncated or missing, or the folder has another run's name."""


class NotUnderstood(BadInput):
    """The result is whole, but cannot be used here: it is of another version, or of a class that is not there."""


class NotMade(NotUnderstood):
    """The result is whole, and names a class that cannot be made here: its table and its spec can be read."""


@dataclass(frozen=True)
class Stored:
    """A run in the store. Its measurements are read when they are asked for."""

    folder: Path
    run: Work
    key: Key
    status: Status
    reason: str
    machine: dict[str, Any]

    def metrics(self) -> pd.DataFrame:
        """The measurements, in long form. Raises `BadInput` if they cannot be read."""
        try:
            frame: pd.DataFrame = read_table(self.folder).to_pandas()
        except (Damaged, NotUnderstood) as error:
            raise BadInput(f"{str(self.folder)!r} cannot be read: {error}") from error
        return frame

    def outcome(self) -> Outcome:
        """The outcome of the run, as it was when it ended."""
        frame = self.metrics().drop(columns="key")
        rows = [Row(*row) for row in frame.itertuples(index=False)]
        return replace(self.ended(), rows=rows)

    def computed_with(self) -> dict[str, str]:
        """Processor, BLAS, system, and the versions of Python and of the libraries in its key."""
        return dict(self.key.versions) | {str(name): str(text) for name, text in self.machine.items()}

    def ended(self) -> Outcome:
        """The outcome of the run, without its measurements."""
        told, log = self.traceback(), self.folder / "log.txt"
        there = Outcome(self.run, self.status, self.reason, traceback=told, log=log, weights=self.weights)
        return replace(there, machine=self.computed_with())

    @property
    def weights(self) -> Path | None:
        """The file of what the run has learned, which `plausible.load` reads; None if it was not kept."""
        file = self.folder / WEIGHTS
        return file if file.is_file() else None

    def answers(self) -> Answers | None:
        """What it answered to the test split; None if that was not kept. Raises `BadInput` for a damaged file."""
        file = self.folder / FILE
        return read(file) if file.is_file() else None

    def traceback(self) -> str:
        """The traceback in the log of a run that raised; "" if there is none, as for a worker that died."""
        if self.status not in ("failed", "done") or not self.reason:
            return ""
        try:
            text = content(self.folder / "log.txt")
        except (Damaged, NotUnderstood, UnicodeDecodeError):
            return ""
        at = text.find(TRACEBACK)
        return "" if at < 0 else text[at:]


def read_stored(folder: Path, name: str = "", execute: bool = False) -> Stored:
    """The run in a folder, without its table. `name` is the name that the folder should have, if it has another.

    With `execute`, the files that the run names are executed, because the user has asked for it.

    Raises:
        Damaged: if anything is missing or cut off, or the folder is that of another run.
        NotUnderstood: if the run is whole, but cannot be used here; `NotMade` for want of a class.
    """
    status, spec = read_json(folder / "status.json"), read_json(folder / "spec.json")
    readable(folder / "metrics.parquet")
    if not (CLASS in spec and isinstance(status.get("key"), dict)):
        raise Damaged("no run is described in it")
    try:
        key, run = read_key(status["key"]), described(spec, execute)
    except Lacking as error:
        raise NotMade(str(error)) from error
    except BadInput as error:
        raise NotUnderstood(str(error)) from error
    if key.name != (name or folder.name):
        raise Damaged(f"its name should be {key.name}, that of its key")
    if not isinstance(run, Work):
        raise NotUnderstood(f"it holds {spec[CLASS]!r}, which is no run")
    how: Any = status.get("status")
    reason, machine = status.get("reason"), status.get("machine")
    if how not in get_args(Status) or not isinstance(reason, str) or not isinstance(machine, dict):
        raise NotUnderstood(f"it ended as {SHORT.repr(how)}: expected one of {', '.join(get_args(Status))}")
    return Stored(folder, run, key, how, " ".join(reason.splitlines()), machine)


def described(spec: dict[str, Any], execute: bool = False) -> Any:
    """The run that a spec describes, made once for all seeds. Raises `BadInput`."""
    seed, rest = spec.get("seed"), {name: part for name, part in spec.items() if name != "seed"}
    text = json.dumps(rest)
    lasting = not (
        ".py:" in text or "__main__:" in text
    )  # a file or a session may define the name otherwise the next time
    if type(seed) is not int or spec.get(CLASS) not in RUNS or not lasting:
        return decode(spec, execute=execute)
    run = alike(text)
    require_seed("seed", seed)
    made = copy(run)
    object.__setattr__(made, "seed", seed)  # all other fields are checked, which `replace` would do again
    return made


@lru_cache(256)
def alike(text: str) -> Any:
    """The run that a spec without a seed describes, of registered classes. Raises `BadInput`."""
    return decode(json.loads(text))


def read_json(file: Path) -> dict[str, Any]:
    """The mapping in a JSON file. Raises `Damaged`, and `NotUnderstood` for a file that is too large or not ours."""
    text = content(file)
    with telling(file, "JSON"):
        mapping = json.loads(text, parse_constant=no_number)
    if not isinstance(mapping, dict):
        raise Damaged(f"{file.name} holds no mapping")
    return mapping


@contextmanager
def telling(file: Path, what: str) -> Iterator[None]:
    """A context that tells bytes which are no `what` from a disk or a memory that fails, with a good file.

    Raises:
        Damaged: for errors that the bytes alone explain.
        NotUnderstood: for errors of the system, want of memory, and what this version of a library cannot read.
    """
    try:
        yield
    except (Damaged, NotUnderstood):
        raise
    except MemoryError as error:  # Arrow's errors of memory, too
        raise NotUnderstood(f"{file.name} cannot be read (out of memory)") from error
    except (ValueError, EOFError, RecursionError, pa.lib.ArrowSerializationError) as error:
        raise Damaged(f"{file.name} is no {what}") from error
    except OSError as error:
        # Arrow raises OSError for damage inside a file, too, but without the number that errors of the disk have
        kind = NotUnderstood if error.errno else Damaged
        raise kind(f"{file.name} cannot be read ({error.strerror or 'damaged'})") from error
    except pa.ArrowException as error:
        raise NotUnderstood(f"{file.name} cannot be read ({type(error).__name__})") from error


def no_number(constant: str) -> NoReturn:
    """Refuse NaN and Infinity, which are no JSON."""
    raise ValueError(f"{constant} is no number")


def content(file: Path) -> str:
    """The text of a file of the store. Raises as `read_json` does."""
    with telling(file, "JSON"):
        regular(file)
        with file.open("rb") as handle:
            read = handle.read(LONGEST + 1)
        if len(read) > LONGEST:
            raise NotUnderstood(f"{file.name} is longer than {LONGEST} bytes")
        return read.decode("utf-8")


def regular(file: Path) -> None:
    """Raise `Damaged` if a file is missing, `NotUnderstood` if it is no regular file: reading a pipe may never end."""
    if not file.exists():
        raise Damaged(f"{file.name} is missing")
    if not file.is_file():
        raise NotUnderstood(f"{file.name} is no regular file")


def readable(file: Path) -> Any:
    """The open table in a file, checked but not read. Raises `Damaged` and `NotUnderstood`."""
    with telling(file, "table"):
        regular(file)
        table = pyarrow.parquet.ParquetFile(file)
        about = table.schema_arrow
    if sorted(about.names) != sorted(SCHEMA.names):
        raise NotUnderstood(f"{file.name} has other columns than {', '.join(SCHEMA.names)}")
    if any(kind(about.field(name).type) != kind(SCHEMA.field(name).type) for name in SCHEMA.names):
        raise NotUnderstood(f"{file.name} has columns of another kind")
    if not fits_in_memory(table.metadata):
        raise NotUnderstood(f"{file.name} would take more than {LARGEST} bytes of memory")
    return table


def read_frame(file: Path, columns: list[str] | None = None) -> pd.DataFrame:
    """A table that lies beside the runs, such as that of a study. Raises `BadInput` if it cannot be read here."""
    with telling(file, "table"):
        regular(file)
        about = pyarrow.parquet.read_metadata(file)
        nested = [field.name for field in about.schema.to_arrow_schema() if not flat(field.type)]
        if nested:
            named = ", ".join(nested[:3])
            raise NotUnderstood(f"{file.name} has columns that are neither numbers nor words ({named})")
        if not (fits_in_memory(about) or (each_text_fits(about) and in_words(file, about) <= LARGEST)):
            raise NotUnderstood(f"{file.name} would take more than {LARGEST} bytes of memory")
        frame: pd.DataFrame = pd.read_parquet(file, columns=columns)
    return frame


def kind(of: pa.DataType) -> str:
    """The kind of a column's values, in words, however they are stored."""
    value = of.value_type if pa.types.is_dictionary(of) else of
    words = pa.types.is_string(value) or pa.types.is_large_string(value)
    if words:
        return "words"
    return "whole numbers" if pa.types.is_integer(value) else str(value)


def flat(of: pa.DataType) -> bool:
    """Whether a cell is one number or one text; a list in a cell could have any length."""
    return kind(of) == "words" or pa.types.is_primitive(of) or pa.types.is_null(of)


def fits_in_memory(about: Any) -> bool:
    """Whether the table with these metadata may be read: it takes at most `LARGEST` bytes."""
    groups = [about.row_group(n) for n in range(about.num_row_groups)]
    packed = unpacked(about)
    return rows_fit(about) and (packed * max(about.num_rows, 1) <= LARGEST or in_memory(groups) <= LARGEST)


def unpacked(about: Any) -> int:
    """The bytes of a table in which each text stands as often as in the file."""
    return sum(about.row_group(n).total_byte_size for n in range(about.num_row_groups))


def each_text_fits(about: Any) -> bool:
    """Whether the indices of texts, and each text once, may be read, so as to count how often each is in the table."""
    return rows_fit(about) and unpacked(about) <= LARGEST


def rows_fit(about: Any) -> bool:
    """Whether so many rows of numbers and of indices of texts may be read. A file may have any number of empty rows."""
    rows = sum(about.row_group(n).num_rows for n in range(about.num_row_groups))
    return bool(max(rows, about.num_rows) * about.num_columns * WIDTH <= LARGEST)


def in_memory(groups: list[Any]) -> int:
    """A bound on the bytes of a table's texts: one that is stored once may be in every row."""
    total = 0
    for rows in groups:
        for column in range(rows.num_columns):
            part = rows.column(column)
            if part.physical_type in NUMBERS:
                continue
            once = any("DICTIONARY" in encoding for encoding in part.encodings)
            total += part.total_uncompressed_size * (rows.num_rows if once else 1)
    return total


def in_words(file: Path, about: Any) -> int:
    """The bytes of a table's texts, counted without copying a text into each of its rows."""
    total = 0
    for field in about.schema.to_arrow_schema():
        name = field.name
        if kind(field.type) != "words":
            continue
        column = pyarrow.parquet.read_table(file, columns=[name], read_dictionary=[name]).column(0)
        for part in column.chunks:
            part = part if pa.types.is_dictionary(part.type) else part.dictionary_encode()
            lengths = pyarrow.compute.binary_length(part.dictionary)
            total += pyarrow.compute.sum(lengths.take(part.indices)).as_py() or 0
    return total


def read_table(folder: Path, name: str = "") -> pa.Table:
    """The measurements of a run, in long form. Raises as `read_stored` does."""
    file = folder / "metrics.parquet"
    table = readable(file)
    with telling(file, "table"):
        metrics = table.read(use_threads=False)  # no threads, as these files are small
    try:
        metrics = metrics.select(SCHEMA.names).cast(SCHEMA) if metrics.schema != SCHEMA else metrics
    except MemoryError as error:
        raise NotUnderstood(f"{file.name} cannot be read (out of memory)") from error
    except (pa.ArrowException, ValueError) as error:
        raise NotUnderstood(f"{file.name} has columns of another kind") from error
    names = pyarrow.compute.unique(metrics.column("key")).to_pylist()
    if names not in ([name or folder.name], []):
        raise NotUnderstood(f"{file.name} is that of another run")
    return metrics
