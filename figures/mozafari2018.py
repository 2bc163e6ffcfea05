"""Digits told by the first neuron to spike, with a reward and without, after [mozafari2018]: accuracy and fields."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.first_spikes import drawn
from plausible.plotting.first_spikes import source as source

NAMES = {"first-spike-reward-stdp": "with a reward", "first-spike-stdp": "without, under a linear read-out"}


def draw(table: pd.DataFrame) -> Figure:
    """Test accuracy on digits against epochs, and fields.

    Args:
        table: of the study `mozafari2018`, in long form.
    """
    return drawn(table, NAMES, "STDP of the first of 100 neurons tells test digits")
