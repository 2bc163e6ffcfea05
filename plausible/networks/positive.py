"""Where weights begin that are never negative."""

from __future__ import annotations

from dataclasses import dataclass

from numpy.random import Generator

from plausible.core import Array
from plausible.errors import plain_fields, require_number
from plausible.networks.inits import Init


@dataclass(frozen=True)
class Positive(Init):
    """Uniform from 0 to √(3 / fan_in) · norm, so that the weights of a unit have that norm on average.

    >>> import numpy as np
    >>> from plausible.networks.positive import Positive
    >>> weights = Positive(35.0)(np.random.default_rng(0), (784, 100), np.dtype("float64"))
    >>> bool(weights.min() >= 0), round(float((weights**2).sum(axis=0).mean() ** 0.5))
    (True, 35)
    """

    norm: float = 1.0

    def __post_init__(self) -> None:
        plain_fields(self)
        require_number("the norm of the weights of a unit", self.norm)

    def draw(self, rng: Generator, fan_in: int, fan_out: int) -> Array:
        return rng.uniform(0, (3 / fan_in) ** 0.5 * self.norm, (fan_in, fan_out))
