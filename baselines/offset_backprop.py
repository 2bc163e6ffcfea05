"""Backpropagation as Fahlman trained encoders: units that never saturate, and an error that grows without bound."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Presentation, State, Step, View
from plausible.errors import require, require_number
from plausible.networks.activations import logistic
from plausible.networks.products import times
from plausible.rules.layered import Feedforward

LARGEST = 17.0  # of 2 artanh(d), in the author's code


@dataclass(frozen=True)
class OffsetBackprop(Feedforward):
    """Backprop with an offset to every slope, and the arc tangent of the error [fahlman1988].

        e = 2 artanh(h_L - y) within ±17, or h_L - y without `atanh`, where |e| < `tolerance` counts as 0
        δ_L = e ⊙ (h_L (1 - h_L) + offset),   δ_l = (δ_{l+1} W_{l+1}ᵀ) ⊙ (f'(z_l) + offset),   ΔW_l ∝ -h_{l-1}ᵀ δ_l

    with δ_l and z_l (batch, n_l), h_l = f(z_l), e and targets y (batch, n_L), W_l (n_{l-1}, n_l); everything is
    dimensionless. `update` computes δ, `MLP.updates` the ΔW. Without offset and artanh, on logistic units and half the
    squared error, it is backprop; with the offset it follows the gradient of no loss, and a unit that is wrong and
    saturated still learns. The author's code has a `tolerance` of 0.1 where it has no artanh.

    Deviations: none for outputs that are logistic; those of softmax are taken as if they were.
    """

    source: ClassVar[str] = "fahlman1988"
    answers: ClassVar[tuple[str, ...]] = ()

    offset: float = 0.1
    atanh: bool = True
    tolerance: float = 0.0

    def __post_init__(self) -> None:
        require_number("the offset", self.offset)
        require_number("tolerance", self.tolerance)
        name = self.network.output.name
        require(name != "linear", "the output", name, "answers between 0 and 1, such as logistic-squared")

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        passed, y = self.network.forward(params, shown.x), shown.y
        answer, edge = passed.activities[-1], np.tanh(LARGEST / 2).item()
        error = answer - y
        if self.atanh:
            error = 2 * np.arctanh(np.minimum(np.maximum(error, -edge), edge))
        error = error * np.heaviside(abs(error) - self.tolerance, 1)
        signals: list[Array | None] = [error := error * (logistic.slope(answer) + self.offset)]
        for layer in range(self.network.depth - 1, 0, -1):
            error = times(error, params[f"W{layer + 1}"].T) * (passed.slope(layer) + self.offset)
            signals.insert(0, error)
        loss = partial(self.network.output.total, answer, y)
        return Step(self.network.updates(passed, signals, y), state, loss=loss)
