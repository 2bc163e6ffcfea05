"""The command that says which promises a rule keeps, or anything else that has a contract."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from itertools import chain
from typing import TYPE_CHECKING, Annotated

import typer

from plausible.printing.terminal import remark, tell

if TYPE_CHECKING:
    from plausible.contract.promises import Finding

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)

KINDS = "rule, task, optimiser, network, activation, output, init, schedule, criterion or probe"


@app.command()
def check(
    name: Annotated[
        str, typer.Argument(help="A rule, a task, an optimiser, ...: its name, or FILE.py:Name.")
    ],
    kind: Annotated[str | None, typer.Option(help=f"{KINDS}, where the name does not tell.")] = None,
    limit: Annotated[
        float,
        typer.Option(help="Seconds that one promise may take; waiting for a busy processor does not count."),
    ] = 120.0,
) -> None:
    """Say in words which promises a rule keeps, or whatever else is named, and what is wrong with it.

    Promises are judged in another process. That the subject hangs, dies or ends the process breaks a promise. What a
    rule claims by its `answers` is measured at last, as `plausible audit` does. Exit code 1 says that a promise is
    broken, or could not be judged.
    """
    from plausible.contract.aside import findings
    from plausible.contract.promises import in_words, summed_up
    from plausible.plausibility.promise import findings_on_claims

    def claims() -> Iterator[Finding]:
        with redirect_stdout(sys.stderr):  # what the subject prints is no finding
            found = list(findings_on_claims(name, kind, told, limit))
        yield from found

    told: list[Finding] = []
    for finding in chain(findings(name, kind, limit), claims()):
        told.append(finding)
        first, *below = in_words(finding)
        tell(first, "red" if finding.verdict == "broken" else None)
        for line in below:
            tell(line)
    if summed_up(told):
        remark(summed_up(told))
        raise typer.Exit(1)
