"""Whether verdicts on spiking rules agree with the evidence that is printed beside them. Oracle: the numbers in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from plausible.plausibility.audit import Audited
from plausible.plausibility.intervention import MOVES
from plausible.plausibility.subject import Cell

NUMBER = r"[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?"
WINDOW = re.compile(rf"({NUMBER}) at \+10 ms and ({NUMBER}) at -10 ms")
WIDE = re.compile(rf"({NUMBER}) to ({NUMBER}), and nothing at")
MOVED = re.compile(rf"changes move by ({NUMBER})")
SAID = {  # by criticism and verdict, what the intervention shows: changes that move, or none that does
    ("weight transport", "removed"): False,
    ("target at the output", "removed"): False,
    ("target at the output", "partly"): True,
    ("target at the output", "present"): True,
    ("update locking", "partly"): True,
}


READ = {("target at the output", "partly"), ("update locking", "partly")}  # off equations, whatever moves


def contradictions(audited: Audited) -> list[str]:
    """Each verdict that its own evidence does not bear out, in words."""
    return [
        f"{each.criticism}: {why}" for each in audited.measured for why in against(each.criticism, each.cell)
    ]


def against(criticism: str, cell: Cell) -> Iterator[str]:
    """What in the evidence of a cell is against its verdict."""
    told = f"{cell.evidence} {cell.intervention}"
    if cell.verdict == "untraceable":
        if not re.search("silent|failed|more than its circuit", told):
            yield "untraceable, and nothing says why"
        return
    if criticism == "insensitivity to timing":
        yield from of_windows(cell)
        return
    if "silent" in told and (criticism, cell.verdict) not in READ:
        yield f"{cell.verdict}, though the simulation is silent"
    moved = [float(each) for each in MOVED.findall(cell.intervention)]
    shown = SAID.get((criticism, cell.verdict))
    if shown is True and moved and min(moved) == 0:
        yield f"{cell.verdict}, though changes move by 0"
    if shown is False and moved and max(moved) > MOVES:
        yield f"{cell.verdict}, though changes move by {max(moved)}"


def of_windows(cell: Cell) -> Iterator[str]:
    """What in the windows of a cell on timing is against its verdict."""
    pairs = [
        tuple(map(float, each)) for each in (*WINDOW.findall(cell.evidence), *WIDE.findall(cell.evidence))
    ]
    if cell.verdict in ("removed", "partly"):
        if not pairs:
            yield f"{cell.verdict}, and no window is shown"
        if any(not any(pair) for pair in pairs):
            yield f"{cell.verdict}, though a window has 0 at both sides"
        if "silent" in cell.evidence:
            yield f"{cell.verdict}, though a window is silent"
    elif "silent" in cell.intervention or not WINDOW.search(cell.intervention):
        yield f"{cell.verdict}, and no window in which something changes bears it out"
