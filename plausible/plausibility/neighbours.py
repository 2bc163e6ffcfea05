"""Whether what a synapse learns depends on neighbours: other examples of the batch, their targets, units of its layer.

Examples of a batch are computed side by side for speed; nothing in a brain sees them together. Neighbours in time are
tried by `plausible.plausibility.intervention.in_windows`, which shows a sequence step by step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from plausible.core import Array, Params, Presentation
from plausible.plausibility.intervention import STILL, dense
from plausible.plausibility.provenance import depth_of
from plausible.plausibility.teaching import one_example
from plausible.plausibility.world import World, graded

DECIDED = (
    0.01  # of a change: examples that decide together when to stop settling share less, and nothing else
)
ROUNDING = 1e-12  # of the largest change
LOUDER = 1.2  # what the weights into units are multiplied by
STRONGLY = (0.02, 8.0, -1.5)  # the same where Python decides by single units, so that thresholds are crossed
UPRIGHT = (5.0, -5.0)  # over its activity for each unit, so that all of them are on one side, and saturated


class Neighbours(NamedTuple):
    """How far changes depend on neighbours, relative to their size.

    `examples`: what two examples of a batch change together, beyond the sum of what each changes. `labels`: how far
    what is learned from one example's input moves with another example's target. `units`: by hidden layer, how far
    changes of other units move where others do something else, and send on what it sent; without layers
    where that cannot be done. `by_synapse`: whether what two examples change together is made at each synapse, as where
    its own change is rounded, so that nothing of it is left where one of them sends nothing through it.
    """

    examples: float
    labels: float
    units: Mapping[int, float]
    by_synapse: bool = False


def neighbours(world: World, *, strongly: bool = False) -> Neighbours:
    """What the changes of a rule have to do with neighbours; `strongly` altered where it decides by single units."""
    pair, others = batches(world), others_of(world) if strongly else []
    examples = max([together(world, pair), *(together(each, batches(each)) for each in others)])
    labels, units = together(world, crossed(pair)), beside(world, strongly=strongly)
    return Neighbours(examples, labels, units, examples > STILL and apart(world, pair))


def apart(world: World, several: Sequence[Presentation]) -> bool:
    """Whether two examples change the lowest weights together only where both send something through them."""
    if world.shown[0].x.ndim != 2 or "W1" not in world.params:
        return False
    width = several[0].x.shape[-1]
    silent = np.arange(width) < width // 2
    rows = [np.concatenate([each.x[:1], np.where(silent, 0, each.x[1:])]) for each in several]
    pairs = [made(x, each.y, each) for x, each in zip(rows, several, strict=True)]
    steps = [dense(world.step(shown=shown)) for shown in pairs]
    if any("W1" not in each or each["W1"].shape[:1] != (width,) for each in steps):
        return False
    if together(world, several, ("W1",)) <= STILL:  # what they change together is elsewhere
        return False
    ab, ab2, a2b, a2b2 = (each["W1"] for each in steps)
    moves = np.abs(ab - ab2 - a2b + a2b2)
    return bool(moves[silent].max() <= STILL * max(float(np.abs(ab).max()), 1e-300))


def others_of(world: World) -> list[World]:
    """Worlds whose second presentation has the inputs of the first, turned about, or many times as strong or weak."""
    first, second, *rest = world.shown
    return [
        world._replace(shown=(first, second._replace(x=size * first.x), *rest)) for size in (-1.0, *STRONGLY)
    ]


def together(world: World, several: Sequence[Presentation], only: Sequence[str] = ()) -> float:
    """|f(a, b) - f(a, b') - f(a', b) + f(a', b')| relative to the largest f, the most of any weight, or of `only` some.

    It is 0 where a change is a sum over examples. Changes that are rounding beside those of other weights do not count.
    """
    ab, ab2, a2b, a2b2 = (dense(world.step(shown=shown)) for shown in several)
    largest = {n: max(float(np.linalg.norm(each[n])) for each in (ab, ab2, a2b, a2b2)) for n in ab}
    counting = [
        n
        for n, size in largest.items()
        if (not only or n in only) and size > ROUNDING * max(largest.values())
    ]
    sizes = [float(np.linalg.norm(ab[n] - ab2[n] - a2b[n] + a2b2[n])) / largest[n] for n in counting]
    return max(sizes, default=0.0)


def batches(world: World) -> list[Presentation]:
    """Batches of two examples, (a, b), (a, b'), (a', b), (a', b'), those with a prime of the second presentation."""
    one, other = world.shown[:2]
    pairs = [(first, second) for first in (one, other) for second in (one, other)]
    return [batch_of([(first, 0), (second, 1)]) for first, second in pairs]


def crossed(several: Sequence[Presentation]) -> list[Presentation]:
    """The same four batches with inputs of a or a', targets of b or b', and all else alike."""
    return [
        made(
            np.concatenate([of_a.x[..., :1, :], several[0].x[..., 1:, :]], -2),
            np.concatenate([several[0].y[..., :1, :], of_b.y[..., 1:, :]], -2),
            several[0],
        )
        for of_a in (several[0], several[2])
        for of_b in (several[0], several[1])
    ]


def batch_of(rows: Sequence[tuple[Presentation, int]]) -> Presentation:
    """A batch of examples, each by its presentation and its number in it."""
    x, y = (np.concatenate([getattr(p, name)[..., n : n + 1, :] for p, n in rows], -2) for name in "xy")
    return made(x, y, rows[0][0])


def made(x: Array, y: Array, like: Presentation) -> Presentation:
    """A presentation of inputs and targets."""
    mask = None if like.mask is None else np.ones(x.shape[:-1], like.mask.dtype)
    return Presentation(x, y, graded(y, mask), mask)


def beside(world: World, *, strongly: bool = False) -> dict[int, float]:
    """By hidden layer, how far the changes of its other units move where half of them do something else.

    The weights into those are made larger, and those out of them so much smaller that they send on what they sent; then
    the same with the others. A layer is left out where another activity moves all the same, as with recurrent synapses.
    """
    if world.shown[0].x.ndim != 2:
        return {}
    world = world._replace(shown=(one_example(world.shown[0], 0),))
    before, base = world.respond(), dense(world.step())
    found: dict[int, float] = {}
    for layer in range(1, min(depth_of(world), len(before))):
        for units, params in elsewhere(world, layer, strongly=strongly) if f"W{layer}" in base else ():
            size = others_moved(base, dense(world.step(params)), layer, units)
            found[layer] = max(found.get(layer, 0.0), size)
    return found


def elsewhere(world: World, layer: int, *, strongly: bool = False) -> Iterator[tuple[slice, Params]]:
    """Some units of a layer, and weights with which they do something else, and all others do what they did."""
    before = world.respond()
    own = before[layer - 1][0]
    half = own.size // 2
    for units in (slice(0, None, 2), slice(1, None, 2), slice(half), slice(half, None)):
        up = [size / np.where(own[units], own[units], 1.0) for size in UPRIGHT]
        sizes: list[float | Array] = [LOUDER, *STRONGLY, *up] if strongly else [LOUDER]
        for size in sizes:
            params = louder(world, layer, units, size)
            if params is None:
                continue
            after = world.respond(params)
            after[layer - 1] = after[layer - 1].copy()
            after[layer - 1][:, units] = before[layer - 1][:, units]
            if all(still(a, b) for a, b in zip(before, after, strict=True)):
                yield units, params


def louder(world: World, layer: int, units: slice, size: float | Array = LOUDER) -> Params | None:
    """Weights with which some units do something else, and send on what they sent; None where that cannot be done."""
    params = {name: array.copy() for name, array in world.params.items()}
    into, out, own = f"W{layer}", f"W{layer + 1}", world.respond()[layer - 1][0]
    fits = into in params and out in params and params[into].ndim == params[out].ndim == 2
    if not fits or not params[into].shape[1] == params[out].shape[0] == own.size:
        return None
    params[into][:, units] *= size
    if f"b{layer}" in params:
        params[f"b{layer}"][units] *= size
    new = world.respond(params)[layer - 1][0, units]
    if np.array_equal(new, own[units]) or (new == 0)[own[units] != 0].any():
        return None
    params[out][units] *= np.divide(own[units], new, out=np.ones_like(new), where=new != 0)[:, None]
    return params


def still(a: Array, b: Array) -> bool:
    """Whether an activity is the same, to rounding."""
    return bool(np.abs(a - b).max() <= STILL * max(float(np.abs(a).max()), 1.0))


def others_moved(base: dict[str, Array], after: dict[str, Array], layer: int, units: slice) -> float:
    """How far the changes of the other units of a layer moved, relative to their size."""
    name = f"W{layer}"
    a, b = (np.delete(each[name], units, axis=-1) for each in (base, after))
    size = max(float(np.linalg.norm(a)), float(np.linalg.norm(b)))
    return float(np.linalg.norm(a - b)) / size if size else 0.0
