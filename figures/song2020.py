"""Zero-divergence inference learning beside backprop, and predictive coding without its timing [song2020]."""

from __future__ import annotations

import matplotlib
import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.comparison import learning_and_angle, scores_and_angles
from plausible.plotting.style import SHEET

# Three of the four are one line: a wide one, dashes upon it, dots upon these; width, dashes and size of marks, by rule.
LINES = {
    "backprop": (6.0, "-", 9.0),
    "zero-divergence-learning": (3.0, (0, (4, 3)), 6.0),
    "fixed-prediction-coding": (1.5, (0, (1, 2)), 3.0),
}


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: validation accuracy, and the angle of the first layer's change."""
    return scores_and_angles(table)


def draw(table: pd.DataFrame) -> Figure:
    """Validation error, and the angle of the first layer's change, against epochs; equal lines lie in one another.

    Args:
        table: of the study, in long form.
    """
    figure = learning_and_angle(source(table))
    with matplotlib.rc_context(SHEET):
        for axes in figure.axes:
            for line in axes.lines:
                width, dashes, size = LINES.get(str(line.get_label()), (1.5, "-", 4.0))
                line.set(linewidth=width, linestyle=dashes, markersize=size)
                line.set_alpha(0.35 if width > 5 else None)
            if axes.get_legend():
                axes.legend(fontsize=7, handlelength=5)
    return figure
