"""Counter-current learning beside backprop and random feedback [kao2024]."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.comparison import learning_and_angle, scores_and_angles
from plausible.plotting.findings import INCOMPLETE, ends, listed

LABELS = {
    "counter-current-learning": "counter-current",
}


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: validation accuracy, and the angle of the first layer's change."""
    return scores_and_angles(table)


def draw(table: pd.DataFrame) -> Figure:
    """Validation error, and the angle of the first layer's change, against epochs.

    Args:
        table: of the study, in long form.
    """
    drawn = source(table)
    return learning_and_angle(drawn, finding(drawn), LABELS)


def finding(drawn: pd.DataFrame) -> str:
    """The errors on digits at the end, of backprop, counter-current learning and feedback alignment."""
    last = ends(drawn[(drawn.task == "digits") & (drawn.metric == "accuracy")])
    means = 100 * (1 - last.groupby("rule", observed=True).value.mean())
    told = [
        rule for rule in ("backprop", "counter-current-learning", "feedback-alignment") if rule in means.index
    ]
    if len(told) < 3:
        return INCOMPLETE
    return "Validation errors on digits: " + listed(f"{LABELS.get(r, r)} {means[r]:.1f} %" for r in told)
