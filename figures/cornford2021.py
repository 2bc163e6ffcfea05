"""Networks whose neurons excite or inhibit beside unconstrained ones, after [cornford2021]."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.findings import PAIRED, told_apart
from plausible.plotting.frame import COLUMN, finished, panels, sheet, stacked
from plausible.plotting.panels import error_in_percent, final_errors, lines, not_run, spread
from plausible.plotting.scales import logarithmic
from plausible.printing.words import count
from plausible.study.statistics import PERCENT

LABELS = {
    "backprop": "no constraint",
    "dann[rule=backprop]": "DANN",
    "dann[rule=backprop,corrected=False]": "uncorrected DANN",
    "column-ei[rule=backprop,centre=0.1307]": "ColEI",
    "dann": "DANN by feedback alignment",
}


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: accuracies on MNIST, of the largest networks."""
    found = table[(table.status == "done") & (table.metric == "accuracy") & (table.task != "digits")]
    found = found[found.hidden.astype(str) == max(found.hidden.astype(str), default="")]
    return found[["task", "rule", "hidden", "seed", "epoch", "split", "metric", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Training error against epochs, and the test error of every rule.

    Args:
        table: of the study `cornford2021`, in long form.
    """
    drawn = source(table)
    train = drawn[(drawn.split == "train") & (drawn.epoch > 0)]
    with sheet(COLUMN, 2.6) as figure:
        top, below = stacked(figure, 3, 2)
        (one,), (two,) = panels(top, 1, 1), panels(below, 1, 1)
        lines(one, error_in_percent(train), LABELS, PERCENT)
        one.set(xlabel="epoch", ylabel="training error (%)")
        logarithmic(one)
        not_run(one, train)
        final_errors(two, drawn, LABELS)
        seeds = drawn.seed.nunique()
        task = ", ".join(drawn.task.unique()) or "MNIST, no runs"
        told = f"{task}, layers of {', '.join(drawn.hidden.unique())} units"
        caption = f"{told}, {count(seeds, 'seed')}; {spread(seeds)}"
        return finished(figure, finding(drawn), f"{caption}{f'; {PAIRED}' * (seeds > 1)}", one)


def finding(drawn: pd.DataFrame) -> str:
    """Which constrained networks err more or less than the one without, on test images."""
    tested = drawn[drawn["split"] == "test"]
    return told_apart(
        error_in_percent(tested),
        "backprop",
        {**LABELS, "backprop": "a network without constraints"},
        "On test images",
    )
