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
ONE, DEEP = "16", "32-32-32"


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: accuracies on digits, in one layer and in three."""
    done = table[(table.status == "done") & (table.metric == "accuracy") & (table.task == "digits")]
    found = done[done.split.isin(["validation", "test"]) & done.hidden.astype(str).isin([ONE, DEEP])]
    return found[["task", "rule", "hidden", "seed", "epoch", "split", "metric", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Validation error against epochs in one layer, and test errors in one and in three."""
    drawn = source(table)
    shallow, deep = (drawn[drawn.hidden.astype(str) == units] for units in (ONE, DEEP))
    with sheet(COLUMN, 5.2) as figure:
        parts = stacked(figure, 1, 1, 1)
        (one,), (two,), (three,) = (panels(part, 1, 1) for part in parts)
        validation_errors(one, shallow, "16 units", LABELS)
        final_errors(two, shallow, LABELS)
        final_errors(three, deep, LABELS)
        two.set_title("16 units")
        three.set_title("32-32-32 units")
        seeds = drawn.seed.nunique()
        caption = f"Digits, plain gradient descent, {count(seeds, 'seed')}; {spread(seeds)}"
        return finished(figure, finding(shallow, deep), caption, one)


def finding(shallow: pd.DataFrame, deep: pd.DataFrame) -> str:
    """The errors of the best and of the worst that is told one number."""
    flat, tall = errors(shallow, "test"), errors(deep, "test")
    if not {*LABELS, "backprop"} <= {*flat.index} & {*tall.index}:
        return INCOMPLETE
    told = flat[list(LABELS)]
    best, worst = str(told.idxmin()), str(told.idxmax())
    return (
        f"Told one number, {LABELS[best]} errs on {told[best]:.1f} % of digits and {LABELS[worst]} on "
        f"{told[worst]:.1f} %, backprop on {flat['backprop']:.1f} %; in three layers "
        f"{tall[best]:.1f}, {tall[worst]:.1f} and {tall['backprop']:.1f} %"
    )
