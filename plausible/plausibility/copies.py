"""Weights that begin as others do: feedback that was never learned, but drawn as a transpose, or packed with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from plausible.core import Array
from plausible.plausibility.counting import held_by
from plausible.plausibility.intervention import is_forward
from plausible.plausibility.provenance import sides
from plausible.plausibility.record import FEW
from plausible.plausibility.world import World

MANY = 10  # numbers of a weight for each matrix that is tried to make it up: of fewer any could by chance
LEFT = 0.1  # of the spread of a weight: what other matrices leave of it, where they make it up
NEAR = 0.95  # cosine of a copy, rounded or noisy; of signs alone with what they are the signs of it is 0.87 at most


class Copy(NamedTuple):
    """A weight, or a part of the state, that begins as a forward weight, in whatever orientation.

    `side` is the mark of what reads it: the side of it that the forward weight's postsynaptic units have, a sum along
    which goes down, or its name where its elements lie in another order. `whole` says that numbers are alike, and not
    their signs alone.
    """

    name: str
    weight: str
    side: str
    whole: bool


def copies(world: World) -> list[Copy]:
    """What begins as the transpose of a forward weight, or as that itself, and is no forward weight."""
    matrices = {
        name: array for name, array in world.params.items() if np.ndim(array) == 2 and array.size > FEW
    }
    found = []
    for name in [name for name in matrices if not is_forward(name)]:
        for weight in filter(is_forward, matrices):
            for axis, one in ((1, matrices[weight]), (0, matrices[weight].T)):
                array = matrices[name]
                if one.shape == array.shape and np.ptp(np.sign(one)):
                    whole = alike(one, array)
                    if whole or np.array_equal(np.sign(one), np.sign(array)):
                        found.append(Copy(name, weight, sides(name, array)[axis], whole))
    for several in (spanned(world), packed(world)):
        known = {each.name for each in found}
        found += [each for each in several if each.name not in known]
    return found


def spanned(world: World) -> Iterator[Copy]:
    """Matrices beside forward ones that add up to a forward weight, each times a number of its own, and a number."""
    for weight, array in world.params.items():
        if not is_forward(weight) or np.ndim(array) != 2 or array.size <= FEW or not np.ptp(array):
            continue
        for axis, one in ((1, array), (0, array.T)):
            beside = {n: a for n, a in world.params.items() if not is_forward(n) and np.shape(a) == one.shape}
            if not 0 < len(beside) <= array.size / MANY:
                continue
            columns = np.stack([np.ones(one.size), *(np.ravel(a) for a in beside.values())], axis=1)
            shares = np.linalg.lstsq(columns, np.ravel(one), rcond=None)[0]
            apart, spread = np.ravel(one) - columns @ shares, np.ravel(one) - one.mean()
            if np.linalg.norm(apart) > LEFT * np.linalg.norm(spread):
                continue
            for (name, a), share in zip(beside.items(), shares[1:], strict=True):
                if abs(share) * np.std(a) > LEFT * np.std(one):
                    yield Copy(name, weight, sides(name, a)[axis], True)


def packed(world: World) -> Iterator[Copy]:
    """Parts of the state, and weights of another shape, in which all numbers of a forward weight lie somewhere."""
    kept = {name: [np.asarray(a)] for name, a in world.params.items() if not is_forward(name)}
    kept["state"] = [*held_by(world.state, set())]
    for name, arrays in kept.items():
        there = np.concatenate([np.ravel(a) for a in arrays]) if arrays else np.zeros(0)
        for weight, array in world.params.items():
            matrix = is_forward(weight) and np.ndim(array) == 2 and array.size > FEW and np.ptp(array)
            if matrix and there.size >= array.size and np.isin(array, there).all():
                yield Copy(name, weight, name, True)


def alike(a: Array, b: Array) -> bool:
    """Whether numbers are the same, but for a factor and for what rounding or a little noise does."""
    size = float(np.linalg.norm(a) * np.linalg.norm(b))
    return size > 0 and abs(float(np.sum(a * b))) > NEAR * size
