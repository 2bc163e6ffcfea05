"""Hidden layers that learn from the target alone, on two synthetic tasks, after [frenkel2021]."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.findings import INCOMPLETE, by_rule, errors, said
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import band, error_in_percent, not_run, spread
from plausible.plotting.scales import degrees, logarithmic
from plausible.plotting.style import style
from plausible.study.statistics import AMOUNT, DEGREES, PERCENT

SCORES = ("normalised error", "accuracy")
TITLES = {"cosines": "Regression, 256-100-10", "clusters": "Classes, 256-500-500-10"}
DRTP = "direct-random-target-projection"


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
    with sheet(COLUMN, 2.7) as figure:
        panels = figure.subplots(2, 2)
        notes, numbers = [], []
        for row, (task, title) in zip(panels, TITLES.items(), strict=True):
            mine = drawn[drawn.task.str.startswith(task)]
            draw_error(row[0], mine, title)
            draw_angle(row[1], mine)
            numbers.append(mine.seed.nunique())
            notes.append(f"{task} {numbers[-1]}")
        caption = f"fast scale, seeds: {', '.join(notes)}; {spread(*numbers)}"
        return finished(figure, finding(drawn), caption, panels[0][0])


def finding(drawn: pd.DataFrame) -> str:
    """The last errors of backprop, DFA and DRTP on both tasks."""
    regression = by_rule(drawn[drawn.task.str.startswith("cosines")], "normalised error")
    classes = errors(drawn[drawn.task.str.startswith("clusters")], "validation")
    compared = ["backprop", "direct-feedback-alignment", DRTP]
    if not {*compared} <= {*regression.index} & {*classes.index}:
        return INCOMPLETE
    return (
        f"Targets alone (DRTP) classify nearly as well as backprop, {classes[DRTP]:.1f} % against "
        f"{classes['backprop']:.1f} %, but regress worse: {regression[DRTP]:.3f} against {regression['backprop']:.3f}"
        if classes[DRTP] < 1.5 * classes["backprop"] and regression[DRTP] > 2 * regression["backprop"]
        else f"Classes: {said(classes[compared], ' %')}; regression: {said(regression[compared], '', digits=3)}"
    )


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
    not_run(axes, found)


def draw_angle(axes: Axes, table: pd.DataFrame) -> None:
    """The angle to backprop's signals, mean of the hidden layers, against epochs."""
    found = table[table.metric == "delta angle"]
    styles = style(list(dict.fromkeys(found.rule)))
    for rule in styles:
        mine = found[found.rule == rule].groupby(["seed", "epoch"], as_index=False).value.mean()
        if rule != "shallow":
            band(axes, mine, *styles[rule], rule, bounds=DEGREES)
    axes.set(title="Signal to backprop's", xlabel="epoch", ylabel="degrees")
    degrees(axes)
    not_run(axes, found)
