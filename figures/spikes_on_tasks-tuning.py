"""What tuning is worth in `spikes_on_tasks`: the best of k trials on validation, and what the last of them adds."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.findings import between
from plausible.plotting.tuned import draw as drawn
from plausible.plotting.tuned import errors, source

__all__ = ["draw", "source"]


def draw(table: pd.DataFrame) -> Figure:
    """The expected best validation error of k trials against k, one panel a task.

    Args:
        table: of the trials of the study `spikes_on_tasks`.
    """
    return drawn(table, last_trial(table))


def last_trial(table: pd.DataFrame) -> str:
    """By how much the last trial of a rule on a task lowers the expected best error, most of all.

    "" without two, or one that is done.
    """
    drops = {}
    for _, mine in table.groupby(["task", "rule"], observed=True):
        error = errors(mine.sort_values("trial").best_of_k).dropna().to_numpy()
        if len(error) > 1:
            drops[mine.rule.iloc[0], mine.task.iloc[0]] = 100 * (1 - error[-1] / error[-2]), len(error)
    if not drops or not (table.status == "done").any():
        return ""
    (rule, task), (most, _) = max(drops.items(), key=lambda one: one[1][0])
    trials = between([number for _, number in drops.values()], ".0f")
    return (
        f"The last of {trials} trials still lowers the expected best error by up to {most:.1f} %, "
        f"that of {rule} on {task}"
    )
