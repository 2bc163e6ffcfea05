"""Accuracy against cost and against objections left: a chart that follows a table, and drawings of both."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from plausible.errors import BadInput
from plausible.plotting.committed import scripts
from plausible.registry.files import OWN, found_by_name, from_file
from plausible.report.html import Cell, Grid, Head, number
from plausible.site.links import Links
from plausible.site.told import Told, rule_of, without_options

TABLE = "plausibility_performance"  # the study that measured accuracy, cost and objections of the same runs
COLUMNS = ("task", "rule", "n", "gap", "low", "high", "left", "cost")
SCRIPT = "plotly.min.js"
WORDS = {
    "cost": "Points of accuracy below backprop against multiply-adds per example, in backprop's.",
    "left": "Points of accuracy below backprop against the objections to backpropagation that are left.",
}


def plotly() -> bytes:
    """The script that draws charts, as plotly's package brings it; b"" where that is not installed."""
    found = find_spec("plotly")
    if found is None or not found.submodule_search_locations:
        return b""
    file = Path(found.submodule_search_locations[0]) / "package_data" / SCRIPT
    return file.read_bytes() if file.is_file() else b""


def rows(every: Sequence[Told]) -> pd.DataFrame:
    """A row for each task and rule, with `COLUMNS`, as the study's figure reads them; none without that table."""
    nothing = pd.DataFrame(columns=[*COLUMNS])
    script = scripts().get(TABLE)
    table = next((each for each in every if each.name == TABLE and each.long), None)
    if table is None or script is None or script.parent.resolve() not in OWN:
        return nothing
    try:
        found: pd.DataFrame = from_file(found_by_name(script), "source")(table.runs)
    except (BadInput, ValueError, LookupError, TypeError):  # another table goes by that name
        return nothing
    return found.reset_index(drop=True) if {*COLUMNS} <= {*found} else nothing


def grid(found: pd.DataFrame, audited: pd.DataFrame, links: Links, data: str) -> Grid:
    """The table that the charts follow: what it shows they show."""
    gone = audited[audited.verdict == "removed"]
    removed = {str(rule): list(mine.criticism) for rule, mine in gone.groupby("rule")}
    heads = [Head("rule"), Head("task", choose=True), Head("family", choose=True)]
    texts = ("points below backprop", "from", "to", "objections left", "cost, times backprop's", "seeds")
    heads += [Head(text, number=True) for text in texts]
    heads += [Head("criticisms removed", choose=True, several=True)]
    records: Any = found.to_dict("records")
    body = []
    for row in records:
        name = rule_of(str(row["rule"]))
        cells = [Cell(str(row["rule"]), href=links.rule(name))]
        cells += [Cell(str(row["task"]), href=links.task(without_options(str(row["task"]))))]
        cells += [Cell(links.family(name)), *(number(row[key], ".2f") for key in ("gap", "low", "high"))]
        cells += [number(row["left"], "g"), number(row["cost"], ".3g"), number(row["n"], "d")]
        body.append([*cells, Cell("; ".join(removed.get(name, [])))])
    return Grid("accuracy, cost and objections left; choices here change the charts, too", heads, body, data)


def known(found: pd.DataFrame) -> bool:
    """Whether there is anything to draw."""
    return bool(len(found) and np.isfinite(found.gap.astype(float)).any())
