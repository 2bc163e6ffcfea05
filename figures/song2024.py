"""Prospective configuration: interference, alignment with the target by depth, and online learning [song2024]."""

from __future__ import annotations

import matplotlib
import pandas as pd
from matplotlib.figure import Figure

from plausible.figure import SHEET, band, not_run

LOOKS = {"backprop": ("#000000", "o"), "predictive-coding": ("#009E73", "^")}
CLOSED = {"backprop": (0.64, 0.8), "predictive-coding": (574 / 675, 658 / 675)}  # of 1-1-2, rate 0.2
OUTPUTS = ("to be changed", "right already")


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: outputs, alignments, and validation accuracies while learning online."""
    score = (table.metric == "accuracy") & (table.split == "validation") & (table.examples > 0)
    kept = score | (table.metric == "output") | (table.metric == "target alignment")
    found = table[kept & (table.status == "done")].rename(columns={"rule": "options"})
    names = found.options.str.removeprefix("rule=")
    found = found.assign(rule=names.str.extract("^([a-z-]+)", expand=False))
    columns = ["task", "rule", "seed", "epoch", "metric", "layer", "value"]
    return found[[*columns, *(["optimiser"] if "optimiser" in found else [])]]


def draw(table: pd.DataFrame) -> Figure:
    """Two outputs after one step; cosine to the target by depth; mean error online by learning rate.

    Args:
        table: of the study `song2024`, in long form.
    """
    drawn = source(table)
    with matplotlib.rc_context(SHEET):
        figure = Figure(figsize=(11, 3.6), layout="constrained")
        left, middle, right = figure.subplots(1, 3)
        online = drawn[drawn.metric == "accuracy"]
        for rule, (colour, marker) in LOOKS.items():
            mine = drawn[drawn.rule == rule]
            toy = mine[mine.metric == "output"]
            left.plot(toy.layer, toy.value, marker, color=colour, label=rule, markersize=5)
            left.plot(OUTPUTS, CLOSED[rule], "x", color="#AA3377", markersize=9, zorder=5)
            deep = mine[(mine.metric == "target alignment") & (mine.task == "alignment")]
            if len(deep):
                band(middle, deep, colour, marker, rule)
            score = online[online.rule == rule]
            if len(score):
                rate = score.optimiser.str.extract(r"([0-9.]+)", expand=False).astype(float)
                mean = score.assign(rate=rate).groupby(["rate", "seed"], as_index=False).value.mean()
                band(right, mean.assign(value=100 * (1 - mean.value)), colour, marker, rule, against="rate")
        left.set(title="1-1-2, after one step", ylabel="output", ylim=(0.55, 1.03), xlim=(-0.5, 1.5))
        left.axhline(1, color="black", linewidth=0.8, linestyle="--")
        left.legend(fontsize=7)
        middle.set(
            title="Alignment with the target", xlabel="layers of weights", ylabel="cosine", ylim=(-0.05, 1.05)
        )
        right.set(title="Online, one by one", xlabel="learning rate", ylabel="mean validation error (%)")
        not_run(right, online)
        deep = drawn[drawn.task == "alignment"]
        note = "left: crosses, the closed form; dashed, before; middle: linear layers of 64 units"
        bands = f"{deep.seed.nunique()} seeds, bands: 95 % interval of the mean"
        figure.supxlabel(f"{note}, {bands}; right: digits, 32-32, scale long", fontsize=7)
    return figure
