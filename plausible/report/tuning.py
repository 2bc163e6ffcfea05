"""The results of tuning, as a table that is printed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from plausible.printing.table import Column, Table
from plausible.printing.words import NOTHING, interval, number
from plausible.registry import registry
from plausible.study.intervals import Interval, bounds_of, estimate
from plausible.study.keys.key import key
from plausible.study.run import SCORES, Run
from plausible.study.store.store import Store
from plausible.study.trials import final_table, words_of
from plausible.study.tuning.search import Group

HEADS = ("validation [95 %]", "runner-up", "trials", "lost", "pruned", "multiply-adds")


def winners_frame(groups: Sequence[Group], winners: Sequence[Run], store: Store) -> pd.DataFrame:
    """A row per group: the setting that won, and how it does on fresh seeds, on the test split.

    Columns: task, rule; where one rule learns one task under several conditions, those that vary; optimiser;
    validation, the mean score in the finals with its 95 % interval, validation_low to validation_high, over
    validation_n seeds, and the same of the runner_up, NaN without any; without finals, the score of the best trial;
    how many trials there were, and how many of them were lost and pruned; multiply_adds of the search,
    final_multiply_adds of the finals; widened, how often ranges were; edge, the settings that lie at an edge of their
    range, in words; metric, that of the scores; test, the mean over test_n fresh seeds, with its 95 % interval test_low
    to test_high, NaN without any.
    """
    frame = final_table(groups, winners, store)
    varied = varying([group.whole or group.base for group in groups])
    rows = []
    for group in groups:
        best, base = group.chosen(), group.base
        keys = {key(run).name for run in group.won(winners)}
        test = frame[frame.key.isin(keys) & (frame.split == "test") & frame.metric.isin(SCORES)]
        metric = next(iter(test.metric), "")
        conditions = told(group.whole or base)
        rows.append(
            {
                "task": registry.label(base.task, "task"),
                "rule": registry.label(best.run.rule),
                **{name: conditions[name] for name in varied},
                "optimiser": repr(group.winner().optimiser),
                **in_finals(group, metric),
                "trials": len(group.trials),
                "lost": sum(not np.isfinite(trial.score) for trial in group.trials),
                "pruned": sum(trial.status == "pruned" for trial in group.trials),
                "multiply_adds": group.searched(),
                "final_multiply_adds": group.contested(),
                "widened": group.round,
                "edge": words_of(group.at_edge()),
                "metric": metric,
                **named("test", estimate(test.value.tolist(), bounds_of(metric))),
            }
        )
    return pd.DataFrame(rows)


def in_finals(group: Group, metric: str) -> dict[str, Any]:
    """The scores of the winner and of the runner-up; without finals, that of the best trial."""
    sign = SCORES.get(metric, 1.0)
    ranking = [[sign * score for score in finalist.kept] for finalist in group.ranking()[:2]]
    scores = [*(ranking or [[sign * group.best().score]]), []]
    first, second = (estimate(each, bounds_of(metric)) for each in scores[:2])
    return named("validation", first) | named("runner_up", second)


def named(what: str, found: Interval) -> dict[str, Any]:
    """An estimate and its interval, as columns."""
    return dict(zip((what, f"{what}_low", f"{what}_high", f"{what}_n"), found, strict=True))


def winners_table(groups: Sequence[Group], winners: Sequence[Run], store: Store) -> Table:
    """The rows of `winners_frame` as a table that is printed."""
    frame = winners_frame(groups, winners, store)
    names = [str(name) for name in frame.columns[: list(frame).index("validation")]]
    edge = ["at the edge"] * bool(frame.edge.any())
    heads = [*HEADS, *edge, "test [95 %]", "fresh seeds"]
    columns = [*(Column(name, words=True) for name in names), *map(Column, heads)]
    printed = Table("the setting that won, of every rule", columns, keys=len(names) - 1)
    for row in frame.to_dict("records"):
        spans = [
            interval(row[what], row[f"{what}_low"], row[f"{what}_high"], ".4f")
            for what in ("validation", "runner_up", "test")
        ]
        printed.add(
            *(row[name] for name in names),
            *spans[:2],
            *(str(row[name]) for name in ("trials", "lost", "pruned")),
            number(row["multiply_adds"] + np.nan_to_num(row["final_multiply_adds"]), ".3g"),
            *(row["edge"] or NOTHING for _ in edge),
            spans[2],
            str(row["test_n"]),
        )
    return printed


def told(run: Run) -> dict[str, str]:
    """The conditions of a run, which tell groups of one rule on one task apart, as texts by name."""
    return run.conditions() | {"epochs": str(run.epochs), "batch size": str(run.batch_size)}


def varying(runs: Sequence[Run]) -> list[str]:
    """The conditions in which runs of one rule on one task differ."""
    alike: dict[tuple[str, str], list[dict[str, str]]] = {}
    for run in runs:
        alike.setdefault((run.task, run.rule), []).append(told(run))
    return [
        name for name in told(runs[0]) if any(len({one[name] for one in of}) > 1 for of in alike.values())
    ]
