"""MNIST by fixed random classifiers in every layer, whatever errors come back by, after [mostafa2018]."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.findings import PAIRED, ends, listed, told_apart
from plausible.plotting.frame import COLUMN, finished, panels, sheet, stacked
from plausible.plotting.panels import error_in_percent, final_errors, spread, validation_errors
from plausible.printing.words import count

BACK = {"transpose": "the transpose", "signs": "its signs", "random": "another matrix"}
FIXED = {f"fixed-classifiers[back={back}]": name for back, name in BACK.items()}
BEFORE = "On test images"  # what the finding begins with
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
        caption += f"; {PAIRED}" * (seeds > 1)
        return finished(figure, finding(found), caption, one)


def finding(found: pd.DataFrame) -> str:
    """Which classifiers in the layers err more or less than backprop, by the ways back of errors; which diverge."""
    test = ends(found[(found.status == "done") & (found["split"] == "test")])
    lost = {*found[found.status == "diverged"].rule} - {*test.rule}
    ways = {rule: f"fixed classifiers with {way} back" for rule, way in FIXED.items()}
    names = {
        **ways,
        "layerwise-classifiers": "learning of classifiers",
        "shallow": "the read-out alone",
    }
    told = told_apart(error_in_percent(test), "backprop", names, BEFORE)
    gone = [names.get(rule, rule) for rule in FIXED if rule in lost]
    return f"{told}; {listed(gone)} diverge" if gone and told.startswith(BEFORE) else told
