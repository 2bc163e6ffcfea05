"""Small pictures of the figures of tiny tables, which the tests hold figures against; 40 pixels wide, in 16 greys.

    python -m tests.suite.tiny [NAME ...]

draws them anew. Somebody has to look at a figure, drawn whole, before its picture is committed.
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from plausible.plotting import committed
from plausible.plotting.saving import fix
from plausible.plotting.style import SHEET
from plausible.study.store.tables import read

FOLDER = Path(__file__).with_name("tiny_pictures")
WIDE = 40  # pixels; one is 6 points wide, of which a marker alone fills a fifth
DOTS = 100  # per inch, before pixels are averaged
GREYS = 16
SEEDS = 2
OFF = 0.5 * 255 / (GREYS - 1) + 1  # what the rounding to greys takes, and a grey of 256 more


def tiny(name: str) -> pd.DataFrame:
    """The committed table of a figure, of two seeds alone."""
    table = read(committed.drawing(name)[1])
    if "seed" not in table:
        return table
    return table[table.seed.isin(sorted(table.seed.dropna().unique())[:SEEDS]) | table.seed.isna()]


def small(figure: Figure) -> NDArray[np.uint8]:
    """A figure in grey, (height, WIDE), from 0 to 255: pixels are means of what is drawn in them."""
    fix(figure)
    raw = BytesIO()
    with matplotlib.rc_context(SHEET):
        figure.savefig(raw, format="png", dpi=DOTS)
    whole = Image.open(raw).convert("L")
    height = round(whole.height * WIDE / whole.width)
    return np.asarray(whole.resize((WIDE, height), Image.Resampling.BOX))


def apart(figure: Figure, name: str) -> float:
    """How far the greyest difference between a figure and its small picture is, of 255; infinite for another shape."""
    here = small(figure).astype(float)
    with Image.open(FOLDER / f"{name}.png") as picture:
        there = np.asarray(picture.convert("L"), float)
    return float(np.abs(here - there).max()) if here.shape == there.shape else float("inf")


def keep(figure: Figure, name: str) -> None:
    """Write the small picture of a figure."""
    greys = np.round(small(figure) / 255 * (GREYS - 1)).astype(np.uint8)
    picture = Image.fromarray(greys, "P")
    picture.putpalette([round(255 * grey / (GREYS - 1)) for grey in range(GREYS) for _ in "rgb"])
    FOLDER.mkdir(exist_ok=True)
    picture.save(FOLDER / f"{name}.png", bits=4, optimize=True)


if __name__ == "__main__":
    for name in sys.argv[1:] or sorted(committed.drawable()):
        keep(committed.of_table(name, tiny(name)).figure, name)
