"""Alignment primitives: how feedback turns, and at which settings that works, after [kunin2020]."""

from __future__ import annotations

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.frame import captioned, sheet
from plausible.plotting.panels import angles_in_time, legend_above, not_run, validation_errors
from plausible.plotting.style import style
from plausible.printing.words import count
from plausible.study.columns import option, parts

RULES = (
    "symmetric-alignment",
    "activation-alignment",
    "information-alignment",
    "weight-mirror",
    "kolen-pollack",
)

LOOKS = {
    "symmetric-alignment": ("#009E73", "s"),
    "activation-alignment": ("#D55E00", "<"),
    "information-alignment": ("#E69F00", ">"),
    "weight-mirror": ("#56B4E9", "v"),
    "kolen-pollack": ("#CC79A7", "^"),
}


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: validation accuracies and weight angles, with the learning rate.

    What was lost on the way stays, with the status that says so.
    """
    scores = (table.metric == "accuracy") & (table.split == "validation")
    drawn = table[scores | (table.metric == "weight angle")]
    rate = option(drawn, "optimiser_rate")
    until = drawn.groupby("key", observed=True).epoch.transform("max")
    drawn = drawn.assign(rate=rate, until=until)
    columns = [
        "task",
        "rule",
        "rate",
        "seed",
        "epoch",
        "until",
        "split",
        "metric",
        "layer",
        "status",
        "value",
    ]
    return drawn[columns]


def draw(table: pd.DataFrame) -> Figure:
    """Courses of error and angle by default; then the accuracy of every rule by learning rate and strength.

    Args:
        table: of the study `kunin2020`, in long form, with the setting `optimiser`.
    """
    drawn = source(table)
    longest = drawn.until.max()
    plain = option(drawn, "rule_name") == drawn.rule.astype(str)
    default = (drawn.rate == 0.03) & plain & (drawn.status == "done")
    full = drawn[default & (drawn.until == longest)]
    grid = drawn[(drawn.metric == "accuracy") & (drawn.epoch > 0) & (drawn.until < longest)]
    with sheet(10, 6) as figure:
        panels = figure.subplots(2, 4).ravel()
        validation_errors(panels[0], full, "By default: error", looks=LOOKS)
        angles_in_time(panels[1], full, "weight angle", "By default: weight angle", LOOKS)
        image = None
        for axes, rule in zip(panels[2:7], RULES, strict=True):
            image = heat(axes, grid[(option(grid, "rule_name") == rule) & (grid.rule != rule)], rule) or image
        by_rate(panels[7], grid[grid.rule.isin(["backprop", "feedback-alignment"])])
        if image is not None:
            figure.colorbar(image, ax=panels[4:], label="validation accuracy (%)", shrink=0.8)
        legend_above(figure, panels[0], 4)
        tasks = ", ".join(dict.fromkeys(drawn.task.astype(str)))
        maps = grid.seed.nunique()
        note = f"{tasks}, three hidden layers; by default {count(full.seed.nunique(), 'seed')}"
        return captioned(figure, f"{note}, 95 % intervals; maps: {maps} seed, fewer epochs; grey: diverged")


def heat(axes: Axes, table: pd.DataFrame, rule: str) -> object:
    """Final validation accuracy in per cent, by learning rate and by the rule's own setting."""
    axes.set_title(rule, fontsize=8)
    not_run(axes, table)
    if not len(table):
        return None
    _, setting = parts(table.rule.iloc[0])
    table = table.assign(setting=option(table, f"rule_{setting}"))
    ended = table[
        table.epoch == table.groupby(["rule", "rate", "seed"], observed=True).epoch.transform("max")
    ]
    ended = ended.assign(value=ended.value.where(ended.status == "done"))
    values = 100 * ended.pivot_table(
        index="setting", columns="rate", values="value", dropna=False, observed=True
    )
    axes.grid(visible=False)
    colours = matplotlib.colormaps["viridis"].with_extremes(bad="#CCCCCC")
    image = axes.imshow(values.to_numpy(), origin="lower", aspect="auto", vmin=50, vmax=100, cmap=colours)
    for (row, column), value in np.ndenumerate(values.to_numpy()):
        if np.isfinite(value):
            shade = "white" if value < 80 else "black"
            axes.text(column, row, f"{value:.0f}", ha="center", va="center", fontsize=6, color=shade)
    axes.set_xticks(range(len(values.columns)), [f"{rate:g}" for rate in values.columns], fontsize=6)
    axes.set_yticks(range(len(values.index)), [f"{value:g}" for value in values.index], fontsize=6)
    axes.set_xlabel("learning rate", fontsize=7)
    axes.set_ylabel(setting, fontsize=7)
    return image


def by_rate(axes: Axes, table: pd.DataFrame) -> None:
    """Final validation accuracy of the rules without a setting of their own, by learning rate."""
    styles = style(["backprop", "feedback-alignment"])
    for rule, (colour, marker) in styles.items():
        mine = table[(table.rule == rule) & (table.status == "done")]
        if len(mine):
            ended = mine[mine.epoch == mine.groupby(["rate", "seed"]).epoch.transform("max")]
            means = 100 * ended.groupby("rate").value.mean()
            axes.plot(means.index, means, color=colour, marker=marker, markersize=4)
    axes.set(xscale="log", xlabel="learning rate", ylim=(50, 100))
    axes.set_title("backprop and FA: accuracy (%)", fontsize=8)
    axes.tick_params(labelsize=6)
    not_run(axes, table)
