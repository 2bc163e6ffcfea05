"""How a figure becomes a file: byte for byte the same every time, and a PNG says of which drawing it is."""

from __future__ import annotations

from hashlib import sha256
from io import BytesIO
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from plausible.plotting.style import SHEET

DOTS = 200  # per inch, of PNGs


def save(figure: Figure, file: Path, kind: str, drawing: str = "") -> None:
    """Write a figure as "png", "svg" or "pdf", byte for byte the same every time.

    A PNG has a palette of 256 colours, which makes it a third as large. `drawing`, if it is given, is kept in its text
    chunk "drawing".
    """
    if kind == "png":
        save_png(figure, file, drawing)
        return
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

    raw, text = BytesIO(), PngInfo()
    with matplotlib.rc_context(SHEET):
        figure.savefig(raw, format="png", dpi=DOTS)
    if drawing:
        text.add_text("drawing", drawing)
    colours = (
        Image.open(raw).convert("RGB").quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    )
    colours.save(file, "png", optimize=True, pnginfo=text, dpi=(DOTS, DOTS))


def png(figure: Figure, dots: int = 100) -> bytes:
    """A figure as PNG, of so many dots per inch, as notebooks show it."""
    raw = BytesIO()
    with matplotlib.rc_context(SHEET):
        figure.savefig(raw, format="png", dpi=dots)
    return raw.getvalue()


def drawing_of(figure: Figure) -> str:
    """The digest of a figure as SVG, by which a PNG says what it shows."""
    vector = BytesIO()
    with matplotlib.rc_context(SHEET):
        figure.savefig(vector, format="svg", dpi=DOTS, metadata={"Date": None})
    return sha256(vector.getvalue()).hexdigest()
