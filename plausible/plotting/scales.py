"""Axes that cut nothing off: logarithmic ones of plain numbers, with a place for 0, and those of angles."""

from __future__ import annotations

from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

SERIES = ((1, 2, 3, 5), (1, 2, 5), (1, 3), (1,))  # numbers within a power of ten, from dense to sparse
NARROW = 2.5
MOST = {"x": 5, "y": 7}  # numbers at an axis
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def logarithmic(axes: Axes, axis: Literal["x", "y"] = "y", most: int = 0) -> None:
    """A logarithmic scale of plain numbers, to be set after everything is drawn.

    Where a 0 is drawn, the scale is linear from the smallest number above it down to 0, which has a place at the axis;
    a line does not fall out of the panel then. Where nothing above 0 is drawn, the axis stays linear; so it does
    within `NARROW` times the least number, as nobody would see of such numbers that they are not evenly spaced.
    """
    low, high, least = extent(axes, axis)
    if not (np.isfinite(high) and high > 0 and np.isfinite(least)):
        return
    if low > 0 and high < NARROW * low:
        side = axes.xaxis if axis == "x" else axes.yaxis
        side.set_major_locator(MaxNLocator(min(most or MOST[axis], 5)))
        return
    scale = axes.set_xscale if axis == "x" else axes.set_yscale
    if low <= 0:
        scale("symlog", linthresh=least, linscale=0.4)
    else:
        scale("log")
    axes.autoscale_view(scalex=axis == "x", scaley=axis == "y")
    limits = axes.get_xlim() if axis == "x" else axes.get_ylim()
    numbers = plain_numbers(
        max(limits[0], least * 0.999) if low <= 0 else limits[0], limits[1], most or MOST[axis]
    )
    side = axes.xaxis if axis == "x" else axes.yaxis
    side.set_major_locator(FixedLocator([0.0, *numbers] if low <= 0 else numbers))
    side.set_major_formatter(FuncFormatter(lambda value, _: plain(value)))
    side.set_minor_locator(NullLocator())


def over_rounding(axes: Axes, least: float = 1.0) -> None:
    """An axis of angles that are rounding alone spans `least` degrees from 0 on, so that none of it looks like more."""
    if extent(axes, "y")[1] < least:
        axes.set_ylim(-0.05 * least, least)


def extent(axes: Axes, axis: Literal["x", "y"]) -> tuple[float, float, float]:
    """The smallest, the largest and the smallest positive number that is drawn, here or where the axis is shared."""
    shared = axes.get_shared_x_axes() if axis == "x" else axes.get_shared_y_axes()
    boxes = [each.dataLim for each in shared.get_siblings(axes)]
    if axis == "x":
        found = [(box.x0, box.x1, box.minposx) for box in boxes]
    else:
        found = [(box.y0, box.y1, box.minposy) for box in boxes]
    lows, highs, least = zip(*found, strict=True)
    return float(min(lows)), float(max(highs)), float(min(least))


def plain_numbers(low: float, high: float, most: int) -> list[float]:
    """Round numbers from low to high, as many as up to `most` allow, at least two where there is any room."""
    powers = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    for series in SERIES:
        found = [n * 10.0**power for power in powers for n in series if low <= n * 10.0**power <= high]
        if len(found) <= most:
            break
    if len(found) > most:
        found = found[:: -(-len(found) // most)]
    if len(found) < 2:
        found = [float(n) for n in MaxNLocator(4).tick_values(low, high) if low <= n <= high and n > 0]
    return found


def plain(value: float) -> str:
    """A number as it is written at an axis: 0.05, 2000, 10⁻⁷."""
    if value != 0 and not 1e-4 < abs(value) < 1e5:
        mantissa, power = f"{value:.0e}".split("e")
        head = "" if mantissa == "1" else f"{mantissa}·"
        return f"{head}10{str(int(power)).translate(SUPERSCRIPTS)}"
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def thousands(axes: Axes) -> None:
    """Write many examples, or images, as thousands or millions."""
    most = extent(axes, "x")[1]
    if most >= 1e4:
        unit, letter = (1e6, "M") if most >= 1e6 else (1e3, "k")
        axes.xaxis.set_major_formatter(
            FuncFormatter(lambda value, _: f"{value / unit:g}{letter}" if value else "0")
        )


def degrees(axes: Axes, low: float = 0.0, least: float = 95.0) -> None:
    """An axis of angles to `least`, or as far as anything that is drawn goes, with a dashed line at 90°."""
    highest = extent(axes, "y")[1]
    top = max(least, highest + 5) if np.isfinite(highest) else least
    axes.axhline(90, color="black", linewidth=0.5, linestyle="--")
    axes.set(ylim=(low, top), yticks=np.arange(0, top, 30))
