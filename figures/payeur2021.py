"""Burstprop beside feedback alignment and backprop [payeur2021]."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.comparison import learning_and_angle, scores_and_angles
from plausible.plotting.findings import NOTHING_YET, by_rule, ends, said
from plausible.study.columns import option

NAMES = {"burstprop": "Burstprop", "feedback-alignment": "feedback alignment", "backprop": "backprop"}


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: validation accuracy, and the angle of the first layer's change."""
    found = scores_and_angles(table)
    return found.assign(rule=option(found, "rule_name").astype(str))


def draw(table: pd.DataFrame) -> Figure:
    """Validation error, and the angle of the first layer's change, against epochs.

    Args:
        table: of the study `payeur2021`, in long form.
    """
    drawn = source(table)
    return learning_and_angle(drawn, finding(drawn))


def finding(drawn: pd.DataFrame) -> str:
    """The validation errors at the end, and the angle of W_1's change by bursts."""
    scores = by_rule(drawn, "accuracy")
    if not len(scores):
        return NOTHING_YET
    angles = ends(drawn[(drawn.metric == "gradient angle") & (drawn.rule == "burstprop")]).value
    angle = f"; Burstprop's change of W1 is {angles.mean():.0f}° from the gradient" if len(angles) else ""
    return f"Validation errors at the end: {said((100 * (1 - scores)).sort_values(), ' %', NAMES)}{angle}"
