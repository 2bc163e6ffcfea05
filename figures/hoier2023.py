"""Dual propagation beside backprop [hoier2023]."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.comparison import learning_and_angle, scores_and_angles
from plausible.plotting.findings import INCOMPLETE, between, ends, listed
from plausible.study.columns import option


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: validation accuracy, and the angle of the first layer's change."""
    return scores_and_angles(table)


def draw(table: pd.DataFrame) -> Figure:
    """Validation error, and the angle of the first layer's change, against epochs.

    Args:
        table: of the study, in long form.
    """
    drawn = source(table)
    return learning_and_angle(drawn, finding(drawn))


def finding(drawn: pd.DataFrame) -> str:
    """The last angles of W1's change by nudge over the tasks, and the largest difference of errors to backprop."""
    nudges = option(drawn, "rule_nudge")
    last = ends(drawn.assign(nudge=pd.to_numeric(nudges)))
    angles = last[last.metric == "gradient angle"].groupby(["nudge", "task"], observed=True).value.mean()
    scores = (
        last[last.metric == "accuracy"].groupby(["task", "rule"], observed=True).value.mean().unstack("rule")
    )
    if not len(angles) or "backprop" not in scores:
        return INCOMPLETE
    away = 100 * scores.sub(scores["backprop"], axis=0).abs().max().max()
    told = listed(
        f"{between(angles[nudge], '.0f')}° with a nudge of {nudge:g}"
        for nudge in sorted({*angles.index.get_level_values(0)}, reverse=True)
    )
    return f"Dual propagation ends within {away:.1f} points of backprop; W1's changes are {told} from the gradient"
