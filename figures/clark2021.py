"""One error vector broadcast to vector units, beside the gradient, after [clark2021]."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.findings import INCOMPLETE, PAIRED, by_rule, ends, told_apart
from plausible.plotting.frame import COLUMN, finished, panels, sheet, stacked
from plausible.plotting.panels import (
    angles_in_time,
    error_in_percent,
    final_errors,
    hidden_angles,
    spread,
    validation_errors,
)

GEVB, BACKPROP, MIXED = "global-error-vector-broadcasting", "vector-backprop", "[nonnegative=False]"
BEFORE = "On test images of digits"  # what the finding begins with
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
EPOCHS, UNITS = 200, "1024-512"  # of the published errors


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
    with sheet(COLUMN, 3.9) as figure:
        top, below = stacked(figure, 4, 6)
        one, two = panels(top, 1, 2)
        validation_errors(one, digits, "Digits, 64-64-32-10", LABELS)
        angles_in_time(two, digits, "gradient angle", "GEVB to the gradient")
        three, four = panels(below, 2, 1)
        final_errors(three, digits, LABELS)
        three.set(title="Digits: test error (%)", xlabel="")
        sizes = mnist.hidden.astype(str)
        chosen = mnist[sizes == (UNITS if (sizes == UNITS).any() else "128-64")]
        length = chosen.epoch.max() if len(chosen) else 0
        same = length >= EPOCHS and (sizes == UNITS).any()
        final_errors(four, chosen, LABELS, PUBLISHED if same else {})
        units = ", ".join(dict.fromkeys(chosen.hidden.astype(str)))
        four.set(title=f"MNIST, {units}, {length:g} epochs: test error (%)", xlabel="")
        numbers = digits.seed.nunique(), mnist.seed.nunique()
        crosses = (
            f"crosses: published ({UNITS}, {EPOCHS} epochs)"
            if same
            else "published errors: of longer runs, not drawn"
        )
        caption = f"seeds: digits {numbers[0]}, MNIST {numbers[1]}; {spread(*numbers)}; dashed: mixed signs; {crosses}"
        caption += f"; {PAIRED}" * (numbers[0] > 1)
        return finished(figure, finding(digits), caption, one)


def finding(digits: pd.DataFrame) -> str:
    """One broadcast vector beside vector backprop on digits, and its last angles, also with mixed signs."""
    scores, angles = digits[digits.metric == "accuracy"], by_rule(digits, "gradient angle")
    test = ends(scores[(scores["split"] == "test") & scores.rule.isin([GEVB, BACKPROP])])
    names = {GEVB: "one broadcast vector", BACKPROP: "vector backprop"}
    told = told_apart(error_in_percent(test), BACKPROP, names, BEFORE)
    if not told.startswith(BEFORE):
        return told
    if not {GEVB, GEVB + MIXED} <= {*angles.index}:
        return INCOMPLETE
    ends_at = f"{angles[GEVB]:.0f}° from the gradient, with mixed signs {angles[GEVB + MIXED]:.0f}°"
    return f"{told}; the changes of one vector end {ends_at}"
