"""Whether learning turns about: with what is drawn, with the order of examples, or where a stream is said to begin."""

from __future__ import annotations

from typing import Any

import numpy as np

from plausible.core import Array
from plausible.plausibility.clocks import SAME, along
from plausible.plausibility.intervention import dense, is_forward
from plausible.plausibility.neighbours import made
from plausible.plausibility.teaching import one_example
from plausible.plausibility.world import SEED, World

SEEDS = 8  # sets of random numbers that one example is shown with


def turned_by_draw(world: World) -> float:
    """The smallest cosine of a forward weight's changes by one example with two sets of random numbers.

    NaN where numbers are drawn and matter to nothing, as a number that is rare may still turn it.
    """
    shown = one_example(world.shown[0], 0)._replace(first=True)
    several = [changes(world, shown, SEED + n) for n in range(SEEDS)]
    least = min((cosine(a, b) for n, a in enumerate(several) for b in several[:n]), default=1.0)
    rng = np.random.default_rng(SEED)
    before = str(rng.bit_generator.state)
    world.step(shown=shown, rng=rng)
    return np.nan if least >= SAME and str(rng.bit_generator.state) != before else least


def turned_by_place(world: World) -> float:
    """The same of one presentation where the flag `first` says otherwise, and of two examples in another order."""
    shown = world.shown[0]
    flag = cosine(changes(world, shown._replace(first=True)), changes(world, shown._replace(first=False)))
    if shown.x.shape[-2] < 2:
        return flag
    pairs = [made(shown.x[..., rows, :], shown.y[..., rows, :], shown) for rows in ([0, 1], [1, 0])]
    return min(flag, cosine(*(changes(world, pair) for pair in pairs)))


def changes(world: World, shown: Any, seed: int = SEED) -> dict[str, Array]:
    """The changes of forward weights by a presentation, with random numbers of a seed."""
    found = dense(world.step(shown=shown, seed=seed))
    return {name: change for name, change in found.items() if is_forward(name)}


def cosine(one: dict[str, Array], other: dict[str, Array]) -> float:
    """The smallest cosine of two changes of a weight."""

    found = [along(one[name], other[name]) for name in one.keys() & other.keys()]
    return min(found, default=1.0)
