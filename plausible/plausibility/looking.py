"""Whether a rule of one's own does the same with arrays that carry marks as with plain ones."""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType
from typing import Any

import numpy as np

from plausible.core import Array, Step, read_only
from plausible.plausibility.intervention import dense, moved
from plausible.plausibility.marked import opened
from plausible.plausibility.patience import counted
from plausible.plausibility.provenance import followed
from plausible.plausibility.unrun import Running
from plausible.plausibility.world import SEED, World

ALIKE = 1e-9  # relative to a change's size: what rounding does in another order is less


def looking(make: Callable[[int], World], file: str) -> str:
    """What differs between plain arrays and marked ones; "" where nothing does, or the rule is the suite's.

    Args:
        make: makes the rule's world of a seed.
        file: that the rule is written in; "" for one of the suite's.
    """
    if not file:
        return ""
    with Running(file) as plain:
        steps = learned(make(0))
    with Running(file) as traced:
        marked = followed(make(0)).steps
    if line := elsewhere(plain.ran, traced.ran):
        return f"with arrays that carry marks line {line} does something else"
    pairs = zip(steps, marked, strict=True)
    apart = max((size for a, b in pairs for size in moved(dense(a), numbers(b)).by.values()), default=0.0)
    return (
        f"with arrays that carry marks changes differ by {apart:.2g} of their size" if apart > ALIKE else ""
    )


def learned(world: World) -> list[Step]:
    """What a rule proposes at all presentations of a world, on plain arrays."""
    steps, state = list[Step](), world.state
    for shown in world.shown:
        counted()
        steps.append(world.rule.update(read_only(world.params), state, shown, np.random.default_rng(SEED)))
        state = steps[-1].state
    return steps


def numbers(step: Step) -> dict[str, Array]:
    """The changes of a step as plain arrays."""
    return {name: np.asarray(opened(change)) for name, change in dense_marked(step).items()}


def dense_marked(step: Step) -> dict[str, Any]:
    """The changes of a step, products as they are."""
    return {
        name: update.dense() if hasattr(update, "dense") else update for name, update in step.updates.items()
    }


def elsewhere(one: dict[CodeType, set[int]], other: dict[CodeType, set[int]]) -> int:
    """The first line of which instructions ran in one of two runs alone; 0 if there is none."""
    lines = set[int]()
    for code in one.keys() | other.keys():
        apart = one.get(code, set()) ^ other.get(code, set())
        lines |= {line for n, (line, *_) in enumerate(code.co_positions()) if 2 * n in apart and line}
    return min(lines, default=0)
