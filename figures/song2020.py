"""Zero-divergence inference learning beside backprop, and predictive coding without its timing [song2020]."""

from __future__ import annotations

import matplotlib
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from plausible.figure import SHEET, band

LOOKS = [("#000000", "o"), ("#E69F00", "^"), ("#0072B2", "v"), ("#009E73", "s")]


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: validation error, and angles of hidden layers to backprop's changes."""
    done = table[table.status == "done"]
    score = (done.metric == "accuracy") & (done.split == "validation")
    angle = (done.metric == "gradient angle") & (done.layer == "W1")
    found = done[score | angle]
    return found[["task", "rule", "hidden", "seed", "epoch", "metric", "layer", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Validation error, and the angle of the first layer's change, against epochs.

    Args:
        table: of the study, in long form.
    """
    drawn = source(table)
    with matplotlib.rc_context(SHEET):
        figure = Figure(figsize=(8.5, 3.6), layout="constrained")
        left, right = figure.subplots(1, 2)
        for rule, (colour, marker) in zip(dict.fromkeys(drawn.rule), LOOKS, strict=False):
            mine = drawn[drawn.rule == rule]
            score, angle = (mine[mine.metric == metric] for metric in ("accuracy", "gradient angle"))
            band(left, score.assign(value=100 * (1 - score.value)), colour, marker, rule)
            band(right, angle, colour, marker, rule)
        left.set(title="Validation", xlabel="epoch", ylabel="error (%)", yscale="log")
        left.yaxis.set_major_formatter("{x:g}")
        left.yaxis.set_minor_formatter(NullFormatter())
        left.set(yticks=[1, 2, 5, 10, 20, 50, 100], ylim=(1, 110))
        right.set(title="Angle of W1's change to backprop's", xlabel="epoch", ylabel="degrees")
        if len(drawn):
            left.legend(fontsize=7)
        task, sizes = (", ".join(dict.fromkeys(drawn[column].astype(str))) for column in ("task", "hidden"))
        note = f"{drawn.seed.nunique()} seeds; bands: 95 % interval of the mean"
        figure.supxlabel(f"{task}, {sizes} units; {note}", fontsize=7)
    return figure
