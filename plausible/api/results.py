"""Reading results in notebooks and scripts: stored runs, committed tables and their figures."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd

from plausible.api.words import RuleLike, part, task_word
from plausible.errors import BadInput, require, require_flag, unknown
from plausible.plotting import committed
from plausible.printing.table import in_lines
from plausible.printing.words import count
from plausible.registry import registry
from plausible.registry.names import named
from plausible.report import kept
from plausible.report import verified as told
from plausible.study import verified
from plausible.study.store import tables as small
from plausible.study.store.store import Store
from plausible.tasks.filed import NAMED
from plausible.tasks.task import Task
from plausible.writing import at_home

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Thing = TypeVar("Thing")


def results(
    study: str | None = None,
    task: str | Task | Sequence[str | Task] | None = None,
    rule: RuleLike | Sequence[RuleLike] | None = None,
    *,
    scale: str | None = None,
    store: str | Path | Store | None = None,
    holds: bool = True,
    execute_files: bool = False,
) -> pd.DataFrame:
    """The measurements of stored runs as one long table, with the settings of each run as columns.

    Args:
        study: of the runs of a study alone; of all runs, also those of comparisons, if it is not given.
        task: one or several, as words, `Task`s or as in tables; without options those of every option, as "two-moons".
        rule: likewise, as words, instances or classes; "fa" and "feedback-alignment" are one.
        scale: of a study, such as "fast".
        store: the folder of results; `PLAUSIBLE_RESULTS` or ./results if it is not given.
        holds: whether to ask of each run if it would be the same today, which takes a while with thousands of runs.
            Of runs with a part in a user's own file that is not told, and `holds` is missing; a warning says so.
        execute_files: execute the files that results name, as of a rule of one's own; else they are only read.

    Returns:
        A row for each measurement: task, rule, seed, epoch, examples, seconds, split, metric, layer, value; key, study,
        scale and status of its run, and `holds`; its settings, such as hidden, optimiser, epochs; the parts of these,
        such as optimiser_rate. A run of several studies stands there once for each.

    Raises:
        BadInput: if there is no store, or nothing of this study, scale, task or rule in it; it says what there is. All
            of an empty store is an empty frame.

    >>> import tempfile
    >>> import plausible as pl
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = pl.compare("backprop,fa", "xor", seeds=1, epochs=2, workers=0, store=folder)
    ...     frame = pl.results(rule="fa", store=folder)
    >>> sorted(frame.rule.unique()), sorted(frame.epochs.unique().tolist())
    (['feedback-alignment'], [2.0])
    """
    require_flag("holds", holds)
    kept = there(store, execute_files)
    frame = kept.load(study, scale, holds=holds)
    if not len(frame) and any(each is not None for each in (study, scale, task, rule)):
        raise BadInput(
            f"no run in {str(kept.root)!r} has measured anything: expected runs that were done, as by plausible run or "
            "compare; pl.studies[NAME].status() says how those of a study ended"
        )
    for kind, wanted in (("task", task), ("rule", rule)):
        if wanted is not None:
            frame = chosen(frame, kind, wanted if isinstance(wanted, list | tuple) else [wanted])
    if holds and (untold := frame[frame.holds.isna()].key.nunique()):
        warnings.warn(
            f"whether {untold} of {frame.key.nunique()} runs still hold is missing: to tell may take executing the "
            "files that they name, results(..., execute_files=True); `plausible why KEY` says more",
            stacklevel=2,
        )
    return frame.reset_index(drop=True)


def opened(folder: str | Path | None = None, execute: bool = False) -> Store:
    """The store in a folder that is there. Raises `BadInput` if there is none: reading makes no folder."""
    given = os.environ.get("PLAUSIBLE_RESULTS") or "results" if folder is None else folder
    there = isinstance(given, str | Path) and (Path(given).expanduser() / "runs").is_dir()
    require(
        there, "the folder of results", str(given), "one that `plausible run` or `compare` has written to"
    )
    return Store(folder, execute)


def chosen(frame: pd.DataFrame, kind: str, wanted: Sequence[object]) -> pd.DataFrame:
    """The rows of some tasks or rules. Raises `BadInput` for one that has no row."""
    known = [str(label) for label in frame[kind].unique()]
    labels: set[str] = set()
    for given in wanted:
        text = task_word(given, ()) if kind == "task" else part(given)[0]
        called = text
        with suppress(BadInput):  # of a rule that is not registered any more, the label in the table
            called = registry.label(text, kind)
        of_name = [label for label in known if called in (label, named(label), without_digest(label))]
        if not of_name:
            raise unknown(f"{kind} in these results", called, known)
        labels |= {*of_name}
    return frame[np.isin(frame[kind].astype(str), sorted(labels))]


def without_digest(label: str) -> str:
    """The name of a task of arrays, without the digest that tells it from others of its name."""
    digest = NAMED.fullmatch(label)
    return label if digest is None else label[: digest.start(1) - 1]


def why(key: str, *, store: str | Path | Store | None = None, execute_files: bool = False) -> pd.DataFrame:
    """Why a stored run would be run again: a row for each part of its key that changed since, and none if none did.

    Args:
        key: of the run, as the long table has it, or its beginning.
        store: as in `results`.
        execute_files: whether files that the run names are executed; else they are only read.

    Returns:
        key; run, as rule@task/seed; change, in words.

    Raises:
        BadInput: for a key that is not that of one run, or where it cannot be told.

    >>> import tempfile
    >>> import plausible as pl
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = pl.compare("backprop", "xor", seeds=1, epochs=1, workers=0, store=folder)
    ...     found = pl.why(made.frame.key[0], store=folder)
    >>> len(found), found.columns.tolist()
    (0, ['key', 'run', 'change'])
    """
    require(
        isinstance(key, str), "the key of a run", key, "a word, as the column key of the long table has it"
    )
    return kept.changed(there(store, execute_files), key, execute_files)


def verify(
    table: str | Path = "all",
    *,
    cells: int = 1,
    seed: int = 0,
    longest: float = verified.LONGEST,
    execute_files: bool = False,
    note: bool = False,
) -> pd.DataFrame:
    """Runs of committed tables, drawn at random and computed anew, each beside the numbers that the table has.

    Args:
        table: the name of a table in studies/tables/, its path, or "all".
        cells: runs of each table.
        seed: of the draw.
        longest: seconds of learning that a run may have taken to be drawn.
        execute_files: whether files of your own that a table names are executed.
        note: whether what came of it is written into the tables.

    Returns:
        table; run, as rule@task/seed; key; seconds, as the table has them; verdict, "bitwise", "rounding", "amplified",
        "different" or "not recomputed"; reason; largest, the largest difference, relative to its curve; bound, up to
        which that is called rounding; metric, where it is; code, "same" or "changed" since, as the key says.

    Raises:
        BadInput: for a table that there is not, or that cannot be read, and for a draw that makes no sense.

    >>> import plausible as pl
    >>> pl.verify("goodness").verdict.tolist()  # a table that holds no runs
    ['not recomputed']
    """
    require_flag("execute_files", execute_files)
    require_flag("note", note)
    name = str(at_home("table", table))
    found = [*verified.verified(name, cells, seed, longest, execute_files)]
    if note:
        told.noted(verified.chosen(name), found)
    return verified.frame(found)


def removable(
    everything: bool = False, *, store: str | Path | Store | None = None, execute_files: bool = False
) -> pd.DataFrame:
    """What `plausible clean --dry-run` lists: what interrupted processes left behind, and with `everything` stale runs.

    Returns:
        what, "left over" or "stale"; path; of a stale run also run and change, else "". Nothing is removed.

    >>> import tempfile
    >>> import plausible as pl
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = pl.compare("backprop", "xor", seeds=1, epochs=1, workers=0, store=folder)
    ...     found = pl.removable(store=folder)
    >>> len(found), found.columns.tolist()
    (0, ['what', 'path', 'run', 'change'])
    """
    require_flag("everything", everything)
    found = there(store, execute_files)
    looked_at = Store(found.root, found.execute, only_look=True)
    return kept.removable(looked_at, everything, execute_files)


def unused(*, store: str | Path | Store | None = None) -> pd.DataFrame:
    """What `plausible quarantine list` lists: the stored runs that cannot be used.

    Returns:
        key; where, "quarantine" or "runs"; path; reason, "" of a run in quarantine that is whole by now.

    >>> import tempfile
    >>> import plausible as pl
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = pl.compare("backprop", "xor", seeds=1, epochs=1, workers=0, store=folder)
    ...     found = pl.unused(store=folder)
    >>> len(found), found.columns.tolist()
    (0, ['key', 'where', 'path', 'reason'])
    """
    return kept.unused(there(store))


def there(store: str | Path | Store | None, execute: bool = False) -> Store:
    """The store that a folder is. Raises `BadInput` if there is none."""
    require_flag("execute_files", execute)
    if isinstance(store, Store):
        return Store(store.root, execute=True) if execute else store
    return opened(store, execute)


class Unnamed(BadInput, KeyError):
    """A name that a mapping does not have, which is bad input too; its message is one line."""

    __str__ = Exception.__str__


class ByName(Mapping[str, Thing]):
    """The tables of studies, or their figures, by name; each is read or drawn when it is asked for.

    They are those that are committed, and those of ./studies/tables. Nothing is written. A table has the settings of
    its runs and their parts as columns; a figure is one of matplotlib's, which a notebook shows as a picture. An
    unknown name raises `BadInput`, which is a `KeyError` here.

    >>> import plausible as pl
    >>> "accuracy" in pl.tables, pl.tables["accuracy"].columns[:3].tolist()
    (True, ['key', 'task', 'rule'])
    >>> len(pl.figures["settling"].axes) > 1
    True
    """

    def __init__(
        self, kind: str, folders: str, files: Callable[[], Mapping[str, Path]], made: Callable[[str], Thing]
    ) -> None:
        self.kind, self.folders, self.files, self.made = kind, folders, files, made

    def __getitem__(self, name: str) -> Thing:
        files = self.files()
        if not files:
            raise Unnamed(
                f"{self.kind} {name!r} is not here, as {self.folders} came with neither this package nor this folder: "
                "expected a clone of the project, or tables of your own, as by plausible export STUDY"
            )
        if name not in files:
            raise Unnamed(str(unknown(self.kind, name, files)))
        return self.made(name)

    def __contains__(self, name: object) -> bool:
        return name in self.files()

    def __iter__(self) -> Iterator[str]:
        return iter(self.files())

    def __len__(self) -> int:
        return len(self.files())

    def __repr__(self) -> str:
        held = f"{count(len(self), self.kind)}: {', '.join(self)}" if len(self) else f"no {self.kind}s here"
        return in_lines([held])

    def _ipython_key_completions_(self) -> list[str]:
        return [*self]


def table(name: str) -> pd.DataFrame:
    """The table of a name that there is."""
    return small.read(small.tables()[name])


def figure(name: str) -> Figure:
    """The figure of a name that there is."""
    return committed.drawn(name).figure


tables: ByName[pd.DataFrame] = ByName("table", "studies/tables", small.tables, table)
figures: ByName[Figure] = ByName("figure", "figures with studies/tables", committed.drawable, figure)
