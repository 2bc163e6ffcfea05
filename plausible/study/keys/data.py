"""The digest of a task's data, which is made again as soon as anything changed that the data were made from.

Files that Python opened are known. Python is not told of files that libraries open by themselves, as readers of Parquet
and HDF5 do. So the digest of a user's own task is trusted for a moment only.
"""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from plausible.core import randomness
from plausible.registry import registry
from plausible.registry.opened import READINGS, Stamp, data_in, stamp, watching
from plausible.study.keys.followed import is_suite
from plausible.study.keys.roots import named, of
from plausible.tasks.task import Task

MOMENT = 10.0  # a digest is trusted so many times as long as the task took to make, and a second at least
PLACES = ("PLAUSIBLE_DATA", "XDG_CACHE_HOME", "HOME")  # variables that the suite's own tasks read
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
    place, _ = named("task", task)
    until = float("inf") if is_suite(place) else time.monotonic() + max(MOMENT * took, 1.0)
    drawn = str(rng.bit_generator.state) != before
    if len(_MADE) >= MOST:
        _MADE.clear()
    if isinstance(place, Path):
        READINGS.add(
            place, opened
        )  # behind a cache it keeps what it has read: it is made anew when that changes
    _MADE[task, seed if drawn else None] = Made(digest, drawn, data_in(opened), now, until)
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


def digest_of(task: Task) -> str:
    """The digest of a task's arrays, with their shapes and dtypes."""
    total = hashlib.sha256()
    for name, split in task.splits.items():
        for array in split:
            if array is not None:
                total.update(f"{name} {array.dtype} {array.shape}".encode())
                total.update(np.ascontiguousarray(array).data)
    return total.hexdigest()
