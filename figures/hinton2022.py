"""Forward-Forward beside backprop on digits and MNIST, after [hinton2022]."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.frame import captioned, sheet
from plausible.plotting.panels import final_errors, legend_above, validation_errors

SOFTMAX, GOODNESS = (f"forward-forward[label=over,answer={answer}]" for answer in ("softmax", "goodness"))
HARD = "forward-forward[label=over,answer=softmax,negatives=hard]"
LABELS = {
    SOFTMAX: "FF, softmax answers",
    HARD: "FF, softmax answers, hard labels",
    GOODNESS: "FF, goodness answers",
    "backprop": "backprop",
}
PUBLISHED = {SOFTMAX: 1.45, GOODNESS: 1.36}  # test error in per cent: loeweX's 3×1000, and the paper's 4×2000

LOOKS = {SOFTMAX: ("#CC79A7", "s"), GOODNESS: ("#D55E00", "o"), HARD: ("#0072B2", "^")}


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: accuracies of runs that were done."""
    done = table[
        (table.status == "done") & (table.metric == "accuracy") & table.split.isin(["validation", "test"])
    ]
    return done[["task", "rule", "hidden", "seed", "epoch", "split", "metric", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Validation error on both tasks, and test error on MNIST beside the published one.

    Args:
        table: of the study `hinton2022`, in long form, with the setting `hidden`.
    """
    drawn = source(table)
    digits, mnist = (drawn[drawn.task == task] for task in ("digits", "mnist"))
    with sheet(10, 3.8) as figure:
        one, two, three = figure.subplots(1, 3)
        validation_errors(one, digits, "Digits, 3×128", LABELS, LOOKS)
        validation_errors(two, mnist, "MNIST, 3×500", LABELS, LOOKS)
        final_errors(three, mnist, [SOFTMAX, GOODNESS, "backprop"], PUBLISHED, LABELS)
        three.set_title("MNIST, test; published (×)")
        legend_above(figure, one, 4)
        epochs = f"{mnist.epoch.max():g}" if len(mnist) else "no"
        seeds = f"seeds: digits {digits.seed.nunique()}, MNIST {mnist.seed.nunique()} ({epochs} epochs)"
        crosses = "crosses: 3×1000 for 100 epochs, and 4×2000 for 60 (from memory)"
        return captioned(figure, f"{seeds}; bands: 95 % interval of the mean; {crosses}")
