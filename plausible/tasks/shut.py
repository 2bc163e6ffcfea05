"""Data are shut while a rule is at work: it uses what it is given, and only the suite reads the test split.

`plausible.core.rule_at_work` names the rule. Meanwhile no `Task` is made, none is looked up by its name, and Python
opens no file of data: none in PLAUSIBLE_DATA, none of scikit-learn's, and none that a task of this process was read
from. A file is known by any of its names: a link to it, or the number that it is open under, stands for the same file.

Not seen is what a rule does while its module is imported, in a thread or a process of its own, after it has answered,
over the network, or by a library that opens files without Python; nor are the arrays of a task that lie in memory, a
copy of data in another file, or code that works against this module on purpose.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import lru_cache
from importlib.util import find_spec
from typing import Any, TypeAlias
from urllib.parse import unquote, urlsplit

from plausible.core import BEFORE_WORK, rule_at_work
from plausible.errors import BadInput

SKLEARN = os.path.join("sklearn", "datasets", "data", "")  # noqa: PTH118  # the folder of the data it comes with
EVENTS = ("open", "sqlite3.connect", "os.rename")  # what was moved would lie where no data are looked for
DESCRIPTORS = "/dev/fd"  # lists what a process has opened, where there is such a list

Number: TypeAlias = tuple[int, int]
"""Device and number of a file, which all of its names share."""

_READING: ContextVar[set[str] | None] = ContextVar("the files that a task is read from", default=None)
READ: set[str] = set()  # the files of data that tasks of this process were read from
SAME: dict[Number, str] = {}  # the same by their numbers
HOOKED: list[bool] = []  # an audit hook cannot be removed: it is added once


class Shut(BadInput):
    """A rule at work asked for data beside those that it is given."""


def check(what: str) -> None:
    """Raise `Shut` if a rule is at work; `what` says what was asked for.

    >>> from plausible.core import at_work
    >>> from plausible.tasks.shut import check
    >>> check("task 'digits'")
    >>> with at_work("fa"):
    ...     check("task 'digits'")
    Traceback (most recent call last):
    plausible.tasks.shut.Shut: task 'digits' was asked for while rule 'fa' was at work: expected no other data
    """
    if rule := rule_at_work():
        raise Shut(f"{what} was asked for while rule {rule!r} was at work: expected no other data")


@contextmanager
def reading() -> Iterator[set[str]]:
    """A context that gives the files which are opened in it, by their whole paths."""
    guard()
    opened: set[str] = set()
    before = _READING.set(opened)
    try:
        yield opened
    finally:
        _READING.reset(before)


def guard(files: Iterable[str] = ()) -> None:
    """From now on refuse rules at work the folders of data, and these files, which a task was read from."""
    for file in files:
        READ.add(file)
        with suppress(OSError):
            SAME[number(os.stat(file))] = file  # noqa: PTH116
    if not HOOKED:
        HOOKED.append(True)
        packaged()  # here, as looking for it may open files itself
        sys.addaudithook(heard)


BEFORE_WORK.append(guard)


def heard(event: str, arguments: tuple[Any, ...]) -> None:
    """Raise `Shut` where a rule at work opens a file of data to read; take note of what a task is read from."""
    if event not in EVENTS:
        return
    opened, working = _READING.get(), bool(rule_at_work())
    if opened is None and not working:
        return
    moved, given = event == "os.rename", arguments[0]
    flags = arguments[2] if event == "open" and isinstance(arguments[2], int) else os.O_RDONLY
    if flags & (os.O_WRONLY | os.O_RDWR) == os.O_WRONLY:
        return
    data = ""
    with suppress(TypeError, ValueError, OSError):  # no path at all, or a number of no open file
        if opened is not None and not (moved or isinstance(given, int)):
            opened.add(os.path.abspath(os.fsdecode(given)))  # noqa: PTH100
        if working:
            # neither os.open nor os.rename tells which folder a path goes out from
            data = name_of_data(given, anywhere=moved or (event == "open" and arguments[1] is None))
    if data:
        check(f"file {data!r} of data")


def name_of_data(given: Any, anywhere: bool = False) -> str:
    """The name of the file of data that is given by its path, or by the number of an open file; "" if it is none.

    Args:
        given: what is opened, or moved: a file, or the folder of some.
        anywhere: whether a relative path may go out from any folder that is open.
    """
    if isinstance(given, int):
        return f"number {given}" if is_data(os.fstat(given)) else ""
    path = os.fsdecode(given)
    if path.startswith("file:"):  # as sqlite3 takes it
        path = unquote(urlsplit(path).path)
    name = os.path.basename(os.path.normpath(path))  # noqa: PTH119
    if any(map(lies_in_data, (os.path.abspath(path), os.path.realpath(path)))):  # noqa: PTH100
        return name
    relative = anywhere and not os.path.isabs(path) and os.stat in os.supports_dir_fd  # noqa: PTH117
    for folder in (None, *descriptors()) if relative else (None,):
        with suppress(OSError):  # there is no such file
            if is_data(os.stat(path, dir_fd=folder)):
                return name
    return ""


def lies_in_data(path: str) -> bool:
    """Whether a whole path is that of a file that a task was read from, of a folder of data, or of what lies in one."""
    inside = os.path.join(path, "")  # noqa: PTH118
    return path in READ or SKLEARN in inside or inside.startswith(folders())


def is_data(about: os.stat_result) -> bool:
    """Whether a file or a folder is one of data, whatever it is called."""
    same = number(about)
    for known in (SAME, within(folders())) if about.st_ino else ():  # some file systems number nothing
        with suppress(KeyError, OSError):  # that file is gone, and its number may be another one's by now
            if number(os.stat(known[same])) == same:  # noqa: PTH116
                return True
    return False


def number(about: os.stat_result) -> Number:
    """What tells a file from all others, whatever it is called."""
    return about.st_dev, about.st_ino


def descriptors() -> list[int]:
    """The numbers of what this process has opened."""
    with suppress(OSError):
        return [int(each) for each in os.listdir(DESCRIPTORS)]  # noqa: PTH208
    return []


@lru_cache(maxsize=4)
def within(folders: tuple[str, ...]) -> dict[Number, str]:
    """Folders, and whatever lies in them, links followed: each by a path of it."""
    found: dict[Number, str] = {}
    ahead = [*folders]
    while ahead:
        path = ahead.pop()
        with suppress(OSError):
            about = os.stat(path)  # noqa: PTH116
            if number(about) not in found:  # a link may lead back
                found[number(about)] = path
                if stat.S_ISDIR(about.st_mode):
                    ahead += [os.path.join(path, name) for name in os.listdir(path)]  # noqa: PTH118, PTH208
    return found


def folders() -> tuple[str, ...]:
    """The folders in which data of the suite and of scikit-learn lie, as they begin paths."""
    given = os.environ.get("PLAUSIBLE_DATA"), os.environ.get("SCIKIT_LEARN_DATA") or "~/scikit_learn_data"
    whole = [os.path.abspath(os.path.expanduser(each)) for each in given if each]  # noqa: PTH100, PTH111
    found = (os.path.join(each, "") for path in whole for each in (path, os.path.realpath(path)))  # noqa: PTH118
    return (*dict.fromkeys(found), *packaged())


@lru_cache(maxsize=1)
def packaged() -> tuple[str, ...]:
    """The folder of the data that scikit-learn comes with, if it is installed."""
    found = find_spec("sklearn")
    where = () if found is None else found.submodule_search_locations or ()
    return tuple(os.path.join(os.path.dirname(each), SKLEARN) for each in where)  # noqa: PTH118, PTH120
