"""The results of tuning, as a table that is printed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from plausible.printing.table import Column, Table
from plausible.printing.words import interval
from plausible.registry import registry
from plausible.study.keys.key import key
from plausible.study.run import SCORES, Run
from plausible.study.statistics import bounds_of, estimate
from plausible.study.store.store import Store
from plausible.study.trials import final_table
from plausible.study.tuning import Group


def winners_table(groups: Sequence[Group], winners: Sequence[Run], store: Store) -> Table:
    """A row per group: the setting that won, and how it does on fresh seeds, on the test split.

    Where one rule learns one task under several conditions, those that vary are columns.
    """
    frame = final_table(groups, winners, store)
    heads = ("validation", "trials", "lost", "pruned", "test [95 %]", "fresh seeds")
    varied = varying([group.whole or group.base for group in groups])
    words = [Column(name, words=True) for name in ("task", "rule", *varied, "optimiser")]
    columns = [*words, *map(Column, heads)]
    printed = Table("the setting that won, of every rule", columns, keys=2 + len(varied))
    for group in groups:
        best, base = group.best(), group.base
        keys = {key(run).name for run in group.won(winners)}
        test = frame[frame.key.isin(keys) & (frame.split == "test") & frame.metric.isin(SCORES)]
        metric = next(iter(test.metric), "")
        on_fresh_seeds = estimate(test.value.tolist(), bounds_of(metric))
        lost = sum(not np.isfinite(trial.score) for trial in group.trials)
        pruned = sum(trial.status == "pruned" for trial in group.trials)
        printed.add(
            *(registry.label(base.task, "task"), registry.label(best.run.rule)),
            *(told(group.whole or base)[name] for name in varied),
            repr(best.run.optimiser),
            f"{SCORES.get(metric, 1.0) * best.score:.4f}",
            *(str(number) for number in (len(group.trials), lost, pruned)),
            interval(*on_fresh_seeds[:3], ".4f"),
            str(on_fresh_seeds.n),
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
