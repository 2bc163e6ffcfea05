"""The error of a lost run: in one line, with the place in the user's code, and with the whole traceback."""

from __future__ import annotations

import errno
import os
import sysconfig
import traceback
from collections.abc import Iterable, Sized
from pathlib import Path
from types import FrameType, FunctionType
from typing import NamedTuple

from plausible.errors import BadInput, cut, first_line, in_one_line

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
        f"MemoryError: {first_line(error)}" if "_ArrayMemoryError" in line else line
    )  # numpy's own, by its public name
    line = (
        str(error) if isinstance(error, BadInput) else line
    )  # a sentence of the suite's own, which needs no type in front
    line = of_signals(error) or line
    line = cut(line)  # the traceback has all of it
    line += of_the_limit(error, line)
    where = "" if isinstance(error, BadInput) else place(frame.filename for frame in frames(error))
    written = of_the_rule(error) if is_ours(where) else ""
    if isinstance(error, SyntaxError) and error.filename and Path(error.filename).is_file():
        line += f" ({shown(error.filename)}:{error.lineno or 1})"  # which was not executed, and has no frame
    elif written:
        line += f" ({written})"
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
    return f", under the limit of {limit / 2**30:.3g} GiB of address space: expected less memory, or a larger limit"


PROPOSING = ("signals", "teaching", "signal", "inner_changes", "update")  # what a rule may propose changes by


def of_signals(error: BaseException) -> str:
    """What is wrong with the teaching signals that a rule has given to its network; "" for any other error."""
    from plausible.networks.mlp import MLP

    frame = innermost(error)
    if frame is None or frame.f_code is not MLP.changes.__code__:
        return ""
    layers, given = len(frame.f_locals["pre"]), frame.f_locals["post"]
    wanted = f"expected {layers}, one for each layer, (batch, units) or None"
    kind = type(error).__name__
    if not isinstance(given, Sized):
        return f"{kind}: the teaching signals are {in_one_line(given)}: {wanted}"
    return f"{kind}: the number of teaching signals is {len(given)}: {wanted}" if len(given) != layers else ""


def of_the_rule(error: BaseException) -> str:
    """Where a user's own rule proposes changes, as file:line, if they have turned out not to fit; else ""."""
    from plausible.networks.mlp import MLP
    from plausible.train import fits

    calls = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    if not calls or calls[-1].f_code not in (MLP.changes.__code__, fits.__code__):
        return ""
    held = (frame.f_locals.get(name) for frame in calls[::-1] for name in ("rule", "self"))
    for rule in held:
        methods = (getattr(type(rule), name, None) for name in PROPOSING)
        for code in (method.__code__ for method in methods if isinstance(method, FunctionType)):
            if place([code.co_filename]) and not is_ours(code.co_filename):
                return f"{shown(code.co_filename)}:{code.co_firstlineno}"
    return ""


def innermost(error: BaseException) -> FrameType | None:
    """The call that raised an error; None of one that nothing has raised."""
    return next((frame for frame, _ in [*traceback.walk_tb(error.__traceback__)][::-1]), None)


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
