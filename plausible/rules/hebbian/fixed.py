"""Features that never learn: random ones, localised ones, and Gabor filters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isqrt
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Params, View
from plausible.errors import require, require_whole
from plausible.rules.hebbian.features import ANSWERS, Change, Features, Memories, Rung
from plausible.search import Range

WAVELENGTH, PHASE, WIDTH, AMPLITUDE = (4.6, 10.3), 4.8, (3.8, 5.0), 2.1  # of the released code, for MNIST


def gabor(rng: Generator, side: int) -> Array:
    """A Gabor filter of random wavelength, angle, phase and width, (side, side); its entries sum to 2.1 in size."""
    length, angle = rng.uniform(*WAVELENGTH), rng.uniform(0, 2 * np.pi)
    phase, width = rng.uniform(0, PHASE), rng.uniform(*WIDTH)
    at = np.arange(side) - (side - 1) / 2
    along = np.cos(angle) * at[:, None] + np.sin(angle) * at
    across = -np.sin(angle) * at[:, None] + np.cos(angle) * at
    drawn = np.exp(-(along**2 + across**2) / (2 * width**2)) * np.cos(2 * np.pi * along / length + phase)
    result: Array = drawn * AMPLITUDE / abs(drawn).sum()
    return result


@dataclass(frozen=True)
class FixedFeatures(Features):
    """Random features below a read-out that learns, as controls of those that are learned [illing2019].

        h_l = f(h_{l-1} W_l + b_l), all but the output layer as it was drawn; a read-out by the delta rule

    Each unit of the first layer sees a square `field` of the image, in pixels, at a random place; 0 is all of it. In
    the field, weights are those of the network's distribution times side / field, so that what a unit is given varies
    as with all pixels, or Gabor filters (`gabor`), of the released code's parameters for MNIST. `init` draws them.

    Deviations: weights outside a field are zeros that are stored; the network's distribution and biases, where the
    released code has normal weights and biases from 0 to 0.1.
    """

    source: ClassVar[str] = "illing2019"
    answers: ClassVar[tuple[str, ...]] = ANSWERS[:-1]
    search: ClassVar[Mapping[str, Range]] = {}

    drawn: Literal["random", "gabor"] = "random"
    field: int = 0

    def __post_init__(self) -> None:
        require(self.drawn in ("random", "gabor"), "drawn", self.drawn, "random or gabor")
        require_whole("field", self.field, 0)
        localised = self.drawn == "random" or self.field > 1
        require(localised, "field", self.field, "at least 2 pixels for Gabor filters, such as 10")

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, Memories]:
        params, side = self.network.start(n_in, n_out, rng), isqrt(n_in)
        if self.field and self.network.hidden:
            square = side * side == n_in and self.field <= side
            require(
                square, "field", self.field, f"one that fits into a square image, of {n_in} inputs here, or 0"
            )
            weights = params["W1"].reshape(side, side, -1)
            seen = np.zeros_like(weights)
            for unit, (top, left) in enumerate(rng.integers(0, side - self.field + 1, (weights.shape[2], 2))):
                field = np.s_[top : top + self.field, left : left + self.field, unit]
                local = self.drawn == "gabor"
                seen[field] = gabor(rng, self.field) if local else weights[field] * (side / self.field)
            params["W1"] = seen.reshape(n_in, -1)
        return params, (None,) * len(self.network.hidden)

    def change(self, params: View, layer: int, rung: Rung, memory: Any) -> Change:
        return Change()
