"""Feedback that learns: angles and errors beside the published logs, after [akrout2019]."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.findings import NOTHING_YET, said
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import band, error_in_percent, not_run, spread
from plausible.plotting.scales import degrees, logarithmic
from plausible.plotting.style import style
from plausible.printing.words import count
from plausible.study.columns import option
from plausible.study.statistics import DEGREES, PERCENT

EPOCH = 59_904  # examples of an epoch of the logs
EPOCHS = (0, 10, 50)
RULES = ("backprop", "feedback-alignment", "kolen-pollack", "accumulating-weight-mirror", "weight-mirror")
LABELS = {
    "accumulating-weight-mirror": "weight mirror (code)",
    "weight-mirror": "weight mirror (normalised)",
}
ERRORS = {  # test error in per cent of the logs
    "backprop": (12.00, 5.59, 2.29),
    "feedback-alignment": (14.51, 8.94, 5.34),
    "kolen-pollack": (11.10, 4.20, 2.06),
    "accumulating-weight-mirror": (21.52, 9.28, 3.42),
}
WEIGHT_ANGLES = {
    "feedback-alignment": (40.0, 29.3, 38.4),
    "kolen-pollack": (19.7, 10.8, 6.2),
    "accumulating-weight-mirror": (61.3, 26.3, 12.9),
}
DELTA_ANGLES = {
    "feedback-alignment": (42.1, 26.3, 37.1),
    "kolen-pollack": (19.4, 11.7, 5.7),
    "accumulating-weight-mirror": (63.4, 15.4, 13.4),
}  # fmt: skip
Marks = dict[str, tuple[float, float, float]]


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's runs: validation accuracy, and the angles of the hidden layer, after learning."""
    table = table[table.task != "logged"]
    scores = (table.metric == "accuracy") & (table.split == "validation")
    weights = (table.metric == "weight angle") & (table.layer == "B2")
    deltas = (table.metric == "delta angle") & (table.layer == "W1") & (table.rule != "backprop")
    drawn = table[(scores | weights | deltas) & (table.status == "done") & (table.examples > 0)]
    drawn = drawn.assign(rule=option(drawn, "rule_name"))
    return drawn[["task", "rule", "seed", "examples", "metric", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Delta angle, weight angle and error against examples, in epochs of the logs; crosses are the logs'.

    Args:
        table: of the study `akrout2019`, in long form.
    """
    drawn = source(table)
    drawn = drawn.assign(epochs=drawn.examples / EPOCH)
    with sheet(COLUMN, 3.0) as figure:
        grid = figure.add_gridspec(2, 2)
        deltas, weights = (figure.add_subplot(grid[0, n]) for n in (0, 1))
        errors = figure.add_subplot(grid[1, :])
        panel(deltas, drawn[drawn.metric == "delta angle"], DELTA_ANGLES, "Signal and backprop's")
        panel(weights, drawn[drawn.metric == "weight angle"], WEIGHT_ANGLES, "Feedback and weights")
        scores = error_in_percent(drawn[drawn.metric == "accuracy"])
        panel(errors, scores, ERRORS, "Validation error", PERCENT)
        for axes in (deltas, weights):
            axes.set(ylabel="degrees")
            degrees(axes)
        errors.set(ylabel="error (%)", xlabel="epochs of 59,904 examples")
        logarithmic(errors)
        seeds = drawn.seed.nunique()
        note = f"784-500-10 on MNIST, {count(seeds, 'seed')}: {spread(seeds)}"
        caption = (
            f"{note}; crosses: the published logs, one seed, their error on test, their angle of one example"
        )
        return finished(figure, finding(drawn), caption, errors)


def finding(drawn: pd.DataFrame) -> str:
    """The last angle between feedback and weights, and the last error, rule by rule."""
    last = drawn[drawn.examples == drawn.groupby(["rule", "metric"], observed=True).examples.transform("max")]
    means = last.groupby(["metric", "rule"], observed=True).value.mean()
    if "weight angle" not in means.index.get_level_values(0):
        return NOTHING_YET
    angles = means["weight angle"].sort_values()
    return f"Learned feedback ends nearer to the weights than fixed feedback: {said(angles, '°', LABELS, 0)}" if (
        angles.index[-1] == "feedback-alignment"
    ) else f"Feedback and weights end at {said(angles, '°', LABELS, 0)}"  # fmt: skip


def panel(
    axes: Axes, table: pd.DataFrame, published: Marks, title: str, bounds: tuple[float, float] = DEGREES
) -> None:
    """A quantity against epochs of the logs, with their values at three of them."""
    styles = style(list(RULES))
    for rule in RULES:
        mine = table[table.rule == rule]
        if len(mine):
            band(axes, mine, *styles[rule], LABELS.get(rule, rule), against="epochs", bounds=bounds)
        if rule in published and len(mine):
            places = [epoch + 1 for epoch in EPOCHS]
            axes.plot(places, published[rule], "x", color=styles[rule][0], markersize=4)
    axes.set(title=title)
    logarithmic(axes, "x")
    not_run(axes, table)
