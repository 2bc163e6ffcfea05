"""Forward-Forward beside backprop on digits and MNIST, after [hinton2022]."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.findings import PAIRED, ends, told_apart
from plausible.plotting.frame import COLUMN, finished, panels, sheet, stacked
from plausible.plotting.panels import error_in_percent, final_errors, spread, validation_errors
from plausible.printing.words import count

SOFTMAX, GOODNESS = (f"forward-forward[label=over,answer={answer}]" for answer in ("softmax", "goodness"))
HARD = "forward-forward[label=over,answer=softmax,negatives=hard]"
LABELS = {
    SOFTMAX: "FF, softmax answers",
    HARD: "FF, softmax answers, hard labels",
    GOODNESS: "FF, goodness answers",
    "backprop": "backprop",
}
PUBLISHED = {SOFTMAX: 1.45, GOODNESS: 1.36}  # test error in per cent: loeweX's 3×1000, and the paper's 4×2000
WAYS = {
    SOFTMAX: "Forward-Forward by softmax",
    GOODNESS: "Forward-Forward by goodness",
    HARD: "Forward-Forward by softmax with hard labels",
}
SETTINGS = {
    SOFTMAX: ("1000-1000-1000", 100),
    GOODNESS: ("2000-2000-2000-2000", 60),
}  # units and epochs of these


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
    shown = mnist[mnist.hidden.astype(str) == widest(mnist)]
    with sheet(COLUMN, 2.5) as figure:
        top, below = stacked(figure, 3, 2)
        one, two = panels(top, 1, 2)
        (three,) = panels(below, 1, 1)
        validation_errors(one, digits, f"Digits, {widest(digits) or 'not run'}", LABELS)
        validation_errors(two, shown, f"MNIST, {widest(mnist) or 'not run'}", LABELS)
        same = {rule: PUBLISHED[rule] for rule in PUBLISHED if as_published(shown, rule)}
        final_errors(three, shown, LABELS, same)
        three.set(title="MNIST: test error (%)", xlabel="")
        numbers = digits.seed.nunique(), shown.seed.nunique()
        epochs = count(int(shown.epoch.max()), "epoch") if len(shown) else "no epochs"
        seeds = f"seeds: digits {numbers[0]}, MNIST {numbers[1]} ({epochs}); {spread(*numbers)}"
        what = "crosses: published" if same else "published errors, not drawn, are"
        crosses = f"{what} of 3×1000 units for 100 epochs, and 4×2000 for 60 (from memory)"
        return finished(figure, finding(digits), f"{seeds}; {crosses}{f'; {PAIRED}' * (numbers[0] > 1)}", one)


def widest(table: pd.DataFrame) -> str:
    """The largest network of a table."""
    sizes = {*table.hidden.astype(str)}
    return max(sizes, key=lambda size: sum(map(int, size.split("-"))), default="")


def as_published(table: pd.DataFrame, rule: str) -> bool:
    """Whether a rule was run on the network, and for the epochs, of its published error."""
    mine, (units, epochs) = table[table.rule == rule], SETTINGS[rule]
    return bool((mine.hidden.astype(str) == units).any() and mine.epoch.max() >= epochs)


def finding(digits: pd.DataFrame) -> str:
    """Which ways of answering err more or less than backprop on the test images of digits."""
    test = ends(digits[digits["split"] == "test"])
    return told_apart(error_in_percent(test), "backprop", WAYS, "On test images of digits")
