"""Normalisation of activity, and the derivative through each kind of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np

from plausible.core import Array
from plausible.errors import plain_fields, require, require_number, require_whole

SMALL = 1e-5  # added to a variance [ioffe2015]
MOMENTUM = 0.1  # share of a new batch in running statistics, as common libraries have it


class Standard(NamedTuple):
    """Values at mean 0 and variance 1 along an axis, and what the derivative needs."""

    value: Array  # (batch, units)
    inverse: Array  # 1 / σ, (1, units) or (batch, 1)
    axis: int  # 0: over the examples of a batch; 1: over the units of a layer

    def back(self, signal: Array) -> Array:
        """The derivative by what was standardised, from that by `value`, `signal`; both (batch, units).

        Mean and variance depend on the values too: (s - mean s - v mean(s v)) / σ.
        """
        mean = signal.mean(axis=self.axis, keepdims=True)
        along = (signal * self.value).mean(axis=self.axis, keepdims=True)
        result: Array = (signal - mean - self.value * along) * self.inverse
        return result


def standardised(z: Array, axis: int) -> tuple[Standard, Array, Array]:
    """`z`, (batch, units), at mean 0 and variance 1 along `axis`, and the mean and the variance that it had."""
    mean = z.mean(axis=axis, keepdims=True)
    apart = z - mean
    variance = (apart * apart).mean(axis=axis, keepdims=True)
    inverse = (variance + SMALL) ** -0.5
    return Standard(apart * inverse, inverse, axis), mean, variance


Statistics: TypeAlias = tuple[Array, Array]
"""Running mean and variance of what goes into the units of a layer, each (1, units): a rule's state, and no weights."""


def moved(before: Statistics, mean: Array, variance: Array, rows: int) -> Statistics:
    """Statistics after a batch of `rows` examples with this mean and variance, which is taken for a sample's."""
    unbiased = variance * (rows / max(rows - 1, 1))
    old, share = before, MOMENTUM
    return (1 - share) * old[0] + share * mean, (1 - share) * old[1] + share * unbiased


def applied(statistics: Statistics, z: Array) -> Array:
    """`z`, (batch, units), standardised by statistics."""
    mean, variance = statistics
    result: Array = (z - mean) * (variance + SMALL) ** -0.5
    return result


@dataclass(frozen=True)
class Divisive:
    """Divisive normalisation in groups of units [pogodin2020]: (h - mean h) / v^power, v = (δ + Σ (h - mean h)²) / c.

    The units of a layer lie in `groups` groups of c neighbours each, over which mean and sum run; δ is `smoothing`.

    >>> import numpy as np
    >>> from plausible.networks.normalised import Divisive
    >>> Divisive(groups=1, power=0.5, smoothing=0.0).apply(np.array([[1.0, 3.0]]))
    array([[-1.,  1.]])
    """

    groups: int = 16
    power: float = 0.2
    smoothing: float = 1.0

    def __post_init__(self) -> None:
        plain_fields(self)
        require_whole("the number of groups", self.groups)
        require_number("the power of divisive normalisation", self.power)
        require_number("the smoothing of divisive normalisation", self.smoothing)

    def check(self, units: int) -> None:
        """Raise `BadInput` unless groups of two units or more are as many as fit into a layer."""
        good = units % self.groups == 0 and units // self.groups > 1
        require(
            good, "groups", self.groups, f"a number of groups that {units} units fall into, of 2 or more each"
        )

    def parts(self, h: Array) -> tuple[Array, Array]:
        """h - mean h, (batch, groups, c), and v, (batch, groups, 1)."""
        grouped = h.reshape(len(h), self.groups, -1)
        apart = grouped - grouped.mean(axis=2, keepdims=True)
        variance: Array = ((apart * apart).sum(axis=2, keepdims=True) + self.smoothing) / apart.shape[2]
        return apart, variance

    def apply(self, h: Array) -> Array:
        """The normalised activity, (batch, units)."""
        apart, variance = self.parts(h)
        result: Array = (apart / floored(variance) ** self.power).reshape(h.shape)
        return result

    def back(self, h: Array, signal: Array) -> Array:
        """The derivative by `h`, from that by the normalised activity, `signal`; both (batch, units)."""
        apart, variance = self.parts(h)
        variance, c = floored(variance), apart.shape[2]
        given = signal.reshape(apart.shape)
        along = (given * apart).sum(axis=2, keepdims=True)
        inner = (given - (2 * self.power / c) * apart * along / variance) / variance**self.power
        result: Array = (inner - inner.mean(axis=2, keepdims=True)).reshape(h.shape)
        return result


def floored(variance: Array) -> Array:
    """`variance`, nowhere 0, so that silent groups stay silent."""
    return np.maximum(variance, np.finfo(variance.dtype).tiny)
