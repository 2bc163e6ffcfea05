"""One error vector broadcast to vector units, beside the gradient, after [clark2021]."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.frame import captioned, sheet
from plausible.plotting.panels import (
    angles_in_time,
    final_errors,
    hidden_angles,
    legend_above,
    validation_errors,
)

GEVB, BACKPROP, MIXED = "global-error-vector-broadcasting", "vector-backprop", "[nonnegative=False]"
LABELS = {
    GEVB: "GEVB, nonnegative",
    BACKPROP: "vector backprop, nonnegative",
    GEVB + MIXED: "GEVB, mixed signs",
    BACKPROP + MIXED: "vector backprop, mixed signs",
    "backprop": "backprop, usual units",
    "direct-feedback-alignment": "DFA, usual units",
}
PUBLISHED = {  # test error in per cent, 1024-512 units, 200 epochs (VectorizedNets, table.ipynb)
    GEVB: 1.87,
    BACKPROP: 1.93,
    GEVB + MIXED: 2.32,
    BACKPROP + MIXED: 1.84,
    "backprop": 1.29,
    "direct-feedback-alignment": 2.09,
}


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: accuracies, and the angles of hidden layers' changes to the gradient."""
    done = table[table.status == "done"]
    scores = done[(done.metric == "accuracy") & done.split.isin(["validation", "test"])]
    angles = hidden_angles(done)
    drawn = pd.concat([scores, angles[angles.rule.str.startswith(GEVB)]])
    return drawn[["task", "rule", "hidden", "seed", "epoch", "split", "metric", "layer", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Validation error, angle and test error on digits; test error on MNIST, the published one beside it if it was run.

    Args:
        table: of the study `clark2021`, in long form, with the setting `hidden`.
    """
    drawn = source(table)
    digits, mnist = (drawn[drawn.task == task] for task in ("digits", "mnist"))
    with sheet(9, 6.4) as figure:
        (one, two), (three, four) = figure.subplots(2, 2)
        validation_errors(one, digits, "Digits, 64-64-32-10", LABELS)
        angles_in_time(two, digits, "gradient angle", "Digits: angle of GEVB to the gradient")
        final_errors(three, digits, list(LABELS), labels=LABELS)
        three.set_title("Digits, test")
        large, small = (mnist[mnist.hidden.astype(str) == hidden] for hidden in ("1024-512", "128-64"))
        if len(small) and not len(large):
            final_errors(four, small, list(LABELS), labels=LABELS)
            four.set_title(f"MNIST, 784-128-64-10, {small.epoch.max():g} epochs: test")
        else:
            final_errors(four, large, list(LABELS), PUBLISHED, LABELS)
            four.set_title("MNIST, 1024-512, 200 epochs: test; published (×)")
        legend_above(figure, one, 3)
        seeds = f"seeds: digits {digits.seed.nunique()}, MNIST {mnist.seed.nunique()}"
        return captioned(figure, f"{seeds}; bands and bars: 95 % interval of the mean; dashed: mixed signs")
