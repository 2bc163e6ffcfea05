"""Settling: a state moves under a force until the force is small. Its largest value then is the residual.

All rules that find errors by relaxation share this; each of them is its force, or its energy, and its local change.
Nothing ends in silence: `Settled` has the residual, the number of steps, and whether the residual is below the
tolerance; a state that stops being finite raises `Unsettled`, which says what to lower.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from plausible.arrays import beside
from plausible.core import Array
from plausible.errors import Unsettled
from plausible.settling.relaxation import Relaxation

Layers: TypeAlias = Sequence[Array]  # arrays with one row per example

Force: TypeAlias = Callable[[Layers, Layers], Iterable[Array]]  # (state, given) -> how each layer shall move

Energy: TypeAlias = Callable[[Layers, Layers], Array]  # (state, given) -> (batch,)
Signal: TypeAlias = Callable[[Layers], float]  # state -> the size of the difference that a rule learns from

ROUNDING = 10  # units in the last place: a rise of an energy, or a force, of fewer is a rounding error


class Settled(NamedTuple):
    """What became of a state, example by example.

    Args:
        state: the layers, each (batch, units), after the last move.
        residual: (batch,), the largest force on a unit before the last move. The part of a force that presses a unit
            against its bounds does not count.
        steps: (batch,), how many moves the example made.
        converged: (batch,), bool: the residual is below the tolerance. Without a tolerance no example converges. The
            state may still be far from rest, as `Relaxation` says of its tolerance.
        oscillating: (batch,), bool: the example has not converged, its residual did not fall during the second half of
            the steps, and is larger than rounding errors are.
        amplified: of `settle_signal`, the residual, or the rounding error if that is larger, over the signal.
    """

    state: list[Array]
    residual: Array
    steps: Array
    converged: Any
    oscillating: Any
    amplified: float | None = None

    def internals(self, phase: str = "") -> dict[str, float]:
        """Means over the examples, and the largest residual, for probes and tables."""
        amplified = {} if self.amplified is None else {f"{phase}amplified error": self.amplified}
        return amplified | {
            f"{phase}residual": float(self.residual.max()),
            f"{phase}settling steps": float(self.steps.mean()),
            f"{phase}settled": float(self.converged.mean()),
            f"{phase}oscillating": float(self.oscillating.mean()),
        }


def settle(
    force: Force,
    state: Layers,
    given: Layers,
    how: Relaxation,
    bounds: tuple[float, float] | None = None,
    energy: Energy | None = None,
) -> Settled:
    """Let `state` move under `force` as `how` says; what is passed in stays as it is.

    Args:
        force: a function of the state and of what is given. It returns a list of arrays, one for each layer, which are
            changed here; or an iterator, which may compute the arrays one by one, each into the memory of the one
            before, as each layer moves before the force on the next is asked for.
        state: layers, (batch, units), each with a row for every example.
        given: arrays that stay, (batch, anything), such as the clamped input.
        how: steps, rate, tolerance, momentum, halving.
        bounds: (lowest, highest) that a unit is held within; a force that presses it against them does not count.
        energy: the energy of each example, where there is one. With `how.halving`, it decides which steps are halved.

    Raises:
        Unsettled: if the state stops being finite. It gives the residual after half of the steps, if that was finite.

    A state that is drawn to what is given halves its distance with every step of rate 0.5:

    >>> import numpy as np
    >>> from plausible.settling.relaxation import Relaxation
    >>> from plausible.settling.settle import settle
    >>> state, given = [np.zeros((1, 2))], [np.array([[1.0, 2.0]])]
    >>> settled = settle(lambda s, given: [given[0] - s[0]], state, given, Relaxation(3, 0.5))
    >>> settled.state[0], settled.residual, settled.steps
    (array([[0.875, 1.75 ]]), array([0.5]), array([3]))
    >>> how = Relaxation(100, 0.5, tolerance=1e-3)
    >>> settle(lambda s, given: [given[0] - s[0]], state, given, how).converged
    array([ True])
    """
    if not state:
        none = beside(np.zeros(len(given[0])), given[0])
        return Settled([], none, none.astype(int), none == 0, none > 0)
    with np.errstate(over="ignore", invalid="ignore"):
        careful = how.tolerance > 0 or how.halving
        if careful:
            return one_by_one(force, state, given, how, bounds, energy)
        return all_together(force, state, given, how, bounds)


def ended(
    state: list[Array], given: Layers, residual: Array, half: Array, steps: Array, how: Relaxation
) -> Settled:
    """What became of a state, from its residual after all steps and after `half` of them.

    Raises:
        Unsettled: if the residual is not finite.
    """
    if not np.isfinite(residual).all():
        raise diverged(half, how)
    converged = residual < how.tolerance
    return Settled(state, residual, steps, converged, ~converged & swinging(residual, half, state, given))


def swinging(residual: Array, half: Array, state: Layers, given: Layers) -> Any:
    """Whether the residual after all steps is no smaller than after `half` of them, and no rounding, (batch,), bool.

    A force is a difference of numbers as large as the state and what is given. At rest it is the rounding error of that
    difference, which does not fall from step to step: at most 2.4 units in the last place in layers of 4 to 600 units,
    in either precision.
    """
    swings: Any = (residual >= half) & (half > 0)
    if swings.any():
        size = reduce(np.maximum, [abs(layer).max(axis=1) for layer in (*state, *given)])
        swings &= residual > ROUNDING * np.finfo(state[0].real.dtype).eps * size
    return swings


def by_single_steps(last: Settled, residuals: Sequence[Array], given: Layers) -> Settled:
    """What `settle` would have returned for steps that a rule took one at a time.

    Args:
        last: what `settle` returned for the last of the steps.
        residuals: of each step, (batch,).
        given: what is given to the force at the last step.
    """
    half = residuals[(len(residuals) - 1) // 2]
    swings = swinging(last.residual, half, last.state, given) & (len(residuals) > 1)
    return last._replace(steps=beside(np.full(len(half), len(residuals)), half), oscillating=swings)


def settle_signal(
    force: Force,
    state: Layers,
    given: Layers,
    how: Relaxation,
    signal: float,
    bounds: tuple[float, float] | None = None,
    energy: Energy | None = None,
) -> Settled:
    """`settle` for a rule that learns from a small difference of two states, whose size is the `signal`.

    The rule divides the difference by a small number, and so amplifies the residual in it by as much. The tolerance of
    `how` is therefore one of the residual over the signal, which rules compute by `lowest_signal` and its like. A state
    of size s has rounding errors of eps · s. Where the signal times the tolerance is less, states settle until the
    residual is down to eps · s, and no example counts as converged. `amplified` is the residual, or eps · s if that is
    larger, over the signal.
    """
    if not state:
        return settle(force, state, given, how)
    rounding = rounding_of(state)
    tolerance = max(how.tolerance * signal, rounding) if how.tolerance else 0.0
    settled = settle(force, state, given, replace(how, tolerance=tolerance), bounds, energy)
    return judged(settled, how.tolerance * signal, signal, rounding)


def settle_share(
    force: Force,
    state: Layers,
    given: Layers,
    how: Relaxation,
    signal: Signal | None,
    bounds: tuple[float, float] | None = None,
) -> Settled:
    """`settle_signal` where the `signal` is a function of the state.

    The signal is known only once the state is near rest. So the state settles until the residual is below the
    tolerance; then it settles further, until the residual over the signal at that state is below it, and so on, within
    `how.steps` in all. Without a signal, or without a tolerance, this is `settle`.

    The share is of the force, a first-order measure, and bounds neither the distance from rest nor the error of what is
    learned: on its way a state may pass a flat region, where the force is small and rest is far. Whether a tolerance is
    small enough, a smaller one tells: what is learned must not change.
    """
    settled = settle(force, state, given, how, bounds)
    while signal is not None and state and how.tolerance > 0:
        size, rounding = signal(settled.state), rounding_of(settled.state)
        wanted, left = how.tolerance * size, how.steps - int(settled.steps.max())
        if left == 0 or settled.residual.max() < max(wanted, rounding):
            return judged(settled, wanted, size, rounding)
        further = replace(how, steps=left, tolerance=max(wanted, rounding))
        more = settle(force, settled.state, given, further, bounds)
        settled = more._replace(steps=settled.steps + more.steps)
    return settled


def rounding_of(state: Layers) -> float:
    """The rounding error of a state: eps · s, with s the size of its largest unit."""
    return float(np.finfo(state[0].dtype).eps) * max(float(abs(layer).max()) for layer in state)


def judged(settled: Settled, wanted: float, signal: float, rounding: float) -> Settled:
    """`settled`, judged by the `signal`: an example converged if residual and rounding are below what is `wanted`."""
    converged = (settled.residual < max(wanted, rounding)) & (rounding <= wanted)
    amplified = max(float(settled.residual.max()), rounding) / signal if signal else float("inf")
    return settled._replace(converged=converged, amplified=amplified)


def diverged(half: Array, how: Relaxation) -> Unsettled:
    """The error for a residual that is not finite: how large it was after half of the steps, and what to lower."""
    if how.halfway and np.isfinite(half).all():
        force = f"{half.max():.3g} at step {how.halfway} and not finite at step {how.steps}"
    else:
        force = f"not finite at step {how.halfway or how.steps} already"
    useful = not how.halving and how.steps > 1  # what a single step halves is forgotten
    halve = "set halving=True, " if useful else ""
    return Unsettled(
        f"settling diverged by {how!r}, the largest force being {force}: lower its rate {how.rate}, {halve}"
        "or lower the learning rate"
    )


def all_together(
    force: Force, state: Layers, given: Layers, how: Relaxation, bounds: tuple[float, float] | None
) -> Settled:
    """A fixed number of steps; the residual is measured after half of them and after all."""
    now = [layer.copy("K") for layer in state]
    velocity: list[Array | None] = [None] * len(now)
    half = residual = beside(np.zeros(len(state[0])), state[0])
    halfway = how.halfway
    for step in range(1, how.steps + 1):
        looked, sizes = step == how.steps or step == halfway, []
        for i, part in enumerate(force(now, given)):
            if looked and bounds is not None:
                sizes.append(largest(part, now[i], bounds))
            velocity[i] = move(now[i], part, velocity[i], how, how.rate, bounds)
            if looked and bounds is None:  # the array is in the cache, and free now
                sizes.append(largest_of_rows(np.abs(part, out=part.real)) / how.rate)
        if step == how.steps:
            residual = reduce(np.maximum, sizes)
        elif looked:
            half = reduce(np.maximum, sizes)
    return ended(now, given, residual, half, beside(np.full(len(residual), how.steps), residual), how)


class Resting(NamedTuple):
    """Examples that are computed no further: which they are, and what `Settled` tells; `half` is a residual, too."""

    rows: Array
    state: list[Array]
    residual: Array
    half: Array
    steps: Array


def one_by_one(
    force: Force,
    state: Layers,
    given: Layers,
    how: Relaxation,
    bounds: tuple[float, float] | None,
    energy: Energy | None,
) -> Settled:
    """Each example stops, and halves its rate, for itself. Examples that have come to rest are computed no further."""
    n, dtype = len(state[0]), state[0].real.dtype
    rows, rate = (beside(each, state[0]) for each in (np.arange(n), np.full((n, 1), how.rate, dtype)))
    residual = half = steps = beside(np.zeros(n), state[0])
    velocity: list[Array | None] = [None] * len(state)
    level: Any = None
    now, rest, all_given = [layer.copy("K") for layer in state], list[Resting](), given
    for step in range(1, how.steps + 1):
        push = force(now, given)
        push = push if isinstance(push, list) else [part.copy("K") for part in push]
        residual = largest_of_all(push, now, bounds).astype(float)
        if step <= how.halfway:
            half = residual
        still = residual < how.tolerance
        if still.any():
            rest.append(Resting(rows[still], chosen(now, still), residual[still], half[still], steps[still]))
            if still.all():
                break
            rows, rate, residual, half, steps = chosen((rows, rate, residual, half, steps), ~still)
            now, push, given = (chosen(part, ~still) for part in (now, push, given))
            velocity = [None if v is None else v[~still] for v in velocity]
            level = None if level is None else level[~still]
        steps = steps + 1
        before = [layer.copy("K") for layer in now] if how.halving else now
        if how.halving and level is None:
            level = height(energy, force, now, given, bounds)
        for i, part in enumerate(push):
            velocity[i] = move(now[i], part, velocity[i], how, rate, bounds)
        if how.halving:
            after = height(energy, force, now, given, bounds)
            worse = ~(after <= level + ROUNDING * np.finfo(after.dtype).eps * abs(level))
            rate[worse] *= 0.5
            level = np.where(worse, level, after)
            now = [np.where(worse[:, None], *pair) for pair in zip(before, now, strict=True)]
            velocity = [None if v is None else np.where(worse[:, None], 0, v) for v in velocity]
    else:
        rest.append(Resting(rows, now, residual, half, steps))
    order = np.argsort(np.concatenate([each.rows for each in rest]), kind="stable")
    several = [[*each.state, *each[2:]] for each in rest]
    *whole, residual, half, steps = [np.concatenate(parts)[order] for parts in zip(*several, strict=True)]
    return ended(whole, all_given, residual, half, steps.astype(int), how)


def move(
    x: Array,
    push: Array,
    velocity: Array | None,
    how: Relaxation,
    rate: float | Array,
    bounds: tuple[float, float] | None,
) -> Array | None:
    """One step of a layer, in place; returns its velocity, if there is momentum."""
    if not (isinstance(rate, float) and rate == 1.0):
        push *= rate
    if velocity is not None:
        velocity *= how.momentum
        velocity += push
        push = velocity
    x += push
    if bounds is not None:
        np.clip(x, *bounds, out=x)
    if velocity is None and how.momentum:
        return push.copy("K")
    return velocity


def height(
    energy: Energy | None, force: Force, state: Layers, given: Layers, bounds: tuple[float, float] | None
) -> Any:
    """What a step must not raise, (batch,): the energy, or the largest force where there is no energy."""
    if energy is None:
        return largest_of_all(force(state, given), state, bounds)
    return energy(state, given)


def chosen(layers: Layers, rows: Any) -> list[Array]:
    """Some rows of each layer."""
    return [layer[rows] for layer in layers]


def largest_of_all(push: Iterable[Array], state: Layers, bounds: tuple[float, float] | None) -> Any:
    """The largest force on any unit of each example, (batch,)."""
    return reduce(np.maximum, [largest(part, x, bounds) for part, x in zip(push, state, strict=True)])


PIECES = 8  # in which the units of a layer are compared first
FEW = 4096  # numbers that are compared faster at once


def largest_of_rows(sizes: Array) -> Any:
    """`sizes.max(axis=1)`, (batch,) from (batch, n_l), three times as fast where a unit's examples lie side by side.

    Whole pieces of such a layer are compared with each other first, so that numpy's loops are long.
    """
    units = sizes.shape[1] // PIECES * PIECES
    if sizes.size <= FEW or not (units and sizes.flags.f_contiguous):
        return sizes.max(axis=1)
    pieces = sizes.T[:units].reshape(PIECES, -1).max(axis=0).reshape(-1, len(sizes))
    return np.concatenate([pieces, sizes.T[units:]]).max(axis=0)


def largest(push: Array, x: Array, bounds: tuple[float, float] | None) -> Any:
    """The largest force on a unit of one layer, (batch,); what would move a unit beyond its bounds does not count."""
    size = push
    if bounds is not None:
        size = np.add(x, push, order="C")
        np.clip(size, *bounds, out=size)
        size -= x
    return largest_of_rows(abs(size))
