"""MNIST by fixed random classifiers in every layer, whatever errors come back by, after [mostafa2018]."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.findings import INCOMPLETE, errors, listed
from plausible.plotting.frame import COLUMN, finished, panels, sheet, stacked
from plausible.plotting.panels import final_errors, spread, validation_errors
from plausible.printing.words import count

BACK = {"transpose": "the transpose", "signs": "its signs", "random": "another matrix"}
FIXED = {f"fixed-classifiers[back={back}]": name for back, name in BACK.items()}
LABELS = {
    "layerwise-classifiers": "classifiers that learn",
    **{rule: f"fixed, {back}" for rule, back in FIXED.items()},
    "shallow": "read-out alone",
}


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: accuracies on MNIST in the widest layers; also of runs that diverged."""
    ended = table[
        table.status.isin(["done", "diverged"]) & (table.metric == "accuracy") & (table.task == "mnist")
    ]
    ended = ended[ended.split.isin(["validation", "test"])]
    ended = ended[ended.hidden.astype(str) == ended.hidden.astype(str).max()]
    return ended[["task", "rule", "hidden", "seed", "epoch", "split", "metric", "value", "status"]]


def draw(table: pd.DataFrame) -> Figure:
    """Validation error against epochs, and the test error of every rule.

    Args:
        table: of the study `mostafa2018`, in long form, with the setting `hidden`.
    """
    found = source(table)
    drawn = found[found.status == "done"]
    with sheet(COLUMN, 2.6) as figure:
        top, below = stacked(figure, 1, 1)
        (one,), (two,) = panels(top, 1, 1), panels(below, 1, 1)
        validation_errors(one, drawn, "", LABELS)
        final_errors(two, drawn, LABELS)
        seeds = drawn.seed.nunique()
        units = ", ".join(dict.fromkeys(drawn.hidden.astype(str))) or "no"
        epochs = count(int(drawn.epoch.max()), "epoch") if len(drawn) else "no epochs"
        caption = f"MNIST, {units} units, {epochs}, {count(seeds, 'seed')}; {spread(seeds)}"
        return finished(figure, finding(found), caption, one)


def finding(found: pd.DataFrame) -> str:
    """How far the ways back differ, beside backprop and a read-out alone."""
    test = errors(found[found.status == "done"], "test")
    lost = {*found[found.status == "diverged"].rule} - {*test.index}
    if not {*LABELS, "backprop"} - lost <= {*test.index} or lost - {*FIXED}:
        return INCOMPLETE
    ways = [f"by {FIXED[rule]} err on {test[rule]:.1f} %" for rule in FIXED if rule not in lost]
    ways += [f"by {FIXED[rule]} diverge" for rule in FIXED if rule in lost]
    return (
        f"Fixed random classifiers with errors back {listed(ways)}; "
        f"those that learn err on {test['layerwise-classifiers']:.1f} %, backprop on {test['backprop']:.1f} %, "
        f"a read-out alone on {test['shallow']:.1f} %"
    )
