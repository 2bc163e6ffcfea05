"""On what marks and interventions say different things of a rule, and why they do of some."""

from __future__ import annotations

from collections.abc import Mapping

from plausible.plausibility.intervention import MOVES
from plausible.plausibility.judged import transport_tested, transport_traced
from plausible.plausibility.marks import ACROSS, UNTRACED
from plausible.plausibility.neighbours import DECIDED
from plausible.plausibility.subject import TEACHERS, Subject, union

SIDEWAYS = "its columns are used back by changes of the same layer: no change of another layer moves, as the test asks"
DIFFERING: dict[str, dict[str, str]] = {
    "krotov-hopfield": {
        "examples": "which units learn is found once for a batch, as those that win in none would change by 0"
    },
    "independent-components": {"transport": SIDEWAYS},
    "sanger": {"transport": SIDEWAYS},
}


def disagreements(it: Subject) -> set[str]:
    """On what marks and interventions say different things of a rule."""
    found = set()
    traced, (tested, _) = transport_traced(it)[0], transport_tested(it.transported)
    if tested and tested != traced:
        found.add("transport")
    tokens = union(it.hidden.values())
    by_marks = {int(t.removeprefix("slope ")) for t in tokens if t.startswith("slope ")} & it.slopes.keys()
    if by_marks != {layer for layer, told in it.slopes.items() if moves(told.by)}:
        found.add("slopes")
    taught = [told for told in it.taught if told.weight in it.hidden]
    if any(bool(it.hidden[told.weight] & TEACHERS) != (told.rank > 0) for told in taught):
        found.add("targets")
    assert it.neighboured is not None
    meet = it.neighboured.examples
    if UNTRACED not in tokens and (meet <= MOVES if ACROSS in tokens else meet >= DECIDED):
        found.add("examples")
    return found


def moves(by: Mapping[str, float]) -> bool:
    """Whether the change of any weight between layers moved."""
    return any(size > MOVES for name, size in by.items() if name[:1] in ("W", "R"))
