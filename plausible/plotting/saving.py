"""How a figure becomes a file: byte for byte the same every time, and a PNG says of which drawing it is."""

from __future__ import annotations

from contextlib import suppress
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from plausible.plotting.style import SHEET

DOTS = 300  # per inch, of PNGs: a column is 1,020 of them


def save(figure: Figure, file: Path, kind: str, drawing: str = "") -> None:
    """Write a figure as "png", "svg" or "pdf", byte for byte the same every time.

    A PNG has a palette of 256 colours, which makes it a third as large. `drawing`, if it is given, is kept in its text
    chunk "drawing".

    Raises:
        OSError: if the file cannot be written.
    """
    if kind == "png":
        save_png(figure, file, drawing)
        return
    fix(figure)
    with matplotlib.rc_context(SHEET):
        figure.savefig(
            file,
            format=kind,
            dpi=DOTS,
            metadata={"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind),
        )


def save_png(figure: Figure, file: Path, drawing: str) -> None:
    """Write a figure as PNG, with a palette of its own."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    fix(figure)
    raw, text = BytesIO(), PngInfo()
    with matplotlib.rc_context(SHEET):
        figure.savefig(raw, format="png", dpi=DOTS)
    if drawing:
        text.add_text("drawing", drawing)
    colours = (
        Image.open(raw).convert("RGB").quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    )
    colours.save(file, "png", optimize=True, pnginfo=text, dpi=(DOTS, DOTS))


def fix(figure: Figure) -> None:
    """Lay a figure out once and for all: its panels stay where they are, to a millionth of its size.

    The solver of the layout gives other last bits from time to time, as it orders by addresses in memory.
    """
    laid = any(axes.get_subplotspec() is not None for axes in figure.axes)
    engine = figure.get_layout_engine()
    if not laid or not isinstance(engine, ConstrainedLayoutEngine):
        return
    with matplotlib.rc_context(SHEET), suppress(ValueError):  # as where a figure is drawn
        engine.execute(figure)
    places = [axes.get_position(original=True).bounds for axes in figure.axes]
    figure.set_layout_engine("none")
    with matplotlib.rc_context({"figure.autolayout": False, "figure.constrained_layout.use": False}):
        figure.set_layout_engine(None)  # with one that does nothing a figure would be drawn twice to save it
    for axes, place in zip(figure.axes, places, strict=True):
        axes.set_position(tuple(round(each, 6) for each in place))


def png(figure: Figure, dots: int = 200) -> bytes:
    """A figure as PNG, of so many dots per inch, as notebooks show it."""
    raw = BytesIO()
    with matplotlib.rc_context(SHEET):
        figure.savefig(raw, format="png", dpi=dots)
    return raw.getvalue()


def drawing_of(figure: Figure) -> str:
    """The digest of a figure as SVG, by which a PNG says what it shows."""
    fix(figure)
    vector = BytesIO()
    with matplotlib.rc_context(SHEET):
        figure.savefig(vector, format="svg", dpi=DOTS, metadata={"Date": None})
    return sha256(vector.getvalue()).hexdigest()
