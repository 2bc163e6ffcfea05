"""Where results lie: one folder per run, named by its key, whole or not there.

    results/runs/<key>/spec.json        what was run
                       status.json      how it ended, and on which machine; the parts of its key
                       metrics.parquet  what was measured, in long form
                       log.txt          how it went, line by line; the traceback of a failed run
    results/pack.arrow                  the tables of many runs in one file: a cache, which may be deleted

A folder is written under another name and renamed into place when it is whole, so a kill at any instant loses at most
the run in flight. What cannot be read is moved to `results/quarantine`, never deleted and never used.
"""

from __future__ import annotations

import gc
import json
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from plausible.errors import BadInput
from plausible.study.experiment import Experiment
from plausible.study.key import Key
from plausible.study.pack import MANY, Packed, pack, stamp, unpack
from plausible.study.run import Outcome, Row, Run, Status
from plausible.study.spec import decode, encode

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
FILES = ("spec.json", "status.json", "metrics.parquet")


@dataclass(frozen=True)
class Stored:
    """A run that lies in the store; its measurements are read when they are asked for."""

    folder: Path
    run: Run
    key: Key
    status: Status
    reason: str
    machine: dict[str, Any]

    def metrics(self) -> pd.DataFrame:
        """What was measured, in long form."""
        frame: pd.DataFrame = pyarrow.parquet.read_table(self.folder / "metrics.parquet").to_pandas()
        return frame

    def outcome(self) -> Outcome:
        """What came out of the run, as it was when it ended."""
        frame = self.metrics().drop(columns="key")
        return Outcome(
            self.run, self.status, self.reason, [Row(*row) for row in frame.itertuples(index=False)]
        )


class Store:
    """The results in a folder, `PLAUSIBLE_RESULTS` or ./results unless another is given."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = Path(os.environ.get("PLAUSIBLE_RESULTS") or "results") if root is None else root
        self.runs, self.quarantined = self.root / "runs", self.root / "quarantine"
        try:
            for folder in (self.runs, self.root / "writing", self.root / "locks"):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = error.strerror or str(error)
            raise BadInput(
                f"results folder {str(self.root)!r} cannot be written ({reason}): set PLAUSIBLE_RESULTS"
            ) from error

    def save(self, key: Key, outcome: Outcome) -> Path:
        """Write a run, and put it in the place of an earlier one with the same key. Raises `OSError`."""
        temporary = Path(tempfile.mkdtemp(dir=self.root / "writing", prefix=f"{key.name}-"))
        try:
            table = pa.Table.from_pylist(
                [{"key": key.name, **row._asdict()} for row in outcome.rows], schema=SCHEMA
            )
            plain = {
                "use_dictionary": False,
                "write_statistics": False,
                "compression": "none",
            }  # read twice as fast
            pyarrow.parquet.write_table(table, temporary / "metrics.parquet", **plain)
            status = {
                "status": outcome.status,
                "reason": last_line(outcome.reason),
                "key": encode(key),
                **machine(),
            }
            write_json(temporary / "spec.json", encode(outcome.run))
            write_json(temporary / "status.json", status)
            (temporary / "log.txt").write_text(log(outcome))
            place = self.runs / key.name
            with suppress(FileNotFoundError):
                place.rename(temporary.with_name(f"{temporary.name}.old"))
            temporary.rename(place)
            return place
        finally:
            for rest in (self.root / "writing").glob(f"{temporary.name}*"):
                shutil.rmtree(rest, ignore_errors=True)

    def find(self, key: Key) -> Stored | None:
        """The stored run with this key, if there is a readable one."""
        return self.read(self.runs / key.name)

    def read(self, folder: Path) -> Stored | None:
        """The run in a folder; one that cannot be read is moved to quarantine, and None is returned."""
        if not folder.is_dir():
            return None
        try:
            status = json.loads((folder / "status.json").read_text())
            run = decode(json.loads((folder / "spec.json").read_text()))
            key = decode_key(status["key"])
            pyarrow.parquet.read_metadata(folder / "metrics.parquet")
            if not isinstance(run, Run | Experiment) or folder.name != key.name:
                raise ValueError("not a run of this name")
            found: Any = run  # a run or an experiment
            return Stored(folder, found, key, status["status"], status["reason"], status["machine"])
        except (OSError, ValueError, KeyError, TypeError, pa.ArrowException):
            self.quarantine(folder)
            return None

    def quarantine(self, folder: Path) -> None:
        """Move what cannot be read out of the way."""
        self.quarantined.mkdir(exist_ok=True)
        place = Path(tempfile.mkdtemp(dir=self.quarantined, prefix=f"{folder.name}-"))
        with suppress(FileNotFoundError):  # another process was faster
            folder.rename(place / folder.name)

    def __iter__(self) -> Iterator[Stored]:
        """Every readable run."""
        yield from filter(None, map(self.read, self.folders()))

    def load(self, keys: list[Key] | None = None) -> pd.DataFrame:
        """The measurements of all runs, or of those with these keys, as one long frame with the column `key`."""
        names = [key.name for key in keys] if keys is not None else [folder.name for folder in self.folders()]
        with uncollected():
            tables = self.tables(names)
            frame: pd.DataFrame = pa.concat_tables([SCHEMA.empty_table(), *tables]).to_pandas()
        return frame

    def tables(self, names: list[str]) -> list[pa.Table]:
        """The tables of these runs, of those that can be read; many new ones are packed for the next time."""
        file = self.root / "pack.arrow"
        packed = unpack(file, SCHEMA) if len(names) >= MANY else {}
        found: Packed = {}
        for name in names:
            with suppress(FileNotFoundError):
                now = stamp(self.runs / name / "metrics.parquet")
                then, table = packed.get(name, (None, None))
                table = table if now == then else self.table(self.runs / name)
                if table is not None:
                    found[name] = (now, table)
        if sum(name not in packed for name in found) >= MANY:
            there = {name: entry for name, entry in packed.items() if (self.runs / name).is_dir()}
            pack(file, there | found, SCHEMA)
        return [found[name][1] for name in names if name in found]

    def folders(self) -> list[Path]:
        """Where runs lie; what is no folder of a run is left alone."""
        return [folder for folder in sorted(self.runs.iterdir()) if len(folder.name) == 32]

    def table(self, folder: Path) -> pa.Table | None:
        """The measurements of one run; None if there are none, or they cannot be read, which quarantines the run."""
        try:
            # one thread: these files are small
            table = pyarrow.parquet.ParquetFile(folder / "metrics.parquet").read(use_threads=False)
            return table.cast(SCHEMA) if table.schema != SCHEMA else table
        except FileNotFoundError:
            return None
        except (OSError, ValueError, pa.ArrowException):
            self.quarantine(folder)
            return None


@contextmanager
def uncollected() -> Iterator[None]:
    """No garbage collection meanwhile: with thousands of tables that all stay, it would take a third of the time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def decode_key(value: dict[str, Any]) -> Key:
    """A key, as it was stored."""
    found = decode(value)
    if not isinstance(found, Key):
        raise TypeError("not a key")
    return found


def write_json(file: Path, value: Any) -> None:
    """Write JSON that people can read."""
    file.write_text(json.dumps(value, indent=1, allow_nan=False) + "\n")


def log(outcome: Outcome) -> str:
    """How a run went, for people: a line per measurement of the whole network, and how it ended."""
    lines, so_far = [], ""
    for row in outcome.rows:
        if row.layer:
            continue
        head = f"epoch {row.epoch:g}, {row.seconds:.1f} s"
        if head != so_far:
            lines.append(head)
            so_far = head
        lines[-1] += f", {row.split} {row.metric} {row.value:.4g}"
    return "\n".join([*lines, outcome.status, *filter(None, [outcome.reason.strip()])]) + "\n"


def last_line(text: str) -> str:
    """The last line of a traceback, or of anything else."""
    return (text.strip().splitlines() or [""])[-1]


def machine() -> dict[str, Any]:
    """Where and with what a run was computed."""
    return {
        "machine": {
            "node": platform.node(),
            "platform": platform.platform(),
            "python": platform.python_version(),
        }
    }
