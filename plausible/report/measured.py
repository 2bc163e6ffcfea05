"""What a study measured, at the end of its runs: for studies in which no rule stands beside a reference."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import pandas as pd

from plausible.printing.table import Column, Table
from plausible.printing.words import interval
from plausible.report.paired import named, varying
from plausible.study.statistics import bounds_of, estimate

SPLITS = ("test", "validation", "train")  # a metric is reported on the first of them that it was measured on
GROUP = ["task", "rule", "metric", "layer"]


def at_the_end(table: pd.DataFrame, metrics: Collection[str] = ()) -> list[dict[str, Any]]:
    """A row for every task, rule and metric: the mean, over runs, of the last measurement of each run.

    Args:
        table: in long form, of runs that were done, with their keys; settings that vary become a part of the task.
        metrics: those that are reported; all, if none of them was measured.

    Returns:
        task, rule, metric, layer, split; `at`, the epoch (or place on another way) of the last measurement, and
        `points`, how many there were on the way; mean, low, high and n, as `plausible.report.summary.estimate` says.
    """
    table = named(table, varying(table))
    told = table[table.metric.isin(list(metrics))]
    table = told if len(told) else table
    ranks = {split: rank for rank, split in enumerate(SPLITS)}
    rank = table.split.map(lambda split: ranks.get(split, len(SPLITS)))
    table = table[rank == rank.groupby([table[name] for name in ("key", "metric", "layer")]).transform("min")]
    runs = table.groupby(["key", *GROUP, "split"], sort=False, observed=True)
    last = table.loc[runs.epoch.idxmax()].assign(points=runs.size().to_numpy())
    rows = []
    for group, mine in last.groupby([*GROUP, "split", "epoch", "points"], sort=False, observed=True):
        mean = estimate(mine.value.tolist(), bounds_of(str(group[2])))
        rows.append(dict(zip([*GROUP, "split", "at", "points"], group, strict=True)) | mean.named())
    return rows


def measured_table(rows: Iterable[Mapping[str, Any]], title: str) -> Table:
    """The rows of `at_the_end` as a table that is printed."""
    words = [Column(name, words=True) for name in ("task", "rule", "what", "split")]
    printed = Table(title, [*words, *map(Column, ("at", "points", "value [95 %]", "n"))], keys=3)
    for row in rows:
        what = f"{row['metric']}, {row['layer']}" if row["layer"] else row["metric"]
        value = interval(row["mean"], row["low"], row["high"], ".4g")
        numbers = (f"{row['at']:g}", str(row["points"]), value, str(row["n"]))
        printed.add(row["task"], row["rule"], what, row["split"], *numbers)
    return printed
