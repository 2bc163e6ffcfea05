"""Sequences told apart: test accuracies of errors through time, of random ones, and of the read-out alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.frame import captioned, sheet
from plausible.plotting.panels import whiskers
from plausible.plotting.style import OTHERS
from plausible.printing.words import count
from plausible.study.statistics import PERCENT, mean_interval

WHAT = {  # task and metric, and what they are called
    ("digit-rows", "accuracy"): "digits, row by row",
    ("mnist-rows", "accuracy"): "MNIST, row by row",
    ("japanese-vowels", "accuracy"): "Japanese vowels",
    ("embedded-reber", "legal"): "embedded Reber:\nlegal",
    ("embedded-reber", "remembered"): "embedded Reber:\nremembered",
}


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: test scores, in per cent, of runs that were done."""
    found = table[(table.split == "test") & (table.status == "done")].copy()
    pairs = zip(found.task.astype(str), found.metric.astype(str), strict=True)
    found["what"] = [WHAT.get(pair, "") for pair in pairs]
    return found[found.what != ""].assign(value=100 * found.value)[["what", "rule", "seed", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """A group of dots for every task, a colour for every rule.

    Args:
        table: of the study `sequences`, in long form.
    """
    drawn = source(table)
    with sheet(9, 3.6) as figure:
        axes = figure.subplots()
        names = [name for name in WHAT.values() if name in {*drawn.what}]
        rules = list(dict.fromkeys(drawn.rule))
        for place, (rule, (colour, marker)) in enumerate(zip(rules, OTHERS, strict=False)):
            shift = (place - (len(rules) - 1) / 2) * 0.2
            draw_rule(
                axes,
                drawn[drawn.rule == rule],
                names,
                shift,
                {"color": colour, "marker": marker, "label": rule},
            )
        axes.set_xticks(range(len(names)), names, fontsize=8)
        axes.set(ylabel="test, per cent", ylim=(0, 103))
        if rules:
            axes.legend(fontsize=7, loc="lower left")
        note = "dots: runs; bars: mean and 95 % interval; chance: 10, 10, 11 per cent, and 50 for what is remembered"
        return captioned(figure, f"{count(drawn.seed.nunique(), 'seed')}, one of MNIST; {note}")


def draw_rule(axes: Axes, table: pd.DataFrame, names: list[str], shift: float, style: dict[str, str]) -> None:
    """One rule on every task."""
    label = style.pop("label")
    for place, name in enumerate(names):
        values = table[table.what == name].value
        if not len(values):
            continue
        found = mean_interval(values.to_numpy(), PERCENT)
        axes.scatter(
            np.full(len(values), place + shift), values, s=8, color=style["color"], alpha=0.5, linewidths=0
        )
        bar = {"fmt": style["marker"], "color": style["color"], "capsize": 3, "markersize": 5, "label": label}
        axes.errorbar(place + shift, found.estimate, whiskers(found), **bar)
        axes.annotate(
            f"{found.estimate:.1f}",
            (place + shift, found.estimate),
            fontsize=6,
            xytext=(6, 4),
            textcoords="offset points",
        )
        label = "_nolegend_"
