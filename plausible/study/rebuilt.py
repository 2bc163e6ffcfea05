"""Runs of a committed table, found again in the study of today, and written into the table."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd

from plausible.errors import BadInput
from plausible.printing.words import without_home
from plausible.registry.encoding import decode, encode
from plausible.study.columns import taken_apart
from plausible.study.keys.key import key
from plausible.study.run import Run
from plausible.study.store.store import placed
from plausible.study.store.tables import Spec, as_it_is, record, specs_of
from plausible.study.study import Skipped, find
from plausible.study.winners import made
from plausible.study.work import Work

Row: TypeAlias = Mapping[str, Any]
CHANGED = ""  # in the place of the digest of a run's code, which is not known, and whose key is another today


class Cells:
    """The cells of a study of today, among which the runs of its table are found."""

    def __init__(self, study: str) -> None:
        self.study = study
        self.by_scale: dict[str, dict[tuple[str, str, int], list[Work]]] = {}

    def at(self, scale: str) -> dict[tuple[str, str, int], list[Work]]:
        """The cells of a scale by task, rule and seed; none if there is no such study or scale any more."""
        if scale not in self.by_scale:
            try:
                cells = find(self.study).cells(scale)
            except BadInput:
                cells = []
            by_head = self.by_scale.setdefault(scale, defaultdict(list))
            for cell in cells:
                if not isinstance(cell, Skipped):
                    by_head[cell.head()].append(cell)
        return self.by_scale[scale]

    def run(self, row: Row) -> Work:
        """The run of a row: the cell with its settings, or that of its task and network with its rule and optimiser.

        The second is a winner of tuning, which is no cell of a study. Where several are as the row tells, it is the one
        that ends where the row has been measured last. Raises `BadInput` if there is none, or more than one.
        """
        cells = self.at(str(row.get("scale", "fast")))
        same = [run for run in cells.get((row["task"], row["rule"], row["seed"]), []) if is_of(run, row)]
        found = same or self.tuned(row)
        ending = [run for run in found if getattr(run, "epochs", None) == row["epoch"]] or found
        if len(ending) != 1:
            many = "several cells" if ending else "no cell"
            raise BadInput(f"it is not recorded, and {many} of its study today")
        return ending[0]

    def tuned(self, row: Row) -> list[Work]:
        """The cells of the row's task and network, each with its rule and optimiser."""
        untuned = row.get("untuned")
        name = untuned if isinstance(untuned, str) else taken_apart(row["rule"])[0]
        found: dict[Work, None] = {}
        for (task, rule, _), cells in self.at(str(row.get("scale", "fast"))).items():
            if task == row["task"] and name in (rule, taken_apart(rule)[0]):
                for cell in cells:
                    if isinstance(cell, Run) and alike_in(cell.conditions(), row):
                        won = replace(cell, rule=row["rule"], seed=row["seed"])
                        found |= dict.fromkeys(with_optimiser(won, row.get("optimiser")))
        return [run for run in found if is_of(run, row)]


def with_optimiser(run: Run, text: object) -> list[Work]:
    """The run with the optimiser that a table has as `text`, as Python prints it; [] if that cannot be read."""
    try:
        return [replace(run, optimiser=made(ast.parse(str(text), mode="eval").body))]
    except (BadInput, SyntaxError, TypeError, ValueError):
        return []


def is_of(run: Work, row: Row) -> bool:
    """Whether a run has the task, the rule, the seed and the settings of a row of a table."""
    return run.head() == (row["task"], row["rule"], row["seed"]) and alike_in(run.settings(), row)


def alike_in(settings: Mapping[str, str | int], row: Row) -> bool:
    """Whether settings are those of a row, as far as it tells them."""
    told = [name for name in settings.keys() & row.keys() if not pd.isna(row[name])]
    return all(alike(settings[name], row[name]) for name in told)


def alike(ours: str | int, theirs: Any) -> bool:
    """Whether a setting is what a table has, in which a whole number may stand as another kind of number."""
    return ours == theirs if isinstance(ours, int) else ours == str(theirs)


def ends(table: pd.DataFrame) -> list[Row]:
    """The last row of every run in a table."""
    last = table.sort_values("epoch", kind="stable").drop_duplicates("key", keep="last").sort_index()
    return [{str(column): value for column, value in row.items()} for row in last.to_dict("records")]


def recorded(name: str, file: Path) -> tuple[int, int]:
    """Write into a table what those of its runs are that it does not tell, as far as its study of today has them.

    Its numbers and keys stay as they are. The code of a run is recorded only if its key is that of today.

    Returns:
        How many runs were recorded, and how many could not be found.

    Raises:
        BadInput: if the table cannot be read, or data that a key depends on are not on this machine.
    """
    table = as_it_is(file)
    if not {"key", "task", "rule", "seed", "epoch"} <= {*table}:
        return 0, 0
    cells, known, found, lost = Cells(name), specs_of(file, table), dict[str, Spec](), 0
    whole = [its_key for its_key, spec in known.items() if spec.code != CHANGED]
    for row in ends(table[~table.key.astype(str).isin(whole)]):
        its_key = str(row["key"])
        try:
            run: Work = decode(known[its_key].run, Work) if its_key in known else cells.run(row)
        except BadInput:
            lost += 1
            continue
        now = key(run)
        code = now.code_digest if now.name == its_key else CHANGED
        if its_key not in known or code != CHANGED:
            found[its_key] = Spec(encode(placed(run), without_home), code)
    if found:
        record(file, known | found, table.key.astype(str))
    return len(found), lost
