"""Kolen-Pollack: the forward and the feedback weight of a connection have equal changes and equal decay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from numpy.random import Generator

from plausible.core import Array, Outer, Params, Presentation, View
from plausible.errors import require_number
from plausible.networks.inits import Init, Uniform
from plausible.networks.mlp import Pass
from plausible.rules.layered import Taught, Teaching, backward
from plausible.search import Range


@dataclass(frozen=True)
class KolenPollack(Taught):
    """Kolen-Pollack [kolen1994] in a reciprocal circuit [akrout2019]: feedback tends to the transpose of the weights.

        δ_L = error,   δ_l = (δ_{l+1} B_{l+1}) ⊙ f'(z_l)
        W_l ← (1 - λ) W_l + η ΔW_l,   ΔW_l ∝ -h_{l-1}ᵀ δ_l
        B_l ← (1 - λ) B_l + η ΔB_l,   ΔB_l ∝ -δ_lᵀ h_{l-1} = ΔW_lᵀ

    with δ_l and z_l (batch, n_l), W_l (n_{l-1}, n_l), B_l (n_l, n_{l-1}), λ the `decay` a step. No
    weight is sent: both synapses lie between the same two neurons, whose activities their changes are made of.
    W_l - B_lᵀ shrinks by the factor 1 - λ a step whatever is learned. It does so under momentum and Adam, too, since
    the decay is no part of the change that they normalise. `init` draws B, `teaching` does
    the rest; `Step.decay` carries λ.

    Deviations: λ is a fraction a step, not multiplied by the learning rate. With `decay=0`, as in the released code of
    [akrout2019], the gap stays and angles fall only because the weights grow. Biases do not decay.
    """

    source: ClassVar[str] = "kolen1994"
    answers: ClassVar[tuple[str, ...]] = ("weight transport",)
    search: ClassVar[Mapping[str, Range]] = {"decay": Range(1e-5, 1e-2)}

    feedback: Init = Uniform()
    decay: float = 3e-4

    def __post_init__(self) -> None:
        require_number("decay", self.decay, 0, 1)

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        params = self.network.start(n_in, n_out, rng)
        return params | self.network.feedback(self.feedback, params, rng), None

    def teaching(
        self, params: View, passed: Pass, error: Array, shown: Presentation, rng: Generator
    ) -> Teaching:
        signals, scale = backward(passed, error, params), -self.network.output.scale(shown.y)
        pairs = enumerate(zip(signals[1:], passed.activities[1:-1], strict=True), 2)
        changes = {f"B{layer}": Outer(signal, below, scale) for layer, (signal, below) in pairs}
        decay = {name: self.decay for name in params if name[0] in "WB"}
        return Teaching(signals, changes, decay=decay)
