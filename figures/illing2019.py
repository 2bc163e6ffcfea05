"""Features that are fixed, learned without labels, or learned with them, by two read-outs, after [illing2019]."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.findings import PAIRED, told_apart
from plausible.plotting.frame import COLUMN, finished, panels, sheet, stacked
from plausible.plotting.panels import dots, error_in_percent, not_run, rows_named, spread
from plausible.plotting.style import GREY, style
from plausible.printing.words import count
from plausible.study.statistics import PERCENT

LABELS = {
    "fixed-features": "random",
    "fixed-features[field=10]": "localised random",
    "fixed-features[drawn=gabor,field=10]": "localised Gabor",
    "oja[units=subspace]": "Oja's subspace",
    "independent-components": "independent components",
    "sparse-coding": "sparse coding",
    "krotov-hopfield": "Krotov and Hopfield's rule",
    "soft-hebb": "SoftHebb",
    "feedback-alignment": "feedback alignment",
    "hebb": "Hebb with decay",
    "oja": "Oja unit by unit",
    "sanger": "Sanger",
    "bcm": "BCM",
}
RANDOM, LABELLED = "fixed-features", ("backprop", "feedback-alignment")  # those that hear labels
RIDGE, OWN = "read-out accuracy", "accuracy"


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: test accuracies on MNIST, of the widest layers."""
    found = table[(table.status == "done") & (table.split == "test") & (table.task != "digits")]
    found = found[found.metric.isin([RIDGE, OWN])]
    widths = found.hidden.astype(float)
    found = found[widths == widths.max()]
    return found[["task", "rule", "hidden", "seed", "epoch", "split", "metric", "layer", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """The test error of every rule, by a ridge regression on its hidden layer, and of its own read-out.

    Args:
        table: of the study `illing2019`, in long form.
    """
    drawn = source(table)
    ridge = drawn[(drawn.metric == RIDGE) & (drawn.layer != "x")]
    own = drawn[drawn.metric == OWN]
    pixels = 100 * (1 - drawn[(drawn.metric == RIDGE) & (drawn.layer == "x")].value.mean())
    order = [
        str(rule) for rule in ridge.groupby("rule", observed=True).value.mean().sort_values().index[::-1]
    ]
    with sheet(COLUMN, 3.6) as figure:
        top, below = stacked(figure, 1, 1)
        for part, scores, title in (
            (top, ridge, "ridge regression"),
            (below, own, "the rule's own read-out"),
        ):
            (axes,) = panels(part, 1, 1)
            by_rule(axes, scores, order)
            axes.set(title=title, xlabel="test error (%)")
            if part is top and len(ridge):
                axes.axvline(pixels, color=GREY, linestyle="--", linewidth=0.7, zorder=0)
        seeds = drawn.seed.nunique()
        told = f"{', '.join(drawn.task.unique()) or 'MNIST, no runs'}, {', '.join(drawn.hidden.unique())} hidden units"
        note = f"{told}, {count(seeds, 'seed')}; {spread(seeds)}; dashed: ridge regression on the pixels"
        note += f"; {PAIRED}" * (seeds > 1)
        return finished(figure, finding(ridge), note)


def by_rule(axes: Axes, scores: pd.DataFrame, order: list[str]) -> None:
    """A row of test errors for each rule, the least of the ridge regression on top."""
    looks = style(order)
    for place, rule in enumerate(order):
        dots(axes, place, 100 * (1 - scores[scores.rule == rule].value).to_numpy(), looks[rule], PERCENT)
    rows_named(axes, [LABELS.get(rule, rule) for rule in order])
    not_run(axes, scores)


def finding(ridge: pd.DataFrame) -> str:
    """Which features learned without labels tell a ridge regression more than random ones, and which less."""
    unlabelled = error_in_percent(ridge[~ridge.rule.isin(LABELLED)])
    return told_apart(unlabelled, RANDOM, {**LABELS, RANDOM: "random features"}, "Read out on test images,")
