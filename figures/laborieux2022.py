"""The error of holomorphic equilibrium propagation against the points of its oscillation [laborieux2022]."""

from __future__ import annotations

import matplotlib
import pandas as pd
from matplotlib.figure import Figure

from plausible.figure import OTHERS, SHEET, band


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: distances from the gradient at initial weights, by nudge and points."""
    found = table[(table.metric == "gradient distance") & (table.status == "done") & (table.epoch == 0)]
    read = found.rule.str.extract(r"nudge=(?P<nudge>[\d.]+),points=(?P<points>\d+)")
    found = found.assign(nudge=read.nudge.astype(float), points=read.points.astype(float))
    found = found.dropna(subset="points")
    return found[["task", "hidden", "seed", "nudge", "points", "layer", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Relative distance from the exact gradient on a logarithmic axis, where exponential laws are straight lines.

    Args:
        table: of the study `laborieux2022`, in long form.
    """
    drawn = source(table)
    layers = sorted(drawn.layer.unique()) or ["W1"]
    with matplotlib.rc_context(SHEET):
        figure = Figure(figsize=(3 * len(layers) + 1, 3.4), layout="constrained")
        panels = figure.subplots(1, len(layers), sharey=True, squeeze=False)[0]
        for axes, layer in zip(panels, layers, strict=True):
            here = drawn[drawn.layer == layer]
            for nudge, (colour, marker) in zip(sorted(here.nudge.unique()), OTHERS, strict=False):
                mine = here[here.nudge == nudge]
                band(axes, mine, colour, marker, f"|β| = {nudge:g}", against="points")
            axes.set(yscale="log", xlabel="points N", title=layer)
        panels[0].set_ylabel("distance from the gradient")
        if len(drawn):
            panels[0].legend(fontsize=7)
        sizes = ", ".join(dict.fromkeys(drawn.hidden.astype(str)))
        task, seeds = ", ".join(dict.fromkeys(drawn.task)), drawn.seed.nunique()
        note = "bands: 95 % interval of the mean; N = 2 is symmetric nudging"
        figure.supxlabel(f"{task}, {sizes} logistic units, {seeds} seeds; {note}", fontsize=7)
    return figure
