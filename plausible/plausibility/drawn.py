"""Forward weights that are drawn to their feedback, wherever that lies: synapse by synapse, as seen from outside.

Some numbers of what is kept beside forward weights are altered, no two in one row or column. Where the change of a
forward weight of that shape moves at just these synapses, and what lower layers are told moves as well, the weight
is drawn to what they are told through. Traces of synapses move no other layer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from plausible.core import Array
from plausible.plausibility.clocks import parts, replaced
from plausible.plausibility.intervention import MOVES, dense, is_forward, moved
from plausible.plausibility.world import SEED, World

ELSEWHERE = 1e-9  # of what moves at the altered synapses: what moves by less moves by rounding


class Drawn(NamedTuple):
    """A forward weight whose change reads, synapse by synapse, what other layers are told through."""

    weight: str
    to: str  # the name of a weight, or "the state"


def drawn(world: World) -> list[Drawn]:
    """The forward weights that are drawn to matrices that other layers are told through."""
    base, found = dense(world.step()), set[Drawn]()
    for name, array, altered in beside(world):
        if shaped := {weight: turned for weight in base for turned in turns(world, weight, array)}:
            places = scattered(array.shape)
            after = altered(
                np.where(places, -array - np.copysign(array.std(), array), array).astype(array.dtype)
            )
            for weight, turned in shaped.items():
                there = np.abs(after[weight] - base[weight])
                at = places.T if turned else places
                others = [n for n in base if is_forward(n) and n[1:] != weight[1:]]
                told = moved({n: base[n] for n in others}, {n: after[n] for n in others}).by
                if (
                    there[~at].max() <= ELSEWHERE * there[at].max() > 0
                    and max(told.values(), default=0.0) > MOVES
                ):
                    found.add(Drawn(weight, name))
    return sorted(found)


def beside(world: World) -> Iterator[tuple[str, Array, Any]]:
    """Matrices that are no forward weights, by name, each with what gives the changes where it is another."""
    for name, array in world.params.items():
        if not is_forward(name) and tells(array):
            yield name, array, lambda other, name=name: dense(world.step({**world.params, name: other}))
    state = world.reached(world.params)
    for path, part in parts(state):
        if isinstance(part, np.ndarray) and tells(part):
            yield (
                "the state",
                part,
                lambda other, path=path: dense(world.step(state=replaced(state, {path: other}))),
            )


def tells(array: Array) -> bool:
    """Whether a matrix tells more than which synapses there are, which both directions may know: it has two values."""
    if array.ndim != 2 or array.dtype.kind != "f":
        return False
    values = np.unique(array)
    return not (len(values) <= 2 and 0 in values)


def turns(world: World, weight: str, array: Array) -> list[bool]:
    """Whether an array has the shape of a forward weight as it stands, or turned; [] where neither."""
    shape = world.params[weight].shape if is_forward(weight) and weight in world.params else ()
    return [turned for turned, its in ((False, array.shape), (True, array.T.shape)) if its == shape]


def scattered(shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Some places of a matrix, at most one in each row and column, drawn from the audit's seed."""
    rng, places = np.random.default_rng(SEED), np.zeros(shape, bool)
    few = min(shape)
    places[rng.permutation(shape[0])[:few], rng.permutation(shape[1])[:few]] = True
    return places
