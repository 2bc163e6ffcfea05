"""The weights of units that look at images, drawn as images."""

from __future__ import annotations

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

SHOWN = 6  # units


def fields(axes: Axes, weights: pd.DataFrame, side: int) -> None:
    """A row of images: the weights of units, `epoch` unit · side² + pixel, red above 0, blue below; none if empty."""
    values = np.full(SHOWN * side * side, np.nan)
    if len(weights):
        values[weights.epoch.astype(int).to_numpy()] = weights.value
    images = values.reshape(1, SHOWN, side, side)
    gap = max(side // 8, 1)
    padded = np.pad(images, ((0, 0), (0, 0), (gap, gap), (gap, gap)), constant_values=np.nan)
    sheet = np.vstack([np.hstack([*row]) for row in padded])
    colours = matplotlib.colormaps["RdBu_r"].with_extremes(bad="white")
    axes.imshow(sheet, cmap=colours, vmin=-1, vmax=1, interpolation="nearest", aspect="equal")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
