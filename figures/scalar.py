"""Samples and multiply-adds that rules need which are told one number, beside backpropagation."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.findings import INCOMPLETE, errors
from plausible.plotting.frame import COLUMN, finished, panels, sheet, stacked
from plausible.plotting.panels import final_errors, spread, validation_errors
from plausible.printing.words import count

LABELS = {
    "decorrelated[rule=node-perturbation]": "nodes, decorrelated",
    "activity-perturbation[single=True]": "measured, in turn",
    "activity-perturbation": "measured activity",
    "node-perturbation": "nodes",
    "forward-gradient": "forward gradient",
    "weight-perturbation": "weights",
    "agrel": "AGREL",
    "brainprop": "BrainProp",
    "node-perturbation[told=reward,sigma=0.3]": "nodes, told a reward",
    "exploratory-hebb": "exploratory Hebb",
    "reinforce[sigma=1.0]": "REINFORCE",
}
HIDDEN = "16"


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: accuracies on digits, in one hidden layer."""
    done = table[(table.status == "done") & (table.metric == "accuracy") & (table.task == "digits")]
    found = done[done.split.isin(["validation", "test"]) & (done.hidden.astype(str) == HIDDEN)]
    return found[["task", "rule", "hidden", "seed", "epoch", "split", "metric", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Validation error against epochs, and the test error of every rule."""
    drawn = source(table)
    with sheet(COLUMN, 4.4) as figure:
        top, below = stacked(figure, 1, 1)
        (one,), (two,) = panels(top, 1, 1), panels(below, 1, 1)
        validation_errors(one, drawn, "", LABELS)
        final_errors(two, drawn, LABELS)
        seeds = drawn.seed.nunique()
        caption = f"Digits, {HIDDEN} units, plain gradient descent, {count(seeds, 'seed')}; {spread(seeds)}"
        return finished(figure, finding(drawn), caption, one)


def finding(drawn: pd.DataFrame) -> str:
    """The errors of the best and of the worst that is told one number."""
    test = errors(drawn, "test")
    if not {*LABELS, "backprop"} <= {*test.index}:
        return INCOMPLETE
    told = test[list(LABELS)]
    best, worst = str(told.idxmin()), str(told.idxmax())
    return (
        f"Told one number, the rule {LABELS[best]} errs on {told[best]:.1f} % of digits and {LABELS[worst]} on "
        f"{told[worst]:.1f} %, backprop on {test['backprop']:.1f} %"
    )
