"""The gains of hidden units at examples that are shown together, as a rule need not do to one what it does to several.

The change of W_l is Σ_n a_n δ_n, with the activity a_n that example n sent up through W_l. Where these activities are
independent, the signals δ_n, and how far each moves, are found by least squares.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from plausible.core import Array
from plausible.plausibility.gains import (
    EXACT,
    ITSELF,
    Gains,
    alteration,
    examples,
    follows,
    signal,
    slopes_at,
    upright,
    ways,
)
from plausible.plausibility.provenance import depth_of
from plausible.plausibility.record import Sent
from plausible.plausibility.world import World

APART = 0.01  # of their differences, by which examples differ that are near


def gains_among(world: World, sent: Sequence[Sent]) -> list[Gains]:
    """The gains of hidden layers in the first presentation of a world, by all ways in which they can be measured.

    Args:
        world: that the rule learns in.
        sent: what was sent through weights at this presentation.
    """
    found: list[Gains] = []
    for layer in range(1, depth_of(world)) if world.shown[0].x.ndim == 2 else ():
        below, active = (activity(world, n, sent) for n in (layer, layer + 1))
        if below is None or active is None or np.linalg.matrix_rank(below) < len(below):
            continue
        for by in ways(world, layer):
            made = None if by in ITSELF else measured(world, layer, by, below, active)
            slopes = None if made is None else slopes_at(world, layer, active)
            if made is not None and slopes is not None and slopes.shape == made.shape:
                found.append(Gains(layer, by, made, slopes))
    return found


def near(world: World) -> World:
    """A world whose examples are near one another, so that a quotient of their differences is a slope."""
    shown = world.shown[0]
    middle = shown.x.mean(axis=-2, keepdims=True)
    return world._replace(shown=(shown._replace(x=middle + APART * (shown.x - middle)), *world.shown[1:]))


def unspoken(world: World) -> list[int]:
    """The hidden layers that are taught by several examples, by what leads to the layer, and by none alone."""
    if world.shown[0].x.ndim > 2:
        return []
    one_by_one = [world._replace(shown=(example,)) for example in examples(world)]
    return [
        layer for layer in range(1, depth_of(world))
        if follows(world, layer) and not any(moves(each, layer) for each in one_by_one)
    ]  # fmt: skip


def moves(world: World, layer: int) -> bool:
    """Whether the weights into a layer change at all."""
    change = signal(world, layer, None)
    return change is not None and bool(change.any())


def activity(world: World, layer: int, sent: Sequence[Sent]) -> Array | None:
    """The activity that examples send up through W_l, (batch, n_{l-1}); None where there is none such.

    Where it is not known what was sent, it is the input, or what layers answer.
    """
    if not sent:
        return (world.shown[0].x, *world.respond())[layer - 1]
    shape = (world.shown[0].x.shape[-2], len(world.params.get(f"W{layer}", ())))
    rows = (np.asarray(each.rows) for each in sent if each.side == f"W{layer}:pre" and not each.probe)
    return next((each for each in rows if each.shape == shape), None)


def measured(world: World, layer: int, by: str, below: Array, active: Array) -> Array | None:
    """The gain of each unit at each example, (batch, n_l); None where nothing moves, or not by a factor."""
    altered = alteration(world, layer, by, active)
    if altered is None:
        return None
    step, even = altered
    changes = [signal(world, layer, each) for each in (None, step(1.0), step(2.0))]
    if any(each is None or each.shape != (below.shape[1], active.shape[1]) for each in changes):
        return None
    base, moved, again = changes[0], changes[1] - changes[0], changes[2] - changes[0]  # type: ignore[operator]
    size = float(np.linalg.norm(moved))
    if size <= EXACT * float(np.linalg.norm(base)) or np.linalg.norm(again - 2 * moved) > EXACT * size:  # type: ignore[arg-type]
        return None
    told = np.linalg.lstsq(below.T, moved, rcond=None)[0]
    if np.linalg.norm(below.T @ told - moved) > EXACT * size:
        return None
    return np.stack([upright(row / even) for row in told])
