"""Relaxed predictive coding: weights that feed errors back, and are learned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from numpy.random import Generator

from plausible.core import Outer, Params, Presentation, Step, View
from plausible.errors import require, require_number
from plausible.networks.inits import Init, Uniform
from plausible.rules.predictive.coding import LOCAL, Predictive
from plausible.search import Range


@dataclass(frozen=True)
class RelaxedPredictiveCoding(Predictive):
    """Relaxed predictive coding [millidge2020]: errors come down by synapses of their own, and without slopes.

        ẋ_l = -e_l + (d_{l+1} B_{l+1}) ⊙ (f'(x_l), if `slopes`, else 1)
        W_l ← (1 - λ) W_l + η ΔW_l,   ΔW_l ∝ h_{l-1}ᵀ d_l
        B_l ← (1 - λ) B_l + η ΔB_l,   ΔB_l ∝ d_lᵀ h_{l-1},   if `learned`

    with B_l (n_l, n_{l-1}), λ the `decay` a step, and x_l, h_l, e_l, d_l, (batch, n_l), of `PredictiveNetwork`. Both
    synapses of a connection see the same two neurons, so that W_l - B_lᵀ shrinks by 1 - λ a step; random and not
    `learned`, B stays as it was drawn. With B = Wᵀ, slopes and λ = 0 it is predictive coding, and a tolerance means the
    same here.

    Without slopes it is fragile: units that saturate go on being pushed, residual and weights feed each other, and of
    three seeds on digits one is lost within five epochs; with `slopes`, none is.

    Deviations: decay, which the paper does not have, and without which the gap between W and B stays as it was drawn.
    """

    source: ClassVar[str] = "millidge2020"
    answers: ClassVar[tuple[str, ...]] = (*LOCAL, "weight transport", "exact derivatives")
    search: ClassVar[Mapping[str, Range]] = {"decay": Range(1e-5, 1e-2)}

    feedback: Init = Uniform()
    learned: bool = True
    decay: float = 3e-4
    slopes: bool = False

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        self.net()
        require_number("decay", self.decay, 0, 1)
        for name in ("learned", "slopes"):
            require(getattr(self, name) in (True, False), name, getattr(self, name), "True or False")
        params = self.network.start(n_in, n_out, rng)
        return params | self.network.feedback(self.feedback, params, rng), None

    def update(self, params: View, state: None, shown: Presentation, rng: Generator) -> Step:
        net = self.net()
        settled, pre, signals = net.settle(params, shown.x, shown.y, self.settling, params, self.slopes)
        updates = net.changes(pre, signals, shown.y)
        scale = self.variance * self.network.output.scale(shown.y)
        for layer in range(2, self.network.depth + 1) if self.learned else ():
            updates[f"B{layer}"] = Outer(signals[layer - 1], pre[layer - 1], scale)
        decay = {name: self.decay for name in updates if name[0] in "WB" and self.learned}
        return Step(updates, internals=settled.internals(), decay=decay)
