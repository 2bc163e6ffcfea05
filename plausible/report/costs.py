"""What learning costs, for people: work, random numbers and memory, beside the multiply-adds of the summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from plausible.printing.table import Column, Table
from plausible.printing.words import amount
from plausible.probes.cost import MEMORY, MULTIPLY_ADDS, WORK

LEGEND = "work is that of an example, or of a time step of a sequence; bytes are those of one example"
HEADS = {
    **{name: f"{name} /example" for name in WORK if name != MULTIPLY_ADDS},
    **{name: name for name in MEMORY},
}


def table(rows: Sequence[Mapping[str, Any]]) -> Table | None:
    """A table of the costs in the rows of a summary, without those that no rule has; None if none is counted.

    Multiply-adds, and what rules count themselves, stand in the summary.
    """
    names = [name for name in HEADS if any(row[name].n for row in rows)]
    if not names:
        return None
    columns = [Column("rule", words=True), *(Column(HEADS[name]) for name in names)]
    table = Table("cost of learning", columns, caption=LEGEND)
    for row in rows:
        cells = [row[name] for name in names]
        table.add(row["rule"], *(amount(cell.estimate) for cell in cells))
    return table
