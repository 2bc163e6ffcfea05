"""Running a study: which runs are stored, which have to be computed, and how each ended."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

import pandas as pd

from plausible.core import randomness
from plausible.errors import BadInput, is_whole, require, require_number
from plausible.printing.names import without_place
from plausible.printing.table import Column, Table
from plausible.printing.words import NOTHING
from plausible.registry import registry
from plausible.registry.names import file_of
from plausible.study.columns import described
from plausible.study.engine import Claims, Listener, compute
from plausible.study.keys.key import Key, key
from plausible.study.learned import UNKEPT, trouble
from plausible.study.run import Run
from plausible.study.store import members
from plausible.study.store.store import Store
from plausible.study.store.stored import Stored
from plausible.study.study import Skipped, Study
from plausible.study.work import NONE, Keeps, Outcome, Work
from plausible.study.workers.executors import check_travels, executor, kind_of

LOST = ("diverged", "failed", "timed out")


@dataclass(frozen=True)
class Plan:
    """Runs, such as the cells of a study at a scale, with their keys."""

    keys: Mapping[Work, Key]
    skipped: tuple[Skipped, ...] = field(default=())
    study: str = ""  # the study and the scale whose cells these are, if they are
    scale: str = ""

    @property
    def runs(self) -> list[Run]:
        """The runs in which a rule learns; only these can be tuned."""
        return [run for run in self.keys if isinstance(run, Run)]

    def stored(self, store: Store) -> dict[Work, Stored]:
        """The runs that are in the store."""
        by_run = {run: store.find(key) for run, key in self.keys.items()}
        return {run: stored for run, stored in by_run.items() if stored is not None}

    def table(self, store: Store) -> pd.DataFrame:
        """The measurements of the stored runs, in long form, with the settings in which the runs differ."""
        frame = store.measured(list(self.keys.values()))
        runs = {key.name: run for run, key in self.keys.items()}
        moved = {key: run.head() for key, run in runs.items() if named_files(run)}
        for place, name in enumerate(("task", "rule") if moved else ()):
            # a stored run may name its file in another folder: it is called as the plan calls it
            called = {key: head[place] for key, head in moved.items()}
            frame[name] = frame.key.map(called).fillna(frame[name])
        return described(frame, runs)


def plan(study: Study, scale: str, only: str = "*") -> Plan:
    """The cells of a study whose name (`rule@task/seed`) matches the pattern `only`; a file's class, its name alone.

    Raises:
        BadInput: if nothing matches, or a run names something that does not exist.
    """
    require(isinstance(only, str), "only", only, "a pattern for names of runs, such as 'backprop@*'")
    cells = [cell for cell in study.cells(scale) if matches(name(cell), only)]
    if not cells:
        names = sorted({name(cell) for cell in study.cells(scale)})
        raise BadInput(
            f"no run of {study.name!r} matches {only!r}: expected a pattern for names such as {names[0]}"
        )
    skipped = tuple(cell for cell in cells if isinstance(cell, Skipped))
    runs = [cell for cell in cells if not isinstance(cell, Skipped)]
    return Plan(keys(runs), skipped, study.name, scale)


def keys(runs: Iterable[Work]) -> dict[Work, Key]:
    """Runs with their keys.

    Raises:
        BadInput: for a run of what no file can hold, as an optimiser with a lock, with the place of that run among
            them; if two files hold the same rule, so that their runs would be the same; or if two files have one name
            in tables, so that their runs would be taken for each other.
    """
    by_run = {}
    for number, run in enumerate(runs, 1):
        try:
            by_run[run] = key(run)
        except BadInput as error:
            raise BadInput(f"run {number}, {name(run)}, has no key: {error}") from error
    files: dict[str, Path | None] = {}
    for kind, text in dict.fromkeys(part for run in by_run for part in named_files(run)):
        file = file_of(text)
        other_file = files.setdefault(f"{kind} {registry.label(text, kind)}", file)
        if other_file != file:
            raise BadInput(
                f"{str(other_file)!r} and {str(file)!r} go by one name, {registry.label(text, kind)!r}: expected files "
                "or folders of different names; rename one"
            )
    called: dict[str, Work] = {}
    for run, its_key in by_run.items():
        other = called.setdefault(its_key.name, run)
        if other.rule != run.rule and other.head()[1] != run.head()[1]:
            raise BadInput(
                f"{other.rule!r} and {run.rule!r} are the same code under one file name, so that their runs are the "
                "same: expected each rule once"
            )
    return by_run


def named_files(run: Work) -> list[tuple[str, str]]:
    """The names in a run that lie in a user's files, each with its kind."""
    return [(kind, text) for kind, text in run.named().items() if file_of(text)]


def name(cell: Work | Skipped) -> str:
    """How a run is called in lists: `rule@task/seed`."""
    task, rule, seed = (cell.run if isinstance(cell, Skipped) else cell).head()
    return f"{rule}@{task}/{seed}"


def frame(plan: Plan, stored: Mapping[Work, Stored]) -> pd.DataFrame:
    """Every run of a plan: its name and the settings that vary, its key, how it ended, and the file of its weights.

    Columns: run, the settings that vary, as texts; key, by which `plausible why` finds it; status, which is "missing"
    of a run that is not stored, and "skipped" of a cell that cannot be run, without a key; weights, their file; reason,
    in one line, why it was lost or skipped, or what of it was not measured. Where there is no file or reason, "".
    """
    runs = [run for run in plan.keys if run.settings()]
    names = dict.fromkeys(name for run in runs for name in run.settings() if name != "network")
    varied = [name for name in names if len({run.settings().get(name) for run in runs}) > 1]
    rows = []
    for run, its_key in plan.keys.items():
        texts, there = run.settings(), stored.get(run)
        cells = [str(texts.get(name, NONE)) if texts else NOTHING for name in varied]
        ended = ("missing", "", "")
        if there is not None:
            ended = (there.status, str(there.weights or ""), there.ended().reason)
        rows.append((name(run), *cells, its_key.name, *ended))
    rows += [(name(cell), *[NOTHING] * len(varied), "", "skipped", "", cell.reason) for cell in plan.skipped]
    return pd.DataFrame(rows, columns=["run", *varied, "key", "status", "weights", "reason"])


def listed(rows: pd.DataFrame) -> Table:
    """The runs of `frame` as a table that is printed, without those that cannot be run."""
    heads = [str(name) for name in rows if name not in ("weights", "reason")]
    heads += ["weights"] if rows.weights.any() else []
    table = Table("", [Column(head, words=True) for head in heads])
    for row in rows.loc[rows.status != "skipped", heads].itertuples(index=False):
        table.add(*(cell or NOTHING for cell in row))
    return table


def matches(name: str, only: str) -> bool:
    """Whether the name of a run matches a pattern, with or without the file that its rule lies in."""
    return fnmatchcase(name, only) or fnmatchcase(without_place(name, 1), only)


def carry_out(
    plan: Plan,
    store: Store,
    listener: Listener,
    *,
    executor_name: str = "local",
    workers: int = 1,
    limit: float | None = None,
    memory: float | None = None,
    retry_lost: bool = False,
    keep_weights: bool = False,
) -> int:
    """Compute the runs that are missing. Returns how many this process, with its workers, has computed.

    `workers` is the number of worker processes, or 0 to compute in this process. With `keep_weights`, what each run
    learns is stored beside its result (`plausible.study.learned`), and runs that are stored without are computed again.

    Raises:
        BadInput: for runs that cannot be sent to workers, such as those of classes of a notebook; with `keep_weights`,
            if no run has weights, or the state with which a rule begins cannot be stored.
        OSError: if the store is full.
    """
    check_resources(workers, limit)
    kind_of(executor_name)  # a wrong name is refused even if nothing is missing
    if plan.study:
        members.add(store.root, plan.study, plan.scale, [key.name for key in plan.keys.values()])
    stored = plan.stored(store)
    again = {run for run, there in stored.items() if retry_lost and there.status in LOST}
    if keep_weights:
        again |= {run for run, there in stored.items() if isinstance(run, Keeps) and unkept(there)}
    missing = [run for run in plan.keys if run not in stored or run in again]
    claims = Claims(store, frozenset(plan.keys[run].name for run in again), plan.keys)
    if keep_weights:
        check_kept(plan.keys, missing)
    if missing:
        remark([plan.keys[run] for run in missing])
        check_travels(missing, workers)
        tasks = {run.data for run in missing if run.data}
        with executor(executor_name, min(workers, len(missing)), memory, tasks) as workplace:
            compute(missing, workplace, workers + 1, listener, limit, claims, keep_weights)
    return claims.settled


def unkept(stored: Stored) -> bool:
    """Whether a run that was done is stored without its weights, or with a damaged file, and could be with them."""
    whole = stored.weights is not None and not trouble(stored.weights)
    return stored.status == "done" and not whole and UNKEPT not in stored.reason


def check_kept(runs: Iterable[Work], missing: Iterable[Work]) -> None:
    """Raise `BadInput` if none of `runs` has weights, or those of a run that is `missing` cannot be stored."""
    if not any(isinstance(run, Keeps) for run in runs):
        raise BadInput(
            "no rule learns in these runs, so that there are no weights to keep: leave --keep-weights out "
            "(in Python keep_weights)"
        )
    sizes: dict[str, tuple[int, int]] = {}
    checked: set[tuple[str, str, str]] = set()
    for run in missing:
        marked = run.task, run.rule, str(run.settings().get("network"))
        if isinstance(run, Keeps) and marked not in checked:
            checked.add(marked)
            if run.task not in sizes:
                task = registry.task(run.task, randomness(run.seed).data)
                sizes[run.task] = task.n_in, task.n_out
            run.check_storable(*sizes[run.task])


def check_resources(workers: int, limit: float | None) -> None:
    """Raise `BadInput` for a number of workers or a limit in seconds that no run could be given."""
    whole = is_whole(workers) and workers >= 0
    require(whole, "the number of workers", workers, "one or more, or 0 for none")
    if limit is not None:
        require_number("the limit in seconds", limit, open_low=True)


def remark(keys: Iterable[Key]) -> None:
    """Warn of values that no key can tell from others."""
    untold = dict.fromkeys(what for its_key in keys for what in its_key.untold)
    if untold:
        warnings.warn(
            f"runs use {'; '.join(untold)}, a value that cannot be told from others: they are computed anew each time",
            stacklevel=3,
        )


def outcomes(plan: Plan, store: Store) -> list[Outcome]:
    """How the stored runs of a plan ended."""
    return [stored.ended().of(run) for run, stored in plan.stored(store).items()]
