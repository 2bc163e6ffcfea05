"""Soft winner-take-all layers: what they learn of digits unlabelled, and what is read out, after [moraitis2022]."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.unlabelled import drawn_with
from plausible.plotting.unlabelled import source as source

LABELS = {
    "soft-hebb[slowing=0.2,relative=True]": "SoftHebb",
    "soft-hebb[slowing=0.2,losers=anti,relative=True]": "SoftHebb whose losers unlearn",
    "soft-hebb[slowing=0.2,sharpness=1000,relative=True]": "hard competition",
    "fixed-features": "random features",
}


def draw(table: pd.DataFrame) -> Figure:
    """The weights of six units of each rule that learns, and the test error of every rule.

    Args:
        table: of the study `moraitis2022`, in long form.
    """
    return drawn_with(LABELS, table)
