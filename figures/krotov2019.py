"""Units that compete by rank: what they learn of digits without labels, and what is read out, after [krotov2019]."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.unlabelled import LARGE, drawn_with
from plausible.plotting.unlabelled import source as source

LABELS = {
    "krotov-hopfield[power=4.5]": "Krotov and Hopfield's rule",
    f"krotov-hopfield[power=4.5]{LARGE}": "Krotov and Hopfield's rule, 2000 units, all images",
    f"krotov-hopfield[p=3,rank=7,power=4.5]{LARGE}": "Krotov and Hopfield's rule, 2000 units, p = 3",
    "fixed-features": "random features",
}


def draw(table: pd.DataFrame) -> Figure:
    """The weights of six units of each rule that learns, and the test error of every rule.

    Args:
        table: of the study `krotov2019`, in long form.
    """
    return drawn_with(LABELS, table)
