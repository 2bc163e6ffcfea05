"""Published numbers beside ours."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any, NamedTuple

import pandas as pd

from plausible.printing.table import Column, Table
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


COLUMNS = {
    **dict.fromkeys(("what", "source", "mark"), "object"),
    **dict.fromkeys(("published", "tolerance", "ours", "ours_low", "ours_high"), "float64"),
    "n": "int64",
    "within": "boolean",
}


def frame(study: Study, table: pd.DataFrame) -> pd.DataFrame:
    """Every published number of a study beside ours.

    Columns: what, in words, with the unit; source, and mark, how the published number was checked; published, and the
    tolerance that the study states; ours, the mean over n seeds, with its 95 % interval ours_low to ours_high, NaN if
    it was not run; within, whether it is within the tolerance, NA if it was not run.
    """
    rows = [beside(published, table) for published in study.published]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)


def rows(study: Study, table: pd.DataFrame) -> list[Beside]:
    """The rows of `frame` in words."""
    return [in_words(row) for row in frame(study, table).to_dict("records")]


def shown(compared: pd.DataFrame) -> Table:
    """The rows of `frame` as a table that is printed."""
    heads = ("what", "published", "ours", "within?", "source")
    printed = Table("", [Column(head, words=head not in ("published", "ours")) for head in heads])
    for row in compared.to_dict("records"):
        printed.add(*in_words(row))
    return printed


def in_words(row: Mapping[Hashable, Any]) -> Beside:
    """A published number and ours as they are printed."""
    stated = f"{row['published']:g} ± {row['tolerance']:g}"
    source = f"{row['source']} ({row['mark']})"
    if not row["n"]:
        return Beside(row["what"], stated, "–", "not run", source)
    said = f"{interval(row['ours'], row['ours_low'], row['ours_high'], '.3g', '.2g')} (n = {row['n']})"
    return Beside(row["what"], stated, said, "yes" if row["within"] else "no", source)


def beside(published: Published, table: pd.DataFrame) -> dict[str, Any]:
    """A published number beside ours. Ours is within if its mean differs by no more than the stated tolerance."""
    what = f"our number for {published.what!r} cannot be read from the study's table"
    with guarded(lambda reason, _: f"{what}: {reason}"):  # the study may be a user's own
        ours = estimate([float(value) for value in published.ours(table)], published.bounds)
    told = {"what": published.what, "source": published.source, "mark": published.mark}
    limits = {"published": published.value, "tolerance": published.tolerance}
    means = dict(zip(("ours", "ours_low", "ours_high", "n"), ours, strict=True))
    within = abs(ours.estimate - published.value) <= published.tolerance if ours.n else None
    return {**told, **limits, **means, "within": within}


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
