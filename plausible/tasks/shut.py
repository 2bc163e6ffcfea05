"""Data are shut while a rule is at work: it uses what it is given, and only the suite reads the test split.

`plausible.core.AT_WORK` names the rule. Meanwhile no `Task` is made, none is looked up by its name, and Python opens no
file of data: none in PLAUSIBLE_DATA, none of scikit-learn's, and none that a task of this process was read from.

Not seen is what a rule does while its module is imported, in a thread or a process of its own, over the network, or by
a library that opens files without Python; nor are the arrays of a task that lie in memory.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

from plausible.core import AT_WORK
from plausible.errors import BadInput

SKLEARN = os.path.join("sklearn", "datasets", "data", "")  # noqa: PTH118  # the folder of the data it comes with
_READING: ContextVar[set[str] | None] = ContextVar("the files that a task is read from", default=None)
READ: set[str] = set()  # the files of data that tasks of this process were read from
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
    if rule := AT_WORK.get():
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
    READ.update(files)
    if not HOOKED:
        HOOKED.append(True)
        sys.addaudithook(heard)


def heard(event: str, arguments: tuple[Any, ...]) -> None:
    """Raise `Shut` where a rule at work opens a file of data to read; take note of what a task is read from."""
    if event not in ("open", "sqlite3.connect"):
        return
    opened = _READING.get()
    if opened is None and not AT_WORK.get():
        return
    flags = arguments[2] if len(arguments) > 2 and isinstance(arguments[2], int) else os.O_RDONLY
    if flags & (os.O_WRONLY | os.O_RDWR) == os.O_WRONLY:
        return
    file = ""
    with suppress(TypeError, ValueError, OSError):  # a number of an open file, or no path at all
        file = os.path.abspath(os.fsdecode(arguments[0]))  # noqa: PTH100
    if opened is not None:
        opened.add(file)
    if not AT_WORK.get():
        return
    if file in READ or SKLEARN in file or file.startswith(folders()):
        check(f"file {os.path.basename(file)!r} of data")  # noqa: PTH119


def folders() -> tuple[str, ...]:
    """The folders in which data of the suite and of scikit-learn lie, as they begin paths."""
    given = os.environ.get("PLAUSIBLE_DATA"), os.environ.get("SCIKIT_LEARN_DATA") or "~/scikit_learn_data"
    return tuple(os.path.join(os.path.abspath(os.path.expanduser(each)), "") for each in given if each)  # noqa: PTH100, PTH111, PTH118
