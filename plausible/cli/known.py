"""The commands of what is there to be used: list, seeds."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from plausible.cli.options import AsJson, Scale, Study, json_alone
from plausible.printing.terminal import emit, remark, show, tell

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command("list")
def list_(
    what: Annotated[
        str,
        typer.Argument(
            help="rules, tasks, networks, optimisers, schedules, activations, outputs, inits, relaxations, criteria, "
            "probes, experiments, studies, figures or criticisms"
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """List what can be compared, run and drawn."""
    from plausible.report.listing import frame, shown

    with json_alone(as_json):
        rows = frame(what)
    if as_json:
        emit(json.dumps(rows.to_dict("records"), indent=2))
    elif len(rows):
        show(shown(rows))
        if what == "rules":
            from plausible.report.synapses import told, variants

            for line in (*told(), *variants()):
                tell(line)
    else:
        remark(f"no {what} have names here; FILE.py:Name names one of your own")


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
    from plausible.report.needed import needed, needed_table
    from plausible.report.paired import plain
    from plausible.study.store.store import Store
    from plausible.study.study import find

    with json_alone(as_json):
        rows, source = needed(find(study), difference, power, scale, Store())
    if as_json:
        emit(json.dumps(plain(rows), indent=2))
        return
    show(needed_table(rows, difference))
    remark(f"from {source}; spread: standard deviation of the differences from the reference, paired by seed")
