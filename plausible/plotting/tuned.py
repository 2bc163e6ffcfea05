"""The figure of a tuned study's trials: what tuning is worth, as the best of k trials on validation, task by task."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from plausible.plotting.findings import INCOMPLETE, NOTHING_YET, between, listed
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.scales import logarithmic
from plausible.plotting.style import style
from plausible.plotting.tuned_rows import MARKS, plainly, rows
from plausible.printing.words import count

COLUMNS = (
    *("task", "rule", "trial", "hidden", "activation", "init", "recurrent", "window", "spec", "optimiser"),
    *("epochs", "status", "score", "best_of_k", "low", "high", "scale"),
    *("seeds", "place", "final", "final_seeds", "won", "edge"),
)
MOST_LINES = 6  # rules whose lines and bands can be told apart in a panel
LINES = "lines: expected best of k trials; bands: 95 % of bootstraps over trials"
NEAR = 1.1  # times the error of all trials


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the table of trials: all of it, but not options once more as columns."""
    return table[[name for name in table if name in COLUMNS]]


def draw(table: pd.DataFrame, found: str = "") -> Figure:
    """The expected best validation error of k trials, a panel for each task: lines against k, or of many rules rows.

    Args:
        table: one row per trial, as `plausible tune` writes it, with the columns task, rule, trial, status, epochs,
            best_of_k, low and high; of two stages also place, final, final_seeds, won and edge.
        found: the title; if it is not given, from how many trials on more of them are worth little.
    """
    tasks = list(dict.fromkeys(table.task)) or [""]
    rules = list(dict.fromkeys(table.rule))
    if len(rules) > MOST_LINES:
        figure = rows(tasks, rules, {task: in_per_cent(table[table.task == task]) for task in tasks})
        return finished(figure, found or finding(table), caption(table, MARKS))
    with sheet(COLUMN, 1.15 * len(tasks)) as figure:
        panels = figure.subplots(len(tasks), 1, sharex=True, squeeze=False)[:, 0]
        for axes, task in zip(panels, tasks, strict=True):
            draw_task(axes, table[table.task == task], task)
        panels[-1].set_xlabel("trials")
        return finished(figure, found or finding(table), caption(table, LINES, squares=True), *panels)


def finding(table: pd.DataFrame) -> str:
    """From how many trials on the expected best error is near that of all of them, for every rule."""
    slowest, trials = 0, []
    for _, mine in table.groupby(searches(table), observed=True, dropna=False):
        error = errors(mine.sort_values("trial").best_of_k).dropna().to_numpy()
        if len(error):
            slowest = max(slowest, int((error > NEAR * error[-1]).sum()) + 1)
            trials.append(len(error))
    if not trials or not (table.status == "done").any():
        return NOTHING_YET
    return (
        f"From {count(slowest, 'trial')} on, every rule's expected best error is within "
        f"{100 * (NEAR - 1):.0f} % of that "
        f"of all its {between(trials, '.0f')}"
    )


def worth(table: pd.DataFrame) -> str:
    """By how much the error of one trial exceeds the expected best of all: of the median rule, and of two rules."""
    first_and_last = [
        (rule, mine.error.iloc[0], mine.error.iloc[-1])
        for _, of_task in table.groupby("task", observed=True, sort=False)
        for rule, mine in in_per_cent(of_task).items()
        if len(mine)
    ]
    if not first_and_last or not (table.status == "done").any():
        return NOTHING_YET
    known = [(first / last, rule) for rule, first, last in first_and_last if last > 0]
    if not known:
        return INCOMPLETE
    names = plainly(list(dict.fromkeys(map(str, table.rule))))
    (least, other), (most, rule) = min(known), max(known)
    median = float(np.median([times for times, _ in known]))
    return (
        f"One trial errs {median:.1f} times as often as the best of all, for the median rule; "
        f"{names[rule]} {most:.1f} times, {names[other]} {least:.1f} times"
    )


def errors(scores: pd.Series[float]) -> pd.Series[float]:
    """Errors of scores; all is wrong where a lost trial counts as worse than that."""
    return (1 - scores).clip(upper=1.0)


def searches(table: pd.DataFrame) -> list[str]:
    """The columns that tell one search from another: a rule is tuned on every task, in every network and start."""
    return ["task", "rule", *(name for name in ("hidden", "init") if name in table)]


def curve(table: pd.DataFrame) -> pd.DataFrame:
    """Of a rule on a task, one row for each number of trials that all its networks have: the mean over networks."""
    found = table.dropna(subset="best_of_k")
    if not len(found):
        return found
    last = found.groupby(searches(table), observed=True, dropna=False).trial.max().min()
    found = found[found.trial <= last]
    return found.groupby("trial", as_index=False)[["best_of_k", "low", "high"]].mean()


def in_per_cent(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """By rule, the expected best errors of k trials in per cent, with the ends of their intervals."""
    found = {}
    for rule, of_rule in table.groupby("rule", observed=True, sort=False):
        mine = curve(of_rule)
        ends = {"error": mine.best_of_k, "low": mine.high, "high": mine.low}
        wrong = {name: 100 * errors(scores) for name, scores in ends.items()}
        found[str(rule)] = pd.DataFrame({"trials": mine.trial + 1, **wrong})
    return found


def draw_task(axes: Axes, table: pd.DataFrame, task: str) -> None:
    """A curve with its band per rule."""
    styles = style(list(dict.fromkeys(table.rule)))
    for rule, (colour, marker) in styles.items():
        of_rule = table[table.rule == rule]
        mine = curve(of_rule)
        k, better, worse = mine.trial + 1, 100 * errors(mine.high), 100 * errors(mine.low)
        axes.plot(k, 100 * errors(mine.best_of_k), color=colour, marker=marker, markersize=2, label=rule)
        if at_edge(of_rule):
            last = mine.iloc[-1:]
            axes.plot(
                last.trial + 1,
                100 * errors(last.best_of_k),
                "s",
                color=colour,
                markersize=5,
                fillstyle="none",
            )
        axes.fill_between(k, better, worse, color=colour, alpha=0.15, linewidth=0)
    axes.set(title=task, ylabel="validation error (%)")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    logarithmic(axes)


def at_edge(table: pd.DataFrame) -> bool:
    """Whether what won of a rule lies at an edge of what was searched."""
    return "edge" in table and bool(table.edge.fillna("").astype(bool).any())


def second_stage(table: pd.DataFrame, squares: bool) -> str:
    """How winners were chosen, in words; "" of a table without finals."""
    finalists = table.dropna(subset="place") if "place" in table else table[:0]
    if not len(finalists):
        return ""
    sizes = finalists.groupby(searches(table), observed=True, dropna=False).size()
    most = " or ".join(map(str, sorted(sizes.unique())))
    seeds = " or ".join(f"{n:.0f}" for n in sorted(finalists.final_seeds.unique()))
    won = f"; winners: of the best {most}, run again in full on {seeds} seeds"
    edges = list(dict.fromkeys(table.rule[table.edge.fillna("").astype(bool)])) if "edge" in table else []
    if squares and edges:
        return f"{won}; larger hollow squares: at an edge of the range"
    return f"{won}; at an edge of the range: {', '.join(map(str, edges)) or 'none'}"


def caption(table: pd.DataFrame, marks: str, *, squares: bool = False) -> str:
    """What the reader has to know: how many trials, how long, what became of them, what is drawn.

    Args:
        table: of trials.
        marks: what lines, marks or numbers are, in words.
        squares: whether squares tell where winners lie at an edge, and not words alone.
    """
    lost = table.status.isin(["diverged", "failed", "timed out"]).sum()
    pruned = (table.status == "pruned").sum()
    lengths = sorted(table.epochs.unique())
    epochs = f"{listed(map(str, lengths))} epoch{'s' if lengths != [1] else ''}"
    trials = (
        between(table.groupby(searches(table), observed=True, dropna=False).size(), ".0f")
        if len(table)
        else "0"
    )
    networks = (
        table.groupby("task", observed=True).hidden.nunique().max() if "hidden" in table and len(table) else 1
    )
    each = f" and network, of which there are {networks}" if networks > 1 else ""
    mean = "; means over networks" if networks > 1 else ""
    return (
        f"{trials} trial{'s' * (trials != '1')} a rule{each}, of {epochs}; {pruned} pruned and {lost} lost of "
        f"{len(table)}{', which count as wrong throughout' * bool(lost)}; "
        f"{marks}{mean}{second_stage(table, squares)}"
    )
