"""The report of a study, ready to be printed: its tables, its rows for programs, and what is said of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import pandas as pd

from plausible.errors import BadInput
from plausible.printing.table import Table
from plausible.printing.words import count
from plausible.report import across, answers, beside, paired, remarks, settling
from plausible.report.answers import Answered
from plausible.report.measured import at_the_end, measured_table
from plausible.report.remarks import Idle
from plausible.study import campaign
from plausible.study.campaign import Plan
from plausible.study.statistics import MARGIN
from plausible.study.store.store import Store
from plausible.study.study import Study

MANY = 50  # cells of a scale whose keys are made in a moment


class Report(NamedTuple):
    """The parts of a study's report."""

    tables: Sequence[Table]
    rows: list[
        dict[str, Any]
    ]  # the same numbers, each row with the remark on a rule that has learned nothing, or None
    notes: Sequence[str]  # on the numbers, where they are tables
    remarks: Sequence[str]  # which rules have learned nothing, and on which tasks no rule could learn all


class Reported(NamedTuple):
    """A study's runs at a scale, and what is reported of them."""

    plan: Plan
    report: Report


def reported(study: Study, scale: str, store: Store, given: str, margin: float = MARGIN) -> Reported:
    """The report of what is stored of a study, which was named as `given`.

    `margin` is that of equivalence, a share of 1 of accuracies. Raises `BadInput` if no run was done.
    """
    plan = campaign.plan(study, scale)
    return Reported(plan, of_plan(study, plan, store, given, margin))


def of_plan(study: Study, plan: Plan, store: Store, given: str, margin: float = MARGIN) -> Report:
    """The report of what is stored of a study's runs at a scale; arguments and errors as those of `reported`."""
    stored, ended, table = plan.stored(store), campaign.outcomes(plan, store), plan.table(store)
    done = {plan.keys[run].name: run for run, there in stored.items() if there.status == "done"}
    if not done:
        there = "".join(f", but {runs} of --scale {scale}" for scale, runs in at_others(study, plan, store))
        said = f"all {count(len(ended), 'stored run')} were lost" if ended else f"no run is stored{there}"
        raise BadInput(
            f"there is nothing to report of {study.name!r} yet, as {said}: plausible run {given} --scale {plan.scale}"
        )
    lost = [outcome.run for outcome in ended if outcome.status != "done"]
    title = f"{study.name}, {plan.scale}: {study.question}"
    varied = paired.varying(table)
    told = [
        Answered(paired.named_task(run, varied), run.head()[1], run, answers.of_outcome(there.ended()))
        for run, there in stored.items()
    ]
    report = of_study(study, title, plan, table, done, lost, margin, told)
    missing = len(plan.keys) - len(stored)
    lacks = [
        f"{missing} of {count(len(plan.keys), 'run')} missing: plausible run {given} --scale {plan.scale}"
    ]
    unsaid = [there for there, one in zip(stored.values(), told, strict=True) if one.answers is None]
    unread = answers.unread(there.ended() for there in unsaid)
    return report._replace(remarks=(*lacks[: missing > 0], *unread, *report.remarks))


def at_others(study: Study, plan: Plan, store: Store) -> Iterator[tuple[str, int]]:
    """The other scales of a study of which runs are stored, each with how many; not of those with very many cells."""
    names = {folder.name for folder in store.folders()}
    for scale in study.scales if names else ():
        if scale != plan.scale and len(study.cells(scale)) <= MANY:
            with suppress(BadInput):  # of data that are not there
                runs = sum(key.name in names for key in campaign.plan(study, scale).keys.values())
                if runs:
                    yield scale, runs


def frame(report: Report) -> pd.DataFrame:
    """The rows of a report in plain columns: how rules settle stands in columns of its own, as `settling steps`.

    They are the rows of its JSON, in which an unknown number is null: here it is NaN.
    """
    rows = []
    for row in report.rows:
        settling = {
            name: ", ".join(cell) if isinstance(cell, list) else cell
            for name, cell in (row.get("settling") or {}).items()
        }
        rows.append({name: cell for name, cell in row.items() if name != "settling"} | settling)
    return pd.DataFrame(rows)


def of_study(
    study: Study,
    title: str,
    plan: Plan,
    table: pd.DataFrame,
    done: Mapping[str, Any],
    lost: Sequence[Any],
    margin: float = MARGIN,
    told: Sequence[Answered] = (),
) -> Report:
    """The report of a study: every rule beside the reference; without a reference, the last measurements of its runs.

    Args:
        study: whose runs they are.
        title: of the first table.
        plan: the study's runs at a scale.
        table: their long table.
        done: the runs that were done, by their keys.
        lost: the runs that were not.
        margin: of equivalence.
        told: what each run answered to the test split.
    """
    own = paired.own_references((run.head()[1], run) for run in plan.keys)
    missing = [run for run, key in plan.keys.items() if key.name not in done and run not in lost]
    rows = paired.beside_reference(table, lost, own=own, missing=missing, margin=margin)
    if len(rows):
        rows = answers.beside(rows, told)
    else:
        table = table[table.key.isin(list(done))]
    idle = remarks.of_study(table, done)
    tables, records, notes = (
        beside_it(rows, paired.seed_by_seed(table, lost, own=own), table, done, lost, title)
        if len(rows)
        else at_the_end_of(study, table, title, lost)
    )
    said = (*remarks.told_of_study(idle), *remarks.of_classes_in_study(table))
    return Report(tables, with_remarks(records, idle), notes, said)


Parts = tuple[list[Table], list[dict[str, Any]], list[str]]


def beside_it(
    rows: pd.DataFrame,
    seeds: pd.DataFrame,
    table: pd.DataFrame,
    done: Mapping[str, Any],
    lost: Sequence[Any],
    title: str,
) -> Parts:
    """Tables, rows and notes of the rows of `paired.beside_reference`, over all tasks, and of how rules settled."""
    settled = settling.of_study(table, done)
    apart, told = settling.table(settled), settling.plain(settled)
    records = [row | {"settling": told.get((row["task"], row["rule"]))} for row in paired.plain(rows)]
    over_tasks = across.shown(across.across(table, lost), across.anchored(table, lost).left_out)
    tables = [beside.shown(rows, seeds, title), over_tasks, apart]
    return [each for each in tables if each is not None], records, []


def at_the_end_of(study: Study, table: pd.DataFrame, title: str, lost: Sequence[Any]) -> Parts:
    """Tables, rows and notes of what was last measured in a study in which no rule stands beside a reference."""
    rows = at_the_end(table, study.metrics, lost)
    more = [f"plausible reproduce {study.name}"] if study.published else []
    note = "; ".join(["no rule stands beside a reference here: the last measurement of every run", *more])
    return [measured_table(rows, title)], paired.plain(pd.DataFrame(rows)), [note]


def with_remarks(rows: list[dict[str, Any]], idle: Mapping[tuple[str, str], Idle]) -> list[dict[str, Any]]:
    """Rows of tasks and rules, each with the remark on a rule that has learned nothing there, or None."""
    told = {where: remarks.told_of_study({where: each})[0] for where, each in idle.items()}
    return [row | {"remark": told.get((row["task"], row["rule"]))} for row in rows]
