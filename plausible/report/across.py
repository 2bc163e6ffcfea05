"""Every rule over all tasks of a study: scores between the lower anchor and the reference, and performance profiles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from plausible.errors import BadInput
from plausible.printing import words
from plausible.printing.table import Column, Table
from plausible.registry import names
from plausible.report.comparisons import final_values, keys
from plausible.report.labels import plain_rule
from plausible.report.paired import at_chance, called, named, varying
from plausible.study.across import Anchored, middle_of_tasks, over_tasks, profile
from plausible.study.run import SCORES
from plausible.study.statistics import mean_interval
from plausible.study.work import Work

ANCHORS = {"bptt": "readout-only", "backprop": "shallow"}  # the upper ones, each with the lower one
THRESHOLDS = tuple(np.round(np.arange(0, 1.21, 0.05), 2).tolist())
COLUMNS = {
    "rule": "str",
    **dict.fromkeys(("tasks", "runs", "lost"), "int64"),
    "lost_as_chance": "bool",
    **dict.fromkeys(("mean", "low", "high", "iqm", "iqm_low", "iqm_high"), "float64"),
}


class Anchors(NamedTuple):
    """The values of all rules on the tasks that have two anchors apart from each other."""

    by_rule: Mapping[
        str, Mapping[str, Anchored]
    ]  # by rule and task: (seeds, 3), NaN of a lost run; none of one never made
    chance: Mapping[str, float]  # by task, where it was measured
    left_out: Sequence[
        str
    ]  # tasks on which the anchors are missing, or their difference is not known to be above 0


def anchored(table: pd.DataFrame, lost: Sequence[Work] = ()) -> Anchors:
    """The values of a long table by rule and task, beside those of the anchors at the same seeds.

    Rules are called by their bare names, without options and optimiser, where no task has two of one name: then the
    winners of tuning, which have other options on each task, are one rule.

    Args:
        table: see `plausible.report.paired.beside_reference`.
        lost: the runs that diverged, failed or timed out.
    """
    varied = varying(table)
    gone, table = called(lost, varied), named(table, varied)
    made = {*keys(table), *gone}
    values: dict[str, pd.DataFrame] = {}
    chance: dict[str, float] = {}
    for metric in (metric for metric in SCORES if (table.metric == metric).any()):
        measured = {*table[(table.metric == metric) & (table.layer == "")].task}
        here = [run for run in gone if run[0] in measured]
        found = final_values(table[table.task.isin(measured)], metric, "test", here)
        values = found | values
        chance = at_chance(table[table.task.isin(measured)], metric) | chance
    bare = {rule: names.named(plain_rule(rule)) for scores in values.values() for rule in map(str, scores)}
    twice = {
        name
        for scores in values.values()
        for name, n in Counter(bare[str(rule)] for rule in scores).items()
        if n > 1
    }
    by_rule: dict[str, dict[str, Anchored]] = {}
    left_out = []
    for task, scores in values.items():
        of = {bare[str(rule)]: str(rule) for rule in scores}
        pair = next(((low, high) for high, low in ANCHORS.items() if {low, high} <= {*of}), None)
        if pair is None or not apart(*(scores[of[name]].to_numpy() for name in pair)):
            left_out.append(task)
            continue
        ends = scores[[of[name] for name in pair]]
        for rule in map(str, scores):
            mine = np.array([(task, rule, seed) in made for seed in scores.index], bool)
            both = np.column_stack([scores[rule], ends])[ends.notna().all(axis=1).to_numpy() & mine]
            by_rule.setdefault(rule if bare[rule] in twice else bare[rule], {})[task] = both
    return Anchors(by_rule, chance, left_out)


def apart(low: np.ndarray[Any, Any], high: np.ndarray[Any, Any]) -> bool:
    """Whether the interval of the paired difference of two anchors, (seeds,) each, leaves 0 out."""
    differences = (high - low)[np.isfinite(high - low)]
    if len(differences) < 2:
        return False
    _, least, most, _ = mean_interval(differences)
    return bool(least > 0 or most < 0)


def across(table: pd.DataFrame, lost: Sequence[Work] = ()) -> pd.DataFrame:
    """A row for each rule: its scores over all tasks, 0 being the lower anchor and 1 the reference [agarwal2021].

    Args:
        table: see `anchored`.
        lost: likewise.

    Returns:
        rule; tasks, on which it and both anchors were run; runs, that had a value; lost, that had none; mean, iqm and
        their stratified bootstrap intervals, as `plausible.study.across.over_tasks`; lost_as_chance: below a rule that
        lost runs stands another row, where these count as chance, if that was measured. No row if fewer than two tasks
        have anchors that are apart.
    """
    found = anchored(table, lost)
    rows = []
    if len({task for tasks in found.by_rule.values() for task in tasks}) > 1:
        for rule, tasks in found.by_rule.items():
            rows += [row for row in (scored(rule, tasks), scored(rule, tasks, found.chance)) if row]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)


def scored(
    rule: str, tasks: Mapping[str, Anchored], chance: Mapping[str, float] | None = None
) -> dict[str, Any]:
    """A row of `across`; with `chance` by task, that in which lost runs count so; {} if there is nothing to say."""
    lost = {task: int(np.isnan(values[:, 0]).sum()) for task, values in tasks.items()}
    if chance is not None and (not any(lost.values()) or not {t for t, n in lost.items() if n} <= {*chance}):
        return {}
    kept = {}
    for task, values in tasks.items():
        kept[task] = values[np.isfinite(values[:, 0])]
        if chance is not None and lost[task]:
            kept[task] = values.copy()
            kept[task][np.isnan(values[:, 0]), 0] = chance[task]
    there = [values for values in kept.values() if len(values)]
    row: dict[str, Any] = {"rule": rule, "tasks": len(there), "runs": sum(map(len, there))}
    row |= {"lost": sum(lost.values()), "lost_as_chance": chance is not None}
    if there:
        mean, middle = over_tasks(there), middle_of_tasks(there)
        row |= dict(zip(("mean", "low", "high"), mean, strict=False))
        row |= dict(zip(("iqm", "iqm_low", "iqm_high"), middle, strict=False))
    return row


def profiles(table: pd.DataFrame, thresholds: Sequence[float] = THRESHOLDS) -> pd.DataFrame:
    """Performance profiles: of each rule and threshold, the share of runs on all tasks whose score is above it.

    Returns:
        rule, threshold; share, with its 95 % interval low to high, at each threshold for itself; runs. A lost run is
        above no threshold, so that it counts against its rule.

    Raises:
        BadInput: if no task has anchors that are apart.
    """
    found = anchored(table)
    if not found.by_rule:
        raise BadInput(
            "no task of this table has two anchors that are apart: expected test scores of shallow and backprop (or "
            "readout-only and bptt), of two seeds or more"
        )
    rows = []
    for rule, tasks in found.by_rule.items():
        shares = profile([*tasks.values()], thresholds)
        rows += [
            {
                "rule": rule,
                "threshold": at,
                "share": each[0],
                "low": each[1],
                "high": each[2],
                "runs": each[3],
            }
            for at, each in zip(thresholds, shares, strict=True)
        ]
    return pd.DataFrame(rows)


def shown(rows: pd.DataFrame, left_out: Sequence[str] = ()) -> Table | None:
    """The rows of `across` as a table that is printed; None if there is none."""
    if not len(rows):
        return None
    heads = ("tasks", "runs", "lost", "mean score [95 %]", "middle half [95 %]")
    caption = (
        "score: 0 is the mean of shallow (or readout-only), 1 that of backprop (or bptt), on the same task"
    )
    if left_out:
        caption += f"; left out, as these are not apart there: {'; '.join(left_out)}"
    table = Table("across tasks", [Column("rule", words=True), *map(Column, heads)], caption=caption)
    records: Any = rows.to_dict("records")
    for row in records:
        table.add(
            f"{row['rule']}, lost as chance" if row["lost_as_chance"] else row["rule"],
            *(str(row[name]) for name in ("tasks", "runs", "lost")),
            *(span(row, names) for names in (("mean", "low", "high"), ("iqm", "iqm_low", "iqm_high"))),
        )
    return table


def span(row: Mapping[str, Any], columns: Sequence[str]) -> str:
    """A score with its interval; one that is 0 but for rounding has no sign."""
    mean, low, high = (round(row[name], 9) + 0.0 for name in columns)
    return words.span(mean, low, high, ".2f")
