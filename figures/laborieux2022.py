"""The error of holomorphic equilibrium propagation against the points of its oscillation [laborieux2022]."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.findings import NOTHING_YET
from plausible.plotting.panels import distances_by_layer, not_run, seeds
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
    drawn = source(table)
    return distances_by_layer(drawn, draw_layer, finding(drawn), "N = 2 is symmetric nudging; logistic units")


def finding(drawn: pd.DataFrame) -> str:
    """By which factor the error falls with each more point, for the least and the largest nudge."""
    logs = np.log(drawn.value.where(drawn.value > 0)).groupby([drawn.nudge, drawn.points]).mean().dropna()
    told = []
    for nudge in sorted({*logs.index.get_level_values(0)}):
        mine = logs[nudge]
        if len(mine) > 1:
            fall = np.polyfit(mine.index.to_numpy(float), mine.to_numpy(), 1)[0]
            told.append(f"{np.exp(-fall):.3g} at |β| = {nudge:g}")
    return (
        f"Each more point divides the distance from the gradient by {', '.join(told)}"
        if told
        else NOTHING_YET
    )


def draw_layer(axes: Axes, table: pd.DataFrame) -> None:
    """The radii of the oscillation."""
    for nudge, (colour, marker) in zip(sorted(table.nudge.unique()), OTHERS, strict=False):
        seeds(axes, table[table.nudge == nudge], colour, marker, f"|β| = {nudge:g}", against="points")
    axes.set(xlabel="points N", xticks=sorted(table.points.unique()))
    not_run(axes, table)
