"""Product feedback alignment: feedback is a product, of which one factor is fixed and the other one learns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from numpy.random import Generator

from plausible.core import Array, Outer, Params, Presentation, Update, View
from plausible.errors import require_number, require_whole
from plausible.networks.inits import Init, Uniform
from plausible.networks.mlp import Pass
from plausible.networks.products import times
from plausible.rules.layered import Taught, Teaching
from plausible.search import Range


@dataclass(frozen=True)
class ProductFeedbackAlignment(Taught):
    """Product feedback alignment [jian2024]: errors come down by a detour over more units, whose second half learns.

        δ_L = error,   p_l = δ_l C_l,   δ_{l-1} = (p_l D_l) ⊙ f'(z_{l-1})
        W_l ← (1 - λ) W_l + η ΔW_l,   ΔW_l ∝ -h_{l-1}ᵀ δ_l
        D_l ← (1 - λ) D_l + η ΔD_l,   ΔD_l ∝ -p_lᵀ h_{l-1} = C_lᵀ ΔW_lᵀ

    with δ_l, z_l (batch, n_l), p_l (batch, m), C_l (n_l, m) fixed and random, D_l (m, n_{l-1}), m = `expansion` · n_l,
    and λ the `decay` a step. No unit p_l has a partner below or above it, yet D_l - C_lᵀ W_lᵀ shrinks by the factor
    1 - λ a step whatever is learned by gradient descent, with or without momentum. So C_l D_l tends to (C_l C_lᵀ) W_lᵀ,
    which is near a multiple of W_lᵀ where m is many times n_l. In `params` C_l is "BC" with the number, D_l "BD".

    Deviations: λ is a fraction a step, not multiplied by the learning rate; C and D are drawn from `feedback`, where
    the released code takes Glorot's distribution, of C times √((1 + 1 / expansion) / 2). Biases do not decay.
    """

    source: ClassVar[str] = "jian2024"
    answers: ClassVar[tuple[str, ...]] = ("weight transport",)
    search: ClassVar[Mapping[str, Range]] = {"decay": Range(1e-5, 1e-2)}

    feedback: Init = Uniform()
    expansion: int = 10
    decay: float = 3e-4

    def __post_init__(self) -> None:
        require_number("decay", self.decay, 0, 1)
        require_whole("expansion", self.expansion, expected="a positive whole number")

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        params = self.network.start(n_in, n_out, rng)
        for layer in range(2, self.network.depth + 1):
            below, units = params[f"W{layer}"].shape
            between = self.expansion * units
            params[f"BC{layer}"] = self.network.draw(self.feedback, rng, (units, between))
            params[f"BD{layer}"] = self.network.draw(self.feedback, rng, (between, below))
        return params, None

    def teaching(
        self, params: View, passed: Pass, error: Array, shown: Presentation, rng: Generator
    ) -> Teaching:
        signals, learned, scale = [error], dict[str, Update](), -self.network.output.scale(shown.y)
        for layer in range(self.network.depth, 1, -1):
            between = times(signals[0], params[f"BC{layer}"])
            learned[f"BD{layer}"] = Outer(between, passed.activities[layer - 1], scale)
            signals.insert(0, times(between, params[f"BD{layer}"]) * passed.slope(layer - 1))
        return Teaching(
            signals, learned, decay={n: self.decay for n in params if n[0] == "W" or n in learned}
        )
