"""How far a running study is: by cell what is done, under way and lost, when each may end, and what was reported yet.

The store is read alone: nothing in it is moved, packed or repaired, and no file of a user's is executed for it.
"""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from plausible.errors import BadInput
from plausible.printing.log import duration
from plausible.printing.words import NOTHING, count
from plausible.report.comparison_page import grid
from plausible.report.html import Cell, Grid, Head, number
from plausible.report.of_study import of_plan
from plausible.study.campaign import Plan, name
from plausible.study.store.cleaning import free
from plausible.study.store.store import Store
from plausible.study.store.stored import Damaged, NotUnderstood, Stored, content
from plausible.study.study import Study
from plausible.study.work import Work

KEY = re.compile(r"[0-9a-f]{32}")
STATUS = "status.json"


class Onlooker(Store):
    """A store that is looked at: what is damaged in it stays where it is, and no pack of tables is written."""

    def quarantine(self, folder: Path) -> bool:
        """Nothing is moved."""
        return False

    def tables(self, names: list[str]) -> list[pa.Table]:
        """The tables of those of these runs that can be read."""
        found = [self.table(self.runs / name) for name in names]
        return [table for table in found if table is not None]


class State(NamedTuple):
    """What is seen of a plan at a moment."""

    stored: Mapping[Work, Stored]
    under_way: frozenset[Work]


@dataclass
class Watched:
    """A plan whose runs are looked at again and again.

    Args:
        study: whose plan it is.
        plan: its runs at a scale.
        store: where their results come to lie.
        given: how the study was named.
    """

    study: Study
    plan: Plan
    store: Onlooker
    given: str
    known: dict[str, tuple[int, Stored | None]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)  # of learning, by key

    def state(self) -> State:
        """The stored runs, each read once unless it is written anew; and those whose locks somebody holds."""
        stored, under_way = {}, set()
        for run, its_key in self.plan.keys.items():
            there = self.found(its_key.name)
            if there is not None:
                stored[run] = there
            lock = self.store.root / "locks" / f"{its_key.name}.lock"
            if there is None and lock.is_file() and not free(lock):
                under_way.add(run)
        return State(stored, frozenset(under_way))

    def found(self, name: str) -> Stored | None:
        """A stored run by its key, if it can be read."""
        try:
            stamp = (self.store.runs / name / STATUS).stat().st_mtime_ns
        except OSError:
            return None
        if self.known.get(name, (0, None))[0] != stamp:
            self.known[name] = stamp, self.store.read(self.store.runs / name)
            self.seconds.pop(name, None)
        return self.known[name][1]

    def took(self, run: Work, there: Stored) -> float:
        """The seconds for which a run learned; 0 if that was not measured."""
        its_key = self.plan.keys[run].name
        if its_key not in self.seconds:
            try:
                rows = there.metrics()
                self.seconds[its_key] = float(rows.seconds.max()) if len(rows) else 0.0
            except BadInput:
                self.seconds[its_key] = 0.0
        return self.seconds[its_key]

    def log(self, key: str) -> str | None:
        """The log of a run of this plan; None for what is none, or has none."""
        if not KEY.fullmatch(key) or key not in {each.name for each in self.plan.keys.values()}:
            return None
        folder = self.store.runs / key
        file = folder / "log.txt"
        if folder.is_symlink() or file.is_symlink():
            return None
        try:
            return content(file)
        except (Damaged, NotUnderstood, UnicodeDecodeError, OSError):
            return None


def cell_of(run: Work) -> str:
    """What a run shares with those that differ from it in the seed alone, in words."""
    return ", ".join(settings_of(run))


def settings_of(run: Work) -> list[str]:
    """The words of `cell_of`."""
    task, rule, _ = run.head()
    told = [str(text) for name, text in run.settings().items() if name in ("hidden", "optimiser", "epochs")]
    return [f"{rule}@{task}", *told]


def short_names(runs: Iterable[Work]) -> dict[str, str]:
    """By cell its words without those that all cells share, as long as these are told apart."""
    told = {cell_of(run): settings_of(run) for run in runs}
    if len({*map(len, told.values())}) != 1:
        return {cell: cell for cell in told}
    columns = [*zip(*told.values(), strict=True)]
    kept = [at for at, words in enumerate(columns) if at == 0 or len({*words}) > 1]
    return {cell: ", ".join(words[at] for at in kept) for cell, words in told.items()}


def stamp(watched: Watched, state: State) -> str:
    """A text that is another one when anything has changed that the page shows."""
    by_name = {watched.plan.keys[run].name: there.status for run, there in state.stored.items()}
    under_way = sorted(watched.plan.keys[run].name for run in state.under_way)
    return f"{hash((*sorted(by_name.items()), *under_way, *watched.known)):x}"


def ends(watched: Watched, state: State) -> dict[str, float]:
    """By cell, in how many seconds its last run may end: NaN where no run at all has ended, 0 where all of it have.

    Runs are taken in their order, as many at once as are under way; each learns as long as the median of its cell, and
    where none of that has ended, of all runs.
    """
    runs = [*watched.plan.keys]
    took: dict[str, list[float]] = {}
    for run, there in state.stored.items():
        took.setdefault(cell_of(run), []).append(watched.took(run, there))
    typical = {cell: statistics.median(each) for cell, each in took.items()}
    guess = statistics.median([one for each in took.values() for one in each]) if took else float("nan")
    ahead, expected = 0.0, dict.fromkeys(map(cell_of, runs), 0.0)
    for run in (run for run in runs if run not in state.stored):
        cell = cell_of(run)
        ahead += typical.get(cell, guess)
        expected[cell] = ahead / max(len(state.under_way), 1)
    return expected


def progress(watched: Watched, state: State) -> Grid:
    """A row for every cell: how many of its runs are done, under way, lost and missing, and its expected end."""
    cells: dict[str, list[Work]] = {}
    for run in watched.plan.keys:
        cells.setdefault(cell_of(run), []).append(run)
    expected, names, body = ends(watched, state), short_names(watched.plan.keys), []
    for cell, runs in cells.items():
        there = [state.stored[run] for run in runs if run in state.stored]
        done = sum(each.status == "done" for each in there)
        under_way = sum(run in state.under_way for run in runs)
        left = expected[cell]
        told = "" if len(there) == len(runs) else NOTHING if left != left else f"in {duration(left)}"
        row = [Cell(names[cell]), number(done, "d"), number(under_way, "d"), number(len(there) - done, "d")]
        row += [number(len(runs) - len(there) - under_way, "d"), number(len(runs), "d")]
        body.append([*row, Cell(told, left if left == left else float("inf"))])
    heads = [
        Head("cell"),
        *(Head(text, number=True) for text in ("done", "under way", "lost", "missing", "of")),
    ]
    return Grid("runs by cell; the end from the seconds for which runs of the cell learned, or of all, where none has",
                [*heads, Head("expected end", number=True)], body)  # fmt: skip


def lost(watched: Watched, state: State) -> Grid:
    """The runs that were lost, with the reason and a link to their log."""
    body = []
    for run, there in state.stored.items():
        if there.status != "done":
            key = watched.plan.keys[run].name
            body.append([Cell(name(run)), Cell(there.status, look="present"), Cell(there.reason or NOTHING),
                         Cell("log", href=f"/log/{key}")])  # fmt: skip
    heads = [Head("run"), Head("how it ended", choose=True), Head("why"), Head("log")]
    return Grid("lost runs", heads, body)


def reported(watched: Watched, state: State) -> tuple[Sequence[Grid], Sequence[str]]:
    """The tables of the study's report as they are by now, and its remarks; why there is none, where there is none."""
    try:
        told = of_plan(watched.study, watched.plan, watched.store, watched.given)
    except BadInput as error:
        return [], [str(error)]
    return [grid(table) for table in told.tables], [*told.notes, *told.remarks]


def shown(watched: Watched, state: State) -> dict[str, object]:
    """What the page shows."""
    every, stored = len(watched.plan.keys), len(state.stored)
    gone = sum(there.status != "done" for there in state.stored.values())
    tables, remarks = reported(watched, state)
    far = f"{stored} of {count(every, 'run')} ended, {gone} of them lost; {len(state.under_way)} under way"
    seen = time.strftime("%H:%M:%S")
    return {
        "title": f"{watched.study.name}, {watched.plan.scale}", "question": watched.study.question,
        "far": f"{far}. Seen at {seen}.", "share": stored / every if every else 1.0, "tables": tables,
        "progress": progress(watched, state), "lost": lost(watched, state), "said": remarks,
        "skipped": [f"{name(cell)}: {cell.reason}" for cell in watched.plan.skipped], "stamp": stamp(watched, state),
    }  # fmt: skip
