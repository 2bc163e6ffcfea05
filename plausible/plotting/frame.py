"""The frame that figures share: a column's width, a title that states the result, a legend, and a caption below."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

import matplotlib
import numpy as np
from matplotlib import font_manager
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.ft2font import LoadFlags
from matplotlib.gridspec import SubplotSpec
from matplotlib.layout_engine import ConstrainedLayoutEngine

from plausible.errors import unknown
from plausible.plotting.saving import png
from plausible.plotting.style import FONT, SHEET

COLUMN = 3.4  # inches: a column of a journal with two of them; all text is legible at this width
PAGE = 7.0  # inches: both columns
WIDTHS = {"column": COLUMN, "page": PAGE}
SMALL = 6.0  # points: legends, captions and numbers at axes; nothing is smaller
TITLE = 7.5  # points, bold
EDGE = 0.04  # inches left free at each side of a title and a caption
LINE = 1.25  # heights of letters from one line of text to the next
ENTRY = 1.3  # the same for the entries of a legend
HANDLE = 2.3  # heights of letters that a legend's line takes, with the gap beside it
GAP = 1.0  # heights of letters between two columns of a legend
TIED = "\u00a0"  # a space at which no line ends
INCH = 72.0  # points
THIN = 0.35  # the width of the line of one seed, in points
BOTH = (("bands", "bars"), ("thin lines", "small dots"))  # how intervals are drawn, and how seeds
MINUS_ZERO = re.compile(r"(?<![\w.-])-(?=0(?:\.0+)?(?!\.?\d))")  # the sign before a zero


_WIDTH = ContextVar("width", default=COLUMN)  # what becomes of a column


@contextmanager
def as_wide_as(width: str) -> Iterator[None]:
    """A context in which sheets are as wide as a "column" or a "page"; texts keep their size, and lines are longer.

    Raises:
        BadInput: for another width.
    """
    if width not in WIDTHS:
        raise unknown("width", width, WIDTHS)
    before = _WIDTH.set(WIDTHS[width])
    try:
        yield
    finally:
        _WIDTH.reset(before)


_NOTE = ContextVar("note", default="")  # what captions end with


@contextmanager
def noting(note: str) -> Iterator[None]:
    """A context in which the captions of finished figures end with a note."""
    before = _NOTE.set(note)
    try:
        yield
    finally:
        _NOTE.reset(before)


class Sheet(Figure):
    """A figure of matplotlib's that a notebook shows as a picture, whether or not it was told of matplotlib."""

    def _repr_png_(self) -> bytes:
        return png(self)


@contextmanager
def sheet(width: float, height: float) -> Iterator[Figure]:
    """An empty figure of so many inches; what is drawn on it in the meantime has the suite's style.

    >>> from plausible.plotting.frame import COLUMN, finished, sheet
    >>> with sheet(COLUMN, 1.6) as figure:
    ...     left, right = figure.subplots(1, 2)
    ...     _ = finished(figure, "Both rules learn", "5 seeds")
    >>> len(figure.axes), figure.get_suptitle(), figure.get_supxlabel()
    (2, 'Both rules learn', '5 seeds')
    """
    with matplotlib.rc_context(SHEET):
        yield Sheet(figsize=(min(_WIDTH.get() * (width / COLUMN), PAGE), height), layout="constrained")


def finished(figure: Figure, finding: str, caption: str, *legends: Axes) -> Figure:
    """The figure with what it shows as a title, a legend below that, and a caption at the foot.

    The figure becomes higher by what these need, so that panels keep the height that they were given.

    Args:
        figure: as `sheet` gives it, with its panels drawn.
        finding: a sentence or two, computed from the table that is drawn.
        caption: what the reader has to know: how many seeds, what bands and marks are, the setting.
        legends: the panels whose lines the legend names, each name once; none, if panels have their own.
    """
    width, height = figure.get_size_inches()
    head = wrapped(unsigned(finding), TITLE, width - 2 * EDGE, bold=True)
    foot = wrapped("\n".join(filter(None, (as_drawn(figure, caption), _NOTE.get()))), SMALL, width - 2 * EDGE)
    entries = named(*legends)
    columns = fitting([*entries], width - 2 * EDGE)
    above = (1 + head.count("\n")) * TITLE * LINE / INCH + EDGE
    rows = -(-len(entries) // columns) + sum(name.count("\n") for name in entries)
    key = rows * SMALL * ENTRY / INCH + EDGE * bool(entries)
    below = (1 + foot.count("\n")) * SMALL * LINE / INCH + EDGE
    total = above + key + height + below
    figure.set_size_inches(width, total)
    engine = figure.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):
        engine.set(rect=(0, below / total, 1, height / total))
    style = {"ha": "left", "x": EDGE / width, "in_layout": False, "linespacing": LINE - 0.05}
    figure.suptitle(head, y=1 - EDGE / total, va="top", fontsize=TITLE, weight="bold", **style)
    figure.supxlabel(foot, y=EDGE / total, va="bottom", fontsize=SMALL, **style)
    if entries:
        figure.legend(
            [*entries.values()],
            [*entries],
            loc="upper left",
            bbox_to_anchor=(EDGE / width, 1 - above / total),
            borderaxespad=0.0,
            borderpad=0.0,
            ncols=columns,
            fontsize=SMALL,
        )
    return figure


def as_drawn(figure: Figure, caption: str) -> str:
    """A caption that says "bands and bars", or "thin lines and small dots", only of those of both that are drawn."""
    lines = [line for axes in figure.axes for line in axes.lines]
    held = [each for axes in figure.axes for each in axes.containers if isinstance(each, ErrorbarContainer)]
    there = {
        "bands": any(isinstance(each, PolyCollection) for axes in figure.axes for each in axes.collections),
        "bars": any(each.has_xerr or each.has_yerr for each in held),
        "thin lines": any(line.get_linewidth() == THIN for line in lines),
        "small dots": any(line.get_marker() == "." for line in lines),
    }
    for both in BOTH:
        left = [one for one in both if there[one]] or both
        caption = caption.replace(" and ".join(both), " and ".join(left))
    return caption


def stacked(figure: Figure, *heights: float) -> list[SubplotSpec]:
    """Parts of a figure, one below the other, with these shares of its height; `panels` of each line up alone."""
    grid = figure.add_gridspec(len(heights), 1, height_ratios=heights)
    return [grid[row] for row in range(len(heights))]


def panels(part: SubplotSpec, rows: int, columns: int, *heights: float) -> list[Axes]:
    """The panels of a part of a figure, row by row; `heights` are the shares of rows, if these differ."""
    grid = part.subgridspec(rows, columns, height_ratios=heights or None)
    return list(grid.subplots(squeeze=False).flat)


def named(*panels: Axes) -> dict[str, Artist]:
    """The names and the handles of a legend of several panels, each name once."""
    found: dict[str, Artist] = {}
    for axes in panels:
        for handle, name in zip(*axes.get_legend_handles_labels(), strict=True):
            found.setdefault(name, handle)
    return found


def unsigned(text: str) -> str:
    """A text in which no number is a zero with a minus sign.

    >>> from plausible.plotting.frame import unsigned
    >>> unsigned("loses -0.0 to -0.01 points, -0 of x-0")
    'loses 0.0 to -0.01 points, 0 of x-0'
    """
    return MINUS_ZERO.sub("", text)


# --- the room that text takes -----------------------------------------------------------------------------


def wrapped(text: str, size: float, width: float, *, bold: bool = False) -> str:
    """A text in lines that are at most `width` inches wide; a single longer word stands alone."""
    lines = []
    for given in text.replace(" %", f"{TIED}%").split("\n"):
        line = ""
        for word in given.split(" "):
            longer = f"{line} {word}" if line else word
            if line and inches(longer, size, bold=bold) > width:
                lines.append(line)
                line = word
            else:
                line = longer
        lines.append(line)
    return "\n".join(lines)


def inches(text: str, size: float, *, bold: bool = False) -> float:
    """How wide a text is, of one line or of more, in letters of `size` points."""
    widths = (sum(advance(letter, bold) for letter in line) for line in text.split("\n"))
    return max(widths) * size / INCH


@cache
def advance(letter: str, bold: bool) -> float:
    """The width of a letter of our font, in heights of letters."""
    found = font_manager.findfont(
        font_manager.FontProperties(family=FONT, weight="bold" if bold else "normal")
    )
    font = font_manager.get_font(found)
    font.set_size(100, INCH)  # so that a hundred pixels are a height
    return float(font.load_char(ord(letter), flags=LoadFlags.NO_HINTING).linearHoriAdvance) / 65536 / 100


def fitting(names: list[str], width: float) -> int:
    """The most columns of a legend of these names that `width` inches hold; names fill a column after the other."""
    for rows in range(1, len(names)):
        columns = -(-len(names) // rows)
        widest = [max(inches(name, SMALL) for name in part) for part in np.array_split(names, columns)]
        if sum(widest) + (columns * (HANDLE + GAP) - GAP) * SMALL / INCH < width:
            return columns
    return 1
