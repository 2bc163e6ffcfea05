"""The command that computes numbers of committed tables anew: verify."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from plausible.cli.options import AsJson, json_alone
from plausible.printing.terminal import emit, remark, show
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
    as_json: AsJson = False,
) -> None:
    """Compute runs of committed tables anew, and say whether every number of theirs is the same.

    Of each cell: bitwise, rounding, or different, with the largest relative difference. Exit code 1 says that one is
    different. Tables say the commit, the versions, the BLAS kernel and the processor that they were computed with.
    """
    from plausible.report.paired import plain
    from plausible.report.verified import shown, summed_up, told
    from plausible.study import verified

    name = str(at_home("table", table))
    files = verified.chosen(name)
    with json_alone(as_json):
        found = list(verified.verified(name, cells, seed, longest, execute_files, remark))
    if as_json:
        emit(json.dumps(plain(verified.frame(found)), indent=2))
    else:
        show(shown(found), told(files))
    remark(summed_up(found))
    if any(cell.verdict == "different" for cell in found):
        raise typer.Exit(1)
