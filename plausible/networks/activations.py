"""Activations with their slopes, outputs with their losses, and distributions of initial weights.

Everything here is a named value or a frozen dataclass: it prints, compares, and travels to worker processes.
All of it is elementwise numpy that keeps the dtype and the type of what it is given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from plausible.core import Array
from plausible.errors import unknown


@dataclass(frozen=True)
class Activation:
    """h = f(z), and its slope f'(z) as a function of h.

    All of these are monotone, so a unit's own output tells its slope, and z need not be kept. Both take `out`, an array
    that they may write into, as numpy's functions do; what they return need not be it.
    """

    name: str
    value: Callable[..., Array]
    slope: Callable[..., Array]

    def __repr__(self) -> str:
        return self.name

    def __reduce__(self) -> tuple[Callable[..., Activation], tuple[Any, ...]]:
        if ACTIVATIONS.get(self.name) == self:
            return activation, (self.name,)
        return type(self), tuple(getattr(self, field.name) for field in fields(self))  # of one's own


def _identity(z: Array, out: Array | None = None) -> Array:
    """The input itself."""
    return z


def _one(h: Array, out: Array | None = None) -> Array:
    return np.ones_like(h)


def _tanh_slope(h: Array, out: Array | None = None) -> Array:
    slope = np.square(h, out=out)
    return np.subtract(1, slope, out=slope)


def _logistic(z: Array, out: Array | None = None) -> Array:
    """1 / (1 + e^-z)."""
    e = np.exp(-abs(z))  # never overflows, and keeps its relative precision far below 0
    return np.divide(np.where(z >= 0, 1, e), 1 + e, out=out)


def _logistic_slope(h: Array, out: Array | None = None) -> Array:
    return np.multiply(h, 1 - h, out=out)


def _relu(z: Array, out: Array | None = None) -> Array:
    """The larger of z and 0."""
    return np.maximum(z, 0, out=out)


def _relu_slope(h: Array, out: Array | None = None) -> Array:
    return np.sign(h, out=out)  # h is never negative; the slope at 0 is taken as 0


LEAK = 0.01


def _leaky_relu(z: Array, out: Array | None = None) -> Array:
    """The larger of z and a hundredth of it."""
    return np.maximum(z, LEAK * z, out=out)


def _leaky_relu_slope(h: Array, out: Array | None = None) -> Array:
    return np.maximum(np.sign(h), LEAK, out=out)  # the slope at 0 is taken as the leak


def _softplus(z: Array, out: Array | None = None) -> Array:
    """log(1 + e^z)."""
    return np.add(np.maximum(z, 0), np.log1p(np.exp(-abs(z))), out=out)


def _softplus_slope(h: Array, out: Array | None = None) -> Array:
    return np.negative(np.expm1(-h), out=out)  # h = log(1 + e^z)


def _hard_sigmoid(z: Array, out: Array | None = None) -> Array:
    """z between 0 and 1, clipped to them."""
    return np.minimum(np.maximum(z, 0), 1, out=out)


def _hard_sigmoid_slope(h: Array, out: Array | None = None) -> Array:
    return np.multiply(np.sign(h), np.sign(1 - h), out=out)  # 1 strictly between the clips, else 0


identity = Activation("identity", _identity, _one)

tanh = Activation("tanh", np.tanh, _tanh_slope)

logistic = Activation("logistic", _logistic, _logistic_slope)

relu = Activation("relu", _relu, _relu_slope)

leaky_relu = Activation("leaky-relu", _leaky_relu, _leaky_relu_slope)

softplus = Activation("softplus", _softplus, _softplus_slope)

hard_sigmoid = Activation("hard-sigmoid", _hard_sigmoid, _hard_sigmoid_slope)

ACTIVATIONS = {f.name: f for f in (identity, tanh, logistic, relu, leaky_relu, softplus, hard_sigmoid)}


def activation(name: str) -> Activation:
    """The activation called `name`. Raises `BadInput` if there is none.

    >>> import numpy as np
    >>> from plausible.networks.activations import activation
    >>> f = activation("relu")
    >>> h = f.value(np.array([-2.0, 3.0]))
    >>> h, f.slope(h)
    (array([0., 3.]), array([0., 1.]))
    """
    if name not in ACTIVATIONS:
        raise unknown("activation", name, ACTIVATIONS)
    return ACTIVATIONS[name]
