"""Alignment primitives: how feedback turns, and at which settings that works, after [kunin2020]."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.findings import INCOMPLETE, by_rule, said
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.maps import heat
from plausible.plotting.panels import angles_in_time, not_run, spread, validation_errors
from plausible.plotting.scales import logarithmic
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
    with sheet(COLUMN, 4.9) as figure:
        panels = figure.subplots(4, 2).ravel()
        validation_errors(panels[0], full, "By default: error")
        angles_in_time(panels[1], full, "weight angle", "By default: weight angle")
        for axes, rule in zip(panels[2:7], RULES, strict=True):
            grid_map(axes, grid[(option(grid, "rule_name") == rule) & (grid.rule != rule)], rule)
        by_rate(panels[7], grid[grid.rule.isin(["backprop", "feedback-alignment"])])
        tasks = ", ".join(dict.fromkeys(drawn.task.astype(str)))
        n = full.seed.nunique()
        note = f"{tasks}, three hidden layers; by default {count(n, 'seed')}, {spread(n)}"
        maps = f"maps: validation accuracy (%), {count(grid.seed.nunique(), 'seed')}, fewer epochs; pale: diverged"
        return finished(figure, finding(full), f"{note}; {maps}", panels[0])


def finding(full: pd.DataFrame) -> str:
    """The last angle of feedback to the weights, rule by rule, by default."""
    angles = by_rule(full, "weight angle")
    if not {*RULES, "feedback-alignment"} <= {*angles.index}:
        return INCOMPLETE
    return f"By default feedback ends at these angles to the weights: {said(angles, '°', digits=0)}"


def grid_map(axes: Axes, table: pd.DataFrame, rule: str) -> None:
    """Final validation accuracy in per cent, by learning rate and by the rule's own setting."""
    axes.set_title(rule)
    not_run(axes, table)
    if not len(table):
        return
    _, setting = parts(table.rule.iloc[0])
    table = table.assign(setting=option(table, f"rule_{setting}"))
    ended = table[
        table.epoch == table.groupby(["rule", "rate", "seed"], observed=True).epoch.transform("max")
    ]
    ended = ended.assign(value=ended.value.where(ended.status == "done"))
    values = 100 * ended.pivot_table(
        index="setting", columns="rate", values="value", dropna=False, observed=True
    )
    heat(axes, values.sort_index(ascending=False), "{:.0f}", 50, 100)
    axes.set_xlabel("learning rate")
    axes.set_ylabel(setting)


def by_rate(axes: Axes, table: pd.DataFrame) -> None:
    """Final validation accuracy of the rules without a setting of their own, by learning rate."""
    for rule, (colour, marker) in style(["backprop", "feedback-alignment"]).items():
        mine = table[(table.rule == rule) & (table.status == "done")]
        if len(mine):
            ended = mine[mine.epoch == mine.groupby(["rate", "seed"]).epoch.transform("max")]
            means = 100 * ended.groupby("rate").value.mean()
            axes.plot(means.index, means, color=colour, marker=marker)
    axes.set(xlabel="learning rate", title="backprop and FA", ylabel="accuracy (%)")
    axes.set_ylim(0, 100)
    logarithmic(axes, "x", most=4)
    not_run(axes, table)
