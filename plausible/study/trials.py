"""The tables that tuning writes: one of every trial, and one of the winners' measurements."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from plausible.core import Optimiser
from plausible.errors import BadInput
from plausible.printing.words import without_home
from plausible.registry import registry
from plausible.registry.written import written
from plausible.study.campaign import Plan
from plausible.study.keys.key import key
from plausible.study.run import Run
from plausible.study.store import tables
from plausible.study.store.store import Store
from plausible.study.store.stored import read_frame
from plausible.study.store.tables import computed_with
from plausible.study.tuning import Group, best_of, best_of_bands, worst
from plausible.study.work import NONE


def table(groups: Sequence[Group]) -> pd.DataFrame:
    """Every trial, and the expected best score of k of them.

    One row per trial: task, rule, trial (from 0), the conditions (hidden layers and so on), spec, optimiser, epochs,
    status, score (of a lost trial NaN, of a pruned one its last), and for k = trial + 1 `best_of_k` with its interval
    `low`, `high`, for which a lost trial counts as one below the worst.
    """
    rows = []
    for group in groups:
        below = worst(group.trials)
        kept = [trial.score if np.isfinite(trial.score) else below for trial in group.trials]
        curves = zip(group.trials, best_of(kept), *best_of_bands(kept), strict=True)
        for trial, best, low, high in curves:
            rows.append(
                {
                    "task": registry.label(group.base.task, "task"),
                    "rule": registry.label(group.base.rule),
                    "trial": trial.number,
                    **group.base.conditions(),
                    "spec": trial.run.rule,
                    "optimiser": as_read(trial.run.optimiser),
                    "epochs": trial.run.epochs,
                    "status": trial.status,
                    "score": trial.score if np.isfinite(trial.score) else np.nan,
                    "best_of_k": best,
                    "low": low,
                    "high": high,
                }
            )
    lacking = {name: NONE for group in groups for name in group.base.conditions()}
    return pd.DataFrame(rows).fillna(lacking)


def as_read(optimiser: Optimiser) -> str:
    """An optimiser as `plausible compare --tuned` reads it; as Python prints it, if no text is read as the same."""
    try:
        return without_home(written(optimiser))
    except BadInput:
        return repr(optimiser)


def final_table(groups: Sequence[Group], winners: Sequence[Run], store: Store) -> pd.DataFrame:
    """The measurements of the winners, in long form, with their settings and how each run ended.

    `untuned` is the rule as the study names it.
    """
    plan = Plan({run: key(run) for run in winners})
    untuned = {
        plan.keys[run].name: registry.label(group.base.rule) for group in groups for run in group.won(winners)
    }
    status = {plan.keys[run].name: stored.status for run, stored in plan.stored(store).items()}
    frame = plan.table(store)
    return frame.assign(status=frame.key.map(status), untuned=frame.key.map(untuned))


def beside_other_tasks(table: pd.DataFrame, file: Path) -> pd.DataFrame:
    """A new table below the rows of other tasks in `file`, if that is there."""
    if not file.exists():
        return table
    before = read_frame(file)
    return pd.concat([before[~before.task.isin(table.task.unique())], table], ignore_index=True)


def holds_other(file: Path, tasks: Collection[str], scale: str) -> bool:
    """Whether a file has these tasks at another scale, or is no such table."""
    if not file.exists():
        return False
    try:
        table = read_frame(file, ["task", "scale"])
    except (ValueError, KeyError):
        return True
    return bool((table.task.isin(list(tasks)) & (table.scale != scale)).any())


def write(
    study: str, scale: str, groups: Sequence[Group], winners: Sequence[Run], store: Store
) -> Iterator[Path]:
    """Write the measurements of the winners, and every trial, into tuning/ in the store; yields the files.

    If earlier tables of this study have the same tasks at another scale, or cannot be read, they are not replaced: new
    tables are written beside them.
    """
    folder = store.root / "tuning"
    folder.mkdir(exist_ok=True)
    tasks = {registry.label(group.base.task, "task") for group in groups}
    if any(holds_other(folder / f"{name}.parquet", tasks, scale) for name in (study, f"{study}-tuning")):
        study = f"{study}-{scale}"
    runs = [
        stored.computed_with() for stored in Plan({run: key(run) for run in winners}).stored(store).values()
    ]
    for name, frame in ((study, final_table(groups, winners, store)), (f"{study}-tuning", table(groups))):
        file = folder / f"{name}.parquet"
        before = computed_with(file) if file.exists() else []
        kept = beside_other_tasks(frame.assign(scale=scale), file)
        tables.write(kept, file, runs, before if len(kept) > len(frame) else [])
        yield file
