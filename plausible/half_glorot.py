"""The distribution of weights in the code of [akrout2019]."""

from __future__ import annotations

from dataclasses import dataclass

from numpy.random import Generator

from plausible.core import Array
from plausible.functions import Init


@dataclass(frozen=True)
class HalfGlorot(Init):
    """Normal with variance 1 / (fan_in + fan_out), half of Glorot's [akrout2019]."""

    def draw(self, rng: Generator, fan_in: int, fan_out: int) -> Array:
        return rng.normal(0, (fan_in + fan_out) ** -0.5, (fan_in, fan_out))
