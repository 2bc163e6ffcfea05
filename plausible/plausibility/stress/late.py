"""Changes that come late, or not at all: what a synapse is told at a step is not what the rule proposes there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.random import Generator

from plausible.arrays import beside
from plausible.core import Array, Outer, Update
from plausible.plausibility.stress.chance import rounded

NUMBER = re.compile(r"\d+$")


class Proposal(NamedTuple):
    """What a rule proposes for its weights at a step: updates, and the shares that are lost before them."""

    updates: Mapping[str, Update]
    decay: Mapping[str, float]


def dense(update: Update) -> Array:
    """A change as one array of its own."""
    return update.dense() if isinstance(update, Outer) else update.copy()


def layer_of(name: str) -> str:
    """The layer that a weight belongs to: the number in its name, and the name where there is none.

    >>> from plausible.plausibility.stress.late import layer_of
    >>> layer_of("W12"), layer_of("b2"), layer_of("theta")
    ('12', '2', 'theta')
    """
    found = NUMBER.search(name)
    return found[0] if found else name


def late(proposed: Proposal, waiting: tuple[Any, ...], steps: int) -> tuple[Proposal, tuple[Any, ...]]:
    """The proposal of `steps` steps ago, an empty one before that, and those that wait now, the oldest first."""
    held = {name: dense(update) for name, update in proposed.updates.items()}
    queue = (*waiting, {"updates": held, "decay": dict(proposed.decay)})
    if len(queue) <= steps:
        return Proposal({}, {}), queue
    return Proposal(**queue[0]), queue[1:]


def awake(proposed: Proposal, asleep: float, rng: Generator) -> Proposal:
    """The proposal without that of layers which leave out this step, each with the probability `asleep`."""
    layers = sorted({layer_of(name) for name in (*proposed.updates, *proposed.decay)})
    out = {layer for layer, u in zip(layers, rng.random(len(layers)), strict=True) if u < asleep}
    return Proposal(
        {name: update for name, update in proposed.updates.items() if layer_of(name) not in out},
        {name: share for name, share in proposed.decay.items() if layer_of(name) not in out},
    )


def coarse(proposed: Proposal, bits: int, rng: Generator) -> Proposal:
    """The proposal with each change rounded at random to a grid of few bits."""
    return proposed._replace(
        updates={name: rounded(dense(update), bits, rng) for name, update in proposed.updates.items()}
    )


def masked(proposed: Proposal, lost: Mapping[str, np.ndarray[Any, Any]]) -> Proposal:
    """The proposal without changes of lost synapses, which stay zero."""
    updates = dict(proposed.updates)
    for name in lost.keys() & updates.keys():
        change = dense(updates[name])
        updates[name] = change * beside((~lost[name]).astype(change.dtype), change)
    return proposed._replace(updates=updates)
