"""What came of tuning, for people."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from plausible import registry
from plausible.printing.table import Column, Table
from plausible.printing.words import interval
from plausible.study.compare import estimate
from plausible.study.key import key
from plausible.study.run import SCORES, Run
from plausible.study.statistics import bounds_of
from plausible.study.store import Store
from plausible.study.trials import final_table
from plausible.study.tuning import Group


def winners_table(groups: Sequence[Group], winners: Sequence[Run], store: Store) -> Table:
    """A row per group: the setting that won, and how it does on fresh seeds, on the test split."""
    frame = final_table(groups, winners, store)
    heads = ("validation", "trials", "lost", "pruned", "test [95 %]", "fresh seeds")
    words = [Column(name, words=True) for name in ("task", "rule", "optimiser")]
    shown = Table("the setting that won, of every rule", [*words, *map(Column, heads)], keys=2)
    for group in groups:
        best, base = group.best(), group.base
        keys = {key(run).name for run in group.won(winners)}
        test = frame[frame.key.isin(keys) & (frame.split == "test") & frame.metric.isin(SCORES)]
        metric = next(iter(test.metric), "")
        found = estimate(test.value.tolist(), bounds_of(metric))
        lost = sum(not np.isfinite(trial.score) for trial in group.trials)
        pruned = sum(trial.status == "pruned" for trial in group.trials)
        shown.add(
            *(registry.label(base.task, "task"), registry.label(best.run.rule), repr(best.run.optimiser)),
            f"{SCORES.get(metric, 1.0) * best.score:.4f}",
            *(str(number) for number in (len(group.trials), lost, pruned)),
            interval(*found[:3], ".4f") if found.n else "–",
            str(found.n),
        )
    return shown
