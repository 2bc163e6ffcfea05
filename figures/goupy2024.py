"""Digits told by the first neuron to spike, taught by errors of times, after [goupy2024]: accuracy and fields."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.first_spikes import drawn
from plausible.plotting.first_spikes import source as source

NAMES = {
    "s2-stdp": "one neuron a class",
    "paired-competing-neurons": "two of which one learns",
    "neuronal-competition-groups": "five of which one learns",
}


def draw(table: pd.DataFrame) -> Figure:
    """Test accuracy on digits against epochs, and fields.

    Args:
        table: of the study `goupy2024`, in long form.
    """
    return drawn(table, NAMES, "Errors of first-spike times teach test digits")
