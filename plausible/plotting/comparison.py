"""The figure of a comparison: learning curves and alignment, with their uncertainty."""

from __future__ import annotations

import re
from collections.abc import Collection

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from plausible.plotting.frame import captioned, sheet
from plausible.plotting.panels import (
    any_positive,
    band,
    degrees,
    drawn_heights,
    error_in_percent,
    logarithmic,
)
from plausible.plotting.style import LOOKS, dashes, label, style
from plausible.printing.words import count
from plausible.study.statistics import AMOUNT, DEGREES, PERCENT

LONGEST = 44  # characters in a line of a legend, which must leave the curves their room


def draw(table: pd.DataFrame, caption: str = "", hidden: Collection[str] = ("W1",)) -> Figure:
    """Validation score, and angles to the gradient where there are any, against epochs.

    Args:
        table: measurements in long form, with the columns of `plausible.study.run.Row`; only runs that were done.
        caption: what was compared, printed below.
        hidden: the names of the weights whose angles are drawn, the mean of them: those of hidden layers.
    """
    rules = list(dict.fromkeys(table.rule))
    styles, lines = style(rules), dashes(rules)
    score = "accuracy" if (table.metric == "accuracy").any() else "normalised error"
    with sheet(9, max(3.6, 0.14 * len(rules))) as figure:
        left, right = figure.subplots(1, 2)
        for rule in rules:
            mine = table[table.rule == rule]
            look = (*styles[rule], folded(label(rule)))
            curve = mine[(mine.split == "validation") & (mine.metric == score)]
            if score == "accuracy":
                band(left, error_in_percent(curve), *look, line=lines[rule], bounds=PERCENT)
            else:
                band(left, curve, *look, line=lines[rule], bounds=AMOUNT)
            angles = mine[(mine.metric == "gradient angle") & mine.layer.isin(hidden)]
            if len(angles):
                means = angles.groupby(["seed", "epoch"], as_index=False).value.mean()
                band(right, means, *look, line=lines[rule], bounds=DEGREES)
        finish(left, right, score)
        note = "bands: 95 % interval of the mean" if table.seed.nunique() > 1 else "one seed, so no interval"
        return captioned(figure, "; ".join(filter(None, [label(caption), note])))


def folded(name: str) -> str:
    """A label in lines of up to `LONGEST` characters, which end after one of @ [ , : /.

    >>> from plausible.plotting.comparison import folded
    >>> len(folded("backprop@my folder/optim:Lion[rate=cosine[start=0.001,steps=2000],decay=0.01]").splitlines())
    2
    """
    lines = [""]
    for piece in re.split(r"(?<=[@\[,:/])", name):
        if lines[-1] and len(lines[-1]) + len(piece) > LONGEST:
            lines.append("")
        lines[-1] += piece
    return "\n".join(lines)


def finish(left: Axes, right: Axes, score: str) -> None:
    """Titles, limits and legends."""
    left.set(title="Validation", xlabel="epoch", ylabel="error (%)" if score == "accuracy" else score)
    heights = drawn_heights(left)
    positive = heights[heights > 0]
    if len(positive) and positive.max() >= 4 * positive.min():  # two of 1, 2, 3, 5 and 10 lie in between
        logarithmic(left)
        lowest = float(positive.min())
        if left.get_ylim()[0] < lowest / 10:  # the band of a rule that makes next to no errors
            left.set_ylim(bottom=lowest / 3)
    right.set(title="Angle between update and gradient, hidden layers", xlabel="epoch", ylabel="degrees")
    degrees(right, -3)
    if 0 < len(left.lines) <= 8:
        left.legend()
    elif left.lines:
        right.set_title("Angle to the gradient")  # beside a legend that needs the room
        left.figure.legend(*left.get_legend_handles_labels(), loc="outside right upper", fontsize=6)


def learning_and_angle(table: pd.DataFrame) -> Figure:
    """Validation error, and the angle of the first layer's change to backprop's, against epochs; a curve per rule.

    Args:
        table: what `scores_and_angles` keeps of a study's; a row of axes for every task.
    """
    tasks = [*dict.fromkeys(table.task)] or [""]
    with sheet(8.5, 0.6 + 3 * len(tasks)) as figure:
        for (left, right), task in zip(figure.subplots(len(tasks), 2, squeeze=False), tasks, strict=True):
            here = table[table.task == task]
            for rule, (colour, marker) in zip(dict.fromkeys(here.rule), LOOKS, strict=False):
                mine = here[here.rule == rule]
                score, angle = (mine[mine.metric == metric] for metric in ("accuracy", "gradient angle"))
                band(left, error_in_percent(score), colour, marker, rule, bounds=PERCENT)
                band(right, angle, colour, marker, rule, bounds=DEGREES)
            sizes = ", ".join(dict.fromkeys(here.hidden.astype(str)))
            left.set(title=f"{task}, {sizes} units", xlabel="epoch", ylabel="validation error (%)")
            if any_positive(left):
                left.set_yscale("log")
                left.yaxis.set_major_formatter("{x:g}")
                left.yaxis.set_minor_formatter(NullFormatter())
                left.set(yticks=[1, 2, 5, 10, 20, 50, 100], ylim=(1, 110))
            right.set(title="Angle of W1's change to backprop's", xlabel="epoch", ylabel="degrees")
            if len(here):
                left.legend(fontsize=7)
        return captioned(figure, f"{count(table.seed.nunique(), 'seed')}; bands: 95 % interval of the mean")


def scores_and_angles(table: pd.DataFrame) -> pd.DataFrame:
    """What `learning_and_angle` draws of a study's table: validation accuracy, and the angle of W1's change."""
    done = table[table.status == "done"]
    score = (done.metric == "accuracy") & (done.split == "validation")
    angle = (done.metric == "gradient angle") & (done.layer == "W1")
    drawn = done[score | angle]
    return drawn[["task", "rule", "hidden", "seed", "epoch", "metric", "layer", "value"]]
