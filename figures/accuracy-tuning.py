"""What tuning is worth: the best of k trials on validation, task by task."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from plausible.plotting.frame import captioned, sheet
from plausible.plotting.style import style
from plausible.printing.words import count

COLUMNS = (
    *(
        "task",
        "rule",
        "trial",
        "hidden",
        "activation",
        "init",
        "recurrent",
        "window",
        "spec",
        "optimiser",
        "epochs",
    ),
    *("status", "score", "best_of_k", "low", "high", "scale"),
    *("seeds", "place", "final", "final_seeds", "won", "edge"),
)


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the table of trials: all of it, but not options once more as columns."""
    return table[[name for name in table if name in COLUMNS]]


def draw(table: pd.DataFrame) -> Figure:
    """The expected best validation error of k trials against k, one panel a task.

    Args:
        table: one row per trial, as `plausible tune` writes it, with the columns task, rule, trial, status, epochs,
            best_of_k, low and high; of two stages also place, final, final_seeds, won and edge.
    """
    tasks = list(dict.fromkeys(table.task)) or [""]
    with sheet(9, 3.2) as figure:
        for axes, task in zip(np.atleast_1d(figure.subplots(1, len(tasks))), tasks, strict=True):
            draw_task(axes, table[table.task == task], task)
        return captioned(figure, caption(table))


def draw_task(axes: Axes, table: pd.DataFrame, task: str) -> None:
    """A curve with its band per rule."""
    styles = style(list(dict.fromkeys(table.rule)))
    for rule, (colour, marker) in styles.items():
        mine = table[table.rule == rule].sort_values("trial")
        k, better, worse = mine.trial + 1, 100 * (1 - mine.high), 100 * (1 - mine.low)
        label = f"{rule}, at an edge" if at_edge(mine) else rule
        axes.plot(k, 100 * (1 - mine.best_of_k), color=colour, marker=marker, markersize=3, label=label)
        axes.fill_between(k, better, worse, color=colour, alpha=0.15, linewidth=0)
    axes.set(title=task, xlabel="trials", ylabel="validation error (%)", yscale="log")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("{x:g}")
    axes.tick_params(axis="y", which="both", labelsize=7)
    if styles:
        axes.legend(fontsize=6)


def at_edge(table: pd.DataFrame) -> bool:
    """Whether what won of a rule lies at an edge of what was searched."""
    return "edge" in table and bool(table.edge.fillna("").astype(bool).any())


def caption(table: pd.DataFrame) -> str:
    """What the reader has to know: how many trials, how long, and what became of them."""
    lost = table.status.isin(["diverged", "failed", "timed out"]).sum()
    pruned = (table.status == "pruned").sum()
    lengths = sorted(table.epochs.unique())
    epochs = f"{' and '.join(map(str, lengths))} epoch{'s' if lengths != [1] else ''}"
    trials = table.groupby(["task", "rule"]).size().max() if len(table) else 0
    return (
        f"{count(trials, 'trial')} a rule, of {epochs}; {pruned} pruned and {lost} lost of {len(table)}; "
        f"lines: expected best of k of them; bands: 95 % of bootstraps over trials{second_stage(table)}"
    )


def second_stage(table: pd.DataFrame) -> str:
    """How winners were chosen, in words; "" of a table without finals."""
    finalists = table.dropna(subset="place") if "place" in table else table[:0]
    if not len(finalists):
        return ""
    most = finalists.groupby(["task", "rule"]).size().max()
    seeds = " or ".join(f"{n:.0f}" for n in sorted(finalists.final_seeds.unique()))
    return f"\nwinners: of the best {most}, run again in full on {seeds} seeds"
