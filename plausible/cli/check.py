"""The command that says which promises a rule keeps, or anything else that has a contract."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import typer

from plausible.printing.terminal import remark, say

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)

KINDS = "rule, task, optimiser, network, activation, output, init, schedule, criterion or probe"
SIGNS = {"kept": "yes", "broken": "no ", "not applicable": "n/a", "not judged": " ? "}


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

    Promises are judged in another process. That the subject hangs, dies or ends the process breaks a promise. Exit code
    1 says that a promise is broken, or could not be judged.
    """
    from plausible.contract.aside import findings

    verdicts: Counter[str] = Counter()
    for finding in findings(name, kind, limit):
        verdicts[finding.verdict] += 1
        say(f"{SIGNS[finding.verdict]} {finding.promise}", "red" if finding.verdict == "broken" else None)
        if finding.words:
            head = "" if finding.verdict == "broken" else f"{finding.verdict}: "
            say(f"    {head}{finding.words}")
    if verdicts["broken"] or verdicts["not judged"]:
        unjudged = f", {verdicts['not judged']} not judged" if verdicts["not judged"] else ""
        remark(f"{verdicts['broken']} of {verdicts.total()} promises broken{unjudged}")
        raise typer.Exit(1)
