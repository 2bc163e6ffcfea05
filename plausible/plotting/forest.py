"""A forest plot: what rules score less than the reference, paired by seed, with the band in which they are as good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from plausible.plotting.findings import INCOMPLETE, NOTHING_YET, OWN, listed
from plausible.plotting.panels import dots
from plausible.plotting.style import DARK, GREY, style
from plausible.printing.words import span
from plausible.study.statistics import MARGIN, Interval, equivalence

POINTS = 100 * MARGIN  # the margin, in points of accuracy either way


class Row(NamedTuple):
    """A rule on a task: its accuracies, and the reference's at the same seeds, (seeds,) each."""

    task: str
    rule: str
    ours: np.ndarray
    reference: np.ndarray

    @property
    def differences(self) -> np.ndarray:
        """The rule's less the reference's, in points, (seeds,)."""
        return 100 * (self.ours - self.reference)

    def as_good(self) -> bool:
        """Whether two one-sided tests put the mean difference inside of the margin, as `equivalence` says."""
        return equivalence(self.ours, self.reference).verdict == "yes"


def paired(scores: pd.DataFrame, reference: str = "backprop") -> list[Row]:
    """The rows of a forest plot, task by task; a rule on the seeds that the reference has as well.

    Args:
        scores: accuracies in long form, one for each task, rule and seed, with the columns `task`, `rule`, `seed` and
            `value`.
        reference: the rule that others are held against, by its name in `scores`.
    """
    found = []
    for task, mine in scores.groupby("task", observed=True, sort=False):
        wide = mine.pivot_table(index="seed", columns="rule", values="value", observed=True)
        for rule in dict.fromkeys(mine.rule):
            if rule != reference and reference in wide:
                both = wide[[rule, reference]].dropna()
                ours, theirs = (both[name].to_numpy(float) for name in (rule, reference))
                found += [Row(str(task), str(rule), ours, theirs)] if len(both) else []
    return found


def forest(axes: Axes, rows: Sequence[Row], names: Mapping[str, str] = OWN) -> None:
    """Draw a dot for each seed, and the mean with its interval, also in numbers; a heading for each task."""
    looks = style(list(dict.fromkeys(row.rule for row in rows)))
    axes.axvspan(-POINTS, POINTS, color=GREY, alpha=0.2, linewidth=0)
    axes.axvline(0, color="black", linewidth=0.5)
    labels: list[str] = []
    for task in dict.fromkeys(row.task for row in rows):
        axes.annotate(
            task, (0, len(labels)), (-3, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
            ha="right", va="center_baseline", fontsize=6.5, weight="bold",
        )  # fmt: skip
        labels.append("")
        for row in (row for row in rows if row.task == task):
            found = dots(axes, len(labels), row.differences, looks[row.rule])
            numbers(axes, len(labels), found)
            labels.append(names.get(row.rule, row.rule))
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(max(len(labels), 1) - 0.4, -0.6)
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("test accuracy less backprop's, points")


def numbers(axes: Axes, place: int, found: Interval) -> None:
    """A row's mean and interval in numbers, right of the panel."""
    text = span(found.estimate, found.low, found.high, "+.1f")
    axes.annotate(
        text, (1, place), (3, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
        ha="left", va="center_baseline", fontsize=6, color=DARK,
    )  # fmt: skip


def as_good(rows: Sequence[Row], references: Sequence[str] = ("shallow",)) -> str:
    """On which tasks each rule is as good as backprop within the margin; references, such as a floor, are left out.

    Of a rule that nowhere has two seeds beside backprop's nothing can be decided, and the title says so.
    """
    rules = [rule for rule in dict.fromkeys(row.rule for row in rows) if rule not in references]
    if not rules:
        return INCOMPLETE if rows else NOTHING_YET
    told = []
    for rule in rules:
        good = [row.task for row in rows if row.rule == rule and row.as_good()]
        enough = any(len(row.differences) > 1 for row in rows if row.rule == rule)
        nowhere = f"{rule} on no task" if enough else f"{rule} undecided, of one seed"
        told.append(f"{rule} on {listed(good)}" if good else nowhere)
    if all(len(row.differences) < 2 for row in rows if row.rule in rules):
        return (
            "Whether a rule is as good as backprop cannot be decided: no rule has two seeds beside backprop's"
        )
    return f"As good as backprop, to {POINTS:g} point{'s' * (POINTS != 1)}: {'; '.join(told)}"
