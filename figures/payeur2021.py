"""Burstprop beside feedback alignment and backprop [payeur2021]."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.comparison import by_plain_names, errors_and_angle, learning_and_angle
from plausible.plotting.findings import PAIRED

NAMES = {"burstprop": "Burstprop", "feedback-alignment": "feedback alignment", "backprop": "backprop"}
SCALED = "; backprop's rates are scaled down as the rule's"

source = by_plain_names


def draw(table: pd.DataFrame) -> Figure:
    """Validation error, and the angle of the first layer's change, against epochs.

    Args:
        table: of the study `payeur2021`, in long form.
    """
    drawn = source(table)
    return learning_and_angle(drawn, errors_and_angle(drawn, "burstprop", NAMES, SCALED), note=PAIRED)
