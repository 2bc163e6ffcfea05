"""MNIST by the kernelised bottleneck and by backpropagation, after [pogodin2020]."""

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

GROUPED, DIVIDED = "gaussian grp", "gaussian grp+div"
LABELS = {GROUPED: "pHSIC, grouped", DIVIDED: "pHSIC, grouped and divided"}
SETTINGS = ("epochs", "hidden")


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: accuracies on MNIST in one setting, the longest in the widest layers."""
    found = table[(table.status == "done") & (table.metric == "accuracy")]
    found = found[option(found, "rule_task") == "mnist"]
    found = found.assign(
        rule=option(found, "rule_method"), **{n: option(found, f"rule_{n}") for n in SETTINGS}
    )
    for name in reversed(SETTINGS):
        found = found[found[name] == found[name].max()]
    return found[["task", "rule", *SETTINGS, "seed", "epoch", "split", "metric", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Training error against epochs, and the test error of every method.

    Args:
        table: of the study `pogodin2020`, in long form.
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
    epochs, hidden = (int(drawn[name].iloc[0]) for name in SETTINGS)
    return f"MNIST, 3 layers of {hidden} units, {count(epochs, 'epoch')}, Gaussian kernel"


def finding(drawn: pd.DataFrame) -> str:
    """The test errors, in order."""
    test = errors(drawn, "test")
    known = {GROUPED, DIVIDED, "backprop"} <= {*test.index}
    return f"Test error: {said(test, ' %', LABELS)}" if known else INCOMPLETE
