"""The instruments agree wherever several speak. Oracle: each other, as they share no code but the rule's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from plausible.plausibility.audit import audit
from plausible.plausibility.intervention import MOVES
from plausible.plausibility.judged import transport_tested, transport_traced
from plausible.plausibility.marks import ACROSS, UNTRACED
from plausible.plausibility.neighbours import DECIDED
from plausible.plausibility.subject import TEACHERS, Subject, union
from plausible.plausibility.world import world
from plausible.registry import registry

LATER = "examples meet in a running mean in the state, which changes feel a presentation later"
SIDEWAYS = "its columns are used back by changes of the same layer: no change of another layer moves, as the test asks"
EXPLAINED: dict[str, dict[str, str]] = {
    "bcm": {"examples": LATER},
    "sparse-coding": {"examples": LATER},
    "krotov-hopfield": {
        "examples": "which units learn is found once for a batch, as those that win in none would change by 0"
    },
    "reinforce": {
        "examples": "the mean reward moves only where another choice of the batch is rewarded otherwise"
    },
    "independent-components": {"transport": SIDEWAYS},
    "sanger": {"transport": SIDEWAYS},
    "decorrelated": {"transport": "what is sent up is h D, and the test leaves h alone, of which it knows"},
}
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
    assert disagreements(it) == {*EXPLAINED.get(rule, {})}


def test_the_documentation_names_each_disagreement() -> None:
    """A row of its table names the rule and what the instruments differ on."""
    text = (Path(__file__).parents[2] / "docs" / "plausibility.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    for rule, said in EXPLAINED.items():
        for on in said:
            named = "weight transport" if on == "transport" else on
            assert any(
                f"`{rule}`" in line.split("|")[1] and line.split("|")[2].strip() == named for line in rows
            ), rule


@pytest.mark.parametrize(
    ("rule", "whose"), [("sanger", "their own layers alone"), ("backprop", "other weights")]
)
def test_the_evidence_says_whose_changes_use_a_weight_in_both_directions(rule: str, whose: str) -> None:
    """Sanger's y Wᵀ is read by W itself, backprop's δ Wᵀ by the layer below."""
    cell = audit(rule, ["weight transport"]).measured[0].cell
    assert cell.verdict == "present"
    assert cell.evidence.endswith(f"used in both directions by changes of {whose}")


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
