"""Prospective configuration: interference, alignment with the target, and learning where it is hard [song2024]."""

from __future__ import annotations

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.figure import SHEET, band, not_run

LOOKS = {"backprop": ("#000000", "o"), "predictive-coding": ("#009E73", "^")}
CLOSED = {"backprop": (0.64, 0.8), "predictive-coding": (574 / 675, 658 / 675)}  # of 1-1-2, rate 0.2
OUTPUTS = ("to be changed", "right already")


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: outputs, alignments, and errors in per cent while learning."""
    kept = table.metric.isin(["output", "target alignment", "error"]) & (table.status == "done")
    found = table[kept].rename(columns={"rule": "options"})
    options = found.options.astype(str)
    found = found.assign(
        rule=options.str.extract(r"^rule=([a-z-]+)", expand=False),
        rate=options.str.extract(r",rate=([\d.]+)", expand=False).astype(float),
        data=options.str.extract(r",task=([\w-]+)", expand=False),
        per_class=options.str.extract(r"per_class=(\d+)", expand=False),
    )
    return found[["task", "data", "rule", "rate", "per_class", "seed", "epoch", "metric", "layer", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Two outputs after one step; cosine to the target by depth; errors by learning rate under four conditions.

    Args:
        table: of the study `song2024`, in long form.
    """
    drawn = source(table)
    with matplotlib.rc_context(SHEET):
        figure = Figure(figsize=(11, 6.4), layout="constrained")
        (left, middle, right), below = figure.subplots(2, 3)
        draw_outputs(left, drawn[drawn.metric == "output"])
        deep = drawn[drawn.task == "alignment"]
        for rule, (colour, marker) in LOOKS.items():
            mine = deep[(deep.rule == rule) & (deep.metric == "target alignment")]
            if len(mine):
                band(middle, mine, colour, marker, rule)
        middle.set(
            title="Alignment with the target", xlabel="layers of weights", ylabel="cosine", ylim=(-0.05, 1.05)
        )
        errors = drawn[(drawn.metric == "error") & (drawn.epoch > 0)]
        by_rate(right, errors[errors.task == "online"], "Online, one by one", "mean error (%)")
        by_rate(below[0], errors[errors.task == "drift"], "Labels drift", "mean error (%)")
        by_rate(below[1], errors[errors.task == "scarce"], "Few examples", "least error (%)", "min")
        by_rate(below[2], errors[errors.task == "alternating"], "Tasks in turns", "mean error (%)")
        note = "left: crosses, the closed form; dashed, before; middle: linear layers of 64 units"
        seeds = sorted({part.seed.nunique() for part in (deep, errors)} - {0})
        bands = f"{' and '.join(map(str, seeds))} seeds, bands: 95 % interval of the mean"
        data = ", ".join(dict.fromkeys(errors.data)) or "none"
        figure.supxlabel(f"{note}; errors: validation, {data}, 32-32 logistic units; {bands}", fontsize=7)
    return figure


def draw_outputs(axes: Axes, toy: pd.DataFrame) -> None:
    """Both outputs of 1-1-2 after one step, beside their closed form."""
    for rule, (colour, marker) in LOOKS.items():
        mine = toy[toy.rule == rule]
        axes.plot(mine.layer, mine.value, marker, color=colour, label=rule, markersize=5)
        axes.plot(OUTPUTS, CLOSED[rule], "x", color="#AA3377", markersize=9, zorder=5)
    axes.set(title="1-1-2, after one step", ylabel="output", ylim=(0.55, 1.03), xlim=(-0.5, 1.5))
    axes.axhline(1, color="black", linewidth=0.8, linestyle="--")
    axes.legend(fontsize=7)


def by_rate(axes: Axes, errors: pd.DataFrame, title: str, what: str, measure: str = "mean") -> None:
    """Mean or least error on the way against the learning rate; a line for each number of examples."""
    errors = errors.assign(per_class=errors.per_class.fillna(""))
    for line, number in zip(("-", "--", ":"), sorted(errors.per_class.unique(), key=str), strict=False):
        for rule, (colour, marker) in LOOKS.items():
            mine = errors[(errors.rule == rule) & (errors.per_class == number)]
            if len(mine):
                each = mine.groupby(["rate", "seed"], as_index=False).value.agg(measure)
                label = f"{rule}, {number} a class" if number and rule == "backprop" else ""
                band(axes, each, colour, marker, label, against="rate", line=line)
    axes.set(title=title, xlabel="learning rate", ylabel=what)
    if len(errors):
        axes.set_xscale("log")
        rates = sorted(errors.rate.unique())
        axes.set_xticks(rates, [f"{rate:g}" for rate in rates])
        axes.set_xticks([], minor=True)
    if errors.per_class.nunique() > 1:
        axes.legend(fontsize=7)
    not_run(axes, errors)
