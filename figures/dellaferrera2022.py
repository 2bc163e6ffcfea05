"""PEPITA beside backprop, feedback alignment and DRTP, after [dellaferrera2022]."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.findings import INCOMPLETE, by_rule, errors
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import angles_in_time, final_errors, spread, validation_errors

DRTP, FIRST = "direct-random-target-projection", "pepita[readout=first]"
LABELS = {
    "backprop": "backprop",
    "feedback-alignment": "feedback alignment",
    DRTP: "DRTP",
    "pepita": "PEPITA",
    FIRST: "PEPITA, error of the first pass",
}
PUBLISHED = {
    "backprop": 1.37,
    "feedback-alignment": 1.58,
    DRTP: 4.90,
    "pepita": 1.99,
}  # per cent, after EPOCHS
EPOCHS = 100


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's longest runs: accuracies, and the angle of F to the weights' product in PEPITA."""
    done = table[table.status == "done"]
    lasts = done.groupby("key", observed=True).epoch.transform("max")
    done = done[
        lasts == lasts.groupby(done.task, observed=True).transform("max")
    ]  # the longest runs of a task
    scores = done[(done.metric == "accuracy") & done.split.isin(["validation", "test"])]
    angles = done[(done.metric == "weight angle") & done.rule.astype(str).str.startswith("pepita")]
    drawn = pd.concat([scores, angles])
    return drawn[["task", "rule", "seed", "epoch", "split", "metric", "layer", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Validation error on both tasks; test error on MNIST beside the published one; the angle of F.

    Args:
        table: of the study `dellaferrera2022`, in long form.
    """
    drawn = source(table)
    digits, mnist = (drawn[drawn.task == task] for task in ("digits", "mnist"))
    length = mnist.epoch.max() if len(mnist) else 0
    with sheet(COLUMN, 2.8) as figure:
        (one, two), (three, four) = figure.subplots(2, 2)
        validation_errors(one, digits, "Digits, 64-256-10", LABELS)
        validation_errors(two, mnist, "MNIST, 784-1024-10", LABELS)
        final_errors(three, mnist, LABELS, PUBLISHED if length >= EPOCHS else {})
        three.set(title="MNIST: test error (%)", xlabel="")
        here = mnist if len(mnist) else digits
        angles_in_time(four, here, "weight angle", "PEPITA: angle of F", LABELS)
        numbers = digits.seed.nunique(), mnist.seed.nunique()
        seeds = f"seeds: digits {numbers[0]}, MNIST {numbers[1]} ({length:g} epochs); {spread(*numbers)}"
        crosses = "crosses: published" if length >= EPOCHS else "published errors, not drawn, are"
        return finished(
            figure, finding(digits, here), f"{seeds}; {crosses} after {EPOCHS} epochs (from memory)", one
        )


def finding(digits: pd.DataFrame, here: pd.DataFrame) -> str:
    """Test errors on digits, where all rules were run, and which way F turns."""
    test, angles = errors(digits, "test"), by_rule(here, "weight angle")
    if not {"backprop", "feedback-alignment", DRTP, "pepita"} <= {*test.index} or "pepita" not in angles:
        return INCOMPLETE
    turned = "away from" if angles["pepita"] > 90 else "towards"
    return (
        f"On digits PEPITA errs on {test['pepita']:.1f} %, backprop on {test['backprop']:.1f} %, feedback alignment "
        f"on {test['feedback-alignment']:.1f} %, DRTP on {test[DRTP]:.1f} %; F turns {turned} the weights, to "
        f"{angles['pepita']:.0f}°"
    )
