"""Accuracy against compute for rules that settle, and backprop."""

from __future__ import annotations

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.figure import SHEET, mean_interval

COST = "multiply-adds per example"
STEPS = ("settling steps", "free settling steps", "nudged settling steps", "clamped settling steps")


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: test errors, costs, settling steps and angles at the end of runs."""
    done = table[table.status == "done"]
    last = done[done.epoch == done.epoch.max()] if len(done) else done
    test = (last.metric == "accuracy") & (last.split == "test")
    angles = (last.metric == "gradient angle") & last.layer.isin(["W1"])
    found = last[test | angles | last.metric.isin([COST, *STEPS])]
    return found[["task", "rule", "hidden", "seed", "epoch", "metric", "layer", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Test error, and the angle of the first layer's change to backprop's, against multiply-adds per example.

    Args:
        table: of the study `settling`, in long form.
    """
    drawn = source(table)
    rules = list(dict.fromkeys(drawn.rule))
    colours = matplotlib.colormaps["turbo"](np.linspace(0.05, 0.95, max(len(rules), 1)))
    with matplotlib.rc_context(SHEET):
        figure = Figure(figsize=(9.5, 4.2), layout="constrained")
        left, right = figure.subplots(1, 2)
        for rule, colour in zip(rules, colours, strict=True):
            mine = drawn[drawn.rule == rule]
            paint = "black" if rule == "backprop" else matplotlib.colors.to_hex(colour)
            point(left, mine, "accuracy", paint, rule)
            point(right, mine, "gradient angle", paint, rule)
        left.set(title="Test error", ylabel="%", xscale="log", yscale="log", xlabel=COST)
        left.yaxis.set_major_formatter("{x:g}")
        left.yaxis.set_minor_formatter("{x:g}")
        left.tick_params(axis="y", which="both", labelsize=7)
        right.set(title="Angle of W1's change to backprop's", ylabel="degrees", xscale="log", xlabel=COST)
        right.set(ylim=(-3, 95), yticks=[0, 30, 60, 90])
        if rules:
            figure.legend(*left.get_legend_handles_labels(), loc="outside right upper", fontsize=6)
        task, sizes = (", ".join(dict.fromkeys(drawn[column].astype(str))) for column in ("task", "hidden"))
        note = f"{drawn.seed.nunique()} seeds, one setting for all; bars: 95 % interval of the mean"
        figure.supxlabel(f"{task}, {sizes} tanh units, {drawn.epoch.max():g} epochs; {note}", fontsize=7)
    return figure


def point(axes: Axes, table: pd.DataFrame, metric: str, colour: str, label: str) -> None:
    """One rule: its mean and interval, over its cost."""
    values, cost = table[table.metric == metric].value, table[table.metric == COST].value
    if len(values) and len(cost):
        mean, half = mean_interval(100 * (1 - values) if metric == "accuracy" else values)
        marker = "*" if label == "backprop" else "o"
        axes.errorbar(cost.mean(), mean, half, color=colour, marker=marker, markersize=6, label=label)
