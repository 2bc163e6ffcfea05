"""How rules settled, as a table that is printed: in how many steps, to which residual, and how many came to rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from plausible.printing.table import Column, Table
from plausible.printing.words import number
from plausible.report import paired, rest
from plausible.report.summary import estimated
from plausible.study.statistics import Interval
from plausible.study.work import Work

COLUMNS = ("settling steps", "largest residual", "at rest", "oscillating")
LEGEND = (
    "residual: the largest force left, of any phase and seed; at rest: it is below the tolerance, which does not bound "
    "the distance from rest; fixed steps: nothing tests for rest"
)


def cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The cells under `COLUMNS` of a row of a summary; dashes where the rule does not settle."""
    steps, residual, fixed = row["settling steps"], row["residual"], row["fixed steps"]
    judged = [share(row["settled"])] if row["settled"].n else []
    part = f"{', '.join(fixed)} fixed" if judged else "fixed steps"
    return (
        number(steps.estimate, ",.1f").removesuffix(".0"),
        number(residual, ".2g"),
        ", ".join([*judged, *([part] if fixed else [])]) or "–",
        share(row["oscillating"]),
    )


def share(estimate: Interval) -> str:
    """A mean share in whole per cent: 0 % only if it is none, 100 % only if it is all; a dash where it is not known."""
    if not estimate.n:
        return "–"
    percent = f"{100 * estimate.estimate:.0f}"
    rounded = {"0": "<1", "100": ">99"} if 0 < estimate.estimate < 1 else {}
    return f"{rounded.get(percent, percent)} %"


def table(rows: Iterable[Mapping[str, Any]]) -> Table | None:
    """The rows of rules that settle, in a table of their own; nothing where none does."""
    settling = [(row, cells(row)) for row in rows]
    settling = [(row, told) for row, told in settling if set(told) != {"–"}]
    names = ["task", "rule"] if len({row["task"] for row, _ in settling if "task" in row}) > 1 else ["rule"]
    columns = [*(Column(name, words=True) for name in names), *map(Column, COLUMNS)]
    table = Table("settling, per example", columns, len(names), LEGEND)
    for row, told in settling:
        table.add(*(row[name] for name in names), *told)
    return table if settling else None


def of_study(measured: pd.DataFrame, runs: Mapping[str, Work]) -> list[dict[str, Any]]:
    """A row for every task and rule of a study.

    Args:
        measured: the long table of a study, with the key of every run.
        runs: those that were done, by their keys.

    Returns:
        Task and rule, as in `paired.beside_reference`, and what `summary` says of settling; nothing if none settles.
    """
    runs = {
        key: run for key, run in runs.items() if run.settings()
    }  # without experiments, which have no settings, and whose metrics may have any name
    mine = measured[measured.key.isin(list(runs))]
    if not rest.settles(mine):
        return []
    varied = paired.varying(measured)
    last = mine[mine.epoch == mine.groupby("key", observed=True).epoch.transform("max")]
    last = last.assign(
        seed=last.key.astype(str), task=last.key.map(lambda k: paired.named_task(runs[k], varied))
    )
    rows = []
    for (task, rule), part in last.groupby(["task", "rule"], sort=False, observed=True):
        at_rest = rest.at_the_end(part, runs[part.key.iloc[0]])
        rows.append({"task": task, "rule": rule, **estimated(at_rest)})
    return rows


def plain(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    """The rows by task and rule, for JSON: means over seeds; an unknown number is null."""
    by_rule = {}
    for row in rows:
        means = {name: row[name].estimate if name in rest.BY_SEED else row[name] for name in rest.COLUMNS}
        by_rule[row["task"], row["rule"]] = paired.plain(pd.DataFrame([means]))[0]
    return by_rule
