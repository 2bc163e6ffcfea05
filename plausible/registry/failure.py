"""The error of a lost run: in one line, with the place in the user's code, and with the whole traceback."""

from __future__ import annotations

import errno
import os
import sysconfig
import traceback
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from plausible.errors import BadInput

LONGEST = 300  # characters of an error in one line; the traceback has all of them
OURS = tuple(str(Path(__file__).parents[2] / name) + os.sep for name in ("plausible", "baselines"))
STANDARD = str(Path(sysconfig.get_path("stdlib")).resolve()) + os.sep
INSTALLED = {"site-packages", "dist-packages"}  # folders of libraries, wherever they are


class Failure(NamedTuple):
    """An error as people read it."""

    reason: str  # type, first line, and file:line of the user's code
    traceback: str


def failure(error: BaseException) -> Failure:
    """The error in one line, and its traceback."""
    lines = "".join(traceback.format_exception_only(error)).strip().splitlines()
    line = lines[-1 if isinstance(error, SyntaxError) else 0]
    line = (
        str(error) if isinstance(error, BadInput) else line
    )  # a sentence of the suite's own, which needs no type in front
    line = line if len(line) <= LONGEST else f"{line[:LONGEST]} ..."
    line += of_the_limit(error, line)
    where = "" if isinstance(error, BadInput) else place(frame.filename for frame in frames(error))
    if isinstance(error, SyntaxError) and error.filename and Path(error.filename).is_file():
        line += f" ({shown(error.filename)}:{error.lineno or 1})"  # which was not executed, and has no frame
    elif where:
        number = next(f.lineno for f in reversed(frames(error)) if f.filename == where)
        line += f" ({shown(where)}:{number})"
    return Failure(line, "".join(traceback.format_exception(error)))


def of_the_limit(error: BaseException, said: str) -> str:
    """A note on this process's limit of address space, if it has one and `error`, in words `said`, is one of memory."""
    short = isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM
    short = short or "annot allocate memory" in said  # of a library that cannot be loaded
    if not (short and hasattr(os, "fork")):
        return ""
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return ""
    return f", under the limit of {limit / 2**30:.3g} GiB of address space: a larger --memory gives more"


def frames(error: BaseException) -> list[traceback.FrameSummary]:
    """The calls that led to an error, the innermost last."""
    return list(traceback.extract_tb(error.__traceback__))


def place(files: Iterable[str]) -> str:
    """Of the files that an error came through, the innermost of the user's, else of the suite's; "" without any."""
    innermost = [file for file in list(files)[::-1] if Path(file).is_file()]
    users = [file for file in innermost if not (is_ours(file) or is_library(file))]
    return next(iter([*users, *filter(is_ours, innermost)]), "")


def is_ours(file: str) -> bool:
    """Whether a file is the suite's."""
    return str(Path(file).resolve()).startswith(OURS)


def is_library(file: str) -> bool:
    """Whether a file is Python's, or one that was installed."""
    path = Path(file).resolve()
    return str(path).startswith(STANDARD) or not INSTALLED.isdisjoint(path.parts)


def shown(file: str) -> str:
    """A path as messages give it: relative to the current folder, if it lies there."""
    path = Path(file).resolve()
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
