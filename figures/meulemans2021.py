"""Deep feedback control, weak and strong, beside backprop [meulemans2021]."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.comparison import errors_on_digits, learning_and_angle, scores_and_angles

LABELS = {
    "deep-feedback-control": "DFC, weak",
    "steady-feedback-control": "DFC, steady state",
    "deep-feedback-control[strong=True,settling=euler(60, 0.1)]": "DFC, strong",
    "strong-feedback-control": "DFC, strong, at rest",
    "steady-feedback-control[learned=False]": "DFC, fixed feedback",
    "least-control[settling=euler(60, 0.1)]": "least control",
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
    """The errors on digits at the end, of backprop, weak and strong control."""
    return errors_on_digits(
        drawn,
        ("backprop", "deep-feedback-control", "deep-feedback-control[strong=True,settling=euler(60, 0.1)]"),
        LABELS,
    )
