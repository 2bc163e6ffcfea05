"""The tables that tuning writes: one of every trial, and one of the winners' measurements."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
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
from plausible.study.store.export import specs_in, write_answers
from plausible.study.store.store import Store
from plausible.study.store.stored import read_frame
from plausible.study.store.tables import computed_with
from plausible.study.tuning.best_of import best_of, best_of_bands
from plausible.study.tuning.finals import Finalist
from plausible.study.tuning.search import Group, worst
from plausible.study.tuning.settings import End
from plausible.study.tuning.trial import Trial, multiply_adds
from plausible.study.work import NONE


def table(groups: Sequence[Group]) -> pd.DataFrame:
    """Every trial, how it did in the finals, and the expected best score of k of them.

    One row per trial: task, rule, trial (from 0), the conditions (hidden layers and so on), spec, optimiser, epochs,
    status, score (of a lost trial NaN, of a pruned one its last), and for k = trial + 1 `best_of_k` with its interval
    `low`, `high`, for which a lost trial counts as one below the worst. `seeds` says of how many seeds the score is the
    mean, `round` how often ranges had been widened, `multiply_adds` what it took. Columns of `in_finals` tell how
    finalists did; `won` is 1 for the winner, else 0, and `edge` says where that lies at an edge of the `ranges`.
    """
    rows = []
    for group in groups:
        below = worst(group.trials)
        kept = [trial.score if np.isfinite(trial.score) else below for trial in group.trials]
        ranking = {
            finalist.trial.number: (place, finalist) for place, finalist in enumerate(group.ranking(), 1)
        }
        won = group.chosen().number if any(trial.status == "done" for trial in group.trials) else None
        edge = {won: words_of(group.at_edge())} if won is not None else {}
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
                    "seeds": len(trial.runs),
                    "round": trial.round,
                    "multiply_adds": multiply_adds_of(group, trial),
                    **in_finals(group, *ranking.get(trial.number, (0, None))),
                    "won": float(trial.number == won),
                    "edge": edge.get(trial.number, ""),
                    "ranges": ranges_of(group),
                }
            )
    lacking = {name: NONE for group in groups for name in group.base.conditions()}
    return pd.DataFrame(rows).fillna(lacking)


def in_finals(group: Group, place: int, finalist: Finalist | None) -> dict[str, object]:
    """How a trial did in the finals; empty of one that did not enter.

    `place`, from 1; `final`, the mean score at full length over those of `final_seeds` runs that were not among the
    `final_lost`; `final_multiply_adds`, of its runs; `finals`, the scores of the runs, as words.
    """
    if finalist is None:
        nothing = dict.fromkeys(
            ("place", "final", "final_seeds", "final_lost", "final_multiply_adds"), np.nan
        )
        return {**nothing, "finals": ""}
    total = group.contested()
    return {
        "place": float(place),
        "final": finalist.mean if finalist.kept else np.nan,
        "final_seeds": float(len(finalist.scores)),
        "final_lost": float(finalist.lost),
        "final_multiply_adds": total / max(len(group.finals.entered), 1),
        "finals": " ".join(f"{score:.6g}" for score in finalist.scores),
    }


def multiply_adds_of(group: Group, trial: Trial) -> float:
    """The multiply-adds of a trial; of one that ended early, by what an example takes in the others."""
    own = multiply_adds(trial.work)
    if np.isfinite(own):
        return own
    known = [work.per_example for each in group.trials for work in each.work if np.isfinite(work.per_example)]
    return float(sum(work.examples for work in trial.work) * np.mean(known)) if known else np.nan


def ranges_of(group: Group) -> str:
    """The ranges that were searched at the end, in words."""
    ranges = group.ranges or group.space()
    return "; ".join(f"{name} {range.low:g} to {range.high:g}" for name, range in ranges.items())


def words_of(edges: Mapping[str, End]) -> str:
    """The settings at an edge of their ranges, in words: "optimiser.rate at the top"; "" for none."""
    return ", ".join(f"{name} at the {end}" for name, end in edges.items())


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
    before = tables.as_it_is(file)
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
    study: str,
    scale: str,
    groups: Sequence[Group],
    winners: Sequence[Run],
    store: Store,
    metrics: Sequence[str] = (),
) -> Iterator[Path]:
    """Write the measurements of the winners, and every trial, into tuning/ in the store; yields the files.

    Of the measurements these `metrics` are kept, or all if none is named, as in a table that is exported.

    If earlier tables of this study have the same tasks at another scale, or cannot be read, they are not replaced: new
    tables are written beside them.
    """
    folder = store.root / "tuning"
    folder.mkdir(exist_ok=True)
    tasks = {registry.label(group.base.task, "task") for group in groups}
    if any(holds_other(folder / f"{name}.parquet", tasks, scale) for name in (study, f"{study}-tuning")):
        study = f"{study}-{scale}"
    stored = Plan({run: key(run) for run in winners}).stored(store).values()
    runs, specs = [there.computed_with() for there in stored], specs_in(stored)
    measured = final_table(groups, winners, store)
    measured = measured[measured.metric.isin(metrics)] if metrics else measured
    for name, frame in ((study, measured), (f"{study}-tuning", table(groups))):
        file = folder / f"{name}.parquet"
        before = computed_with(file) if file.exists() else []
        earlier = tables.specs_of(file, read_frame(file)) if file.exists() and "key" in frame else {}
        kept = beside_other_tasks(frame.assign(scale=scale), file)
        of_both = earlier | specs if "key" in frame else None
        tables.write(kept, file, runs, before if len(kept) > len(frame) else [], of_both)
        if "key" in frame:
            write_answers(file, kept.key, stored)
        yield file
