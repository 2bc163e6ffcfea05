"""What single units multiply what they are told by, wherever that arrives: within their layer, or in the one below.

One unit at a time is told more, by the feedback weights into it alone. What that moves in the changes of its layer, or
of the layer below, is its factor times whatever the synapses in between make of it, which stays as it is. Units are
driven from saturation to saturation, and the factor of each over its drives is a curve, as in `gains_driven`: so a
factor is seen that lateral synapses mix, or that is in what is passed on alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from plausible.core import Array
from plausible.plausibility.gains import EXACT, alteration, examples, signal, slopes_at, ways
from plausible.plausibility.gains_driven import HELD, Curves, drives
from plausible.plausibility.provenance import depth_of
from plausible.plausibility.world import World

SOME = 6  # units of a layer that are asked


def curves_alone(world: World, others: Iterable[Curves]) -> list[Curves]:
    """The factors of units over their drives by feedback weights, where `others` do not have them already."""
    known = {(each.layer, each.by) for each in others}
    found, (shown, *_) = [], examples(world)
    world = world._replace(shown=(shown,))
    for layer in range(1, depth_of(world)):
        for by in (each for each in ways(world, layer) if each in world.params and each[0] not in "WR"):
            for seen in (layer, layer - 1):
                if (seen == layer and (layer, by) in known) or seen < 1:
                    continue
                if curve := over_drives(world, layer, by, seen):
                    found.append(curve)
    return found


def over_drives(world: World, layer: int, by: str, seen: int) -> Curves | None:
    """The factors of some units of a layer over their drives, as seen in the changes of a layer; else None."""
    n = world.respond()[layer - 1].size
    asked = np.unique(np.linspace(0, n - 1, SOME).astype(int))
    still = answers(world, layer, by, seen, asked)
    if still is None:
        return None
    most = np.linalg.norm(still, axis=1).argmax()
    twice = answers(world, layer, by, seen, asked[[most]], 2.0)
    if twice is None or np.abs(twice[0] - 2 * still[most]).max() > EXACT * np.abs(still[most]).max():
        return None  # multiplied by no factor, as a mere sign
    parts = []
    for units in (np.arange(len(asked)) % 2 == 0, np.arange(len(asked)) % 2 == 1):
        rows = []
        for params in drives(world, layer, np.isin(np.arange(n), asked[units])):
            there = world._replace(params=params)
            now, active = answers(there, layer, by, seen, asked), there.respond()[layer - 1].reshape(1, -1)
            slopes = slopes_at(there, layer, active)
            whole = None if now is None else common(still[~units], now[~units])
            if now is None or whole is None or slopes is None:
                return None
            rows.append((now[units] / whole, slopes[0][asked[units]], active[0][asked[units]]))
        if not rows or (factors := of_each(np.stack([now for now, *_ in rows]))) is None:
            return None
        parts.append([factors, *(np.stack(each) for each in list(zip(*rows, strict=True))[1:])])
    together = [np.concatenate(each, axis=1) for each in zip(*parts, strict=True)]
    return Curves(layer, f"{by}, in layer {seen}", *together)


def answers(world: World, layer: int, by: str, seen: int, asked: Array, size: float = 1.0) -> Array | None:
    """What moves in the changes of a layer where some units of another are told more, (units, weights); else None."""
    base, active = signal(world, seen, None), world.respond()[layer - 1].reshape(-1)
    altered = alteration(world, layer, by, active)
    if base is None or altered is None or altered[1].size != active.size:
        return None
    array, rows = world.params[by], list[Array]()
    more: Any = (altered[0](size)[0] or {})[by] - array
    for unit in asked:
        only = np.zeros_like(more)
        at = (unit, slice(None)) if len(array) == active.size else (slice(None), unit)
        only[at] = more[at]
        params = {**world.params, by: (array + only).astype(array.dtype)}
        if (after := signal(world, seen, (params, world.shown[0]))) is None:
            return None
        rows.append((after - base).ravel())
    found = np.stack(rows)
    return found if float(np.abs(found).max()) > EXACT * float(np.abs(base).max()) else None


def common(before: Array, now: Array) -> float | None:
    """The number by which all that units answer was multiplied, those apart that answer nothing; None where none is."""
    sizes = np.linalg.norm(before, axis=1)
    some = sizes > EXACT * sizes.max(initial=0.0)
    if not some.any():
        return None
    factor = float((before[some] * now[some]).sum() / (before[some] ** 2).sum())
    apart = np.linalg.norm(now - factor * before, axis=1)
    return factor if factor and (apart <= HELD * abs(factor) * sizes.max()).all() else None


def of_each(rows: Array) -> Array | None:
    """The factor of each unit at each drive, from what it answers, (drives, units, weights); None if it is none."""
    sizes = np.linalg.norm(rows, axis=2)
    largest = rows[sizes.argmax(axis=0), np.arange(rows.shape[1])]
    factors = (rows * largest).sum(axis=2) / np.maximum((largest**2).sum(axis=1), 1e-300)
    apart = np.linalg.norm(rows - factors[:, :, None] * largest, axis=2)
    return None if (apart > HELD * sizes.max(axis=0)).any() else np.asarray(factors)
