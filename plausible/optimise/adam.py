"""Adaptive moment estimation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from plausible.core import Loss, Memory, Params, Update, View
from plausible.errors import plain_fields, require_number
from plausible.optimise.blocks import blocks, formed
from plausible.optimise.denormals import flush
from plausible.optimise.schedules import Rate, check_rate, rate_at
from plausible.search import Range


@dataclass(frozen=True)
class Adam:
    """Adam [kingma2015].

        M ← mean · M + (1 - mean) · U,     S ← square · S + (1 - square) · U²
        W ← W + rate · M̂ / (√Ŝ + epsilon),     M̂ = M / (1 - meanᵗ),  Ŝ = S / (1 - squareᵗ)

    for every weight W with update U at its own step t = 1, 2, ...; `mean` and `square` are the paper's β₁ and β₂. U is
    a direction to add, so the sign is the opposite of the paper's. The memory holds the sums M / (1 - mean) and
    S / (1 - square): with the means, a step would pass over the weights twice more.

    The first step is as large as the rate, whatever the size of the update:

    >>> import numpy as np
    >>> from plausible.optimise.adam import Adam
    >>> params, optimiser = {"W1": np.zeros(2)}, Adam(0.01)
    >>> optimiser.apply(params, {"W1": np.array([1e-3, -1e3])}, optimiser.init(params))
    >>> params["W1"].round(6)
    array([ 0.01, -0.01])
    """

    search: ClassVar[Mapping[str, Range]] = {"rate": Range(1e-5, 1e-2)}

    rate: Rate = 1e-3
    mean: float = 0.9
    square: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        plain_fields(self)
        check_rate(self.rate)
        require_number("mean", self.mean, 0, 1 - 1e-12)
        require_number("square", self.square, 0, 1 - 1e-12)
        require_number("epsilon", self.epsilon, open_low=True)

    def init(self, params: View) -> Memory:
        return {
            "step": 0,
            "steps": dict.fromkeys(params, 0),
            "mean": {name: np.zeros_like(array) for name, array in params.items()},
            "square": {name: np.zeros_like(array) for name, array in params.items()},
        }

    def apply(
        self, params: Params, updates: Mapping[str, Update], memory: Memory, loss: Loss | None = None
    ) -> None:
        rate = rate_at(self.rate, memory["step"])
        memory["step"] += 1
        for name, update in updates.items():
            memory["steps"][name] += 1
            t = memory["steps"][name]
            mean, square = memory["mean"][name], memory["square"][name]
            flush(mean, memory["step"], self.mean)
            flush(square, memory["step"], self.square)
            # M̂ / (√Ŝ + epsilon) = size · sum of U / (√(sum of U²) + least)
            root = math.sqrt((1 - self.square**t) / (1 - self.square))
            size, least = rate * root * (1 - self.mean) / (1 - self.mean**t), self.epsilon * root
            for weights, change, m, s in blocks(params[name], formed(update), mean, square):
                m *= self.mean
                m += change
                work = change * change
                s *= self.square
                s += work
                np.sqrt(s, out=work)
                work += least
                np.divide(m, work, out=work)
                work *= size
                weights += work
