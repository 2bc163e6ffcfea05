"""The frame that figures share: a sheet in the suite's style, and a caption below it in small letters."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib
from matplotlib.figure import Figure

from plausible.plotting.saving import png
from plausible.plotting.style import SHEET

SMALL = 7  # points


class Sheet(Figure):
    """A figure of matplotlib's that a notebook shows as a picture, whether or not it was told of matplotlib."""

    def _repr_png_(self) -> bytes:
        return png(self)


@contextmanager
def sheet(width: float, height: float) -> Iterator[Figure]:
    """An empty figure of so many inches; what is drawn on it in the meantime has the suite's style.

    >>> from plausible.plotting.frame import captioned, sheet
    >>> with sheet(9, 3.2) as figure:
    ...     left, right = figure.subplots(1, 2)
    ...     _ = captioned(figure, "5 seeds")
    >>> len(figure.axes), figure.get_supxlabel()
    (2, '5 seeds')
    """
    with matplotlib.rc_context(SHEET):
        yield Sheet(figsize=(width, height), layout="constrained")


def captioned(figure: Figure, text: str) -> Figure:
    """The figure, with a caption below."""
    figure.supxlabel(text, fontsize=SMALL)
    return figure
