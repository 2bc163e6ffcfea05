"""The files that Python code opens to read, and which of them a user's own module reads while it is imported."""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import FrameType
from typing import Any, TypeAlias

from plausible.registry.failure import is_library

CODE = (".py", ".pyc", ".so", ".pyd")
IMPORTING = "<frozen importlib"  # the beginning of the file names of Python's own import

Stamp: TypeAlias = tuple[int, ...]


@dataclass
class Watch(threading.local):
    """The files that this thread opens; None unless `watching`."""

    opened: dict[str, Stamp] | None = field(default=None)
    by: str = ""  # the file of Python whose own opening counts alone; "" for whatever opens


WATCH = Watch()
HOOKED: list[bool] = []  # an audit hook cannot be removed: it is added once


def stamp(file: Path | str) -> Stamp:
    """Time, size and number of a file, one of which changes when it is written or replaced; () if it is not there."""
    try:
        about = os.stat(file)  # noqa: PTH116  # os.stat of a text is twice as fast, for ten thousand calls
    except (OSError, ValueError):
        return ()
    return about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns


def heard(event: str, arguments: tuple[Any, ...]) -> None:
    """Take note of a file that is opened, but not of one that is only written."""
    if WATCH.opened is None or event not in ("open", "sqlite3.connect"):
        return
    flags = arguments[2] if len(arguments) > 2 and isinstance(arguments[2], int) else os.O_RDONLY
    if flags & (os.O_WRONLY | os.O_RDWR) == os.O_WRONLY:
        return
    if WATCH.by and not is_by(WATCH.by, sys._getframe(1)):
        return
    with suppress(TypeError, ValueError, OSError):  # a number of an open file, or no path at all
        file = os.path.abspath(os.fsdecode(arguments[0]))  # noqa: PTH100
        WATCH.opened.setdefault(file, stamp(file))


def is_by(code: str, frame: FrameType | None) -> bool:
    """Whether a file of Python is at work in a frame by itself, and no import that it has begun."""
    while frame is not None:
        name = frame.f_code.co_filename
        if name == code or name.startswith(IMPORTING):
            return name == code
        frame = frame.f_back
    return False


@contextmanager
def watching(by: str = "") -> Iterator[dict[str, Stamp]]:
    """A context that gives the files which this thread opens in it, each with its stamp before.

    With `by`, a file of Python, these are the files that its statements open, and not those of libraries that it
    imports: which of these are imported already is an accident.
    """
    if not HOOKED:
        sys.addaudithook(heard)
        HOOKED.append(True)
    before = WATCH.opened, WATCH.by
    opened: dict[str, Stamp] = {}
    WATCH.opened, WATCH.by = opened, by
    try:
        yield opened
    finally:
        WATCH.opened, WATCH.by = before
        if WATCH.opened is not None and not WATCH.by:
            for file, then in opened.items():
                WATCH.opened.setdefault(file, then)


def data_in(opened: dict[str, Stamp]) -> dict[str, Stamp]:
    """Those of the opened files that are neither code, nor a library's."""
    return {file: then for file, then in opened.items() if not (file.endswith(CODE) or is_library(file))}


def regular(opened: dict[str, Stamp]) -> dict[str, Stamp]:
    """Those of the opened files that can be read again: no device, and nothing that the system makes up."""
    made_up = ("/proc/", "/sys/", "/dev/")
    return {
        file: then
        for file, then in opened.items()
        if not file.startswith(made_up) and (not then or is_file(file))
    }


def is_file(file: str) -> bool:
    """Whether this is a file, and no folder, pipe or device."""
    try:
        return stat.S_ISREG(os.stat(file).st_mode)  # noqa: PTH116
    except (OSError, ValueError):
        return False


@dataclass
class Readings:
    """The data files on which the modules of a user's own files rest."""

    at_import: dict[Path, dict[str, Stamp]] = field(default_factory=dict)  # these are in keys
    later: dict[Path, dict[str, Stamp]] = field(default_factory=dict)  # a task's: its data are in keys
    times: dict[Path, int] = field(default_factory=dict)  # how often such a file had changed

    def add(self, path: Path, opened: dict[str, Stamp]) -> None:
        """Take note that what a module may hold is from these files, which it opened after its import."""
        self.later.setdefault(path, {}).update(regular(data_in(opened)))

    def imported(self, path: Path, opened: dict[str, Stamp]) -> None:
        """Take note of what a module has opened while it was imported."""
        self.at_import[path] = regular(data_in(opened))
        self.later.pop(path, None)

    def digests(self, path: Path) -> dict[str, str]:
        """The digests of the files that a module has read while it was imported, as they are now."""
        return {file: digest_of(file, stamp(file)) for file in self.at_import.get(path, {})}

    def changes(self, path: Path) -> int:
        """How often a file that a module rests on has changed, so that the module had to be made anew."""
        for known in (self.at_import.get(path, {}), self.later.get(path, {})):
            if any(stamp(file) != then for file, then in known.items()):
                self.times[path] = self.times.get(path, 0) + 1
                self.later.pop(path, None)
                self.at_import[path] = {file: stamp(file) for file in self.at_import.get(path, {})}
        return self.times.get(path, 0)


READINGS = Readings()


@lru_cache(512)
def digest_of(file: str, then: Stamp) -> str:
    """SHA-256 of a file that had this stamp; "" if it cannot be read."""
    try:
        with open(file, "rb") as handle:  # noqa: PTH123
            return hashlib.file_digest(handle, "sha256").hexdigest()
    except OSError:
        return ""
