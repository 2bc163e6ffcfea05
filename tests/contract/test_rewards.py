"""Rules that are told a reward alone never touch a label: they are shown none, and propose the same to the last bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from plausible.contract.world import case, same
from plausible.core import read_only
from plausible.plausibility.teaching import changes, one_example, rank, teaching, with_target
from plausible.plausibility.world import world
from plausible.registry import registry
from plausible.registry.catalogue import listed

TOLD = "told=reward,sigma=0.5"
NEITHER = ("forward-gradient",)  # of the two rooms: it is told how fast the loss changes along its direction


def alone() -> list[str]:
    """Every rule of the rooms of reward and perturbation that can be told a reward alone, told so, and rules around."""
    found = []
    for name in (str(each["name"]) for each in listed("rules")):
        kind = registry.load("rule", name)
        if not any(f".rules.{room}." in kind.__module__ for room in ("reward", "perturbation")):
            continue
        if name not in NEITHER:
            found.append(f"{name}[{TOLD}]" if "told" in kind.__dataclass_fields__ else name)
    around = [f"decorrelated[rule=node-perturbation[{TOLD}]]", f"dann[rule=node-perturbation[{TOLD}]]"]
    return [*found, f"activity-perturbation[single=True,{TOLD}]", *around]


ALONE = alone()


def proposed(name: str, hidden: bool) -> Any:
    """What a rule proposes at the second presentation, when those that compare trials have one to compare with."""
    it = case(name, batch=40)
    shown = it.shown._replace(y=None) if hidden else it.shown
    rng, state = np.random.default_rng(0), it.state
    for _ in range(2):
        step = it.rule.update(read_only(it.params), state, shown, rng)
        state = step.state
    return step


@pytest.mark.parametrize("name", ALONE)
def test_a_rule_that_is_told_a_reward_needs_no_label(name: str) -> None:
    first, second = proposed(name, False), proposed(name, True)
    assert same(first, second)
    parts = (update.post if hasattr(update, "post") else update for update in first.updates.values())
    assert any(np.abs(part).any() for part in parts)


def test_all_rules_of_reward_are_among_them() -> None:
    """The list is drawn from the registry; these must not fall out of it."""
    names = {name.partition("[")[0] for name in ALONE}
    known = {"brainprop", "agrel", "reinforce", "exploratory-hebb", "supralinear-hebb", "bandit"}
    assert known | {f"{kind}-perturbation" for kind in ("weight", "node", "activity")} <= names


def late(name: str) -> int:
    """The rank of what recurrent weights do at the second trial of one example, unclipped, over its classes."""
    made = world(f"{name}[limit=1e9]")
    later = made._replace(shown=tuple(one_example(each, 0) for each in made.shown)).later
    shown = later.shown[0]._replace(first=True)
    classes = np.eye(shown.y.shape[-1], dtype=str(shown.y.dtype))
    several = [with_target(shown, np.broadcast_to(each, shown.y.shape).copy()) for each in classes]
    return rank(changes(later, ["R1"], several)["R1"])


@pytest.mark.parametrize("name", ALONE)
def test_the_audit_says_that_a_reward_teaches_in_one_way(name: str) -> None:
    """The teaching signal has rank 1, layer by layer; of a rule that compares trials it comes one trial late."""
    told = {each.rank for each in teaching(world(name))}
    assert told == {1} if told else late(name) == 1


def test_the_audit_finds_more_than_one_way_where_a_label_is_heard() -> None:
    """A broken copy of each kind: the same network taught by the label."""
    assert max(each.rank for each in teaching(world("backprop"))) > 1


@pytest.mark.parametrize("name", ["backprop", "node-perturbation", "forward-gradient"])
def test_a_rule_that_is_told_more_is_found_out(name: str) -> None:
    it = case(name)
    with pytest.raises((TypeError, AttributeError)):
        it.step(shown=it.shown._replace(y=None))
