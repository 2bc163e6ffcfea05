"""MNIST by BrainProp and AGREL, which are told whether their choice was right, beside backprop, after [pozzi2020]."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.findings import INCOMPLETE, errors
from plausible.plotting.frame import COLUMN, finished, panels, sheet, stacked
from plausible.plotting.panels import final_errors, spread, validation_errors
from plausible.printing.words import count

LABELS = {
    "brainprop": "BrainProp",
    "brainprop[back=learned]": "BrainProp, learned feedback",
    "agrel": "AGREL",
}


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: accuracies on MNIST, of the longest runs."""
    done = table[(table.status == "done") & (table.metric == "accuracy") & (table.task == "mnist")]
    found = done[done.split.isin(["validation", "test"]) & (done.epochs == done.epochs.max())]
    return found[["task", "rule", "hidden", "seed", "epoch", "split", "metric", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Validation error against epochs, and the test error of every rule."""
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
    """The test errors."""
    test = errors(drawn, "test")
    if not {"brainprop", "backprop"} <= {*test.index}:
        return INCOMPLETE
    others = {rule: label for rule, label in LABELS.items() if rule in test.index and rule != "brainprop"}
    more = "".join(f"; {label} on {test[rule]:.1f} %" for rule, label in others.items())
    return (
        f"Told whether one choice was right, BrainProp errs on {test['brainprop']:.1f} % of MNIST, "
        f"backprop on {test['backprop']:.1f} %{more}"
    )
