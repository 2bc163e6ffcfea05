"""Figures that a tutorial's cell ends with, for sphinx-gallery, which by itself knows those of pyplot alone."""

from __future__ import annotations

from typing import Any
from weakref import WeakSet

from matplotlib.figure import Figure
from sphinx_gallery.scrapers import figure_rst

DRAWN: WeakSet[Figure] = WeakSet()
VALUE = "___"  # the name under which sphinx-gallery keeps what a cell's last line is


def drawn(block: Any, block_vars: dict[str, Any], gallery_conf: dict[str, Any]) -> str:
    """The figure that a cell's last line is, saved where images of the gallery lie, as reStructuredText."""
    figure = block_vars["example_globals"].get(VALUE)
    if not isinstance(figure, Figure) or figure in DRAWN:
        return ""
    DRAWN.add(figure)
    file = next(block_vars["image_path_iterator"])
    figure.savefig(file)
    titles = [text.get_text().replace("\n", " ") for text in figure.texts if text.get_text()]
    shown: str = figure_rst([file], gallery_conf["src_dir"], titles[0] if titles else "")
    return shown
