"""Predictive coding beside backprop: the distance by the output's variance, and XOR [whittington2017]."""

from __future__ import annotations

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.figure import SHEET, band, seeds

FORMS = {"pre": ("#0072B2", "o"), "post": ("#D55E00", "^")}
CURVES = {"backprop": ("#000000", "o", "-"), "predictive-coding": ("#009E73", "^", "--")}


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: distances at initial weights, and the loss of XOR."""
    distance = (table.metric == "gradient distance") & (table.epoch == 0) & table.rule.str.contains("form=")
    xor = (table.task == "xor") & (table.metric == "loss") & (table.split == "train")
    found = table[(distance | xor) & (table.status == "done")]
    read = found.rule.str.extract(r"variance=(?P<variance>\d+)(?:,form=(?P<form>\w+))?")
    found = found.assign(variance=read.variance.astype(float), form=read.form)
    return found[["task", "rule", "hidden", "seed", "epoch", "metric", "layer", "variance", "form", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Distance from the gradient by variance, on two logarithmic axes, and the course of XOR.

    Args:
        table: of the study `whittington2017`, in long form.
    """
    drawn = source(table)
    with matplotlib.rc_context(SHEET):
        figure = Figure(figsize=(8.5, 3.6), layout="constrained")
        left, right = figure.subplots(1, 2)
        draw_distance(left, drawn[(drawn.metric == "gradient distance") & (drawn.layer == "W1")])
        xor = drawn[drawn.task == "xor"]
        for rule, (colour, marker, line) in CURVES.items():
            mine = xor[xor.rule.str.startswith(rule)]
            if len(mine):
                band(right, mine, colour, marker, rule, line=line)
        right.set(title="XOR, 2-5-1", xlabel="epoch", ylabel="half the squared error")
        if len(xor):
            right.legend(fontsize=7)
        distances = drawn[drawn.form.notna()]
        note = f"left: {distances.seed.nunique()} seeds, thin, and their geometric mean; dashed: slope -1"
        figure.supxlabel(f"{note}; right: {xor.seed.nunique()} seeds, 95 % interval of the mean", fontsize=7)
    return figure


def draw_distance(axes: Axes, table: pd.DataFrame) -> None:
    """Both conventions, and the slope that theory gives them."""
    for form, (colour, marker) in FORMS.items():
        mine = table[table.form == form]
        if len(mine):
            seeds(axes, mine, colour, marker, f"{form}-activation", against="variance")
            largest = mine[mine.variance == mine.variance.max()]
            level, places = largest.value.median(), sorted(mine.variance.unique())
            line = [level * places[-1] / place for place in places]
            axes.plot(places, line, color="black", linewidth=0.8, linestyle="--")
    axes.set(title="Distance of W1's change from the gradient", xlabel="variance of the output")
    axes.set(ylabel="relative distance", xscale="log", yscale="log")
    if len(table):
        axes.legend(fontsize=7)
