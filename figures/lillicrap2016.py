"""Feedback alignment on a linear and on a nonlinear function [lillicrap2016], after its Figs. 1, 3 and 4."""

from __future__ import annotations

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from plausible.figure import SHEET, band, style

MARK = {"color": "black", "marker": "x", "linestyle": "none", "markersize": 5, "zorder": 5}
RERUN_ERROR = {500: 0.290, 1000: 0.041, 1500: 0.0061, 2000: 0.0010}  # a plain re-run of task 1, ten seeds
RERUN_ANGLE = {0: 91.5, 500: 29.6, 1000: 32.6, 1500: 30.5, 2000: 29.6}


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: validation errors, and the angles of the hidden layer's signal."""
    error = (table.metric == "normalised error") & (table.split == "validation")
    angle = (table.metric == "delta angle") & (table.layer == "W1") & table.rule.str.startswith("feedback")
    drawn = table[(error | angle) & (table.get("status", "done") == "done")]
    return drawn[["task", "rule", "hidden", "init", "seed", "examples", "metric", "split", "layer", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Error and angle on the linear task, the angle against the scale of initial weights, and the nonlinear task.

    Args:
        table: of the study `lillicrap2016`, in long form, with the settings `hidden` and `init`.
    """
    table = source(table)
    with matplotlib.rc_context(SHEET):
        figure = Figure(figsize=(9, 6.4), layout="constrained")
        (error, angle), (scale, nonlinear) = figure.subplots(2, 2)
        linear = table[table.task.str.startswith("linear-teacher")]
        usual = linear[linear.init == "Uniform(limit=0.01)"]
        draw_error(error, usual)
        draw_angle(angle, usual)
        draw_scales(scale, linear)
        draw_nonlinear(nonlinear, table[table.task.str.startswith("nonlinear-teacher")])
        n = usual.seed.nunique()
        crosses = "crosses: an independent re-run of the published task, ten seeds"
        note = f"{n} seeds; bands: 95 % interval of the mean; {crosses}"
        figure.supxlabel(note, fontsize=7)
    return figure


def draw_error(axes: Axes, table: pd.DataFrame) -> None:
    """Normalised error against examples: Fig. 1."""
    found = table[table.metric == "normalised error"]
    styles = style(list(dict.fromkeys(found.rule)))
    for rule in styles:
        band(axes, found[found.rule == rule], *styles[rule], rule.partition("[")[0], against="examples")
    axes.plot(list(RERUN_ERROR), list(RERUN_ERROR.values()), **MARK)
    axes.set(
        title="Linear function, 30-20-10",
        xlabel="examples",
        ylabel="normalised error",
        yscale="log",
        ylim=(1e-4, 2),
    )
    if styles:
        axes.legend(loc="lower left")


def draw_angle(axes: Axes, table: pd.DataFrame) -> None:
    """The angle between the teaching signals of feedback alignment and of backprop, against examples: Fig. 1."""
    found = table[table.metric == "delta angle"]
    styles = style(list(dict.fromkeys(found.rule)))
    for rule in styles:
        band(axes, found[found.rule == rule], *styles[rule], "", against="examples")
    axes.plot(list(RERUN_ANGLE), list(RERUN_ANGLE.values()), **MARK)
    axes.axhline(90, color="black", linewidth=0.8, linestyle="--")
    axes.set(
        title="Angle to backprop's signal",
        xlabel="examples",
        ylabel="degrees",
        ylim=(0, 95),
        yticks=[0, 30, 60, 90],
    )


def draw_scales(axes: Axes, table: pd.DataFrame) -> None:
    """Error and final angle of each seed, by the scale of the initial weights: Fig. 4."""
    found = table[table.rule.str.startswith("feedback") & (table.examples == table.examples.max())]
    angles = found[found.metric == "delta angle"]
    limits = angles.init.astype(str).str.extract(r"=([\d.e-]+)\)")[0].astype(float)
    positions = {limit: place for place, limit in enumerate(sorted(limits.unique()))}
    spread = 0.3 * (angles.seed / max(angles.seed.max(), 1) - 0.5)
    axes.scatter(
        limits.map(positions) + spread,
        angles.value,
        s=10,
        color=style(["feedback-alignment"])["feedback-alignment"][0],
    )
    means = angles.groupby(limits.map(positions)).value.mean()
    axes.plot(means.index, means, color="black", linewidth=1)
    axes.axhline(90, color="black", linewidth=0.8, linestyle="--")
    axes.set_xticks(list(positions.values()), [f"{limit:g}" for limit in positions], fontsize=7)
    axes.set(title="Final angle by scale of initial weights", xlabel="weights uniform on ±", ylabel="degrees")
    axes.set(ylim=(0, 95), yticks=[0, 30, 60, 90])


def draw_nonlinear(axes: Axes, table: pd.DataFrame) -> None:
    """Normalised error against examples, for students of one and of two hidden layers: Fig. 3."""
    found = table[table.metric == "normalised error"]
    styles = style(list(dict.fromkeys(found.rule)))
    lines = {"20": "--", "20-10": "-"}
    for rule, (colour, marker) in styles.items():
        for hidden, line in lines.items():
            mine = found[(found.rule == rule) & (found.hidden.astype(str) == hidden)]
            if len(mine):
                band(axes, mine, colour, marker, f"{rule}, {hidden}", against="examples", line=line)
    top = np.inf if not len(found) else found.examples.max()
    axes.set(title="Nonlinear function", xlabel="examples", ylabel="normalised error", yscale="log")
    if np.isfinite(top):
        axes.set_xlim(0, top)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda examples, _: f"{examples / 1000:g}k"))
        axes.legend(fontsize=6, ncols=2)
