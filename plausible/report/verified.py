"""Which numbers of committed tables the code of today computes, in words; and where tables are from."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from plausible.printing.names import without_place
from plausible.printing.table import Column, Table
from plausible.printing.words import NOTHING, count
from plausible.study.amplified import DRAWS, FAR, MOST, NEAR, TIMES
from plausible.study.store.tables import VERIFIED, commits_of, computed_with, note, verified_of
from plausible.study.verified import Cell, Verdict
from plausible.study.workers.machine import machine

NOT_RECORDED, NO_COMMIT = "not recorded", "no commit that is known"
FACTS = ("commit", "numpy", "blas", "processor")  # of the machines of a table, as they are told


def shown(cells: Sequence[Cell]) -> Table:
    """A row for every cell: its verdict, and the largest relative difference with the bound of rounding."""
    heads = [Column("table", words=True), Column("run", words=True), Column("s")]
    heads += [Column("verdict", words=True), Column("largest"), Column("in", words=True)]
    heads += [Column("code", words=True)]
    table = Table("cells of committed tables, computed anew", heads, keys=2, caption=LEGEND)
    for cell in cells:
        seconds = f"{cell.seconds:.3g}" if np.isfinite(cell.seconds) else NOTHING
        largest = f"{cell.largest:.2g}" if cell.largest else NOTHING
        run = without_place(cell.run, 1) or NOTHING
        where, code = cell.metric or NOTHING, cell.code or NOTHING
        table.add(cell.table, run, seconds, cell.verdict, largest, where, code, note=cell.reason)
    return table


LEGEND = (
    "largest: the largest difference, relative to the largest number of its curve, or to half of the metric's range "
    "where that is larger, of angles in their cosines; rounding: no larger than a unit in the last place for every "
    "change of the weights; amplified: larger, but in no metric more than some times what nudges of the weights, by a "
    "unit in the last place at every change, come to in this run "
    f"({NEAR:g} times of {DRAWS}, {TIMES:g} times of {MOST}), or other kernels of BLAS in an experiment ({FAR:g} "
    "times); code: changed, if the run has another key today"
)


def summed_up(cells: Iterable[Cell]) -> str:
    """How many cells of which verdict, in one line."""
    counts = Counter(cell.verdict for cell in cells)
    return ", ".join(f"{counts[word]} {word}" for word in ORDER if counts[word]) or "no cell"


def noted(files: Mapping[str, Path], cells: Sequence[Cell]) -> None:
    """Write into each table what came of its runs, if any were computed anew, with the commit whose code did so."""
    for name, file in files.items():
        mine = (cell.verdict for cell in cells if cell.table == name)
        counts: Counter[str] = Counter(verdict for verdict in mine if verdict != "not recomputed")
        if counts:
            found = {word: counts[word] for word in ORDER if counts[word]}
            note(file, {VERIFIED: json.dumps({"commit": machine()["commit"], "cells": found}).encode()})


def anew(file: Path) -> str:
    """What was noted of a table's runs that were computed anew, in words; "" if nothing was."""
    about = verified_of(file)
    if not about:
        return ""
    cells = {str(word): int(runs) for word, runs in about["cells"].items()}
    found = ", ".join(f"{runs} {word}" for word, runs in cells.items())
    return f"{count(sum(cells.values()), 'run')} computed anew by the code of {about['commit'] or NO_COMMIT}: {found}"


ORDER: tuple[Verdict, ...] = ("bitwise", "rounding", "amplified", "different", "not recomputed")


def provenance(files: Mapping[str, Path]) -> pd.DataFrame:
    """With what tables were computed: a row for every machine, with table, commit, numpy, blas, processor and runs.

    The commits are those whose code computed the runs, where the table names them, else those that were checked out.
    What a table does not say is "not recorded", and the number of its runs 0. Raises `BadInput` for a table that cannot
    be read.
    """
    rows: Counter[tuple[str, ...]] = Counter()
    for name, file in files.items():
        about: list[dict[str, Any]] = computed_with(file) or [{}]
        named = ", ".join(str(one["commit"]) for one in commits_of(file) if one["commit"])
        for one in about:
            facts = (str((fact == "commit" and named) or one.get(fact) or NOT_RECORDED) for fact in FACTS)
            rows[name, *facts] += int(one.get("runs", 0))
    return pd.DataFrame([(*row, runs) for row, runs in rows.items()], columns=["table", *FACTS, "runs"])


def told(files: Mapping[str, Path]) -> Table:
    """`provenance` as a table that is printed; tables that say nothing are one row."""
    frame = provenance(files)
    silent = (frame[list(FACTS)] == NOT_RECORDED).all(axis=1)
    heads = [Column(name, words=True) for name in ("table", *FACTS)]
    table = Table("with what they were computed", [*heads, Column("runs")])
    for row in frame[~silent].itertuples(index=False):
        table.add(*map(str, row))
    if silent.any():
        names = frame[silent].table
        table.add(", ".join(names), *[NOT_RECORDED] * len(FACTS), NOTHING)
    return table
