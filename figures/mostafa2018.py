"""MNIST by fixed random classifiers in every layer, whatever errors come back by, after [mostafa2018]."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.findings import INCOMPLETE, errors
from plausible.plotting.frame import COLUMN, finished, panels, sheet, stacked
from plausible.plotting.panels import final_errors, spread, validation_errors
from plausible.printing.words import count

FIXED = {f"fixed-classifiers[back={back}]": back for back in ("transpose", "signs", "random")}
LABELS = {
    "layerwise-classifiers": "classifiers that learn",
    **{rule: f"fixed, {back}" for rule, back in FIXED.items()},
    "shallow": "read-out alone",
}


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: accuracies on MNIST in the widest layers."""
    done = table[(table.status == "done") & (table.metric == "accuracy") & (table.task == "mnist")]
    done = done[done.split.isin(["validation", "test"])]
    done = done[done.hidden.astype(str) == done.hidden.astype(str).max()]
    return done[["task", "rule", "hidden", "seed", "epoch", "split", "metric", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Validation error against epochs, and the test error of every rule.

    Args:
        table: of the study `mostafa2018`, in long form, with the setting `hidden`.
    """
    drawn = source(table)
    with sheet(COLUMN, 2.6) as figure:
        top, below = stacked(figure, 1, 1)
        (one,), (two,) = panels(top, 1, 1), panels(below, 1, 1)
        validation_errors(one, drawn, "", LABELS)
        final_errors(two, drawn, LABELS)
        seeds = drawn.seed.nunique()
        units = ", ".join(dict.fromkeys(drawn.hidden.astype(str))) or "no"
        epochs = count(int(drawn.epoch.max()), "epoch") if len(drawn) else "no epochs"
        caption = f"MNIST, {units} units, {epochs}, {count(seeds, 'seed')}; {spread(seeds)}"
        return finished(figure, finding(drawn), caption, one)


def finding(drawn: pd.DataFrame) -> str:
    """How far the ways back differ, beside backprop and a read-out alone."""
    test = errors(drawn, "test")
    if not {*LABELS, "backprop"} <= {*test.index}:
        return INCOMPLETE
    ways = ", ".join(f"{test[rule]:.1f} % by {back}" for rule, back in FIXED.items())
    return (
        f"Fixed random classifiers err on {ways}; classifiers that learn on {test['layerwise-classifiers']:.1f} %, "
        f"backprop on {test['backprop']:.1f} %, a read-out alone on {test['shallow']:.1f} %"
    )
