"""How many seeds a study needs to detect a difference: from the store, or from its committed table."""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

import pandas as pd

from plausible.errors import BadInput
from plausible.printing.table import Column, Table
from plausible.printing.words import count
from plausible.report import power
from plausible.report.paired import own_references, plain
from plausible.study import campaign, designs
from plausible.study.store.store import Store
from plausible.study.store.tables import read, tables
from plausible.study.study import Skipped, Study
from plausible.tasks.fetch import here_only


class Needed(NamedTuple):
    """A row for each task and rule, as `plausible.report.power.beside_reference` says, and where they are from."""

    rows: pd.DataFrame
    source: str


def needed(study: Study, difference: float, wanted: float, scale: str, store: Store) -> Needed:
    """How many seeds detect a difference from the reference with a probability, of a paired t test at 5 %.

    Args:
        study: whose differences scatter.
        difference: points of accuracy, or of another score as it is.
        wanted: the probability.
        scale: of the study.
        store: whose runs they are; where it has none, those of the study's committed table.

    Raises:
        BadInput: for a difference or a probability that cannot be, and for a study without runs or without a reference.
    """
    designs.seeds_needed(
        difference, difference, wanted
    )  # refuses what makes no sense, before anything is read
    frame, source = measured(study, scale, store)
    rows = power.of_study(frame, difference, wanted, own_of(study, scale))
    if not rows:
        raise BadInput(
            f"study {study.name!r} has no rule beside a reference on a test split: expected a study such as accuracy"
        )
    numbers = dict.fromkeys(("spread", "half"), "float64") | {"pairs": "int64", "seeds": "Int64"}
    return Needed(pd.DataFrame(rows).astype(numbers), source)


def needed_table(rows: pd.DataFrame, difference: float) -> Table:
    """The rows of `needed` as a table that is printed."""
    numbers = ("pairs", "spread", "± half of 95 %", f"seeds to see {difference:g}")
    printed = Table("", [Column("task", True), Column("rule", True), *map(Column, numbers)], keys=2)
    for row in plain(rows):
        unknown = row["spread"] is None
        told = ["–" if unknown else f"{row[name]:.3g}" for name in ("spread", "half")]
        many = f"over {designs.MOST}" if row["seeds"] is None else str(row["seeds"])
        printed.add(row["task"], row["rule"], str(row["pairs"]), *told, "–" if unknown else many)
    return printed


def own_of(study: Study, scale: str) -> list[str]:
    """The rules that are the reference in a user's own network in a study; [] if its data sets are not here."""
    with here_only(), suppress(BadInput):  # a committed table is read without the data sets, too
        cells = [cell for cell in study.cells(scale) if not isinstance(cell, Skipped)]
        return own_references((cell.head()[1], cell) for cell in cells)
    return []


def measured(study: Study, scale: str, store: Store) -> tuple[pd.DataFrame, str]:
    """A study's long table, and where it is from. Raises `BadInput` if there is none."""
    file = tables().get(study.name)
    if store.folders() or file is None:  # the committed table, unlike keys of runs, needs no data sets
        plan = campaign.plan(study, scale)
        table = plan.table(store)
        if len(table):
            return table, f"the store, {len(plan.stored(store))} of {count(len(plan.keys), 'run')}"
    if file is None:
        raise BadInput(
            f"no run of study {study.name!r} is stored: expected some; plausible run {study.name} --scale {scale}"
        )
    words = ("key", "task", "rule", "split", "metric", "layer")
    return read(file, ("seed", "epoch", "value"), words), f"the committed table {file.name}"
