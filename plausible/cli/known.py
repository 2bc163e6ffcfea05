"""The commands of what is there to be used: list, seeds."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Annotated, Any

import typer

from plausible.cli.options import AsJson, Scale, Study, json_alone
from plausible.errors import BadInput
from plausible.printing.table import Column, Table
from plausible.printing.terminal import emit, remark, show
from plausible.printing.words import count

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command("list")
def list_(
    what: Annotated[
        str,
        typer.Argument(
            help="rules, tasks, networks, optimisers, schedules, activations, outputs, inits, relaxations, criteria, "
            "probes, experiments, studies or figures"
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """List what can be compared, run and drawn."""
    from plausible.cli.listing import entries

    with json_alone(as_json):
        rows = entries(what)
    if as_json:
        emit(json.dumps(rows, indent=2))
        return
    if not rows:
        remark(f"no {what} have names here; FILE.py:Name names one of your own")
        return
    table = Table("", [Column(name, words=True) for name in rows[0]])
    for row in rows:
        table.add(*(", ".join(cell) if isinstance(cell, list) else str(cell) for cell in row.values()))
    show(table)


@app.command()
def seeds(
    study: Study,
    difference: Annotated[
        float, typer.Option(help="From backprop: points of accuracy, or of the normalised error as it is.")
    ] = 1.0,
    power: Annotated[float, typer.Option(help="The chance that the difference is seen.")] = 0.8,
    scale: Scale = "fast",
    as_json: AsJson = False,
) -> None:
    """How many seeds would see a difference from backprop, from how far the measured differences scatter.

    Of a paired t test, two-sided, at 5 %. The runs are those of the store; where it has none, those of the study's
    committed table.
    """
    from plausible.report import power as powers
    from plausible.study.study import find

    with json_alone(as_json):
        definition = find(study)
        powers.seeds_needed(
            difference, difference, power
        )  # refuses what makes no sense, before anything is read
        frame, source = measured(definition, scale)
        own = own_of(definition, scale)
        rows: list[dict[str, Any]] = powers.of_study(frame, difference, power, own)
    if not rows:
        raise BadInput(
            f"study {definition.name!r} has no rule beside a reference on a test split: expected a study such as "
            "accuracy"
        )
    if as_json:
        emit(json.dumps(rows, indent=2))
        return
    numbers = ("pairs", "spread", "± half of 95 %", f"seeds to see {difference:g}")
    table = Table("", [Column("task", True), Column("rule", True), *map(Column, numbers)], keys=2)
    for row in rows:
        told = ("–" if row[name] is None else f"{row[name]:.3g}" for name in ("spread", "half"))
        needed = (
            "–"
            if row["spread"] is None
            else f"over {powers.MOST}"
            if row["seeds"] is None
            else str(row["seeds"])
        )
        table.add(row["task"], row["rule"], str(row["pairs"]), *told, needed)
    show(table)
    remark(f"from {source}; spread: standard deviation of the differences from the reference, paired by seed")


def own_of(study: Any, scale: str) -> list[str]:
    """The rules that are the reference in a user's own network in a study; [] if its data sets are not here."""
    from plausible.report.paired import own_references
    from plausible.study.study import Skipped
    from plausible.tasks.fetch import here_only

    with here_only(), suppress(BadInput):  # a committed table is read without the data sets, too
        cells = [cell for cell in study.cells(scale) if not isinstance(cell, Skipped)]
        return own_references((cell.head()[1], cell) for cell in cells)
    return []


def measured(study: Any, scale: str) -> tuple[Any, str]:
    """A study's long table, and where it is from. Raises `BadInput` if there is none."""
    from plausible.study import campaign
    from plausible.study.store.store import Store
    from plausible.study.store.tables import read, tables

    store, file = Store(), tables().get(study.name)
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
