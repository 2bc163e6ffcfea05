"""The committed table of a study as tables that are printed, where nothing of the study is stored."""

from __future__ import annotations

from plausible.printing.table import Table
from plausible.report import beside
from plausible.report.measured import measured_table
from plausible.report.paired import seed_by_seed
from plausible.report.published import shown
from plausible.site.told import told


def printed(name: str) -> list[Table]:
    """Every rule beside the reference, or what was measured at the end, and the published numbers beside ours.

    They are the numbers of the study's page in `plausible report --html`. Raises `BadInput` if no table has this name.
    """
    (one,) = told([name])
    title = f"{name}, its committed table: {one.question}"
    if len(one.beside):
        ended = one.runs[(one.runs.status == "done") | (one.runs.split != "test")]
        tables = [beside.shown(one.beside, seed_by_seed(ended), title)]
    else:
        tables = [measured_table(one.measured, title)]
    return [*tables, *(shown(one.published) if len(one.published) else ())]
