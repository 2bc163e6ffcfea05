"""MNIST by backprop, feedback alignment and direct feedback alignment at every depth, as [noekland2016] has it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from plausible.plotting.frame import captioned, sheet
from plausible.plotting.panels import band, whiskers
from plausible.plotting.style import style
from plausible.printing.words import count
from plausible.study.columns import option
from plausible.study.statistics import PERCENT, mean_interval

PUBLISHED = {  # test error in per cent after 300 epochs, as the paper is remembered: backprop, FA, DFA
    "800": (1.59, 1.68, 1.68),
    "800-800": (1.60, 1.64, 1.74),
    "800-800-800": (1.75, 1.66, 1.70),
    "800-800-800-800": (1.92, 1.70, 1.83),
    "240-240-240-240-240-240-240": (2.16, 2.20, 2.32),
}
RULES = ("backprop", "feedback-alignment", "direct-feedback-alignment")


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: validation accuracy on the way, test accuracy at the end."""
    drawn = table[
        (table.metric == "accuracy") & table.split.isin(["validation", "test"]) & (table.status == "done")
    ]
    return drawn[["task", "rule", "hidden", "seed", "epoch", "split", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Validation error against epochs, a panel for every network; then test error beside the published one.

    Args:
        table: of the study `noekland2016`, in long form, with the setting `hidden`.
    """
    drawn = source(table)
    drawn = drawn.assign(value=100 * (1 - drawn.value), rule=option(drawn, "rule_name"))
    sizes = sorted(drawn.hidden.astype(str).unique(), key=lambda name: (name.count("-"), name)) or [""]
    with sheet(10, 5.6) as figure:
        top, bottom = figure.subfigures(2, 1)
        panels = top.subplots(1, len(sizes), sharey=True, squeeze=False)[0]
        for axes, hidden in zip(panels, sizes, strict=True):
            draw_course(
                axes, drawn[(drawn.hidden.astype(str) == hidden) & (drawn.split == "validation")], hidden
            )
        panels[0].set_ylabel("validation error (%)")
        if panels[0].lines:
            panels[0].legend(fontsize=6)
        draw_test(bottom.subplots(), drawn[drawn.split == "test"], sizes)
        epochs = count(int(drawn.epoch.max()), "epoch") if len(drawn) else "no epochs"
        note = f"ours: {epochs}, {count(drawn.seed.nunique(), 'seed')}, 95 % intervals"
        return captioned(figure, f"{note}; crosses: published, 300 epochs (from memory, not checked)")


def draw_course(axes: Axes, table: pd.DataFrame, hidden: str) -> None:
    """The validation error of one network."""
    styles = style(list(dict.fromkeys(table.rule)))
    for rule in styles:
        band(axes, table[table.rule == rule], *styles[rule], rule, bounds=PERCENT)
    axes.set(title=short(hidden), xlabel="epoch", yscale="log", ylim=(1, 100))
    axes.set_yticks([1, 2, 5, 10, 20, 50, 100])
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.tick_params(which="both", labelsize=7)


def draw_test(axes: Axes, table: pd.DataFrame, sizes: list[str]) -> None:
    """The test error of every network and rule, and the published one."""
    styles = style(list(RULES))
    for shift, rule in zip(np.linspace(-0.2, 0.2, len(RULES)), RULES, strict=True):
        colour, marker = styles[rule]
        for place, hidden in enumerate(sizes):
            mine = table[(table.rule == rule) & (table.hidden.astype(str) == hidden)].value
            if len(mine):
                found = mean_interval(mine.to_numpy(), PERCENT)
                bar = {"fmt": marker, "color": colour, "capsize": 3, "markersize": 5}
                axes.errorbar(place + shift, found.estimate, yerr=whiskers(found), **bar)
            if hidden in PUBLISHED:
                axes.plot(
                    place + shift, PUBLISHED[hidden][RULES.index(rule)], "x", color=colour, markersize=5
                )
    axes.set_xticks(range(len(sizes)), [short(hidden) for hidden in sizes])
    axes.set(ylabel="test error (%)", yscale="log")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("{x:g}")
    axes.tick_params(axis="y", which="both", labelsize=7)


def short(hidden: str) -> str:
    """`800-800` as 2×800."""
    units = hidden.split("-")
    return f"{len(units)}×{units[0]}" if len(set(units)) == 1 else hidden
