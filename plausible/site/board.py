"""The leaderboard: rules and tasks, absolute and beside the reference, at equal epochs and at equal compute."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from plausible.report.equal_compute import COLUMNS, WHERE
from plausible.report.html import Cell, Grid, Head, Option, number
from plausible.site import grids
from plausible.site.links import Links
from plausible.site.told import Told
from plausible.study.run import SCORES

MORE = (
    *(f"{name}_at_compute" for name in COLUMNS),
    "work",
    "without",
)  # columns of the CSV beside `COMPARED`
HELD = (
    Option("at equal epochs", "epochs"),
    Option("at equal compute", "compute"),
    Option("both", "epochs compute"),
)
NUMBERS = (
    Option("absolute and relative to it", "absolute relative"),
    Option("absolute", "absolute"),
    Option("relative to it", "relative"),
)
VIEWS = (("held against the reference", HELD), ("numbers", NUMBERS))
EPOCHS = {  # by place of a column of `grids.compared`, what shows it
    **dict.fromkeys((1, 8, 9), ("epochs", "relative")),
    2: ("epochs",),
    **dict.fromkeys((6, 7), ("epochs", "absolute")),
}
NONE_ENDED = "not known: no run of it ended well"
NOT_KNOWN = "not known: the table has no reference with multiply-adds"


def with_compute(rows: pd.DataFrame, every: Sequence[Told]) -> pd.DataFrame:
    """Rows of `grids.beside_rows`, in their order, with the columns `MORE`."""
    found = [each.at_compute.assign(study=each.name) for each in every if each.name in {*rows.study}]
    found = [each for each in found if len(each)]
    if not found:
        return rows.assign(
            **dict.fromkeys(MORE[:-3], math.nan), as_good_at_compute=None, work=math.nan, without=NOT_KNOWN
        )
    at = [*WHERE, "study", "counted"]
    more = pd.concat(found, ignore_index=True)
    more["counted"] = more.lost_as.notna()
    told = rows.assign(counted=rows.lost_as.notna()).merge(more[[*at, *MORE]], on=at, how="left")
    return told.fillna({"without": NONE_ENDED})


def ranked(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of `with_compute`, of each study and task the best mean score first; what has none comes last."""
    signs = rows.metric.map(SCORES).fillna(1.0)
    at = rows.groupby(["study", "task", "metric"], sort=False).ngroup()
    order = pd.DataFrame({"at": at, "worse": -rows["mean"].astype(float) * signs})
    return rows.loc[order.sort_values(["at", "worse"], kind="stable").index].reset_index(drop=True)


def leaderboard(rows: pd.DataFrame, links: Links, caption: str, data: str) -> Grid:
    """Rows of `with_compute` as a table, of which one chooses what columns are shown."""
    plain = grids.compared(rows, links, caption, data)
    heads = [head._replace(views=EPOCHS.get(at, ())) for at, head in enumerate(plain.heads)]
    both, absolute = ("compute", "relative"), ("compute", "absolute")
    drawn = Head("drawn at equal compute, to five margins", views=both)
    good = Head("as good at equal compute?", choose=True, views=("compute",))
    numbers = [
        Head("validation score at the reference's compute", number=True, views=absolute),
        Head("[95 %]", number=True, views=absolute),
        Head("less the reference at its compute", number=True, views=both),
        Head("[95 %]", number=True, views=both),
        Head("compute of whole runs, times the reference's", number=True, views=("compute",)),
    ]
    moved = rows.assign(**{name: rows[f"{name}_at_compute"] for name in COLUMNS})
    width, records, body = grids.scale_of(moved), moved.to_dict("records"), []
    for cells, row in zip(plain.rows, records, strict=True):
        first, second, *more = at_compute(row, width)
        body.append([*cells[:3], first, second, *cells[3:10], *more, *cells[10:]])
    heads = [*heads[:3], drawn, good, *heads[3:10], *numbers, *heads[10:]]
    return Grid(caption, heads, body, data, VIEWS)


def at_compute(row: dict[Any, Any], width: float) -> list[Cell]:
    """The cells of a row at equal compute: drawn, as good, score, interval, difference, interval, and compute."""
    factor, form, of = grids.unit(row)
    said = grids.verdict_of(row) if not row["without"] else row["without"]
    place = grids.ORDER.index(said) if said in grids.ORDER else len(grids.ORDER)
    cells = [grids.span_of(row, width), Cell(said, place, word=said)]
    cells += [number(factor * row["mean"], form, title=of), grids.ends(row, "low", "high")]
    cells += [number(factor * row["difference"], "+" + form)]
    return [*cells, grids.ends(row, "difference_low", "difference_high"), number(row["work"], ".3g")]
