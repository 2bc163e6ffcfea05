"""Committed figures, drawn once for all tests, with what matplotlib writes on them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from plausible.plotting import committed
from plausible.plotting.saving import drawing_of

ROOT = Path(__file__).parents[2]
NAMES = sorted(committed.drawable())


class Written(NamedTuple):
    """A text as it was drawn: its size, and the box that it takes, both in points."""

    text: str
    size: float
    box: Bbox


class Drawing(NamedTuple):
    """A figure, the part of its table that it draws, the digest of its SVG, and its texts."""

    figure: Figure
    source: pd.DataFrame
    digest: str
    texts: list[Written]


@cache
def drawing(name: str) -> Drawing:
    """A figure as it is drawn from its committed table."""
    figure, source = committed.drawn(name)
    return Drawing(figure, source, *written(figure))


def written(figure: Figure) -> tuple[str, list[Written]]:
    """The digest of a figure's SVG, and all texts that matplotlib draws of it, in order."""
    found: dict[int, Written] = {}
    draw = Text.draw

    def recorded(text: Text, renderer: Any, *more: Any, **named: Any) -> None:
        if text.get_visible() and text.get_text().strip():
            box = text.get_window_extent(renderer)  # an SVG has 72 dots an inch, which are points
            found[id(text)] = Written(text.get_text(), text.get_fontsize(), box)
        draw(text, renderer, *more, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Text, "draw", recorded)
        digest = drawing_of(figure)
    return digest, [*found.values()]
