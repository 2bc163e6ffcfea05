"""Feedback that learns, in the setting of the released program: angles and errors beside its logs [akrout2019]."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.findings import INCOMPLETE, NOTHING_YET, ends, listed
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import band, error_in_percent, not_run, spread
from plausible.plotting.scales import degrees, logarithmic
from plausible.plotting.style import style
from plausible.printing.words import count
from plausible.study.columns import option
from plausible.study.statistics import DEGREES, PERCENT

EPOCHS = (0, 10, 50)  # of the logs, which count from 0
FIXED = "feedback-alignment"
LABELS = {
    "backprop": "backprop",
    FIXED: "feedback alignment",
    "kolen-pollack": "Kolen-Pollack",
    "accumulating-weight-mirror": "weight mirror",
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
Marks = tuple[float, float, float]


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's runs as the released program does them: test accuracy, and the angles.

    Longer runs repeat shorter ones with the same seed, and are drawn once.
    """
    found = table[(table.task == "logged") & (table.status == "done")]
    found = found.assign(rule=option(found, "rule_rule"), data=option(found, "rule_task"))
    found = found.assign(hidden=option(found, "rule_hidden"))
    drawn = found[["data", "hidden", "rule", "seed", "epoch", "metric", "value"]]
    return drawn.drop_duplicates(["data", "hidden", "rule", "seed", "epoch", "metric"])


def draw(table: pd.DataFrame) -> Figure:
    """Delta angle, weight angle and test error against epochs; crosses are the logs', at the epochs that they tell of.

    Args:
        table: of the study `akrout2019`, in long form.
    """
    drawn = source(table)
    as_published = bool((drawn["data"] == "mnist").all() and (drawn.hidden == 500).all())
    with sheet(COLUMN, 3.0) as figure:
        grid = figure.add_gridspec(2, 2)
        deltas, weights = (figure.add_subplot(grid[0, n]) for n in (0, 1))
        errors = figure.add_subplot(grid[1, :])
        scores = error_in_percent(drawn[drawn.metric == "accuracy"])
        for axes, mine, marks, title, bounds in (
            (deltas, drawn[drawn.metric == "delta angle"], DELTA_ANGLES, "Signal and backprop's", DEGREES),
            (weights, drawn[drawn.metric == "weight angle"], WEIGHT_ANGLES, "Feedback and weights", DEGREES),
            (errors, scores, ERRORS, "Test error", PERCENT),
        ):
            panel(axes, mine, marks if as_published else {}, title, bounds)
        for axes in (deltas, weights):
            axes.set(ylabel="degrees")
            degrees(axes)
        errors.set(ylabel="error (%)", xlabel="epochs of 59,904 examples" if as_published else "epochs")
        logarithmic(errors)
        return finished(figure, finding(drawn), caption(drawn, as_published), errors)


def caption(drawn: pd.DataFrame, as_published: bool) -> str:
    """The setting, how many seeds, and what crosses are."""
    if not len(drawn):
        return "no runs as the released program does them"
    seeds, data = drawn.seed.nunique(), ", ".join(map(str, drawn["data"].unique()))
    units = ", ".join(f"{float(each):.0f}" for each in drawn.hidden.unique())
    crosses = "; crosses: the published logs, one seed, of the same split and example" * as_published
    return (
        f"{data}, {units} hidden units, data, order, rates and biases as in the released program; "
        f"{count(seeds, 'seed')}; {spread(seeds)}{crosses}; the signal is that of the first example"
    )


def finding(drawn: pd.DataFrame) -> str:
    """Which learned feedback ends nearer to the weights than fixed feedback with every seed, and the last errors."""
    last = ends(drawn.assign(task=drawn["data"]), "metric")
    angles = last[last.metric == "weight angle"].pivot_table("value", "seed", "rule", observed=True)
    wrong = error_in_percent(last[last.metric == "accuracy"]).groupby("rule", observed=True).value.mean()
    if not len(angles.columns):
        return NOTHING_YET
    learned = [rule for rule in LABELS if rule in angles and rule != FIXED]
    if FIXED not in angles or not learned or not {*learned, FIXED} <= {*wrong.index}:
        return INCOMPLETE
    nearer = [rule for rule in learned if (angles[rule] < angles[FIXED]).all()]
    told = listed(f"{LABELS[rule]} {angles[rule].mean():.0f}°" for rule in learned)
    where = {len(learned): "nearer to the weights than", 0: "no nearer to the weights than"}
    place = where.get(
        len(nearer), f"by {listed(LABELS[rule] for rule in nearer)} alone nearer to the weights than"
    )
    errors = listed(f"{wrong[rule]:.1f}" for rule in learned)
    return (
        f"Learned feedback ends {place} fixed feedback, {told} beside {angles[FIXED].mean():.0f}°, "
        f"and errs on {errors} % of test examples, fixed feedback on {wrong[FIXED]:.1f} %"
    )


def panel(
    axes: Axes, table: pd.DataFrame, published: Mapping[str, Marks], title: str, bounds: tuple[float, float]
) -> None:
    """A quantity against epochs, with the values of the logs at three of them."""
    table = table.assign(epochs=table.epoch + 1)
    for rule, look in style(list(LABELS)).items():
        mine = table[table.rule == rule]
        if len(mine):
            band(axes, mine, *look, LABELS[rule], against="epochs", bounds=bounds)
        if rule in published and len(mine):
            places = [epoch + 1 for epoch in EPOCHS]
            axes.plot(places, published[rule], "x", color=look[0], markersize=6.5, zorder=5)
    axes.set(title=title)
    logarithmic(axes, "x")
    not_run(axes, table)
