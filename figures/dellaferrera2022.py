"""PEPITA beside backprop, feedback alignment and DRTP, after [dellaferrera2022]."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.frame import captioned, sheet
from plausible.plotting.panels import angles_in_time, final_errors, legend_above, validation_errors

DRTP, FIRST = "direct-random-target-projection", "pepita[readout=first]"
LABELS = {
    "backprop": "backprop",
    "feedback-alignment": "feedback alignment",
    DRTP: "DRTP",
    "pepita": "PEPITA",
    FIRST: "PEPITA, error of the first pass",
}
PUBLISHED = {"backprop": 1.37, "feedback-alignment": 1.58, DRTP: 4.90, "pepita": 1.99}  # per cent, 100 epochs


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: accuracies, and the angle of F to the weights' product in PEPITA."""
    done = table[table.status == "done"]
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
    with sheet(9, 6.4) as figure:
        (one, two), (three, four) = figure.subplots(2, 2)
        validation_errors(one, digits, "Digits, 64-256-10", LABELS)
        validation_errors(two, mnist, "MNIST, 784-1024-10", LABELS)
        final_errors(three, mnist, list(LABELS), PUBLISHED, LABELS)
        three.set_title("MNIST, test; published (×)")
        angles_in_time(
            four, mnist if len(mnist) else digits, "weight angle", "PEPITA: F and the weights' product"
        )
        four.set_ylim(0, 135)
        legend_above(figure, one, 5)
        epochs = f"{mnist.epoch.max():g}" if len(mnist) else "no"
        seeds = f"seeds: digits {digits.seed.nunique()}, MNIST {mnist.seed.nunique()} ({epochs} epochs)"
        crosses = "crosses: published after 100 epochs (from memory)"
        return captioned(figure, f"{seeds}; bands and bars: 95 % interval of the mean; {crosses}")
