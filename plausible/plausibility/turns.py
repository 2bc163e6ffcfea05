"""Whether learning turns about: with what is drawn, with the order of examples, or where a stream is said to begin."""

from __future__ import annotations

from typing import Any

import numpy as np

from plausible.core import Array
from plausible.plausibility.clocks import SAME, along
from plausible.plausibility.intervention import dense, is_forward
from plausible.plausibility.neighbours import made
from plausible.plausibility.rare import PATTERNS, Orders, Rare
from plausible.plausibility.teaching import one_example
from plausible.plausibility.unrun import unwatched
from plausible.plausibility.world import SEED, World

SEEDS = 8  # sets of random numbers that one example is shown with


def turned_by_draw(world: World) -> float:
    """The smallest cosine of a forward weight's changes by one example with two sets of random numbers.

    Where eight sets turn nothing, numbers that are rare are tried. NaN where an order is drawn, which has none, and it
    matters to nothing.
    """
    shown = one_example(world.shown[0], 0)._replace(first=True)
    several = [changes(world, shown, np.random.default_rng(SEED + n)) for n in range(SEEDS)]
    least = min((cosine(a, b) for n, a in enumerate(several) for b in several[:n]), default=1.0)
    if least < SAME or not draws(world, shown):
        return least
    rng = Orders(SEED)
    changes(world, shown, rng)
    with unwatched():
        seldom = [changes(world, shown, Rare(SEED, pattern)) for pattern in PATTERNS]
    turned = min(least, *(cosine(several[0], each) for each in seldom))
    return np.nan if rng.orders and turned >= SAME else turned


def draws(world: World, shown: Any) -> bool:
    """Whether a rule draws any number."""
    rng = np.random.default_rng(SEED)
    before = str(rng.bit_generator.state)
    world.step(shown=shown, rng=rng)
    return str(rng.bit_generator.state) != before


def turned_by_place(world: World) -> float:
    """The same of one presentation where the flag `first` says otherwise, and of two examples in another order."""
    shown = world.shown[0]
    flag = cosine(changes(world, shown._replace(first=True)), changes(world, shown._replace(first=False)))
    if shown.x.shape[-2] < 2:
        return flag
    pairs = [made(shown.x[..., rows, :], shown.y[..., rows, :], shown) for rows in ([0, 1], [1, 0])]
    return min(flag, cosine(*(changes(world, pair) for pair in pairs)))


def changes(world: World, shown: Any, rng: np.random.Generator | None = None) -> dict[str, Array]:
    """The changes of forward weights by a presentation, with random numbers of the audit's, or those that are given."""
    found = dense(world.step(shown=shown, rng=rng))
    return {name: change for name, change in found.items() if is_forward(name)}


def cosine(one: dict[str, Array], other: dict[str, Array]) -> float:
    """The smallest cosine of two changes of a weight."""

    found = [along(one[name], other[name]) for name in one.keys() & other.keys()]
    return min(found, default=1.0)
