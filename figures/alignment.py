"""The angle between the updates of random feedback and the gradient, layer by layer, for networks of every depth."""

from __future__ import annotations

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.frame import captioned, sheet
from plausible.plotting.panels import band, degrees
from plausible.printing.words import count
from plausible.study.statistics import DEGREES


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: the angles of hidden layers, of runs that were done; backprop's are 0."""
    angles = (table.metric == "gradient angle") & (table.status == "done") & (table.rule != "backprop")
    found = table[angles]
    depth = found.hidden.astype(str).str.count("-") + 1
    hidden = found.layer.str.removeprefix("W").astype(int) <= depth
    return found[hidden][["task", "rule", "hidden", "seed", "epoch", "layer", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Angle against epochs: a row of panels for every rule, a panel for every depth, a line for every layer.

    Args:
        table: of the study `alignment`, in long form, with the setting `hidden`.
    """
    drawn = source(table)
    rules = list(dict.fromkeys(drawn.rule)) or [""]
    sizes = sorted(drawn.hidden.astype(str).unique(), key=len) or [""]
    with sheet(9, 1.2 + 1.9 * len(rules)) as figure:
        panels = figure.subplots(len(rules), len(sizes), sharex=True, sharey=True, squeeze=False)
        for row, rule in zip(panels, rules, strict=True):
            for axes, hidden in zip(row, sizes, strict=True):
                draw_depth(axes, drawn[(drawn.rule == rule) & (drawn.hidden.astype(str) == hidden)])
            row[0].set_ylabel(f"{rule}\ndegrees", fontsize=7)
        for axes, hidden in zip(panels[0], sizes, strict=True):
            depth = hidden.count("-") + 1
            axes.set_title(f"{depth} hidden layer{'s' * (depth > 1)}", fontsize=8)
        for axes in panels[-1]:
            axes.set_xlabel("epoch", fontsize=8)
        task = ", ".join(dict.fromkeys(drawn.task))
        note = "dark: the layer next to the input; light: the last hidden layer"
        seeds = drawn.seed.nunique()
        return captioned(figure, f"{task}; {count(seeds, 'seed')}; bands: 95 % interval of the mean; {note}")


def draw_depth(axes: Axes, table: pd.DataFrame) -> None:
    """The layers of one network."""
    layers = sorted(table.layer.unique())
    colours = matplotlib.colormaps["viridis"](np.linspace(0, 0.85, max(len(layers), 1)))
    for layer, colour in zip(layers, colours, strict=False):
        band(axes, table[table.layer == layer], matplotlib.colors.to_hex(colour), "", layer, bounds=DEGREES)
    degrees(axes, least=100)
    axes.tick_params(labelsize=7)
