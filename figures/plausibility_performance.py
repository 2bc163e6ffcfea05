"""The accuracy that rules give up against the objections to backpropagation that are left, by cost."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from plausible.plotting.findings import NOTHING_YET, between, listed
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import not_run
from plausible.plotting.style import PALE, style
from plausible.printing.words import count
from plausible.study.statistics import mean_interval

LEFT, COST, REFERENCE = "objections left", "multiply-adds per example", "backprop"


def source(table: pd.DataFrame) -> pd.DataFrame:
    """By task and rule: points of accuracy below backprop, paired by seed, with interval; objections left; cost."""
    done = table[table.status == "done"]
    counted = done[done.metric == LEFT]
    left = dict(zip(counted.rule.astype(str).str.removeprefix("rule="), counted.value, strict=True))
    rows = []
    for task, mine in done[done.metric.isin(["accuracy", COST])].groupby("task", observed=True, sort=False):
        scores = mine[(mine.metric == "accuracy") & (mine["split"] == "test")]
        wide = 100 * scores.pivot_table(index="seed", columns="rule", values="value", observed=True)
        costs = mine[mine.metric == COST].groupby("rule", observed=True).value.mean()
        for rule in wide.columns if REFERENCE in wide else []:
            gaps = (wide[REFERENCE] - wide[rule]).dropna().to_numpy()
            found = mean_interval(gaps)
            cost = costs.get(rule, np.nan) / costs.get(REFERENCE, np.nan)
            rows.append(
                [task, rule, len(gaps), found.estimate, found.low, found.high, left.get(rule, np.nan), cost]
            )
    return pd.DataFrame(rows, columns=["task", "rule", "n", "gap", "low", "high", "left", "cost"])


def front(mine: pd.DataFrame) -> pd.DataFrame:
    """The rules of one task than which no other has as few objections left and as small a gap, and one of them less."""
    better = [
        (
            (mine.left <= row.left) & (mine.gap <= row.gap) & ((mine.left < row.left) | (mine.gap < row.gap))
        ).any()
        for row in mine.itertuples()
    ]
    return mine[~np.array(better, dtype=bool)].sort_values("left")


def draw(table: pd.DataFrame) -> Figure:
    """A panel for each task: every rule, the front drawn and named.

    Args:
        table: of `studies/plausibility_performance.py`.
    """
    drawn = source(table).dropna(subset=["left"])
    tasks = list(dict.fromkeys(drawn.task))
    fronts = {task: front(drawn[drawn.task == task]) for task in tasks}
    named = list(dict.fromkeys(rule for found in fronts.values() for rule in found.rule))
    with sheet(COLUMN, 2.1) as figure:
        axes = figure.subplots(1, max(len(tasks), 1), squeeze=False)[0]
        for each, task in zip(axes, tasks, strict=False):
            draw_task(each, drawn[drawn.task == task], fronts[task], named)
            each.set_title(str(task).partition("[")[0])
        axes[0].set_ylabel("points of accuracy below backprop")
        not_run(axes[0], drawn)
        return finished(figure, finding(drawn, fronts), caption(drawn), *axes)


def draw_task(axes: Axes, mine: pd.DataFrame, best: pd.DataFrame, named: list[str]) -> None:
    """One task: rules as circles whose area grows with their cost, intervals, and the front as a line of steps."""
    looks = style(named)
    for row in mine.itertuples():
        on_front = row.rule in set(best.rule)
        colour, marker = looks.get(row.rule, (PALE, "o"))
        size = 2 + 1.2 * np.log2(max(row.cost, 1))
        axes.plot(
            [row.left, row.left],
            [row.low, row.high],
            color=colour,
            linewidth=0.5,
            zorder=3 if on_front else 1,
        )
        axes.plot(
            *([row.left], [row.gap]),
            marker if row.rule in looks else "o",
            color=colour,
            markersize=size,
            fillstyle="full" if on_front else "none",
            label=row.rule if row.rule in looks else None,
            zorder=4 if on_front else 2,
        )
    axes.step(best.left, best.gap, where="post", color="black", linewidth=0.6, zorder=0)
    axes.set_yscale("symlog", linthresh=3, linscale=1.0)
    axes.set_yticks([0, 1, 2, 3, 10, 30], ["0", "1", "2", "3", "10", "30"])
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("objections left")


def caption(drawn: pd.DataFrame) -> str:
    """How many seeds, and what marks and line are."""
    if not len(drawn):
        return ""
    return (
        f"{count(drawn.rule.nunique(), 'rule')}, {count(int(drawn.n.min()), 'seed')}; differences paired by seed, with "
        "95 % intervals, linear up to 3 points and logarithmic above; objections as each rule's audit measured them, "
        f"those removed in part among them; marks grow with multiply-adds, {between(drawn.cost, '.1f')} times "
        "backprop's per example; line: the front, on which filled marks lie"
    )


def finding(drawn: pd.DataFrame, fronts: dict[str, pd.DataFrame]) -> str:
    """The ends of the fronts, and whether objections and gaps go together."""
    if not len(drawn):
        return NOTHING_YET
    told = []
    for task, best in fronts.items():
        fewest = best.iloc[0]
        rho = drawn[drawn.task == task][["left", "gap"]].rank().corr().iloc[0, 1]
        told.append(
            f"on {str(task).partition('[')[0]} {fewest.rule} has the fewest objections left, {fewest.left:.0f}, "
            f"{fewest.gap:.1f} points below backprop (rank correlation of objections and gap {rho:.2f})"
        )
    sentence = listed(told)
    return sentence[:1].upper() + sentence[1:]
