"""The two ends of the terminal. Brackets are text here, not markup, and lines are not broken.

What is printed is never obeyed: control characters of a name, a path or a reason are shown, as `\\x1b`. Characters that
the stream's encoding lacks are replaced.
"""

from __future__ import annotations

import os
import sys
import warnings
from contextlib import suppress
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Column

from plausible.printing.remarks import HEARERS
from plausible.printing.table import NO_TERMINAL, Table, wrapped
from plausible.printing.words import encodable, shortened, visible

BESIDE = 46  # columns of a bar, its share and its times, which a long name must not take
WARNED: dict[str, None] = {}  # Python's warnings that have not been printed yet


class ClosedPipe(Exception):
    """Nobody reads what is printed any more."""


class Terminal(Console):
    """A console that ends the command in silence when its reader has gone, as `head` does."""

    def on_broken_pipe(self) -> None:
        raise ClosedPipe


out = Terminal(markup=False, highlight=False, emoji=False, force_jupyter=False)
err = Terminal(stderr=True, markup=False, highlight=False, emoji=False, force_jupyter=False)
width = os.environ.get("COLUMNS", "")
if not (width.isdecimal() and int(width) > 0):  # the console reads COLUMNS itself
    out.width = out.width if out.is_terminal and out.width > 0 else NO_TERMINAL


def say(line: str, style: str | None = None) -> None:
    """A result in one line, to standard output; line breaks of a name or a path in it are shown."""
    tell_executed()
    out.print(encodable(visible(line, keep="\t"), out.encoding), style=style, soft_wrap=True)


def emit(text: str) -> None:
    """A text for programs, such as JSON, to standard output, as it is."""
    tell_executed()
    try:
        print(text, flush=True)
    except BrokenPipeError:
        raise ClosedPipe from None


def show(*tables: Table) -> None:
    """Tables, to standard output, an empty line between them."""
    tell_executed()
    for number, table in enumerate(tables):
        if number:
            out.print()
        out.print(table, crop=False, no_wrap=True, overflow="ignore")


def tell(line: str, style: str | None = None) -> None:
    """A sentence, to standard output; in a terminal it is broken between words, and goes on indented."""
    tell_executed()
    text = encodable(visible(line, keep="\t"), out.encoding)
    for row in wrapped(text, out.width, "      ") if out.is_terminal else [text]:
        out.print(row, style=style, markup=False, highlight=False, soft_wrap=True)


def remark(line: str) -> None:
    """Anything else in one line, to standard error; line breaks of a name or a path in it are shown."""
    err.print(encodable(visible(line, keep="\t"), err.encoding), soft_wrap=True)


HEARERS[:] = [remark]


def tell_executed() -> None:
    """Say which files of the user's this command has executed, to standard error, each once.

    It is said before their results, at the latest with the first line of output. Of a file that is refused, only the
    line of the refusal is printed.
    """
    from plausible.registry.files import UNSAID

    while UNSAID:
        remark(f"executed {UNSAID.pop(0)}")


def hold_warnings() -> None:
    """Let Python's warnings wait, a line each, until the command has ended well: beside an error they distract."""
    WARNED.clear()
    warnings.showwarning = hold


def hold(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Hold one warning back, in one line; a warning that is held already is not held twice."""
    first = (str(message).strip().splitlines() or [""])[0]
    WARNED[f"{category.__name__}: {first} ({filename}:{lineno})"] = None


def tell_warnings() -> None:
    """Print the warnings that were held back, each once, to standard error."""
    for text in list(WARNED):
        remark(text)
    WARNED.clear()


def bars(console: Console = err) -> Progress:
    """Bars for what is under way, each named by a text that is no markup; silent where the console is no terminal."""
    room = Column(max_width=max(console.width - BESIDE, 8), no_wrap=True, overflow="ellipsis")
    columns = (
        TextColumn("{task.description}", markup=False, table_column=room),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
    )
    clock = (TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())
    return Progress(*columns, *clock, console=console, transient=True, disable=not console.is_terminal)


def complain(text: str) -> None:
    """Why a command ends early, in one line, to standard error; of a word that fills a page, the beginning."""
    with suppress(OSError):  # nobody is there to hear it
        print(
            encodable(visible(shortened(text)), sys.stderr.encoding or "utf-8"), file=sys.stderr, flush=True
        )


def finish_output() -> None:
    """Write what is still to be written. Raises `ClosedPipe`, and `OSError` if there is no room for it."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise ClosedPipe from None


def abandon_output() -> None:
    """Let what is still to be written go nowhere, so that the interpreter does not complain of it at its end."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (sys.stdout, sys.stderr):
            os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def open_what_is_closed() -> None:
    """Let streams that the caller has closed lead nowhere; else the next file would take their place."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8"))
