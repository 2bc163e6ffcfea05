"""What a study measured, at the end of its runs: for studies in which no rule stands beside a reference."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from plausible.printing.table import Column, Table
from plausible.printing.words import interval
from plausible.report.comparisons import Key
from plausible.report.paired import at_chance, called, named, varying
from plausible.study.run import SCORES
from plausible.study.statistics import bounds_of, estimate
from plausible.study.work import Work

SPLITS = ("test", "validation", "train")  # a metric is reported on the first of them that it was measured on
GROUP = ["task", "rule", "metric", "layer"]


def at_the_end(
    table: pd.DataFrame, metrics: Collection[str] = (), lost: Sequence[Work | Key] = ()
) -> list[dict[str, Any]]:
    """A row for every task, rule and metric: the mean, over runs, of the last measurement of each run.

    Args:
        table: in long form, of runs that were done, with their keys; settings that vary become a part of the task.
        metrics: those that are reported; all, if none of them was measured.
        lost: the runs that diverged, failed or timed out, as `plausible.report.paired.beside_reference` takes them.

    Returns:
        task, rule, metric, layer, split; `at`, the epoch of the last measurement (of an experiment, its place), and
        `points`, how many measurements there were; mean, low, high and n, as `plausible.study.intervals.estimate` says;
        lost, how many of the rule's runs on the task were; lost_as, NaN: below the row of a score with lost runs stands
        another one, in which they count as chance, `lost_as` (`plausible.report.paired.at_chance`).
    """
    varied = varying(table)
    table = named(table, varied)
    gone = Counter((task, rule) for task, rule, _ in called(lost, varied))
    chance = {metric: at_chance(table, metric) for metric in SCORES}
    told = table[table.metric.isin(list(metrics))]
    table = told if len(told) else table
    ranks = {split: rank for rank, split in enumerate(SPLITS)}
    rank = table.split.map(lambda split: ranks.get(split, len(SPLITS)))
    table = table[rank == rank.groupby([table[name] for name in ("key", "metric", "layer")]).transform("min")]
    runs = table.groupby(["key", *GROUP, "split"], sort=False, observed=True)
    last = table.loc[runs.epoch.idxmax()].assign(points=runs.size().to_numpy())
    rows = []
    for group, mine in last.groupby([*GROUP, "split", "epoch", "points"], sort=False, observed=True):
        task, rule, metric = map(str, group[:3])
        row = dict(zip([*GROUP, "split", "at", "points"], group, strict=True))
        values, bounds, many = mine.value.tolist(), bounds_of(metric), gone[task, rule]
        rows.append(row | estimate(values, bounds).named() | {"lost": many, "lost_as": math.nan})
        level = chance.get(metric, {}).get(task)
        if many and level is not None and not row["layer"]:
            mean = estimate([*values, *[level] * many], bounds)
            rows.append(row | mean.named() | {"lost": many, "lost_as": level})
    return rows


def measured_table(rows: Iterable[Mapping[str, Any]], title: str) -> Table:
    """The rows of `at_the_end` as a table that is printed."""
    words = [Column(name, words=True) for name in ("task", "rule", "what", "split")]
    printed = Table(title, [*words, *map(Column, ("at", "points", "value [95 %]", "n", "lost"))], keys=3)
    for row in rows:
        what = f"{row['metric']}, {row['layer']}" if row["layer"] else row["metric"]
        value = interval(row["mean"], row["low"], row["high"], ".4g")
        numbers = (f"{row['at']:g}", str(row["points"]), value, str(row["n"]), str(row["lost"]))
        rule = row["rule"] if math.isnan(row["lost_as"]) else f"{row['rule']}, lost at {row['lost_as']:.3g}"
        printed.add(row["task"], rule, what, row["split"], *numbers)
    return printed
