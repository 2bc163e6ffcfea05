"""The digest of a task's data, which is made again as soon as anything changed that the data were made from.

Files that Python opened are known. Libraries that open files by themselves, as readers of Parquet and HDF5 do, are not
heard of by Python: so the digest of a user's own task is trusted for a moment only.
"""

from __future__ import annotations

import hashlib
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from plausible.core import randomness
from plausible.registry import registry
from plausible.registry.failure import is_library
from plausible.study.keys.followed import is_suite
from plausible.study.keys.roots import named, of
from plausible.study.keys.sources import Stamp, stamp
from plausible.tasks.task import Task

MOMENT = 10.0  # a digest is trusted so many times as long as the task took to make, and a second at least
PLACES = ("PLAUSIBLE_DATA", "XDG_CACHE_HOME", "HOME")  # variables that the suite's own tasks read
CODE = (".py", ".pyc", ".so", ".pyd")
MOST = 2**14  # digests that are remembered


class Made(NamedTuple):
    """A digest, and the files and circumstances that it was made from."""

    digest: str
    drawn: bool  # whether the data are drawn, so that another seed gives other data
    files: dict[str, Stamp]
    circumstances: Any
    until: float  # the time, on the monotonic clock, after which it is made again


_MADE: dict[tuple[str, int | None], Made] = {}  # by task and seed; by task alone where nothing is drawn


def data_digest(task: str, seed: int) -> str:
    """The digest of every number of a task at a seed."""
    now = circumstances(task)
    for known in (_MADE.get((task, None)), _MADE.get((task, seed))):
        if known is not None and holds(known, now):
            return known.digest
    rng = randomness(seed).data
    before = str(rng.bit_generator.state)
    began = time.monotonic()
    with watching() as opened:
        digest = digest_of(registry.task(task, rng))
    took = time.monotonic() - began
    until = float("inf") if is_suite(named("task", task)[0]) else time.monotonic() + max(MOMENT * took, 1.0)
    drawn = str(rng.bit_generator.state) != before
    if len(_MADE) >= MOST:
        _MADE.clear()
    files = {file: then for file, then in opened.items() if not (file.endswith(CODE) or is_library(file))}
    _MADE[task, seed if drawn else None] = Made(digest, drawn, files, now, until)
    return digest


def holds(made: Made, now: Any) -> bool:
    """Whether a digest still holds, as far as can be told without making the data again."""
    return (
        made.circumstances == now
        and time.monotonic() < made.until
        and all(stamp(file) == then for file, then in made.files.items())
    )


def circumstances(task: str) -> Any:
    """What a task may depend on beside its name: its code, the current folder, and the environment."""
    root = named("task", task)
    here = [os.environ.get(name) for name in PLACES] if is_suite(root[0]) else dict(os.environ)
    return of([root], []).reached().code, os.getcwd(), here  # noqa: PTH109


@dataclass
class Watch(threading.local):
    """The files that this thread opens; None unless `watching`."""

    opened: dict[str, Stamp] | None = field(default=None)


WATCH = Watch()
HOOKED: list[bool] = []  # an audit hook cannot be removed: it is added once


def heard(event: str, arguments: tuple[Any, ...]) -> None:
    """Take note of a file that is opened."""
    if WATCH.opened is not None and event in ("open", "sqlite3.connect"):
        with suppress(TypeError, ValueError, OSError):  # a number of an open file, or no path at all
            file = os.path.abspath(os.fsdecode(arguments[0]))  # noqa: PTH100
            WATCH.opened.setdefault(file, stamp(file))


@contextmanager
def watching() -> Iterator[dict[str, Stamp]]:
    """A context that gives the files which this thread opens in it, each with its stamp before."""
    if not HOOKED:
        sys.addaudithook(heard)
        HOOKED.append(True)
    before, WATCH.opened = WATCH.opened, {}
    try:
        yield WATCH.opened
    finally:
        WATCH.opened = before


def digest_of(task: Task) -> str:
    """The digest of a task's arrays, with their shapes and dtypes."""
    total = hashlib.sha256()
    for name, split in task.splits.items():
        for array in split:
            if array is not None:
                total.update(f"{name} {array.dtype} {array.shape}".encode())
                total.update(np.ascontiguousarray(array).data)
    return total.hexdigest()
