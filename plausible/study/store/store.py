"""Where results lie: one folder per run, named by its key, whole or not there.

    results/runs/<key>/spec.json        what was run
                       status.json      how it ended, and with what; the parts of its key
                       metrics.parquet  what was measured, in long form
                       log.txt          how it went, line by line; the traceback of a failed run
                       weights.npz      what it learned, if that was to be kept; for `plausible.load`
                       answers.npz      what it answered to the test split, if it was asked (`plausible.study.answers`)
    results/pack.arrow                  the tables of many runs in one file: a cache, which may be deleted

A folder is written under another name and renamed into place when it is whole, so a kill at any instant loses at most
the run in flight. A damaged run is moved to `results/quarantine`, never deleted and never used. A whole run that is not
understood, as it names a class that is not there, stays in its place and is not used. A remark tells of both.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
import pyarrow as pa
import pyarrow.parquet
from filelock import FileLock

from plausible.arrays import uncollected
from plausible.errors import BadInput, first_line
from plausible.printing.remarks import remark
from plausible.printing.words import visible, without_home
from plausible.registry.encoding import encode
from plausible.registry.names import whole_path
from plausible.study.answers import FILE as ANSWERS
from plausible.study.keys.key import Key
from plausible.study.run import Outcome
from plausible.study.store.loaded import load
from plausible.study.store.pack import MANY, Packed, Stamp, pack, stamp, unpack
from plausible.study.store.stored import (
    SCHEMA,
    WEIGHTS,
    Damaged,
    NotUnderstood,
    Stored,
    read_stored,
    read_table,
)
from plausible.study.work import Work
from plausible.study.workers.machine import machine
from plausible.writing import at_home

FOLDERS = ("runs", "writing", "locks", "quarantine", "checkpoints", "tuning", "compare", "studies", "tasks")
Found = TypeVar("Found")
LONGEST_REASON = 2000  # characters of a reason in status.json; the log has all of it
TOLD = 3  # of the runs that cannot be used for one reason, how many are named


class Store:
    """The results in a folder, `PLAUSIBLE_RESULTS` or ./results unless another is given."""

    def __init__(
        self, root: str | Path | None = None, execute: bool = False, only_look: bool = False
    ) -> None:
        """With `execute`, files that results name are executed; with `only_look`, damaged runs stay where they are.

        Raises `BadInput` for a root that is no path.
        """
        given = (os.environ.get("PLAUSIBLE_RESULTS") or "results") if root is None else root
        self.root = at_home("PLAUSIBLE_RESULTS" if root is None else "the folder of a store", given)
        self.runs, self.quarantined = self.root / "runs", self.root / "quarantine"
        self.execute, self.only_look = execute, only_look
        self.said: set[tuple[Path, str]] = set()  # the runs that were not used, each with the reason
        others = [path for path in self.root.glob("compare-*") if re.fullmatch(r"compare-\d+", path.name)]
        for place in (*(self.root / name for name in FOLDERS), *others):  # a link would be followed
            if place.is_symlink() or (place.exists() and not place.is_dir()):
                raise BadInput(f"{str(place)!r} is a link or a file: expected a folder; move it away")
        try:
            for folder in (self.runs, self.root / "writing", self.root / "locks"):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = error.strerror or str(error)
            if self.runs.is_dir():  # it can be read
                return
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
                "reason": without_home(outcome.reason)[:LONGEST_REASON],
                "key": encode(key),
                "machine": dict(outcome.machine or machine()),
            }
            write_json(temporary / "spec.json", encode(placed(outcome.run), without_home))
            write_json(temporary / "status.json", status)
            (temporary / "log.txt").write_text(
                without_home(log(outcome)), encoding="utf-8", errors="backslashreplace"
            )
            for name, held in ((WEIGHTS, outcome.learned), (ANSWERS, outcome.answers)):
                if held:
                    (temporary / name).write_bytes(held)
            place = self.runs / key.name
            if os.path.lexists(place) and self.read(place) is None:  # what is not understood is not replaced
                self.quarantine(place)
            with suppress(FileNotFoundError):
                place.rename(temporary.with_name(f"{temporary.name}.old"))
            temporary.rename(place)
            return place
        finally:
            for rest in (self.root / "writing").glob(f"{temporary.name}*"):
                with suppress(OSError):
                    remove(rest)

    def find(self, key: Key) -> Stored | None:
        """The stored run with this key, if there is a readable one."""
        return self.read(self.runs / key.name)

    def read(self, folder: Path) -> Stored | None:
        """The run in a folder, or None. A damaged run is moved to quarantine, one that is not understood stays."""
        return self.used(folder, partial(read_stored, execute=self.execute))

    def table(self, folder: Path) -> pa.Table | None:
        """The measurements of one run, or None; see `read`."""
        return self.used(folder, read_table)

    def used(self, folder: Path, read: Callable[[Path], Found]) -> Found | None:
        """The result of `read` on a folder of the store; None, with a remark that says why, if it cannot be used."""
        for attempt in (1, 2):
            try:
                return read(folder) if folder.is_dir() else None
            except NotUnderstood as error:
                self.say(folder, f"is left where it is, and not used: {error}")
                return None
            except (
                OSError,
                MemoryError,
            ) as error:  # the disk or the memory has failed, and the run itself may be good
                self.say(folder, f"is left where it is, and not used: {first_line(error)}")
                return None
            except Damaged as error:
                if attempt == 2 and folder.is_symlink():
                    self.say(folder, f"is a link, and not used: {error}")
                elif attempt == 2:  # twice damaged: no other process is just replacing it
                    moved = not self.only_look and self.quarantine(folder)
                    could = "would be" if self.only_look else "cannot be"
                    where = "was" if moved else f"is damaged, and {could}"
                    self.say(folder, f"{where} moved to quarantine: {error}")
        return None

    def say(self, folder: Path, what: str) -> None:
        """Remark once what became of a folder; of many with the same reason, only some are named."""
        if (folder, what) in self.said:
            return
        self.said.add((folder, what))
        alike = sum(one == what for _, one in self.said)
        if alike <= TOLD:
            remark(visible(f"{folder} {what}"))
        elif alike == TOLD + 1:
            remark("and more for the same reason, which are not named")

    def quarantine(self, folder: Path) -> bool:
        """Move a run that cannot be used to quarantine. Returns whether it is out of its place."""
        try:
            self.quarantined.mkdir(exist_ok=True)
            place = Path(tempfile.mkdtemp(dir=self.quarantined, prefix=f"{folder.name}-"))
        except OSError:  # the store may only be read, for instance
            return False
        try:
            folder.rename(place / folder.name)
        except FileNotFoundError:  # another process was faster
            place.rmdir()
        except OSError:
            place.rmdir()
            return False
        return True

    def __iter__(self) -> Iterator[Stored]:
        """Every readable run."""
        yield from filter(None, map(self.read, self.folders()))

    def load(self, study: str | None = None, scale: str | None = None, *, holds: bool = True) -> pd.DataFrame:
        """The measurements of all runs, or of those of a study or a scale, as one long frame that tells them apart.

        Its columns are those of `plausible.study.run.Row` and key, study, scale, status, holds; what each run was done
        under, as hidden, network, optimiser, epochs; and options, as rule_variance (`plausible.study.columns`). A run
        that belongs to several studies or scales stands there once for each; of one that belongs to none, as of a
        comparison, these are "". `holds` says whether the run would be the same today: with its code, data and
        libraries as they are now; NA where that cannot be told without executing a user's file. Without `holds` that
        is not asked. A run of a class that cannot be made here, as its file is not executed, stands there as well: its
        settings are those that its spec tells.

        Raises:
            BadInput: for a study or a scale that no run here belongs to.
        """
        return load(self, study, scale, holds)

    def measured(self, keys: list[Key] | list[str]) -> pd.DataFrame:
        """The measurements of the runs with these keys, as one long frame with the column `key`, and nothing else."""
        names = [key if isinstance(key, str) else key.name for key in keys]
        with uncollected():  # a third of the time, with thousands of tables that all stay
            tables = self.tables(names)
            frame: pd.DataFrame = pa.concat_tables([SCHEMA.empty_table(), *tables]).to_pandas()
        return frame

    def tables(self, names: list[str]) -> list[pa.Table]:
        """The tables of those of these runs that can be read. Many new ones are packed for the next time."""
        file = self.root / "pack.arrow"
        packed = unpack(file, SCHEMA) if len(names) >= MANY else {}
        loaded: Packed = {}
        for name in names:
            now: Stamp | None = None
            with suppress(OSError):  # `table` below tells of a file that is missing or cannot be read
                now = stamp(self.runs / name / "metrics.parquet")
            then, table = packed.get(name, (None, None))
            table = table if now is not None and now == then else self.table(self.runs / name)
            if now is not None and table is not None:
                loaded[name] = (now, table)
        if sum(name not in packed for name in loaded) >= MANY:
            there = {name: entry for name, entry in packed.items() if (self.runs / name).is_dir()}
            pack(file, there | loaded, SCHEMA)
        return [loaded[name][1] for name in names if name in loaded]

    def folders(self) -> list[Path]:
        """The folders of runs. A folder that is not named like a run is ignored."""
        return [folder for folder in sorted(self.runs.iterdir()) if re.fullmatch("[0-9a-f]{32}", folder.name)]


def locked(file: Path) -> FileLock:
    """The lock in a file of the store. Raises `BadInput` if something else lies there."""
    if os.path.lexists(file) and (file.is_symlink() or not file.is_file()):  # a link would be followed
        raise BadInput(f"{str(file)!r} is no file: expected a lock, or nothing; move it away")
    return FileLock(file)


def remove(path: Path) -> None:
    """Delete a file or a folder; of a link, the link alone. Raises `OSError`."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def write_json(file: Path, value: Any) -> None:
    """Write JSON that people can read."""
    file.write_text(json.dumps(value, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def log(outcome: Outcome) -> str:
    """The log of a run: a line per measurement of the whole network, and how it ended."""
    lines, so_far = [], ""
    for row in outcome.rows:
        if row.layer:
            continue
        head = f"epoch {row.epoch:g}, {row.seconds:.1f} s"
        if head != so_far:
            lines.append(head)
            so_far = head
        lines[-1] += f", {row.split} {row.metric} {row.value:.4g}"
    return (
        "\n".join([*lines, outcome.status, *filter(None, [outcome.reason, outcome.traceback.strip()])]) + "\n"
    )


def placed(run: Work) -> Work:
    """The run with the whole paths of its files, which begin with ~ in the home folder."""
    return run.renamed(lambda kind, text: without_home(whole_path(text)))
