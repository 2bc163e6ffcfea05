"""What tuning is worth in `local`: the best of k trials on validation, rule by rule."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.tuned import draw as drawn
from plausible.plotting.tuned import source, worth

__all__ = ["draw", "source"]


def draw(table: pd.DataFrame) -> Figure:
    """From the error of one trial to the expected best of all, a row for each rule, a panel for each task.

    Args:
        table: of the trials of the study `local`.
    """
    return drawn(table, worth(table))
