"""What a synapse keeps of its own weight, as one that is drawn back to where it was: no other synapse reads it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from plausible.core import Array
from plausible.plausibility.clocks import Path, parts, replaced
from plausible.plausibility.intervention import STILL, dense, moved
from plausible.plausibility.world import SEED, World

ALIKE = 0.5  # correlation with a weight: what is like it more may be a copy


def of_its_own(world: World, name: str) -> bool:
    """Whether the state has copies of a weight, and their numbers move the changes of the same synapses alone."""
    state = world.reached(world.params)
    places = list(copies_of(state, world.params[name]))
    return bool(places) and all(reads_its_own(world, name, state, path, kept) for path, kept in places)


def copies_of(state: Any, weight: Array) -> Iterator[tuple[Path, Array]]:
    """The arrays of a state that are like a weight, or its transpose, and their places."""
    for path, kept in parts(state):
        if isinstance(kept, np.ndarray) and kept.size == weight.size > 1 and kept.dtype.kind == "f":
            turned = [weight, weight.T] if weight.ndim > 1 else [weight]
            if max(abs(correlation(kept, each)) for each in turned) > ALIKE:
                yield path, kept


def correlation(one: Array, other: Array) -> float:
    """The correlation of the numbers of two arrays, in their order; 0 where one of them does not vary."""
    a, b = (np.ravel(each) - np.mean(each) for each in (one, other))
    size = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / size if size > 0 else 0.0


def reads_its_own(world: World, name: str, state: Any, path: Path, kept: Array) -> bool:
    """Whether the change of a weight moves with a few numbers of a copy at just these places, and no other change."""
    some = np.random.default_rng(SEED).random(kept.shape) < 0.3
    other = replaced(state, {path: kept + np.where(some, 1.0, 0.0).astype(kept.dtype)})
    before, after = (dense(world.step(state=each)) for each in (state, other))
    others = {each for each, size in moved(before, after).by.items() if size > STILL} - {name}
    if others or name not in before or before[name].shape != kept.shape:
        return not others and name not in before
    apart = np.abs(after[name] - before[name])
    return bool(apart[~some].max(initial=0.0) <= STILL * max(float(apart.max()), 1e-300))
