"""What may be removed from a store, and what was moved to quarantine and may come back."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock, Timeout

from plausible.errors import BadInput
from plausible.study.keys.changes import changes
from plausible.study.store.store import Store
from plausible.study.store.stored import Damaged, NotUnderstood, Stored, read_stored, read_table

BESIDE = (".pack.arrow-*", "checkpoints/.*.npz-*", "tuning/.*.parquet-*")  # see `plausible.writing.whole`
COMPARE = (
    "compare.lock"  # every comparison locks it, and it stays: whoever waits for it has to find the same file
)
FIRST = 5  # keys that are told of several
LONG_AGO = 3600.0  # seconds after which such a file is left over: writing one takes a moment


class Held(NamedTuple):
    """A run that is not used, and why. An empty reason says that it is whole by now."""

    folder: Path
    reason: str


def leftovers(store: Store) -> list[Path]:
    """The files and folders that interrupted processes left half written, without those that are being written now."""
    runs = [path for path in sorted((store.root / "writing").iterdir()) if not in_use(store, path)]
    beside = sorted(path for pattern in BESIDE for path in store.root.glob(pattern))
    old = [path for path in beside if time.time() - path.lstat().st_mtime > LONG_AGO]
    locks = [lock for lock in sorted((store.root / "locks").glob("*.lock")) if lock.name != COMPARE]
    return [*runs, *old, *(lock for lock in locks if free(lock))]


def rescue(store: Store) -> list[Path]:
    """Move whole runs that an interrupt left in writing/ to their places, where these are free. Returns the places."""
    places = []
    for path in leftovers(store):
        if path.parent.name != "writing":
            continue
        place = store.runs / path.name.partition("-")[0]
        if (
            path.is_dir()
            and not path.is_symlink()
            and not os.path.lexists(place)
            and not why_not(path, place.name)
        ):
            path.rename(place)
            places.append(place)
    return places


def in_use(store: Store, path: Path) -> bool:
    """Whether a process holds the lock of the run that a half-written folder is of."""
    lock = store.root / "locks" / f"{path.name.partition('-')[0]}.lock"
    return a_lock(lock) and not free(lock)


def a_lock(file: Path) -> bool:
    """Whether a file is named like a lock of the store, and is no link, which would be followed."""
    named = re.fullmatch(r"([0-9a-f]{32}|compare)\.lock", file.name)
    return bool(named) and file.is_file() and not file.is_symlink()


def free(lock: Path) -> bool:
    """Whether nobody holds a lock."""
    if not a_lock(lock):
        return False
    try:
        with FileLock(lock, blocking=False):
            return True
    except Timeout:
        return False


def stale(store: Store, execute: bool = False) -> list[tuple[Stored, str]]:
    """The runs whose spec, data, code or versions changed, each with the first change.

    A run of which that cannot be told is named in a remark, and is not among them.
    """
    changed = []
    for stored in store:
        try:
            if differences := changes(stored, execute):
                changed.append((stored, differences[0]))
        except BadInput as error:
            store.say(stored.folder, f"is kept: {error}")
    return changed


def quarantined(store: Store) -> list[Held]:
    """The runs in quarantine."""
    places = sorted(store.quarantined.iterdir()) if store.quarantined.is_dir() else []
    folders = [
        folder for place in places if not place.is_symlink() and place.is_dir() for folder in place.iterdir()
    ]
    return [Held(folder, why_not(folder)) for folder in folders]


def left(store: Store) -> list[Held]:
    """The runs that are not used, but still lie in their places."""
    unused = [Held(folder, why_not(folder)) for folder in store.folders() if folder.is_dir()]
    return [held for held in unused if held.reason]


def why_not(folder: Path, name: str = "") -> str:
    """Why the run in a folder, which should be called `name`, cannot be used; "" if it can."""
    try:
        read_stored(folder, name)
        read_table(folder, name)
    except (Damaged, NotUnderstood) as error:
        return str(error)
    return ""


def restore(store: Store, held: Held) -> Path:
    """Put a run that is whole back in its place. Raises `BadInput` if it is not, or its place is taken."""
    place = store.runs / held.folder.name
    if held.reason:
        raise BadInput(f"{held.folder} is not whole ({held.reason}): mend it first, or leave it there")
    if os.path.lexists(place):
        raise BadInput(f"{held.folder} cannot be put back: {place} is there; remove one of them")
    held.folder.rename(place)
    held.folder.parent.rmdir()
    return place


def the_one(store: Store, beginning: str) -> Stored:
    """The stored run whose key begins with `beginning`.

    Raises:
        BadInput: if there is none, or more than one, or it cannot be used here; the message says what it needs.
    """
    matches = [folder for folder in store.folders() if folder.name.startswith(beginning)]
    if len(matches) == 1:
        try:
            return read_stored(matches[0], execute=store.execute)
        except NotUnderstood as error:
            raise BadInput(f"{matches[0]} is left where it is, and cannot be compared: {error}") from error
        except (Damaged, OSError, MemoryError):
            if stored := store.read(matches[0]):  # read by the store, which moves a damaged run to quarantine
                return stored
            matches = []
    raise BadInput(
        f"{begun('stored runs', beginning, matches)}: expected a key, as in the folder {store.runs}"
    )


def begun(what: str, beginning: str, folders: Sequence[Path]) -> str:
    """How many runs begin so, and the first of them, whose keys are the names of their folders."""
    names = sorted(folder.name for folder in folders)
    told = f" ({', '.join(names[:FIRST])}{', ...' if len(names) > FIRST else ''})" if names else ""
    return f"{len(names)} {what} begin with {beginning!r}{told}"
