"""The bias of equilibrium propagation against its nudge, from one side and symmetric [laborieux2021]."""

from __future__ import annotations

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.figure import SHEET, band

LOOKS = {"one-sided": ("#D55E00", "^", 1), "symmetric": ("#0072B2", "o", 2)}  # colour, marker, order


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: distances from the gradient at initial weights, by nudge and side."""
    found = table[(table.metric == "gradient distance") & (table.status == "done") & (table.epoch == 0)]
    read = found.rule.str.extract(r"nudge=(?P<nudge>[\d.]+),nudging=(?P<nudging>[a-z-]+)")
    found = found.assign(nudge=read.nudge.astype(float), nudging=read.nudging).dropna(subset="nudge")
    return found[["task", "hidden", "seed", "nudging", "nudge", "layer", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Relative distance from the exact gradient, a panel for every layer, on two logarithmic axes.

    Args:
        table: of the study `laborieux2021`, in long form.
    """
    drawn = source(table)
    layers = sorted(drawn.layer.unique()) or ["W1"]
    with matplotlib.rc_context(SHEET):
        figure = Figure(figsize=(3 * len(layers) + 1, 3.4), layout="constrained")
        panels = figure.subplots(1, len(layers), sharey=True, squeeze=False)[0]
        for axes, layer in zip(panels, layers, strict=True):
            draw_layer(axes, drawn[drawn.layer == layer])
            axes.set_title(layer)
        panels[0].set_ylabel("distance from the gradient")
        if len(drawn):
            panels[0].legend(fontsize=7)
        sizes = ", ".join(dict.fromkeys(drawn.hidden.astype(str)))
        note = "bands: 95 % interval of the mean; dashed: slopes 1 and 2, from theory"
        task = ", ".join(dict.fromkeys(drawn.task))
        figure.supxlabel(f"{task}, {sizes} tanh units, {drawn.seed.nunique()} seeds; {note}", fontsize=7)
    return figure


def draw_layer(axes: Axes, table: pd.DataFrame) -> None:
    """Both ways to nudge, and the slopes that theory gives them."""
    for nudging, (colour, marker, order) in LOOKS.items():
        mine = table[table.nudging == nudging]
        if not len(mine):
            continue
        band(axes, mine, colour, marker, nudging, against="nudge")
        mean = mine.groupby("nudge").value.mean()
        middle = sorted(mean.index)[len(mean) // 2]
        line = [mean[middle] * (nudge / middle) ** order for nudge in sorted(mean.index)]
        axes.plot(sorted(mean.index), line, color="black", linewidth=0.8, linestyle="--")
    axes.set(xscale="log", yscale="log", xlabel="nudge β")
