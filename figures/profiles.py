"""Performance profiles across tasks: the share of runs whose score is above each threshold [dolan2002]."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.findings import NOTHING_YET, listed
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import curve
from plausible.plotting.style import DARK, style
from plausible.printing.words import count

ANCHORS = ("shallow", "backprop")  # which score 0 and 1 in the mean


def source(table: pd.DataFrame) -> pd.DataFrame:
    """All of the table but its constants."""
    done = table[table.status == "done"]
    return done[["rule", "threshold", "value", "low", "high", "runs"]]


def draw(table: pd.DataFrame) -> Figure:
    """A curve for every rule: the share of runs above a threshold, with 95 % bands.

    Args:
        table: of `studies/profiles.py`, a row for each rule and threshold.
    """
    drawn = source(table)
    rules = list(dict.fromkeys(drawn.rule))
    with sheet(COLUMN, 2.2) as figure:
        axes = figure.subplots()
        for rule, look in style(rules).items():
            mine = drawn[drawn.rule == rule].set_index("threshold").sort_index()
            curve(axes, 100 * mine.value, *look, rule, line="--" if rule in ANCHORS else "-")
            axes.fill_between(
                mine.index, 100 * mine.low, 100 * mine.high, color=look[0], alpha=0.15, linewidth=0
            )
        for score in (0, 1):
            axes.axvline(score, color=DARK, linewidth=0.5, linestyle=":")
        axes.set(
            xlabel="score: 0 is shallow's mean, 1 backprop's", ylabel="runs above it (%)", ylim=(-3, 103)
        )
        runs = drawn.groupby("rule").runs.first()
        tasks = count(int(table.tasks.max()), "task") if len(drawn) else ""
        many = " to ".join(map(str, sorted({runs.min(), runs.max()})))
        note = (
            f"{many} runs a rule on {tasks}, tuned; bands: 95 %, seeds drawn again within each task, pointwise; a lost "
            "run is above nothing"
        )
        return finished(figure, finding(drawn), note if len(drawn) else "", axes)


def finding(drawn: pd.DataFrame) -> str:
    """Above which score half of the runs of each rule lie, between the two whose means are 0 and 1."""
    halves = (
        drawn[drawn.value >= 0.5]
        .groupby("rule", sort=False)
        .threshold.max()
        .drop([*ANCHORS], errors="ignore")
    )
    if not len(halves):
        return NOTHING_YET
    told = listed(f"{100 * half:.0f} % of the way for {rule}" for rule, half in halves.items())
    return f"From shallow to backprop, half of the runs come {told}"
