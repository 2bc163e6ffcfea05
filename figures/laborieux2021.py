"""The bias of equilibrium propagation against its nudge, from one side and symmetric [laborieux2021]."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.panels import distances_by_layer, seeds
from plausible.study.columns import option

LOOKS = {"one-sided": ("#D55E00", "^", 1), "symmetric": ("#0072B2", "o", 2)}  # colour, marker, order


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: distances from the gradient at initial weights, by nudge and side."""
    found = table[(table.metric == "gradient distance") & (table.status == "done") & (table.epoch == 0)]
    found = found.assign(nudge=option(found, "rule_nudge"), nudging=option(found, "rule_nudging"))
    found = found.dropna(subset="nudge")
    return found[["task", "hidden", "seed", "nudging", "nudge", "layer", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Relative distance from the exact gradient, a panel for every layer, on two logarithmic axes.

    Args:
        table: of the study `laborieux2021`, in long form.
    """
    return distances_by_layer(source(table), draw_layer, "dashed: slopes 1 and 2, from theory; tanh units")


def draw_layer(axes: Axes, table: pd.DataFrame) -> None:
    """Both ways to nudge, and the slopes that theory gives them."""
    for nudging, (colour, marker, order) in LOOKS.items():
        mine = table[table.nudging == nudging]
        if not len(mine):
            continue
        seeds(axes, mine, colour, marker, nudging, against="nudge")
        mean = np.exp(np.log(mine.value).groupby(mine.nudge).mean())
        middle = sorted(mean.index)[len(mean) // 2]
        line = [mean[middle] * (nudge / middle) ** order for nudge in sorted(mean.index)]
        axes.plot(sorted(mean.index), line, color="black", linewidth=0.8, linestyle="--")
    axes.set(xscale="log", yscale="log", xlabel="nudge β")
