"""Heat maps with a number in every cell."""

from __future__ import annotations

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize

from plausible.plotting.frame import unsigned
from plausible.plotting.style import PALE


def heat(
    axes: Axes,
    values: pd.DataFrame,
    form: str,
    low: float,
    high: float,
    colours: str = "viridis",
    *,
    log: bool = False,
    size: float = 6,
) -> None:
    """A map of a table of numbers, the first row on top; a cell without a number is pale.

    Args:
        axes: where to draw; its ticks become the names of rows and columns.
        values: numbers, (rows, columns), each of which is a cell; NaN where there is none.
        form: how a number is written, such as `{:.0f}`; numbers from 10 on are written whole.
        low: the number of the scale's first colour; numbers below it have that colour.
        high: the number of the scale's last colour; numbers above it have that colour.
        colours: a colour map of matplotlib's.
        log: whether the scale is logarithmic.
        size: of the numbers, in points.
    """
    axes.grid(visible=False)
    if not values.size:
        return
    cells = values.to_numpy(float)
    high = high if high > low else low + 1  # of cells that are all alike
    norm = LogNorm(low, high, clip=True) if log else Normalize(low, high, clip=True)
    palette = matplotlib.colormaps[colours].with_extremes(bad=PALE)
    axes.imshow(cells, aspect="auto", norm=norm, cmap=palette)  # NaN has the colour of `bad`
    for (row, column), value in np.ndenumerate(cells):
        if np.isfinite(value):
            red, green, blue, _ = palette(norm(value))
            shade = "white" if 0.299 * red + 0.587 * green + 0.114 * blue < 0.5 else "black"
            text = unsigned(form.format(value) if value < 9.95 else f"{value:.0f}")
            cell = axes.text(column, row, text, ha="center", va="center", fontsize=size, color=shade)
            cell.set_in_layout(False)  # it needs no room of its own, and there are hundreds
    axes.set_xticks(range(len(values.columns)), [written(name) for name in values.columns])
    axes.set_yticks(range(len(values.index)), [written(name) for name in values.index])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def written(name: object) -> str:
    """The name of a row or a column; a number without needless places."""
    return f"{name:g}" if isinstance(name, int | float | np.number) else str(name)
