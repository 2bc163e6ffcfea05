"""From numbers to spikes."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

from plausible.core import Array
from plausible.errors import BadInput, require, require_number

Times = tuple[NDArray[np.intp], NDArray[np.intp]]
"""Spikes as (neurons, steps), in the order of time."""


SCALE = "; scale them first, as pixels / 255 or (x - smallest) / (largest - smallest)"


def require_within(what: str, values: ArrayLike, low: float, high: float, advice: str = SCALE) -> None:
    """Raise `BadInput` unless all numbers are in [low, high]; others make no rates and no times of spikes."""
    given = np.asarray(values)
    if given.size and not (given.min() >= low and given.max() <= high):  # NaN is within nothing
        raise BadInput(
            f"{what} go from {given.min():.4g} to {given.max():.4g}: expected numbers from {low:g} to {high:g}{advice}"
        )


def require_steps(what: str, steps: int) -> None:
    """Raise `BadInput` unless this is a whole number of steps, one or more."""
    whole = isinstance(steps, int | np.integer) and not isinstance(steps, bool)
    require(whole and steps > 0, what, steps, "a whole number of at least 1")


def poisson(rates: Array, steps: int, dt: float, rng: Generator) -> Times:
    """Independent spikes at `rates`, (neurons,) or (steps, neurons), in Hz; at most one a step of `dt` ms.

    Raises:
        BadInput: for rates below 0, or of more than one spike a step; and for no steps, or steps without length.

    >>> import numpy as np
    >>> from plausible.spiking.encode import poisson
    >>> who, when = poisson(np.array([0.0, 1000.0]), steps=5, dt=1.0, rng=np.random.default_rng(0))
    >>> who, when  # at most one spike a step
    (array([1, 1, 1, 1, 1]), array([0, 1, 2, 3, 4]))
    """
    require_steps("the number of steps", steps)
    require_number("dt", dt, open_low=True)
    advice = "; lower the rates, or take a shorter step"
    require_within(f"rates, in Hz, of steps of {dt:g} ms,", rates, 0.0, 1000 / dt, advice)
    probability = np.broadcast_to(np.asarray(rates) * dt / 1000, (steps, np.shape(rates)[-1]))
    when, who = np.nonzero(rng.random(probability.shape) < probability)
    return who, when


def latency(x: Array, steps: int) -> Times:
    """One spike per input of (neurons,), the sooner the larger: step ⌊(1 - x) steps⌋ for x in (0, 1], none for 0.

    Raises:
        BadInput: for inputs that are not from 0 to 1, and for no steps.

    >>> import numpy as np
    >>> from plausible.spiking.encode import latency
    >>> latency(np.array([0.0, 0.5, 1.0]), steps=10)  # neurons and steps, in the order of time
    (array([2, 1]), array([0, 5]))
    """
    require_steps("the number of steps", steps)
    require_within("inputs", x, 0.0, 1.0)
    who = np.flatnonzero(x > 0)
    when = np.minimum(((1 - x[who]) * steps).astype(np.intp), steps - 1)
    order = np.argsort(when, kind="stable")
    return who[order], when[order]


def repeated(
    spikes: Times,
    pattern: Times,
    starts: NDArray[np.intp],
    length: int,
    rng: Generator,
    jitter: float = 0.0,
    deleted: float = 0.0,
) -> Times:
    """`spikes` with a pattern of `length` steps put in the place of theirs, from each of `starts` on [masquelier2008].

    Spikes of the pattern move by a normal deviate of `jitter` steps, and each is left out with the probability
    `deleted`; only neurons that the pattern has are replaced.

    Raises:
        BadInput: for starts below 0, a pattern of no steps or with spikes outside of them, and impossible deviates.
    """
    require_steps("the length of the pattern, in steps,", length)
    require_within("starts, in steps,", starts, 0, np.inf, "")
    require_within("times of the pattern, in steps,", pattern[1], 0, length - 1, "")
    require_number("jitter", jitter)
    require_number("the share of deleted spikes", deleted, 0.0, 1.0)
    who, when = spikes
    inside = np.zeros(max(int(when.max(initial=0)), int(starts.max(initial=0)) + length) + 1, bool)
    for start in starts:
        inside[start : start + length] = True
    stay = ~(inside[when] & np.isin(who, np.unique(pattern[0])))
    whos, whens = [who[stay]], [when[stay]]
    for start in starts:
        left = rng.random(len(pattern[0])) >= deleted
        moved = (
            start + pattern[1][left] + np.rint(jitter * rng.standard_normal(int(left.sum()))).astype(np.intp)
        )
        whos.append(pattern[0][left])
        whens.append(np.maximum(moved, 0))
    who, when = np.concatenate(whos), np.concatenate(whens)
    first = np.unique(when * (who.max(initial=0) + 1) + who, return_index=True)[
        1
    ]  # one spike a step and neuron
    return who[first], when[first]
