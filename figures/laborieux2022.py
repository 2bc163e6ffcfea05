"""The error of holomorphic equilibrium propagation against the points of its oscillation [laborieux2022]."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.panels import distances_by_layer, seeds
from plausible.plotting.style import OTHERS
from plausible.study.columns import option


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: distances from the gradient at initial weights, by nudge and points."""
    found = table[(table.metric == "gradient distance") & (table.status == "done") & (table.epoch == 0)]
    found = found.assign(nudge=option(found, "rule_nudge"), points=option(found, "rule_points"))
    found = found.dropna(subset="points")
    return found[["task", "hidden", "seed", "nudge", "points", "layer", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Relative distance from the exact gradient on a logarithmic axis, where exponential laws are straight lines.

    Args:
        table: of the study `laborieux2022`, in long form.
    """
    return distances_by_layer(source(table), draw_layer, "N = 2 is symmetric nudging; logistic units")


def draw_layer(axes: Axes, table: pd.DataFrame) -> None:
    """The radii of the oscillation."""
    for nudge, (colour, marker) in zip(sorted(table.nudge.unique()), OTHERS, strict=False):
        seeds(axes, table[table.nudge == nudge], colour, marker, f"|β| = {nudge:g}", against="points")
    axes.set(yscale="log", xlabel="points N")
