"""What rules give up in accuracy for what they cost: the drawing of the site's front page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from plausible.plotting.findings import NOTHING_YET
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import not_run
from plausible.plotting.scales import logarithmic
from plausible.plotting.style import PALE, Look, style
from plausible.printing.words import count

TICKS = (-3, -2, -1, 0, 1, 2, 3, 10, 30)
COLUMNS = ("task", "rule", "n", "gap", "low", "high", "left", "cost")


def cheapest(mine: pd.DataFrame) -> pd.DataFrame:
    """The rules of one task than which no other costs as little and loses as little, and one of both less."""
    better = [
        (
            (mine.cost <= row.cost) & (mine.gap <= row.gap) & ((mine.cost < row.cost) | (mine.gap < row.gap))
        ).any()
        for row in mine.itertuples()
    ]
    return mine[~np.array(better, dtype=bool)].sort_values("cost")


def by_cost(drawn: pd.DataFrame) -> Figure:
    """A panel for each task: points of accuracy below backprop against multiply-adds per example, in backprop's.

    Args:
        drawn: a row for each task and rule, with the columns `COLUMNS`; rows without a cost are left out.
    """
    drawn = drawn.astype(dict.fromkeys(("gap", "low", "high", "left", "cost"), float))
    known = drawn[np.isfinite(drawn.cost) & np.isfinite(drawn.gap) & (drawn.cost > 0)]
    tasks = list(dict.fromkeys(known.task))
    fronts = {task: cheapest(known[known.task == task]) for task in tasks}
    looks = style(list(dict.fromkeys(rule for each in fronts.values() for rule in each.rule)))
    with sheet(COLUMN, 2.1) as figure:
        panels = figure.subplots(1, max(len(tasks), 1), squeeze=False)[0]
        for axes, task in zip(panels, tasks, strict=False):
            one_task(axes, known[known.task == task], fronts[task], looks)
            axes.set_title(str(task).partition("[")[0])
        panels[0].set_ylabel("points of accuracy below backprop")
        not_run(panels[0], known)
        return finished(figure, finding(known), caption(known), *panels)


def one_task(axes: Axes, mine: pd.DataFrame, best: pd.DataFrame, looks: Mapping[str, Look]) -> None:
    """Rules as marks with intervals; those of the front in their own look, joined by steps."""
    records: Any = mine.to_dict("records")
    for row in records:
        colour, marker = looks.get(row["rule"], (PALE, "o"))
        axes.plot([row["cost"]] * 2, [row["low"], row["high"]], color=colour, linewidth=0.5, zorder=1)
        label = row["rule"] if row["rule"] in looks else None
        axes.plot([row["cost"]], [row["gap"]], marker, color=colour, label=label, markersize=3.5, zorder=2)
    axes.step(best.cost, best.gap, where="post", color="black", linewidth=0.6, zorder=0)
    axes.set_yscale("symlog", linthresh=3, linscale=1.0)
    axes.set_yticks(TICKS, [f"{tick}" for tick in TICKS])
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("multiply-adds, times backprop's")
    logarithmic(axes, "x", most=4)


def caption(known: pd.DataFrame) -> str:
    """How many seeds, and what marks and lines are."""
    if not len(known):
        return ""
    return (
        f"{count(known.rule.nunique(), 'rule')}, {count(int(known.n.min()), 'seed')}; differences paired by seed, with "
        "95 % intervals; multiply-adds per example, counted while the rule computes; line: the front of rules than "
        "which none is both cheaper and better"
    )


def finding(known: pd.DataFrame) -> str:
    """Whether dear rules are better: the rank correlation of cost and loss, task by task."""
    if not len(known):
        return NOTHING_YET
    by_task = {str(task).partition("[")[0]: mine for task, mine in known.groupby("task", sort=False)}
    ranks = {task: mine[["cost", "gap"]].rank().corr() for task, mine in by_task.items() if len(mine) > 2}
    told = [f"{float(found.to_numpy()[0, 1]):.2f} on {task}" for task, found in ranks.items()]
    within = int((known[known.cost > 1].gap > 0).sum())
    return (
        f"{within} of {count(int((known.cost > 1).sum()), 'rule')} that cost more than backprop lose accuracy"
        + (f"; rank correlation of cost and loss: {', '.join(told)}" if told else "")
    )
