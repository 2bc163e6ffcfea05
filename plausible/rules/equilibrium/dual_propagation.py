"""Dual propagation: every unit has two states, whose mean is activity and whose difference is error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from numpy.random import Generator

from plausible.core import Array, Params, Presentation, Step, View
from plausible.errors import is_whole, require, require_number
from plausible.networks.mlp import into
from plausible.networks.products import times
from plausible.rules.layered import Feedforward
from plausible.search import Range


@dataclass(frozen=True)
class DualPropagation(Feedforward):
    """Dual propagation [hoier2023]: dyadic neurons carry activity and error at once, with no phases to contrast.

        z±_l = f(m_{l-1} W_l + b_l ± ½ d_{l+1} W_{l+1}ᵀ),   m_l = ½ (z⁺_l + z⁻_l),   d_l = z⁺_l - z⁻_l
        d_L = -β ∂loss/∂z_L,      ΔW_l ∝ m_{l-1}ᵀ d_l / β

    with z±_l, m_l, d_l (batch, n_l), m_0 the input, β the `nudge`: the symmetric form, α = ½. The first of `sweeps`
    starts from the forward pass and goes down the layers; each further one goes up first, with means and differences as
    they are, and then down. With rectified linear units none of which crosses its kink, the changes are the gradient,
    exactly, at any β; with smooth units to order β².

    Deviations: the output's own loss stands for the paper's squared error.

    >>> import numpy as np
    >>> from plausible.core import Presentation
    >>> from plausible.networks.mlp import MLP
    >>> from plausible.rules.equilibrium.dual_propagation import DualPropagation
    >>> rule, rng = DualPropagation(MLP((8,))), np.random.default_rng(0)
    >>> params, state = rule.init(4, 3, rng)
    >>> shown = Presentation(np.ones((2, 4), "float32"), np.eye(3, dtype="float32")[:2], reward=None)
    >>> rule.update(params, state, shown, rng).updates["W1"].dense().shape
    (4, 8)
    """

    source: ClassVar[str] = "hoier2023"
    answers: ClassVar[tuple[str, ...]] = ("non-local error", "exact derivatives", "separate phases")
    search: ClassVar[Mapping[str, Range]] = {"nudge": Range(0.01, 1.0)}

    nudge: float = 0.5
    sweeps: int = 1

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        require_number("nudge", self.nudge, open_low=True)
        good = is_whole(self.sweeps) and self.sweeps > 0
        require(good, "sweeps", self.sweeps, "a positive whole number")
        return self.network.start(n_in, n_out, rng), None

    def update(self, params: View, state: None, shown: Presentation, rng: Generator) -> Step:
        network, depth = self.network, self.network.depth
        f, mean = network.activation.value, [shown.x]
        difference: list[Array | None] = [None] * (depth + 1)
        for sweep in range(self.sweeps):
            sums = []
            for layer in range(1, depth + 1):  # up: with what came down in the sweep before
                sums.append(into(network, params, layer, mean[layer - 1]))
                if sweep == 0 and layer < depth:
                    mean.append(f(sums[-1]))
            error = network.output.error(network.output.value(sums[-1]), shown.y)
            difference[depth] = back = error * -self.nudge
            for layer in range(depth - 1, 0, -1):  # down
                half = times(back, params[f"W{layer + 1}"].T)
                half *= 0.5
                above, below = f(sums[layer - 1] + half), f(sums[layer - 1] - half)
                mean[layer], difference[layer] = 0.5 * (above + below), above - below
                back = above - below
        updates = network.changes(mean, difference[1:], network.output.scale(shown.y) / self.nudge)
        steps = {"settling steps": float(self.sweeps)}
        return Step(updates, internals=steps, loss=partial(network.loss, params, shown.x, shown.y))
