"""Published numbers beside ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pandas as pd

from plausible.printing.words import interval
from plausible.registry.users import guarded
from plausible.study.statistics import estimate
from plausible.study.study import Published, Study


class Beside(NamedTuple):
    """One published number and ours, in words."""

    what: str
    published: str
    ours: str
    within: str  # "yes", "no", or why it cannot be told
    source: str


def rows(study: Study, table: pd.DataFrame) -> list[Beside]:
    """Every published number of a study beside ours."""
    return [beside(published, table) for published in study.published]


def beside(published: Published, table: pd.DataFrame) -> Beside:
    """A published number beside ours. Ours is within if its mean differs by no more than the stated tolerance."""
    what = f"our number for {published.what!r} cannot be read from the study's table"
    with guarded(lambda reason, _: f"{what}: {reason}"):  # the study may be a user's own
        ours = estimate([float(value) for value in published.ours(table)], published.bounds)
    stated = f"{published.value:g} ± {published.tolerance:g}"
    source = f"{published.source} ({published.mark})"
    if not ours.n:
        return Beside(published.what, stated, "–", "not run", source)
    said = f"{interval(*ours[:3], '.3g', '.2g')} (n = {ours.n})"
    within = abs(ours.estimate - published.value) <= published.tolerance
    return Beside(published.what, stated, said, "yes" if within else "no", source)


def accuracy_in_percent(
    task: str, rule: str, epoch: float | None = None, hidden: str | None = None
) -> Callable[[pd.DataFrame], list[float]]:
    """How a study reads test accuracies, in per cent, one number per seed, of a rule as it is named there.

    Args:
        task: by name.
        rule: with the options that it was given, if any.
        epoch: of runs of so many epochs only.
        hidden: of a network only, such as "500-500".
    """

    def ours(table: pd.DataFrame) -> list[float]:
        return [float(value) for value in accuracies(table, task, rule, epoch, hidden)]

    return ours


def paired_difference(
    task: str, rule: str, other: str, hidden: str | None = None
) -> Callable[[pd.DataFrame], list[float]]:
    """How a study reads the accuracy of `rule` less that of `other`, in points, one number per seed of both."""

    def ours(table: pd.DataFrame) -> list[float]:
        first, second = (accuracies(table, task, name, hidden=hidden) for name in (rule, other))
        return [float(value) for value in (first - second).dropna()]

    return ours


def accuracies(
    table: pd.DataFrame, task: str, rule: str, epoch: float | None = None, hidden: str | None = None
) -> pd.Series[float]:
    """Test accuracies in per cent, by seed."""
    scores = table[(table.task == task) & (table.rule == rule) & (table.split == "test")]
    scores = scores[scores.metric == "accuracy"]
    if epoch is not None:
        scores = scores[scores.epoch.round() == epoch]
    if hidden is not None:
        scores = scores[scores.hidden.astype(str) == hidden]
    return 100 * scores.set_index("seed").value
