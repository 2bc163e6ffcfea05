"""Slopes of a part: gains that are slopes for some units of a layer, or some examples, and not for others."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from plausible.core import Array
from plausible.plausibility.gains import EXACT, Gains

ALIKE = 1e-3  # of the spread of slopes: gains of a part are nearer than those of chance
SEVERAL = 4  # units of which gains are slopes: of fewer they may be by chance,
QUARTER = 0.25  # and in a large layer of fewer than this share of it
SPAN = 0.5  # of the spread of slopes that those of the units have to have


class Part(NamedTuple):
    """A layer, and of which share of its units and examples gains are slopes, from 0 to 1."""

    layer: int
    share: float


def parts(several: list[Gains]) -> list[Part]:
    """The layers of which gains are slopes in part, each with the largest share, from below."""
    found: dict[int, float] = {}
    for each in several:
        share = max(share_by_example(each.gains, each.slopes), share_by_unit(each.gains, each.slopes))
        found[each.layer] = max(found.get(each.layer, 0.0), share)
    return [Part(layer, share) for layer, share in sorted(found.items()) if share > 0]


def share_by_example(gains: Array, slopes: Array) -> float:
    """The share of gains, (examples, units), that are slopes but for a factor of the example."""
    return float(np.mean([most_alike(g, s) for g, s in zip(gains, slopes, strict=True)]))


def most_alike(gains: Array, slopes: Array) -> float:
    """The share of units of one example whose gains are slopes but for one factor; 0 of too few, or too alike ones."""
    size, known = np.ptp(slopes), np.isfinite(gains)
    if not size > EXACT * np.abs(slopes).max():
        return 0.0
    most, enough = 0, max(SEVERAL, QUARTER * gains.size)
    for n in np.flatnonzero(known & (np.abs(slopes) > EXACT) & (gains != 0)):
        near = known & (np.abs(np.where(known, gains, 0) * slopes[n] / gains[n] - slopes) <= ALIKE * size)
        closed = slopes[near] == 0  # where whatever a rule multiplies by its activity is 0, too
        if near.sum() >= enough and (~closed).sum() >= SEVERAL and np.ptp(slopes[near]) > SPAN * size:
            most = max(most, int(near.sum()))
    return most / gains.size


def share_by_unit(gains: Array, slopes: Array) -> float:
    """The same but for a factor of each example and of each unit: the share of units."""
    used = ((gains != 0) & np.isfinite(gains) & (slopes > 0)).all(axis=0)
    if len(gains) < 3 or used.sum() < SEVERAL:
        return 0.0
    wanted = np.log(slopes[:, used])
    wanted, apart = wanted - wanted.mean(axis=0), np.log(np.abs(gains[:, used])) - wanted
    apart -= apart.mean(axis=0)
    most, size, enough = 0, float(np.ptp(wanted)), max(SEVERAL, QUARTER * gains.shape[1])
    for one in apart.T:
        near = np.abs(apart - one[:, None]).max(axis=0) <= ALIKE * size
        spread = wanted[:, near] - wanted[:, near].mean(axis=1, keepdims=True)
        if near.sum() >= enough and np.ptp(spread) > SPAN * size:
            most = max(most, int(near.sum()))
    return most / gains.shape[1]
