"""The accuracy that rules give up against the objections to backpropagation that are left, by cost."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullLocator

from plausible.plotting.findings import NOTHING_YET, between, listed
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import not_run
from plausible.plotting.style import PALE, style
from plausible.printing.words import count
from plausible.study.statistics import mean_interval

LEFT, COST, REFERENCE = "objections left", "multiply-adds per example", "backprop"
CHEAP = 2.0  # times the multiply-adds of backprop
SPIKING = 3.5  # size of the mark of a rule without multiply-adds
ASIDE = (-0.3, 0.15, -0.15, 0.3)  # objections, by which marks are moved
TICKS = (-3, -2, -1, 0, 1, 2, 3, 10, 30)
Fronts: TypeAlias = tuple[pd.DataFrame, pd.DataFrame]  # of all rules, and of cheap ones


def source(table: pd.DataFrame) -> pd.DataFrame:
    """By task and rule: points of accuracy below backprop, paired by seed, with interval; objections left; cost.

    A rule is held against backprop in the same network, for as many epochs.
    """
    done = table[table.status == "done"]
    counted = done[done.metric == LEFT]
    left = dict(zip(counted.rule.astype(str).str.removeprefix("rule="), counted.value, strict=True))
    rows = []
    measured = done[done.metric.isin(["accuracy", COST])]
    for (task, *_), mine in measured.groupby(["task", "hidden", "epochs"], observed=True, sort=False):
        scores = mine[(mine.metric == "accuracy") & (mine["split"] == "test")]
        wide = 100 * scores.pivot_table(index="seed", columns="rule", values="value", observed=True)
        costs = mine[mine.metric == COST].groupby("rule", observed=True).value.mean()
        for rule in wide.columns if REFERENCE in wide else []:
            gaps = (wide[REFERENCE] - wide[rule]).dropna().to_numpy()
            if not len(gaps):
                continue
            mean = mean_interval(gaps)
            cost = costs.get(rule, np.nan) / costs.get(REFERENCE, np.nan)
            rows.append(
                [
                    task,
                    called(rule),
                    len(gaps),
                    mean.estimate,
                    mean.low,
                    mean.high,
                    left.get(rule, np.nan),
                    cost,
                ]
            )
    found = pd.DataFrame(rows, columns=["task", "rule", "n", "gap", "low", "high", "left", "cost"])
    return found.drop_duplicates(["task", "rule"], ignore_index=True)  # backprop is in all settings


def called(rule: str) -> str:
    """The name of a rule without its constants: those of a rule of spikes were tuned, and have four digits."""
    name, _, rest = rule.partition("[")
    kept = [each for each in rest.removesuffix("]").split(",") if each.rpartition("=")[2][:1].isalpha()]
    return f"{name}[{','.join(kept)}]" if kept else name


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
    """A panel for each task: every rule, the front of all and that of cheap ones drawn, and their rules named.

    Args:
        table: of `studies/plausibility_performance.py`.
    """
    drawn = source(table).dropna(subset=["left"])
    tasks = list(dict.fromkeys(drawn.task))
    all_of = {task: drawn[drawn.task == task] for task in tasks}
    fronts = {task: (front(mine), front(mine[mine.cost <= CHEAP])) for task, mine in all_of.items()}
    named = list(dict.fromkeys(rule for pair in fronts.values() for best in pair for rule in best.rule))
    with sheet(COLUMN, 2.1) as figure:
        axes = figure.subplots(1, max(len(tasks), 1), squeeze=False)[0]
        for each, task in zip(axes, tasks, strict=False):
            draw_task(each, all_of[task], fronts[task], named)
            each.set_title(str(task).partition("[")[0])
        axes[0].set_ylabel("points of accuracy below backprop")
        not_run(axes[0], drawn)
        return finished(figure, finding(drawn, fronts), caption(drawn), *axes)


def draw_task(axes: Axes, mine: pd.DataFrame, fronts: Fronts, named: list[str]) -> None:
    """One task: rules as marks whose size grows with their cost, intervals, and the fronts as lines of steps.

    Rules of spikes, whose work is no multiply-adds, have marks of one size.
    """
    looks = style(named)
    best = {rule for each in fronts for rule in each.rule}
    for row in beside(mine, best).itertuples():
        spikes = np.isnan(row.cost)
        colour, marker = looks.get(row.rule, (PALE, "x" if spikes else "o"))
        on_front = row.rule in best
        ends, place = ([row.place] * 2, [row.low, row.high]), ([row.place], [row.gap])
        look = {"color": colour, "fillstyle": "full" if on_front else "none", "zorder": 4 if on_front else 2}
        label = row.rule if row.rule in looks else None
        axes.plot(*ends, color=colour, linewidth=0.5, zorder=3 if on_front else 1)
        size = SPIKING if spikes else 2 + 1.2 * np.log2(max(row.cost, 1))
        axes.plot(*place, marker, markersize=size, label=label, **look)
    for each, dashes in zip(fronts, ("-", "--"), strict=True):
        axes.step(each.left, each.gap, where="post", color="black", linewidth=0.6, linestyle=dashes, zorder=0)
    axes.set_yscale("symlog", linthresh=3, linscale=1.0)
    axes.set_yticks(TICKS, [f"{tick}" for tick in TICKS])
    axes.yaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("objections left")


def beside(mine: pd.DataFrame, best: set[str]) -> pd.DataFrame:
    """Rules with the place along x of their marks: with as many objections left, side by side, so that none is hidden.

    A rule of the front keeps its place.
    """
    others = ~mine.rule.isin(best)
    turn = mine[others].sort_values("gap").groupby("left").cumcount().mod(len(ASIDE))
    aside = turn.map(dict(enumerate(ASIDE))).reindex(mine.index).fillna(0.0)
    return mine.assign(place=mine.left + aside)


def caption(drawn: pd.DataFrame) -> str:
    """How many seeds, and what marks and line are."""
    if not len(drawn):
        return ""
    spikes = drawn[drawn.cost.isna()].rule.nunique()
    spiking = f", but for {count(spikes, 'rule')} of spikes, crosses where unnamed" if spikes else ""
    return (
        f"{count(drawn.rule.nunique(), 'rule')}, {count(int(drawn.n.min()), 'seed')}; differences paired by seed, "
        "with 95 % intervals, linear up to 3 points and logarithmic above; objections as each rule's audit measured "
        "them, those removed in part among them, whole numbers, beside which marks stand; they grow with "
        f"multiply-adds, {between(drawn.cost.dropna(), '.1f')} times backprop's per example{spiking}; lines: the "
        f"front, on which filled marks lie, and dashed that of rules up to {CHEAP:g} times"
    )


def finding(drawn: pd.DataFrame, fronts: dict[str, Fronts]) -> str:
    """The ends of the fronts, and whether objections and gaps go together."""
    if not len(drawn):
        return NOTHING_YET
    told = []
    for task, (best, _) in fronts.items():
        fewest, name = best.iloc[0], str(task).partition("[")[0]
        told.append(f"{fewest.gap:.1f} points on {name} ({fewest.rule}, {fewest.left:.0f} left)")
    return (
        f"The fewest objections cost {listed(told)}; the rank correlation of objections and loss is "
        f"{between([*together(drawn).values()], '.2f')}"
    )


def together(drawn: pd.DataFrame) -> dict[str, float]:
    """By task the rank correlation of objections that are left and of points that are lost, over rules."""
    tasks = drawn.groupby("task", observed=True, sort=False)
    return {str(task): float(mine[["left", "gap"]].rank().corr().iloc[0, 1]) for task, mine in tasks}
