"""MNIST by local losses and by backpropagation through the same blocks, after [noekland2019]."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.findings import INCOMPLETE, errors, said
from plausible.plotting.frame import COLUMN, finished, panels, sheet, stacked
from plausible.plotting.panels import error_in_percent, final_errors, lines, not_run, spread
from plausible.plotting.scales import logarithmic
from plausible.printing.words import count
from plausible.study.columns import option
from plausible.study.statistics import PERCENT

LABELS = {
    "blocks-backprop": "backprop",
    "layerwise-classifiers": "pred",
    "local-similarity": "sim",
    "predsim": "predsim",
}
SETTINGS = ("epochs", "hidden", "layers", "jitter")


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: accuracies on MNIST in one setting, the one with the most rules."""
    found = table[(table.status == "done") & (table.metric == "accuracy")]
    found = found[option(found, "rule_task") == "mnist"]
    settings = {name: option(found, f"rule_{name}") for name in SETTINGS}
    found = found.assign(rule=option(found, "rule_rule"), **settings)
    rules = found.groupby([*SETTINGS], observed=True).rule.nunique()
    if len(rules):
        chosen = dict(zip(SETTINGS, rules[rules == rules.max()].index[-1], strict=True))
        for name, value in chosen.items():
            found = found[found[name] == value]
    return found[["task", "rule", *SETTINGS, "seed", "epoch", "split", "metric", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Training error against epochs, and the test error of every rule.

    Args:
        table: of the study `noekland2019`, in long form.
    """
    drawn = source(table)
    train = drawn[(drawn.split == "train") & (drawn.epoch > 0)]
    with sheet(COLUMN, 2.2) as figure:
        top, below = stacked(figure, 3, 2)
        (one,), (two,) = panels(top, 1, 1), panels(below, 1, 1)
        lines(one, error_in_percent(train), LABELS, PERCENT)
        one.set(xlabel="epoch", ylabel="training error (%)")
        logarithmic(one)
        not_run(one, train)
        final_errors(two, drawn, LABELS)
        seeds = drawn.seed.nunique()
        return finished(
            figure, finding(drawn), f"{setting(drawn)}, {count(seeds, 'seed')}; {spread(seeds)}", one
        )


def setting(drawn: pd.DataFrame) -> str:
    """The network and how long it learned, in words."""
    if not len(drawn):
        return "MNIST, no runs"
    epochs, hidden, layers, jitter = (int(drawn[name].iloc[0]) for name in SETTINGS)
    images = f"moved by up to {count(jitter, 'pixel')}" if jitter else "not moved"
    size = f"{count(layers, 'layer')} of {hidden} units"
    return f"MNIST, {size} with batch normalisation, {count(epochs, 'epoch')}, images {images}"


def finding(drawn: pd.DataFrame) -> str:
    """The test errors, in order."""
    test = errors(drawn, "test")
    return f"Test error: {said(test, ' %', LABELS, 2)}" if {*LABELS} <= {*test.index} else INCOMPLETE
