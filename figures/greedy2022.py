"""BurstCCN beside feedback alignment and backprop [greedy2022]."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.comparison import by_plain_names, errors_and_angle, learning_and_angle
from plausible.plotting.findings import PAIRED

NAMES = {"burst-ccn": "BurstCCN", "feedback-alignment": "feedback alignment", "backprop": "backprop"}

source = by_plain_names


def draw(table: pd.DataFrame) -> Figure:
    """Validation error, and the angle of the first layer's change, against epochs.

    Args:
        table: of the study `greedy2022`, in long form.
    """
    drawn = source(table)
    return learning_and_angle(drawn, errors_and_angle(drawn, "burst-ccn", NAMES), note=PAIRED)
