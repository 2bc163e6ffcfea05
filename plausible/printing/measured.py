"""What a study measured, for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from plausible.printing.table import Column, Table
from plausible.printing.words import interval


def measured_table(rows: Iterable[Mapping[str, Any]], title: str) -> Table:
    """The rows of `plausible.study.measured.at_the_end`."""
    words = [Column(name, words=True) for name in ("task", "rule", "what", "split")]
    shown = Table(title, [*words, *map(Column, ("at", "points", "value [95 %]", "n"))], keys=3)
    for row in rows:
        what = f"{row['metric']}, {row['layer']}" if row["layer"] else row["metric"]
        value = interval(row["mean"], row["low"], row["high"], ".4g") if row["n"] else "–"
        numbers = (f"{row['at']:g}", str(row["points"]), value, str(row["n"]))
        shown.add(row["task"], row["rule"], what, row["split"], *numbers)
    return shown
