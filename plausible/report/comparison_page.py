"""A comparison as one page of HTML that needs no other file: its tables, its figure and what is to be said of it."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path

from plausible.errors import BadInput, require
from plausible.printing.table import Table
from plausible.report import comparison as report
from plausible.report.html import Cell, Grid, Head, alone
from plausible.study.compare import Comparison, Result
from plausible.study.statistics import MARGIN
from plausible.writing import whole

MADE_BY = (
    '<meta name="generator" content="plausible compare">'  # in the head of a page that may be written anew
)
TIED = "\u00a0"  # a space at which no line ends
LEADING_NUMBER = re.compile(r"[-+]?\d[\d,]*\.?\d*(e[-+]?\d+)?")
CURVES = "Validation score, and the angle to the gradient, against epochs; {}."


def page(result: Result, comparison: Comparison, said: Sequence[str], margin: float = MARGIN) -> str:
    """The page; every text is escaped, and nothing is loaded from elsewhere.

    Args:
        result: of the runs.
        comparison: what was compared.
        said: remarks, a line each, such as on lost runs.
        margin: of equivalence, a share of 1 of accuracies.
    """
    grids = [(table.title or "numbers", grid(table)) for table in report.tables(result, comparison, margin)]
    image, words, trouble = picture(result, comparison)
    return alone(
        "comparison.html",
        title=report.title(comparison, result),
        generator=MADE_BY,
        grids=grids,
        image=image,
        trouble=trouble,
        words=words,
        said=said,
    )


def grid(table: Table) -> Grid:
    """A table that is printed, as one that is sorted: numbers by what a cell begins with."""
    heads = [Head(column.head, number=not column.words) for column in table.columns]
    body = [
        [
            Cell(text) if column.words else measured(text)
            for column, text in zip(table.columns, row, strict=True)
        ]
        for row in table.rows
    ]
    return Grid(table.said() or "numbers", heads, body)


def measured(text: str) -> Cell:
    """The cell of a number; where it has an interval, that may go to the next line, as a whole."""
    return Cell(text.replace(", ", f",{TIED}"), leading(text), look="number" * ("[" in text))


def leading(text: str) -> float:
    """The number that a text begins with; infinite, which is sorted to the end, if it begins with none."""
    found = LEADING_NUMBER.match(text)
    return float(found[0].replace(",", "")) if found else float("inf")


def picture(result: Result, comparison: Comparison) -> tuple[str, str, str]:
    """The figure as the address of an image, what it shows in words, and ""; or "", "", and why there is none."""
    from plausible.plotting.committed import require_matplotlib

    done = report.completed(result)
    if not len(done):
        return "", "", "No run was done, so there is nothing to draw."
    try:
        require_matplotlib()
    except BadInput as error:
        return "", "", str(error)
    from plausible.plotting.frame import as_drawn  # which imports matplotlib, as the next
    from plausible.plotting.panels import spread
    from plausible.plotting.saving import png

    figure = report.figure(result, comparison)
    image, words = png(figure), as_drawn(figure, CURVES.format(spread(done.seed.nunique())))
    return f"data:image/png;base64,{b64encode(image).decode('ascii')}", words, ""


def checked(file: Path, overwrite: bool = False, called: str = "--html", anyhow: str = "--overwrite") -> None:
    """Raise `BadInput` unless a page can be written to `file`: it is not there, or holds an earlier page.

    `called` is what the file is called where it was given, and `anyhow` what writes over any other file.
    """
    require(str(file) != "-", called, str(file), "a file, as no page is written to standard output")
    require(file.parent.is_dir(), called, str(file), "a file in a folder that is there")
    require(not file.is_dir(), called, str(file), "a file, not a folder")
    if file.exists() and not overwrite:
        with file.open("rb") as there:
            begins = there.read(2000)
        expected = f"a new file, or a page that was so written before; or {anyhow}"
        require(MADE_BY.encode() in begins, called, str(file), expected)


def write(text: str, file: Path) -> None:
    """Write a page. Raises `BadInput` if it cannot be written."""
    try:
        with whole(file) as new:
            new.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise BadInput(
            f"the page cannot be written to {str(file)!r} ({error.strerror or error}): make room, or choose another"
        ) from error
