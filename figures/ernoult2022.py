"""Target propagation by transposes that are learned locally [ernoult2022]."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.comparison import errors_on_digits, learning_and_angle, scores_and_angles

LABELS = {
    "local-difference-reconstruction": "DTP, local loss",
    "difference-reconstruction": "DTP, loss of the whole network",
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
    return learning_and_angle(drawn, finding(drawn), LABELS)


def finding(drawn: pd.DataFrame) -> str:
    """The errors on digits at the end, of backprop, the local loss and plain inverses."""
    return errors_on_digits(
        drawn,
        ("backprop", "local-difference-reconstruction", "difference-target-propagation[top=output]"),
        LABELS,
    )
