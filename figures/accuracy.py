"""The accuracy of tuned rules on the test split, task by task."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.frame import captioned, sheet
from plausible.plotting.panels import whiskers
from plausible.plotting.style import style
from plausible.printing.words import count
from plausible.study.columns import parts
from plausible.study.statistics import PERCENT, mean_interval


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: the accuracy of every run that was done, on the test split."""
    drawn = table[(table.split == "test") & (table.metric == "accuracy") & (table.status == "done")]
    return drawn[["task", "rule", "optimiser", "seed", "epoch", "metric", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Test error of every seed, and its mean with a 95 % interval, one panel a task.

    Args:
        table: of the study `accuracy`, in long form; `plausible tune` writes it.
    """
    test = source(table)
    tasks = list(dict.fromkeys(test.task)) or [""]
    with sheet(9, 3.2) as figure:
        for axes, task in zip(np.atleast_1d(figure.subplots(1, len(tasks))), tasks, strict=True):
            draw_task(axes, test[test.task == task], task)
        return captioned(figure, caption(table, test))


def draw_task(axes: Axes, test: pd.DataFrame, task: str) -> None:
    """One row per rule: a dot per seed, the mean and its interval."""
    rules = sorted(dict.fromkeys(test.rule), key=lambda rule: test[test.rule == rule].value.mean())
    styles = style(rules)
    for place, rule in enumerate(rules):
        colour, marker = styles[rule]
        errors = 100 * (1 - test[test.rule == rule].value)
        found = mean_interval(errors.to_numpy(), PERCENT)
        axes.plot(errors, [place - 0.22] * len(errors), ".", color=colour, alpha=0.5, markersize=4)
        axes.errorbar(
            found.estimate, place, xerr=whiskers(found), fmt=marker, color=colour, capsize=3, markersize=5
        )
        axes.annotate(
            f"{found.estimate:.2f}", (found.estimate, place), (0, 7), textcoords="offset points", fontsize=7
        )
    axes.set_yticks(range(len(rules)), [parts(rule)["name"] for rule in rules], fontsize=7)
    axes.set_ylim(-0.6, max(len(rules), 1) - 0.3)
    axes.set(title=task, xlabel="test error (%)", xscale="log")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter("{x:g}")
    axes.tick_params(axis="x", which="both", labelsize=7)


def caption(table: pd.DataFrame, test: pd.DataFrame) -> str:
    """What the reader has to know: seeds, runs that were lost, and what the bars are."""
    lost = table[["task", "rule", "seed"]].drop_duplicates().shape[0] - len(test)
    missing = f"; {count(lost, 'run')} lost" if lost else ""
    return (
        f"{count(test.seed.nunique(), 'fresh seed')}{missing}; bars: 95 % interval of the mean; dots: seeds"
    )
