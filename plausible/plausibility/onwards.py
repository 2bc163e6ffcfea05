"""What a rule carries on: marks are followed from one presentation to the next until nothing new comes of them.

What is kept in the state may reach a change two presentations later, or ten. Each part of the state is made of some
things, and each change of some. Once neither differs from the presentation before, nothing else comes but by counting.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from plausible.core import Step
from plausible.plausibility import world as world_of
from plausible.plausibility.marked import Marked, within
from plausible.plausibility.marks import SUMMED, UNTRACED
from plausible.plausibility.world import World

LONG = 8  # presentations after which what is carried on has settled, or is not known


class Onwards(NamedTuple):
    """The tokens of changes over all presentations, by weight, and whether nothing else can come."""

    changes: Mapping[str, frozenset[str] | None]
    settled: bool


def lengthened(world: World, seed: int) -> World:
    """A world with `LONG` presentations, whose examples are drawn by a seed."""
    own = next((str(array.dtype) for array in world.params.values() if array.dtype.kind == "f"), "float64")
    rng, batch = np.random.default_rng([seed, 3]), world.shown[0].x.shape[-2]
    more = (world_of.presented(world.rule, rng, batch, False, own) for _ in range(LONG - len(world.shown)))
    return world._replace(shown=(*world.shown, *more))


def made_of(state: Any) -> list[frozenset[str]]:
    """What each marked array in a state was made of, in order, whatever holds it."""
    if isinstance(state, Marked):
        return [state.tokens | {f"at {c.source}" for c in state.coordinates}]
    if isinstance(state, type | np.ndarray | str | bytes | int | float | np.random.Generator):
        return []
    if isinstance(state, Mapping):
        return [tokens for part in state.values() for tokens in made_of(part)]
    parts = state if isinstance(state, tuple | list | deque) else getattr(state, "__dict__", {}).values()
    return [tokens for part in parts for tokens in made_of(part)]


def settled(steps: tuple[Step, ...], tokens: Callable[[Step], Mapping[str, frozenset[str]]]) -> bool:
    """Whether at the last presentation states and changes were made of what they were made of before it."""
    last, before = steps[-1], steps[-2]
    return made_of(last.state) == made_of(before.state) and tokens(last) == tokens(before)


def added(found: Mapping[str, frozenset[str]], longer: Onwards) -> dict[str, frozenset[str]]:
    """Tokens of changes with those of later presentations; untraced where more may come still."""
    more = {name: frozenset({UNTRACED}) if each is None else each for name, each in longer.changes.items()}
    rest = frozenset() if longer.settled else frozenset({UNTRACED})
    return {name: each | more.get(name, frozenset()) | rest for name, each in found.items()}


def aged(state: Any) -> Any:
    """A state as it comes to the next presentation, where a sum over examples of this one is of the past."""
    for each in within(state):
        each.memory.tokens -= {SUMMED}
    return state
