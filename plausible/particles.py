"""Particles: states that are kept for every example, and taken up again when it is shown again.

They may be larger than all weights together, and are not written into checkpoints: a run that keeps them, and is
killed, starts anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np

from plausible.core import Array
from plausible.settle import Layers

BUCKETS = 256  # what is not touched is shared between one version and the next
Particles: TypeAlias = tuple[Mapping[bytes, tuple[Array, ...]], ...]  # by the bytes of an input


def none() -> Particles:
    """No particles yet."""
    return tuple({} for _ in range(BUCKETS))


def recalled(particles: Particles, x: Array, otherwise: Layers) -> list[Array]:
    """The states kept for the rows of `x`, (batch, n_in), and those of `otherwise` for rows never seen."""
    states = [layer.copy() for layer in otherwise]
    for row, name in enumerate(names(x)):
        kept = particles[bucket(name)].get(name)
        for layer, value in zip(states, kept or (), strict=False):
            layer[row] = value
    return states


def kept(particles: Particles, x: Array, states: Layers) -> Particles:
    """Another version, in which the rows of `x` have `states`; the one that is given stays as it was."""
    touched: dict[int, dict[bytes, tuple[Array, ...]]] = {}
    for row, name in enumerate(names(x)):
        place = bucket(name)
        if place not in touched:
            touched[place] = dict(particles[place])
        touched[place][name] = tuple(layer[row].copy() for layer in states)
    return tuple(touched.get(place, kept) for place, kept in enumerate(particles))


def names(x: Array) -> list[bytes]:
    """What each row is known by."""
    return [row.tobytes() for row in x]


def bucket(name: bytes) -> int:
    """Where a row is kept; Python's own hash differs between processes, this one does not."""
    return int(np.frombuffer(name, np.uint8).sum()) % BUCKETS
