"""Gains of single units at several drives, from saturation to saturation: a slope vanishes where its unit saturates.

Half of the units of a layer are driven, by their biases or else by the weights into them, and the other half is left as
it is: what the layer is told changes alike for all, and the gains of those that were left tell by how much. The gains
of a driven unit over its drives are a curve of its own, which is held against the slope's. That finds slopes of single
units, and slopes times whatever else a rule makes of the activity, as both vanish at both ends.
"""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple

import numpy as np

from plausible.core import Array, Params
from plausible.plausibility.gains import (
    EXACT,
    ITSELF,
    NEAR,
    Gains,
    alteration,
    examples,
    measured,
    slopes_at,
    ways,
)
from plausible.plausibility.marks import Marks
from plausible.plausibility.neighbours import still
from plausible.plausibility.provenance import followed
from plausible.plausibility.ratios import Ratios
from plausible.plausibility.world import World

DRIVES = (-25.0, -6.0, -3.0, -1.5, -0.5, 0.5, 1.5, 3.0, 6.0, 25.0)  # added to what units are driven by
TIMES = (
    -40.0,
    -9.0,
    -2.5,
    -1.0,
    -0.3,
    0.3,
    2.5,
    9.0,
    40.0,
)  # or what that is multiplied by, in units without biases
FLAT = 0.05  # of the largest slope: a unit is saturated
FARTHEST = 0.025  # of the largest gain: what is left of it where a unit saturates most
LITTLE = 0.15  # of the largest gain: what grows with slopes from less than that on is a sketch of them
HELD = 1e-5  # of what is left as it was: gains of units that are not driven stay in proportion,
LOOSELY = 0.2  # and where a signal is bent, so nearly
FEW = 4  # units that are driven one at a time
OTHERS = 0.5  # the share of units whose gains may move with one that is driven


class Curves(NamedTuple):
    """Of one hidden layer the gains of its units at several drives, their slopes there, and activities."""

    layer: int
    by: str
    gains: Array  # (drives, units)
    slopes: Array
    active: Array

    @property
    def are_slopes(self) -> float:
        """The share of units whose gains are their slopes, but for a factor."""
        return float(np.mean([is_slope(g, s) for g, s in zip(self.gains.T, self.slopes.T, strict=True)]))

    @property
    def vanish(self) -> float:
        """The share of units whose gains vanish where they saturate, at both ends."""
        units = zip(self.gains.T, self.slopes.T, self.active.T, strict=True)
        return float(np.mean([vanishes(*each) for each in units]))

    @property
    def grow(self) -> float:
        """The share of units whose gains grow with their slopes, and are little where they saturate."""
        return float(np.mean([grows(g, s) for g, s in zip(self.gains.T, self.slopes.T, strict=True)]))


def grows(gains: Array, slopes: Array) -> bool:
    """Whether the gains of a unit nowhere fall where its slope rises, from little on."""
    if not np.isfinite(gains).all():
        return False
    most = np.abs(gains).max()
    upright = gains * (np.sign(gains.sum()) or 1.0)
    rising = upright[np.lexsort((upright, slopes))]
    return bool(
        rising[0] < LITTLE * most and (np.diff(rising) > -EXACT * most).all() and rising[0] > -EXACT * most
    )


def is_slope(gains: Array, slopes: Array) -> bool:
    """Whether the gains of a unit over its drives are its slopes, but for a factor."""
    size, total = np.ptp(slopes), float(gains @ slopes)
    if not np.isfinite(gains).all() or not size > FLAT * np.abs(slopes).max() or abs(total) < 1e-300:
        return False
    return bool(np.abs(gains * float(slopes @ slopes) / total - slopes).max() < NEAR * size)


def vanishes(gains: Array, slopes: Array, active: Array) -> bool:
    """Whether the gains of a unit vanish wherever it saturates, which is at both ends of what it does."""
    flat, most = slopes < FLAT * slopes.max(), np.abs(gains).max()
    ends = [flat & (active < np.median(active)), flat & (active > np.median(active))]
    if not np.isfinite(gains).all() or not most > 0 or not all(end.any() for end in ends):
        return False
    return all(np.abs(gains[end & (slopes == slopes[end].min())]).max() < FARTHEST * most for end in ends)


def curves(world: World, several: list[Gains], size: float = 1.0, exact: float = EXACT) -> list[Curves]:
    """The gains of the units of each layer over their drives, by the ways by which `several` could be measured.

    Where the gains of units move with what half of the others do, a few units are driven one at a time.
    """
    found, (shown, *_) = [], examples(world)
    world = world._replace(shown=(shown,))
    for layer, by in dict.fromkeys((each.layer, each.by) for each in several if each.by not in ITSELF):
        one = measured(world, layer, by, shown, size, exact)
        if one is None:
            continue
        units = np.arange(one[0].size)
        halves = [units[0::2], units[1::2]]
        few = [units[n : n + 1] for n in units[:: -(-units.size // FEW)]]
        for groups, far in itertools.product((halves, few), (True, False)):
            parts = [(each, driven(world, layer, by, one[0], each, (size, exact), far)) for each in groups]
            known = [[rows[:, at] for rows in three] for at, three in parts if three is not None]
            if len(known) == len(groups):
                found.append(
                    Curves(layer, by, *(np.concatenate(each, axis=1) for each in zip(*known, strict=True)))
                )
                break
    return found


def driven(
    world: World, layer: int, by: str, still: Array, units: Any, how: tuple[float, float], far: bool
) -> list[Array] | None:
    """Gains, slopes and activities, (drives, units), where some units are driven; None where nothing is told.

    What a layer is told changes by one factor for the units that are left as they are, or for most of them. Not
    `far`, no unit is driven to the last ends, where a polynomial that is something near 0 is another thing.
    """
    rest = ~np.isin(np.arange(still.size), units)
    rows = []
    for params in drives(world, layer, ~rest, far):
        there = world._replace(params=params)
        one = measured(there, layer, by, there.shown[0], *how)
        slopes = None if one is None else slopes_at(there, layer, one[1][None])
        if one is None or slopes is None or not np.isfinite(one[0][rest]).all():
            return None
        held = one[0][rest]
        with np.errstate(all="ignore"):
            factor = float(np.nanmedian(held / still[rest]))
        apart = np.abs(held - factor * still[rest]) > near(how) * np.abs(held).max()
        if not np.isfinite(factor) or not factor or np.mean(apart) > (OTHERS if len(units) == 1 else 0.0):
            return None
        told = np.abs(one[0]) > EXACT * np.abs(one[0]).max()  # what is less is rounding
        rows.append((np.where(told, one[0] / factor, 0.0), slopes[0], one[1]))
    return [np.stack(each) for each in zip(*rows, strict=True)] if rows else None


def near(how: tuple[float, float]) -> float:
    """How far gains of units that are not driven may be out of proportion."""
    return HELD if how[1] <= EXACT else LOOSELY


def drives(world: World, layer: int, units: Any, far: bool = True) -> list[Params]:
    """Weights with which some units of a layer are driven otherwise, to the last ends or not so `far`."""
    into, bias = world.params.get(f"W{layer}"), world.params.get(f"b{layer}")
    if bias is not None and bias.shape == units.shape:
        return [
            {**world.params, f"b{layer}": bias + np.where(units, n, 0.0)}
            for n in (DRIVES if far else DRIVES[1:-1])
        ]
    if into is None or into.shape[1:] != units.shape:
        return []
    return [
        {**world.params, f"W{layer}": into * np.where(units, n, 1.0)} for n in (TIMES if far else TIMES[1:-1])
    ]


def steady(world: World, layer: int) -> set[str]:
    """The weights by which the signal of a layer comes down, with which no neuron moves, as far as one can see.

    What then moves in its change is made by the rule, and by no motion of neurons, which answer by their slopes.
    """
    alone = world._replace(shown=(next(iter(examples(world))),))
    active, base, found = alone.respond()[layer - 1].reshape(-1), moments(alone), set[str]()
    for by in (each for each in ways(alone, layer) if each in world.params):
        altered = alteration(alone, layer, by, active)
        params = None if altered is None else altered[0](1.0)[0]
        after = [] if params is None else moments(alone._replace(params=params))
        if len(after) == len(base) and all(
            a.shape == b.shape and still(a, b) for a, b in zip(base, after, strict=True)
        ):
            found.add(by)
    return found


class Moments(Ratios):
    """The slopes of all neurons whenever they are computed, which move where the neurons do."""

    def __init__(self) -> None:
        super().__init__()
        self.all: list[Array] = []

    def watch(self, layer: str, slope: Array, drive: Array) -> None:
        self.all.append(slope)

    def meet(self, made: Array, marks: Marks) -> Marks:
        return marks


def moments(world: World) -> list[Array]:
    """What neurons do, one time after the other."""
    seen = Moments()
    followed(world, ratios=seen)
    return seen.all
