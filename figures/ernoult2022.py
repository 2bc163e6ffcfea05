"""Target propagation by transposes that are learned locally [ernoult2022]."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.comparison import errors_at_the_end, learning_and_angle, scores_and_angles
from plausible.plotting.findings import PAIRED

LABELS = {
    "local-difference-reconstruction": "DTP by a local loss",
    "difference-reconstruction": "DTP by a loss of the whole network",
    "difference-target-propagation[top=output]": "DTP",
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
