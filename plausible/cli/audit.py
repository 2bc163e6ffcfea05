"""The command that measures which criticisms of backpropagation a rule answers."""

from __future__ import annotations

import json
import os
import sys
from typing import Annotated

import typer

from plausible.cli.options import AsJson, json_alone
from plausible.printing.terminal import complain, emit, remark, show

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
def audit(
    rules: Annotated[
        list[str] | None,
        typer.Argument(
            help="Rules, such as fa or FILE.py:Name, with spaces or commas in between; all for every registered one, "
            "as without any; rules of single synapses, such as pair-stdp, or models for all of them."
        ),
    ] = None,
    as_json: AsJson = False,
    as_html: Annotated[bool, typer.Option("--html", help="Print a page of HTML instead of a table.")] = False,
    limit: Annotated[
        float,
        typer.Option(
            help="Seconds that one step of a rule may take; waiting for a busy processor does not count."
        ),
    ] = 120.0,
    cost: Annotated[
        bool, typer.Option("--cost", help="Print what rules need, each in its own unit, and no verdicts.")
    ] = False,
) -> None:
    """Measure which criticisms of backpropagation a rule answers, on its own code.

    What it reads is followed through its arithmetic, and what moves its changes is tried. Beside each verdict stand
    what its authors claim, its `answers`, and what the literature says. Exit code 1 says that a claim is measured
    otherwise, and that nobody has explained why.
    """
    from plausible.api.auditing import audit as audited
    from plausible.errors import require
    from plausible.registry.specs import split
    from plausible.report import plausibility as report
    from plausible.report.audit_page import page

    require(not (as_json and as_html), "what is printed", "--json --html", "one of them")
    named = [each for text in rules or ["all"] for each in split(text, "rules")]
    if cost:
        needs(named, as_json, as_html)
        return
    with json_alone(as_json or as_html):
        made = audited(*named, limit=limit, deaf=end)
    if as_json:
        emit(json.dumps(report.as_json(made.audits), indent=2))
    elif as_html:
        emit(page(made.audits))
    else:
        for table in report.tables(made.audits):
            show(table)
        for line in report.differences(made.audits):
            remark(line)
    if not made.agrees:
        raise typer.Exit(1)


def end(said: str) -> None:
    """Say why nothing more comes, and end, as what goes on cannot be stopped."""
    complain(f"error: {said}")
    sys.stderr.flush()
    os._exit(2)


def needs(rules: list[str], as_json: bool, as_html: bool) -> None:
    """Print what rules need, each in its own unit."""
    from plausible.api.auditing import needed
    from plausible.printing import html
    from plausible.report import plausibility as report

    with json_alone(as_json or as_html):
        costs = needed(*rules)
    if as_json:
        emit(json.dumps(report.costs_as_json(costs), indent=2))
    elif as_html:
        emit(html.table(report.cost_table(costs)))
    else:
        show(report.cost_table(costs))
