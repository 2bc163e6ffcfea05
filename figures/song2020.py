"""Zero-divergence inference learning beside backprop, and predictive coding without its timing [song2020]."""

from __future__ import annotations

import matplotlib
import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.comparison import learning_and_angle, scores_and_angles
from plausible.plotting.findings import INCOMPLETE, by_rule, ends, listed
from plausible.plotting.style import SHEET

EQUAL = 0.01  # degrees: a smaller angle to the gradient is rounding
# Three of the four are one line: a wide one, dashes upon it, dots upon these; width, dashes and size of marks, by rule.
LINES = {
    "backprop": (3.5, "-", 5.0),
    "zero-divergence-learning": (1.8, (0, (4, 3)), 3.5),
    "fixed-prediction-coding": (0.9, (0, (1, 2)), 2.0),
}


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: validation accuracy, and the angle of the first layer's change."""
    return scores_and_angles(table)


def draw(table: pd.DataFrame) -> Figure:
    """Validation error, and the angle of the first layer's change, against epochs; equal lines lie in one another.

    Args:
        table: of the study, in long form.
    """
    drawn = source(table)
    figure = learning_and_angle(drawn, finding(drawn))
    with matplotlib.rc_context(SHEET):
        keys = [line for legend in figure.legends for line in legend.get_lines()]
        for line in [*keys, *(line for axes in figure.axes for line in axes.lines)]:
            width, dashes, size = LINES.get(str(line.get_label()), (0.0, "-", 0.0))
            if width:
                line.set(
                    linewidth=width, linestyle=dashes, markersize=size, alpha=0.35 if width > 3 else None
                )
    return figure


def finding(drawn: pd.DataFrame) -> str:
    """Which rules make backprop's changes, and how far the others' are from them at the end."""
    angles = drawn[drawn.metric == "gradient angle"]
    largest = angles.groupby("rule", observed=True).value.max()
    same = [str(rule) for rule in largest.index if largest[rule] < EQUAL and rule != "backprop"]
    others = by_rule(ends(angles), "gradient angle").drop([*same, "backprop"], errors="ignore")
    if not same or not len(others):
        return INCOMPLETE
    told = listed(f"{rule} ends {angle:.0f}° away" for rule, angle in others.items())
    return f"{listed(same)} make backprop's changes all along; {told}"
