"""The results of tuning, as a table that is printed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from plausible.printing.table import Column, Table
from plausible.printing.words import interval
from plausible.registry import registry
from plausible.study.keys.key import key
from plausible.study.run import SCORES, Run
from plausible.study.statistics import bounds_of, estimate
from plausible.study.store.store import Store
from plausible.study.trials import final_table
from plausible.study.tuning import Group


def winners_frame(groups: Sequence[Group], winners: Sequence[Run], store: Store) -> pd.DataFrame:
    """A row per group: the setting that won, and how it does on fresh seeds, on the test split.

    Columns: task, rule; where one rule learns one task under several conditions, those that vary; optimiser;
    validation, the score of the best trial; how many trials there were, were lost and pruned; metric, that of the
    scores; test, the mean over test_n fresh seeds, with its 95 % interval test_low to test_high, NaN without any.
    """
    frame = final_table(groups, winners, store)
    varied = varying([group.whole or group.base for group in groups])
    rows = []
    for group in groups:
        best, base = group.best(), group.base
        keys = {key(run).name for run in group.won(winners)}
        test = frame[frame.key.isin(keys) & (frame.split == "test") & frame.metric.isin(SCORES)]
        metric = next(iter(test.metric), "")
        on_fresh_seeds = estimate(test.value.tolist(), bounds_of(metric))
        conditions = told(group.whole or base)
        rows.append(
            {
                "task": registry.label(base.task, "task"),
                "rule": registry.label(best.run.rule),
                **{name: conditions[name] for name in varied},
                "optimiser": repr(best.run.optimiser),
                "validation": SCORES.get(metric, 1.0) * best.score,
                "trials": len(group.trials),
                "lost": sum(not np.isfinite(trial.score) for trial in group.trials),
                "pruned": sum(trial.status == "pruned" for trial in group.trials),
                "metric": metric,
                **dict(zip(("test", "test_low", "test_high", "test_n"), on_fresh_seeds, strict=True)),
            }
        )
    return pd.DataFrame(rows)


def winners_table(groups: Sequence[Group], winners: Sequence[Run], store: Store) -> Table:
    """The rows of `winners_frame` as a table that is printed."""
    frame = winners_frame(groups, winners, store)
    names = [str(name) for name in frame.columns[: list(frame).index("validation")]]
    heads = ("validation", "trials", "lost", "pruned", "test [95 %]", "fresh seeds")
    columns = [*(Column(name, words=True) for name in names), *map(Column, heads)]
    printed = Table("the setting that won, of every rule", columns, keys=len(names) - 1)
    for row in frame.to_dict("records"):
        printed.add(
            *(row[name] for name in names),
            f"{row['validation']:.4f}",
            *(str(row[name]) for name in ("trials", "lost", "pruned")),
            interval(row["test"], row["test_low"], row["test_high"], ".4f"),
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
