"""Which perturbation points along the gradient, and which learns digits, after [dalm2023]."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.findings import INCOMPLETE, errors
from plausible.plotting.frame import COLUMN, finished, panels, sheet, stacked
from plausible.plotting.panels import final_errors, spread, validation_errors
from plausible.printing.words import count
from plausible.study.columns import option

COSINE = "update cosine"
LABELS = {
    "node-perturbation": "nodes",
    "activity-perturbation": "measured",
    "activity-perturbation[single=True]": "measured, in turn",
    "decorrelated[rule=node-perturbation]": "nodes, decorrelated",
    "decorrelated[rule=activity-perturbation]": "measured, decorrelated",
    "decorrelated[rule=activity-perturbation[single=True]]": "in turn, decorrelated",
}


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: accuracies on digits, and the cosines that the title names."""
    done = table[table.status == "done"]
    learned = (done.metric == "accuracy") & (done.task == "digits") & done.split.isin(["validation", "test"])
    found = done[learned | (done.metric == COSINE)]
    return found[["task", "rule", "hidden", "seed", "epoch", "split", "metric", "layer", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Validation error against epochs, and the test error of every rule."""
    found = source(table)
    drawn = found[found.metric == "accuracy"]
    with sheet(COLUMN, 3.4) as figure:
        top, below = stacked(figure, 1, 1)
        (one,), (two,) = panels(top, 1, 1), panels(below, 1, 1)
        validation_errors(one, drawn, "", LABELS)
        final_errors(two, drawn, LABELS)
        seeds = drawn.seed.nunique()
        units = ", ".join(dict.fromkeys(drawn.hidden.astype(str))) or "no"
        caption = f"Digits, {units} units, plain gradient descent, {count(seeds, 'seed')}; {spread(seeds)}"
        return finished(figure, finding(found), caption, one)


def finding(found: pd.DataFrame) -> str:
    """The errors, and the cosines of 400 proposals in the lowest layer."""
    test = errors(found[found.metric == "accuracy"], "test")
    lowest = found[(found.metric == COSINE) & (found.layer.astype(str) == "W1")]
    cosines = lowest.value.groupby(option(lowest, "rule_rule")).mean()
    if not {*LABELS} <= {*test.index} or len(cosines) < 3:
        return INCOMPLETE
    return (
        f"Digits: noise in nodes errs on {test['node-perturbation']:.1f} %, measured in turn on "
        f"{test['activity-perturbation[single=True]']:.1f} %, both decorrelated on "
        f"{test['decorrelated[rule=node-perturbation]']:.1f} and "
        f"{test['decorrelated[rule=activity-perturbation[single=True]]']:.1f} %; in turn the cosine to the gradient is "
        f"{cosines['activity-perturbation[single=True]']:.2f} in the lowest layer, else "
        f"{cosines['node-perturbation']:.2f}"
    )
