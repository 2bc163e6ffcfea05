"""A figure on a dark ground: greys change places, and colours become as light as they have to be to be seen."""

from __future__ import annotations

import colorsys
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import Collection, QuadMesh
from matplotlib.colors import to_hex, to_rgb, to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text

from plausible.plotting.saving import fix

GROUND = "#16181b"  # that of the site's pages in the dark
INK, DEEPEST = 0.93, 0.095  # the lightness that black and white become
SHAPE, LETTER = 3.0, 4.5  # the contrast with the ground that WCAG 2.1 asks for
GREY = 0.08  # saturation below which a colour is a grey
STEP = 0.02  # of lightness


def luminance(colour: Any) -> float:
    """The relative luminance of a colour, as WCAG 2.1 defines it, 0 to 1."""
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)]
    return float(np.dot((0.2126, 0.7152, 0.0722), parts))


def contrast(one: Any, other: Any) -> float:
    """The contrast of two colours, as WCAG 2.1 defines it, 1 to 21."""
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def turned(colour: Any, least: float = SHAPE) -> tuple[float, float, float, float]:
    """What a colour becomes on the dark ground; how opaque it is stays.

    >>> from plausible.plotting.dark import turned
    >>> [round(part, 2) for part in turned("black")], [round(part, 3) for part in turned("white")]
    ([0.93, 0.93, 0.93, 1.0], [0.095, 0.095, 0.095, 1.0])
    """
    red, green, blue, opaque = to_rgba(colour)
    hue, light, saturation = colorsys.rgb_to_hls(red, green, blue)
    if saturation < GREY or max(red, green, blue) - min(red, green, blue) < GREY:
        grey = INK + (DEEPEST - INK) * light
        return grey, grey, grey, opaque
    made = (red, green, blue)
    while contrast(made, GROUND) < least and light < INK:
        light += STEP
        made = colorsys.hls_to_rgb(hue, min(light, 1.0), saturation)
    return (*made, opaque)


def darkened(figure: Figure) -> Figure:
    """The figure, its ground dark and all that is drawn on it visible; pictures and what is written on them stay."""
    fix(figure)
    figure.draw_without_rendering()  # ticks are made only then
    kept = written_on_pictures(figure)
    labels = {id(each): each.get_color() for each in figure.findobj(Text)}
    done = kept | ticks_turned(figure)
    for artist in figure.findobj():
        if isinstance(artist, Text):
            if id(artist) not in kept:
                artist.set_color(turned(labels.get(id(artist), "black"), LETTER))
        elif isinstance(artist, Line2D) and id(artist) not in done:
            line(artist)
        elif isinstance(artist, Collection):
            if artist.get_array() is None:
                artist.set_facecolor(several(artist.get_facecolor()))
                artist.set_edgecolor(several(artist.get_edgecolor()))
        elif isinstance(artist, Patch) and id(artist) not in kept:
            face, edge = artist.get_facecolor(), artist.get_edgecolor()
            artist.set_facecolor(turned(face))
            artist.set_edgecolor(turned(edge))
    figure.set_facecolor(GROUND)
    for axes in figure.axes:
        axes.set_facecolor(GROUND)
    return figure


def ticks_turned(figure: Figure) -> set[int]:
    """Turn ticks and the lines of grids, also those that are made later; these stay as faint as they are. The lines."""
    ink, found = to_hex(turned("black")), set()
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
        grid: dict[str, Any] = {"grid_color": to_hex(turned("#b0b0b0"))}
        grid |= {"grid_alpha": ticks[0].gridline.get_alpha()} if ticks else {}
        axis.set_tick_params(which="both", color=ink, labelcolor=ink, **grid)
        found |= {id(each) for tick in ticks for each in (tick.tick1line, tick.tick2line, tick.gridline)}
    return found


def pictures(axes: Axes) -> bool:
    """Whether colours of cells are drawn there, on which a text was given the colour that shows."""
    return bool(axes.images) or any(isinstance(each, QuadMesh) for each in axes.collections)


def written_on_pictures(figure: Figure) -> set[int]:
    """The texts that stand on the cells of a picture, and the patches of legends that tell what its colours mean."""
    found = [axes for axes in figure.axes if pictures(axes)]
    kept = set()
    for axes in found:
        for text in axes.texts:
            box = text.get_window_extent()
            middle = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
            kept |= {id(text)} if axes.bbox.contains(*middle) else set()
    legends = [
        *figure.legends,
        *(legend for axes in figure.axes if (legend := axes.get_legend()) is not None),
    ]
    keys = [patch for legend in legends for patch in legend.get_patches()] if found else []
    return kept | {id(patch) for patch in keys}


def line(artist: Line2D) -> None:
    """Turn a line and its markers."""
    marks = artist.get_markerfacecolor(), artist.get_markeredgecolor()
    artist.set_color(turned(artist.get_color()))
    for mark, write in zip(marks, (artist.set_markerfacecolor, artist.set_markeredgecolor), strict=True):
        if isinstance(mark, str) and mark in ("none", "None", "auto"):
            continue
        write(turned(mark))


def several(colours: Any) -> Any:
    """Colours of a collection, turned."""
    return [turned(each) for each in np.atleast_2d(np.asarray(colours, float))] if len(colours) else colours
