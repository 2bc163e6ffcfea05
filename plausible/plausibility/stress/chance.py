"""The random numbers of stress: of their own, so that the rule inside draws what it draws without."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.random import Generator

from plausible.arrays import beside
from plausible.core import Array

SEEDS = 2**63


class Role(IntEnum):
    """What is drawn for; each role has numbers of its own, so that one stress moves nothing in another."""

    WEIGHTS = 0
    ACTIVITIES = 1
    ROUNDING = 2
    TARGETS = 3
    FEEDBACK = 4
    LAYERS = 5
    CHANGES = 6
    LOST = 7
    LOST_FEEDBACK = 8
    SPIKES = 9
    REWARDS = 10


def drawn(seed: int, step: int, role: Role, answering: bool = False) -> Generator:
    """The generator of a role at a step, as the rule learns or answers; a function of these, so that it is no state.

    >>> from plausible.plausibility.stress.chance import Role, drawn
    >>> drawn(3, 5, Role.WEIGHTS).random() == drawn(3, 5, Role.WEIGHTS).random()
    True
    >>> drawn(3, 5, Role.WEIGHTS).random() == drawn(3, 6, Role.WEIGHTS).random()
    False
    """
    return np.random.default_rng([seed, step, role, answering])


def normal(rng: Generator, like: Array) -> Array:
    """Real standard normal numbers of the shape, the precision and the library of `like`."""
    single = like.real.dtype == np.float32
    made = rng.standard_normal(like.shape, np.float32 if single else np.float64)
    return beside(made, like)


def rounded(values: Array, bits: int, rng: Generator) -> Array:
    """Values rounded at random to a grid of `bits` bits, which is unbiased [gupta2015].

        Q(w) = Δ ⌊w / Δ + u⌋,   Δ = max |w| / (2^(bits-1) - 1),   u uniform on [0, 1), so that E Q(w) = w

    The grid lies from -max |w| to max |w|, and has 0 in it: 2 bits are -max, 0 and max.

    >>> import numpy as np
    >>> from plausible.plausibility.stress.chance import rounded
    >>> rounded(np.array([1.0, -1.0, 0.0]), 2, np.random.default_rng(0))
    array([ 1., -1.,  0.])
    """
    largest, most = abs(values).max() if values.size else 0, 2 ** (bits - 1) - 1
    if not largest > 0:
        return values
    dtype = np.float32 if values.dtype == np.float32 else np.float64
    step, chance = largest / most, beside(rng.random(values.shape, dtype), values)
    number = np.floor(values / step + chance)
    return (
        np.minimum(np.maximum(number, -most), most) * step
    )  # as the largest may be divided into a little more
