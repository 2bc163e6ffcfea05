"""The table, on a terminal, as JSON and as markdown: `python -m benchmarks.report` prints the last one."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from benchmarks.rows import Row
from plausible.writing import whole

RESULTS = Path(__file__).with_name("results.json")
COLUMNS = ("what", "ours", "beside", "median ratio [quartiles]", "bound", "met?")
DATE = "measured on"
MET = {None: "", True: "yes", False: "NO"}


def cells(row: Row) -> tuple[str, ...]:
    """A row as text, column by column."""
    ours = "" if math.isnan(row.ours) else f"{row.ours:.3g} {row.unit}"
    theirs = "" if row.theirs is None else f"{row.theirs:.3g} {row.unit}"
    ratio = "" if row.ratio is None else "{1:.3f} [{0:.3f}, {2:.3f}]".format(*row.ratio)
    bound = "" if row.bound is None else f"{row.bound:g}" + (f" {row.unit}" if row.ratio is None else "")
    return f"{row.what}; {row.note}" if row.note else row.what, ours, theirs, ratio, bound, MET[row.met]


def table(rows: Sequence[Row]) -> Table:
    """For a terminal."""
    drawn = Table(*COLUMNS, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        drawn.add_row(*map(escape, cells(row)), style="red" if row.met is False else None)
    return drawn


def write(rows: Sequence[Row], machine: dict[str, Any]) -> None:
    """Put `rows` in the place of those of the same name and processor that `RESULTS` has, each with its machine."""
    new = [dataclasses.asdict(row) | {"met": row.met, "machine": machine} for row in rows]
    kept = {(row["what"], row["machine"]["processor"]): row for row in [*read(), *new]}
    with whole(RESULTS) as name:
        name.write_text(packed(list(kept.values())), encoding="utf-8")


def packed(rows: list[dict[str, Any]]) -> str:
    """Rows as JSON, one to a line, each with the place of its machine in a list, as few machines measure many rows."""
    machines: list[dict[str, Any]] = []
    for row in rows:
        if row["machine"] not in machines:
            machines.append(row["machine"])
    placed = [shortened(row) | {"machine": machines.index(row["machine"])} for row in rows]
    first, second = (",\n".join(map(json.dumps, each)) for each in (machines, placed))
    return f'{{"machines": [\n{first}\n], "rows": [\n{second}\n]}}\n'


def shortened(tree: Any) -> Any:
    """Nested lists and dictionaries with numbers of six digits, more than any clock tells."""
    if isinstance(tree, float):
        return float(f"{tree:.6g}")
    if isinstance(tree, dict):
        return {name: shortened(each) for name, each in tree.items()}
    return [shortened(each) for each in tree] if isinstance(tree, list | tuple) else tree


def read() -> list[dict[str, Any]]:
    """The rows written so far, of all machines."""
    if not RESULTS.exists():
        return []
    found = json.loads(RESULTS.read_text(encoding="utf-8"))
    return [row | {"machine": found["machines"][row["machine"]]} for row in found["rows"]]


def latest() -> list[dict[str, Any]]:
    """Of rows that several machines have measured, the newest."""
    found: dict[str, dict[str, Any]] = {}
    for row in read():
        if row["what"] not in found or row["machine"]["date"] >= found[row["what"]]["machine"]["date"]:
            found[row["what"]] = row
    return list(found.values())


def markdown() -> str:
    """For a page: the rows in `RESULTS`, a table for each machine."""
    machines: dict[str, list[dict[str, Any]]] = {}
    for row in read():
        machines.setdefault(row["machine"]["processor"], []).append(row)
    return "\n\n".join(f"## {name}\n\n{measured_on(rows)}" for name, rows in machines.items())


def measured_on(found: list[dict[str, Any]]) -> str:
    """The table of one machine, and what it ran."""
    names = {field.name for field in dataclasses.fields(Row)}
    lines = ["| " + " | ".join([*COLUMNS, DATE]) + " |", "|" + "---|" * (len(COLUMNS) + 1)]
    for one in found:
        row = Row(**{name: value for name, value in one.items() if name in names})
        lines.append("| " + " | ".join([*cells(row), one["machine"]["date"] + elsewhere(one)]) + " |")
    keys = dict.fromkeys(key for one in found for key in one["machine"])
    about = {
        key: dict.fromkeys(str(one["machine"][key]) for one in found if key in one["machine"]) for key in keys
    }
    return "\n".join(
        [*lines, "", "; ".join(f"{key} {' and '.join(values)}" for key, values in about.items())]
    )


def elsewhere(missed: dict[str, Any]) -> str:
    """Where else a row that misses its bound was measured since, with what came out; "" for a row that keeps it."""
    newest = next((row for row in latest() if row["what"] == missed["what"]), missed)
    if missed["met"] is not False or newest["machine"]["processor"] == missed["machine"]["processor"]:
        return ""
    row = Row(**{field.name: newest[field.name] for field in dataclasses.fields(Row) if field.name in newest})
    value = f"{row.ratio[1]:.3f}" if row.ratio else cells(row)[1]
    return f"; since then, on {newest['machine']['processor']}, {value}: {MET[row.met]}"


if __name__ == "__main__":
    print(markdown())
