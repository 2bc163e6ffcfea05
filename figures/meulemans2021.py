"""Deep feedback control, weak and strong, beside backprop [meulemans2021]."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.comparison import errors_at_the_end, learning_and_angle, scores_and_angles
from plausible.plotting.findings import PAIRED

LABELS = {
    "deep-feedback-control": "weak DFC",
    "steady-feedback-control": "steady DFC",
    "deep-feedback-control[strong=True,settling=euler(60, 0.1)]": "strong DFC",
    "strong-feedback-control": "strong DFC at rest",
    "steady-feedback-control[learned=False]": "DFC with fixed feedback",
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
    return learning_and_angle(drawn, errors_at_the_end(drawn, LABELS), LABELS, PAIRED)
