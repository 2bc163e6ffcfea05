"""The instruments agree wherever several speak. Oracle: each other, as they share no code but the rule's own."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from plausible.plausibility.intervention import MOVES
from plausible.plausibility.judged import transport_tested, transport_traced
from plausible.plausibility.marks import ACROSS
from plausible.plausibility.neighbours import DECIDED
from plausible.plausibility.subject import TEACHERS, Subject, union
from plausible.plausibility.world import world
from plausible.registry import registry

RULES = sorted(registry.registered("rule"))


@pytest.mark.parametrize("rule", RULES)
def test_marks_and_interventions_agree(rule: str) -> None:
    """On weight transport, slopes, targets, and examples of a batch.

    Examples that settle together until all of them rest share less than `DECIDED` of a change, by a decision, which
    marks do not follow.
    """
    it = Subject(lambda seed: world(rule, seed))
    if it.spiking:  # its circuit is judged by equations and by given spikes: see test_spikes
        return
    assert not it.made.failure
    assert not it.raised
    traced, (tested, words) = transport_traced(it)[0], transport_tested(it.transported)
    assert not tested or tested == traced, words
    tokens = union(it.hidden.values())
    by_marks = {int(t.removeprefix("slope ")) for t in tokens if t.startswith("slope ")} & it.slopes.keys()
    moving = {layer for layer, found in it.slopes.items() if moves(found.by)}
    assert by_marks == moving
    for told in it.taught:
        if told.weight in it.hidden:
            assert bool(it.hidden[told.weight] & TEACHERS) == (told.rank > 0), told
    assert it.neighboured is not None
    if ACROSS in tokens:
        assert it.neighboured.examples > MOVES
    else:
        assert it.neighboured.examples < DECIDED


def moves(by: Mapping[str, float]) -> bool:
    """Whether the change of any weight between layers moved."""
    return any(size > MOVES for name, size in by.items() if name[:1] in ("W", "R"))
