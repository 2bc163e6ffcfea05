"""Particles: the free state of every example, from which its next free phase starts [scellier2017].

Together they may take more memory than all weights. They are divided among many dictionaries, so that a new version,
after a minibatch, copies those few in which something changes, and shares the others with the version before.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import TypeAlias

from plausible.arrays import on_host
from plausible.core import Array
from plausible.settling.settle import Layers

BUCKETS = 256  # dictionaries, one for each value of a name's first byte
LETTERS = 16  # bytes of a name: enough that no two examples of any data set have the same
Particles: TypeAlias = tuple[Mapping[bytes, tuple[Array, ...]], ...]  # states, (n_l,) of each layer, by name


def none() -> Particles:
    """No particles yet."""
    return tuple({} for _ in range(BUCKETS))


def recalled(particles: Particles, x: Array, otherwise: Layers) -> list[Array]:
    """The stored states of the examples `x`, (batch, n_in); those of `otherwise` for examples that have none."""
    states = [layer.copy("K") for layer in otherwise]
    for row, name in enumerate(names(x)):
        stored = particles[name[0]].get(name)
        for layer, value in zip(states, stored or (), strict=False):
            layer[row] = value
    return states


def stored(particles: Particles, x: Array, states: Layers) -> Particles:
    """A new version, in which the examples `x` have these `states`; `particles` stay as they are."""
    touched: dict[int, dict[bytes, tuple[Array, ...]]] = {}
    for row, name in enumerate(names(x)):
        place = name[0]
        if place not in touched:
            touched[place] = dict(particles[place])
        touched[place][name] = tuple(layer[row].copy() for layer in states)
    return tuple(touched.get(place, bucket) for place, bucket in enumerate(particles))


def names(x: Array) -> list[bytes]:
    """A name for each row, from its bytes: the same in every process."""
    return [blake2b(row.tobytes(), digest_size=LETTERS).digest() for row in on_host(x)]
