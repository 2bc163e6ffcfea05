"""Adjoint dual propagation: two states of a unit that may be nudged to either side, and one way to weigh them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from numpy.random import Generator

from plausible.core import Array, Params, Presentation, Step, View
from plausible.errors import require_number
from plausible.networks.mlp import into
from plausible.networks.products import times
from plausible.rules.equilibrium.dual_propagation import DualPropagation


@dataclass(frozen=True)
class AdjointDualPropagation(DualPropagation):
    """Adjoint dual propagation [hoier2024]: what a nudge adds to one state is weighed by the other state's share.

        z⁺_l = f(a_l + (1 - α) d_{l+1} W_{l+1}ᵀ),   z⁻_l = f(a_l - α d_{l+1} W_{l+1}ᵀ),   a_l = m_{l-1} W_l + b_l
        m_l = α z⁺_l + (1 - α) z⁻_l,   d_l = z⁺_l - z⁻_l,   d_L = -β ∂loss/∂z_L,      ΔW_l ∝ m_{l-1}ᵀ d_l / β

    with all of them (batch, n_l), m_0 the input, β the `nudge`, α the `share` of z⁺. At α = ½ this is dual propagation,
    where α stands where here 1 - α does in the states: there a one-sided nudge moves the mean, here the mean stays
    where it was, to first order in β, at every α. With rectified linear units none of which crosses its kink it stays
    exactly, and the changes are the gradient at any β and α. Sweeps are those of dual propagation.

    Deviations: the output's own loss stands for the paper's losses, and its derivative is taken at the mean of the
    sweep, not at the first forward pass.
    """

    source: ClassVar[str] = "hoier2024"

    share: float = 0.0

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        require_number("share", self.share, 0, 1)
        return super().init(n_in, n_out, rng)

    def update(self, params: View, state: None, shown: Presentation, rng: Generator) -> Step:
        network, depth, share = self.network, self.network.depth, self.share
        f, mean = network.activation.value, [shown.x]
        difference: list[Array | None] = [None] * (depth + 1)
        for sweep in range(self.sweeps):
            sums = []
            for layer in range(1, depth + 1):  # up: with what came down in the sweep before
                sums.append(into(network, params, layer, mean[layer - 1]))
                if sweep == 0 and layer < depth:
                    mean.append(f(sums[-1]))
            back = network.output.error(network.output.value(sums[-1]), shown.y) * -self.nudge
            difference[depth] = back
            for layer in range(depth - 1, 0, -1):  # down
                sent = times(back, params[f"W{layer + 1}"].T)
                high, low = f(sums[layer - 1] + (1 - share) * sent), f(sums[layer - 1] - share * sent)
                mean[layer], back = share * high + (1 - share) * low, high - low
                difference[layer] = back
        updates = network.changes(mean, difference[1:], network.output.scale(shown.y) / self.nudge)
        steps = {"settling steps": float(self.sweeps)}
        return Step(updates, internals=steps, loss=partial(network.loss, params, shown.x, shown.y))
