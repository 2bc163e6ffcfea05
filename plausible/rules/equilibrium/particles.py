"""Particles: states that are kept for every example, and taken up again when it is shown again.

They may be larger than all weights together. They lie in many dictionaries, so that a new version shares most of them
with the one before.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import TypeAlias

from plausible.core import Array
from plausible.settling.settle import Layers

BUCKETS = 256  # one for each value of a name's first byte
LETTERS = 16  # bytes of a name, so many that no two examples of any data set share theirs
Particles: TypeAlias = tuple[Mapping[bytes, tuple[Array, ...]], ...]  # states, (n_l,) of each layer, by name


def none() -> Particles:
    """No particles yet."""
    return tuple({} for _ in range(BUCKETS))


def recalled(particles: Particles, x: Array, otherwise: Layers) -> list[Array]:
    """The states kept for the rows of `x`, (batch, n_in), and those of `otherwise` for rows never seen."""
    states = [layer.copy("K") for layer in otherwise]
    for row, name in enumerate(names(x)):
        kept = particles[name[0]].get(name)
        for layer, value in zip(states, kept or (), strict=False):
            layer[row] = value
    return states


def kept(particles: Particles, x: Array, states: Layers) -> Particles:
    """Another version, in which the rows of `x` have `states`; the one that is given stays as it was."""
    touched: dict[int, dict[bytes, tuple[Array, ...]]] = {}
    for row, name in enumerate(names(x)):
        place = name[0]
        if place not in touched:
            touched[place] = dict(particles[place])
        touched[place][name] = tuple(layer[row].copy() for layer in states)
    return tuple(touched.get(place, kept) for place, kept in enumerate(particles))


def names(x: Array) -> list[bytes]:
    """What each row is known by, in whatever process."""
    return [blake2b(row.tobytes(), digest_size=LETTERS).digest() for row in x]
