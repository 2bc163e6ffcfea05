"""The bias of equilibrium propagation against its nudge, from one side and symmetric [laborieux2021]."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.findings import INCOMPLETE, slope
from plausible.plotting.panels import distances_by_layer, not_run, seeds
from plausible.plotting.scales import logarithmic
from plausible.plotting.style import BLUE, VERMILLION
from plausible.study.columns import option

LOOKS = {"one-sided": (VERMILLION, "^", 1), "symmetric": (BLUE, "o", 2)}  # colour, marker, order
SMALL = 0.1  # nudges up to it show the order


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
    drawn = source(table)
    return distances_by_layer(
        drawn, draw_layer, finding(drawn), "dashed: slopes 1 and 2, from theory; tanh units"
    )


def finding(drawn: pd.DataFrame) -> str:
    """The order in which the distance falls with the nudge, of either way to nudge."""
    small = drawn[(drawn.nudge <= SMALL) & (drawn.value > 0)]
    orders = {name: slope(mine.nudge, mine.value) for name, mine in small.groupby("nudging", observed=True)}
    if not {*LOOKS} <= {*orders}:
        return INCOMPLETE
    return (
        f"The bias goes as the nudge to the power {orders['one-sided']:.2f} from one side, and "
        f"{orders['symmetric']:.2f} from both"
    )


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
        axes.plot(sorted(mean.index), line, color="black", linewidth=0.5, linestyle="--")
    axes.set(xlabel="nudge β")
    logarithmic(axes, "x", most=4)
    not_run(axes, table)
