"""What audits of rules say: rows, tables and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from plausible.plausibility.audit import MARKS, Audited, Measured
from plausible.plausibility.costs import Costs
from plausible.printing.table import Column, Table
from plausible.printing.words import NOTHING, amount

COLUMNS = (
    *("rule", "criticism", "verdict", "value", "evidence", "provenance", "intervention"),
    *("claimed", "literature", "agrees", "explained"),
)
COST_HEADS = {  # of a table that people read; units stand in the head
    "passes": "passes",
    "phases": "phases",
    "settling_steps": "settling steps",
    "products": "products in a row",
    "multiply_adds": "multiply-adds /example",
    "per_weight": "of them /weight",
    "random_numbers": "random numbers /example",
    "spikes": "spikes /example",
    "synaptic_events": "synaptic events /example",
    "operations": "operations /synapse and spike",
    "per_synapse": "numbers kept /synapse",
    "per_unit": "numbers kept /unit",
    "growth": "exponent of storage",
    "sign_changes": "signs changed %",
}
LEGEND = ", ".join(f"{mark} {verdict}" for verdict, mark in MARKS.items())


def literature(measured: Measured) -> str:
    """What the literature says of one criticism of a rule, with its sources."""
    return "; ".join(
        f"{each.verdict} [{each.source}]" + (f", {each.note}" if each.note else "")
        for each in measured.literature
    )


def rows(audits: Iterable[Audited]) -> list[dict[str, Any]]:
    """A row for each rule and criticism."""
    return [
        {
            "rule": audited.rule,
            "criticism": each.criticism,
            **each.cell._asdict(),
            "claimed": each.claimed,
            "literature": literature(each),
            "agrees": each.agrees,
            "explained": "" if each.agrees else each.explained,
        }
        for audited in audits
        for each in audited.measured
    ]


def frame(audits: Iterable[Audited]) -> pd.DataFrame:
    """The rows as a frame, in the order of `COLUMNS`."""
    return pd.DataFrame(rows(audits), columns=[*COLUMNS])


def as_json(audits: Iterable[Audited]) -> dict[str, Any]:
    """What `plausible audit --json` prints: by rule, and in it by criticism."""
    return {
        "rules": [
            {
                "rule": audited.rule,
                "agrees": audited.agrees,
                "criticisms": {
                    row["criticism"]: {k: row[k] for k in COLUMNS if k not in ("rule", "criticism")}
                    for row in rows([audited])
                },
            }
            for audited in audits
        ]
    }


def of_one(audited: Audited) -> Table:
    """One rule: a row for each criticism, with its evidence."""
    heads = ("criticism", "measured", "evidence", "claimed", "literature")
    table = Table(f"{audited.rule}: what was measured", [Column(head, words=True) for head in heads])
    for each in audited.measured:
        note = "" if each.agrees else f"! {each.explained or 'claimed otherwise'}"
        table.add(
            each.criticism,
            each.cell.verdict,
            each.cell.evidence,
            each.claimed or "–",
            literature(each) or "–",
            note=note,
        )
    return table


def matrix(audits: Sequence[Audited]) -> Table:
    """Several rules: a row each, a mark for each criticism; ! where a claim differs, * where the literature does."""
    names = [each.criticism for each in audits[0].measured]
    table = Table(
        "what was measured",
        [Column("rule", words=True), *(Column(f"{n}") for n in range(1, len(names) + 1))],
        caption=f"{LEGEND}; ! claimed otherwise, * said otherwise in the literature. Columns: "
        + ", ".join(f"{n} {name}" for n, name in enumerate(names, 1)),
    )
    for audited in audits:
        table.add(audited.rule, *(mark(each) for each in audited.measured))
    return table


def mark(measured: Measured) -> str:
    """The mark of one cell."""
    contested = any(each.verdict != measured.cell.verdict for each in measured.literature)
    return MARKS[measured.cell.verdict] + "!" * (not measured.agrees) + "*" * contested


def tables(audits: Sequence[Audited]) -> list[Table]:
    """What is printed: of one rule its evidence, of several the matrix."""
    return [of_one(each) for each in audits] if len(audits) == 1 else [matrix(audits)]


def differences(audits: Iterable[Audited]) -> list[str]:
    """A line for each claim that differs from its measurement."""
    return [
        f"{audited.rule}, {each.criticism}: {each.claimed} is claimed, {each.cell.verdict} is measured: "
        f"{each.cell.evidence}" + (f" ({each.explained})" if each.explained else "")
        for audited in audits
        for each in audited.measured
        if not each.agrees
    ]


def cost_rows(several: Iterable[Costs]) -> list[dict[str, Any]]:
    """A row for each rule: what it needs, by the names of `Costs`."""
    return [each._asdict() for each in several]


def cost_frame(several: Iterable[Costs]) -> pd.DataFrame:
    """The rows as a frame; what a rule does not have is missing."""
    made = pd.DataFrame(cost_rows(several), columns=[*Costs._fields])
    return made.astype(dict.fromkeys(COST_HEADS, float))


def costs_as_json(several: Iterable[Costs]) -> dict[str, Any]:
    """What `plausible audit --cost --json` prints."""
    return {"costs": cost_rows(several)}


def cost_cells(each: Costs) -> list[str]:
    """What a rule needs, as texts in the order of `COST_HEADS`; a dash where it has none of it."""
    values = {
        **each._asdict(),
        "sign_changes": None if each.sign_changes is None else 100 * each.sign_changes,
    }
    return [amount(values[name]) if values[name] is not None else NOTHING for name in COST_HEADS]


def cost_table(several: Sequence[Costs]) -> Table:
    """What rules need, without columns that none of them has."""
    cells = {each.rule: dict(zip(COST_HEADS, cost_cells(each), strict=True)) for each in several}
    there = [name for name in COST_HEADS if any(row[name] != NOTHING for row in cells.values())]
    table = Table(
        "what rules need",
        [Column("rule", words=True), *(Column(COST_HEADS[name]) for name in there)],
        caption=f"in the small world of the audit, an example or a time step; {NOTHING} where a rule has none of it",
    )
    for rule, row in cells.items():
        table.add(rule, *(row[name] for name in there))
    return table
