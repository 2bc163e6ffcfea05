"""Hidden layers that learn from the target alone, on two synthetic tasks, after [frenkel2021]."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.frame import captioned, sheet
from plausible.plotting.panels import band, error_in_percent, logarithmic
from plausible.plotting.style import style
from plausible.study.statistics import AMOUNT, DEGREES, PERCENT

SCORES = ("normalised error", "accuracy")
TITLES = {"cosines": "Regression, 256-100-10", "clusters": "Classification, 256-500-500-10"}


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: validation scores, and the angles of hidden signals to backprop's."""
    scores = table.metric.isin(SCORES) & (table.split == "validation")
    depth = table.hidden.astype(str).str.count("-") + 1
    layer = pd.to_numeric(table.layer.str.removeprefix("W"), errors="coerce")
    angles = (table.metric == "delta angle") & (layer <= depth) & (table.rule != "backprop")
    drawn = table[(scores | angles) & (table.status == "done")]
    return drawn[["task", "rule", "seed", "epoch", "metric", "layer", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """A row for each task: validation error, and the angle of the hidden layers' signals, against epochs.

    Args:
        table: of the study `frenkel2021`, in long form, with the setting `hidden`.
    """
    drawn = source(table)
    with sheet(9, 6) as figure:
        panels = figure.subplots(2, 2)
        notes = []
        for row, (task, title) in zip(panels, TITLES.items(), strict=True):
            mine = drawn[drawn.task.str.startswith(task)]
            draw_error(row[0], mine, title)
            draw_angle(row[1], mine)
            notes.append(f"{task} {mine.seed.nunique()}")
        handles = panels[0][0].get_legend_handles_labels()
        if handles[0]:
            figure.legend(*handles, loc="outside upper center", ncols=3, fontsize=7)
        seeds = "; ".join(notes)
        return captioned(figure, f"fast scale, seeds: {seeds}; bands: 95 % interval of the mean")


def draw_error(axes: Axes, table: pd.DataFrame, title: str) -> None:
    """Validation error against epochs."""
    found = table[table.metric.isin(SCORES)]
    classes = (found.metric == "accuracy").any()
    found = error_in_percent(found) if classes else found
    styles = style(list(dict.fromkeys(found.rule)))
    for rule in styles:
        mine = found[(found.rule == rule) & (found.epoch > 0)]
        if len(mine):
            band(axes, mine, *styles[rule], rule, bounds=PERCENT if classes else AMOUNT)
    ylabel = "validation error (%)" if classes else "normalised error"
    axes.set(title=title, xlabel="epoch", ylabel=ylabel)
    logarithmic(axes)


def draw_angle(axes: Axes, table: pd.DataFrame) -> None:
    """The angle to backprop's signals, mean of the hidden layers, against epochs."""
    found = table[table.metric == "delta angle"]
    styles = style(list(dict.fromkeys(found.rule)))
    for rule in styles:
        mine = found[found.rule == rule].groupby(["seed", "epoch"], as_index=False).value.mean()
        if rule != "shallow":
            band(axes, mine, *styles[rule], rule, bounds=DEGREES)
    axes.axhline(90, color="black", linewidth=0.8, linestyle="--")
    axes.set(title="Angle to backprop's signal, hidden layers", xlabel="epoch", ylabel="degrees")
    axes.set(ylim=(0, 135), yticks=[0, 30, 60, 90, 120])
