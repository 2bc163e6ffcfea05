"""The command that computes numbers of committed tables anew: verify."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from plausible.cli.options import AsJson, json_alone
from plausible.printing.terminal import emit, remark, say, show
from plausible.writing import at_home

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
def verify(
    table: Annotated[
        str, typer.Argument(help="The name of a table in studies/tables/, its path, or all.")
    ] = "all",
    cells: Annotated[int, typer.Option(help="Runs of each table, drawn at random.")] = 1,
    seed: Annotated[int, typer.Option(help="Of the draw.")] = 0,
    longest: Annotated[
        float, typer.Option(help="Seconds of learning that a run may have taken to be drawn.")
    ] = 60.0,
    execute_files: Annotated[
        bool, typer.Option("--execute-files", help="Execute the files of your own that a table names.")
    ] = False,
    record: Annotated[
        bool,
        typer.Option(
            "--record", help="Recompute nothing: write into tables what their study says of their runs."
        ),
    ] = False,
    note: Annotated[
        bool,
        typer.Option("--note", help="Write what came of it into the tables; figures and pages then say so."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compute runs of committed tables anew, and say whether every number of theirs is the same.

    Of each cell: bitwise, rounding, rounding that learning has amplified, or different, with the largest relative
    difference. Exit code 1 says that one is different, or that nothing was recomputed. Tables say the commit, the
    versions, the BLAS kernel and the processor that they were computed with.
    A table of before the 28th of November 2026 does not say what its runs are: --record looks for them among the cells
    of its study and writes them into it. Its numbers and its keys stay as they are.
    """
    from plausible.errors import require
    from plausible.printing.words import count
    from plausible.report.paired import plain
    from plausible.report.verified import noted, shown, summed_up, told
    from plausible.study import verified
    from plausible.study.rebuilt import recorded

    name = str(at_home("table", table))
    files = verified.chosen(name)
    if record:
        require(not (as_json or note), "--record", "given with --json or --note", "alone")
        for each, file in files.items():
            written, left = recorded(each, file)
            if written or left:
                say(f"{file}: {count(written, 'run')} recorded{f', {left} not found' if left else ''}")
        return
    with json_alone(as_json):
        found = list(verified.verified(name, cells, seed, longest, execute_files, remark))
    if as_json:
        emit(json.dumps(plain(verified.frame(found)), indent=2))
    else:
        show(shown(found), told(files))
    remark(summed_up(found))
    if note:
        noted(files, found)
    verdicts = {cell.verdict for cell in found}
    if "different" in verdicts or verdicts == {"not recomputed"}:
        raise typer.Exit(1)
