"""Kolen-Pollack: both directions of a connection learn the same, and forget the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from numpy.random import Generator

from plausible.core import Array, Outer, Params, Presentation, Step, View
from plausible.errors import require_number
from plausible.networks.inits import Init, Uniform
from plausible.networks.mlp import MLP
from plausible.rules.layered import backward
from plausible.search import Range


@dataclass(frozen=True)
class KolenPollack:
    """Kolen-Pollack [kolen1994] in a reciprocal circuit [akrout2019]: feedback becomes the transpose by itself.

        δ_L = error,   δ_l = (δ_{l+1} B_{l+1}) ⊙ f'(z_l)
        W_l ← (1 - λ) W_l + η ΔW_l,   ΔW_l ∝ -h_{l-1}ᵀ δ_l
        B_l ← (1 - λ) B_l + η ΔB_l,   ΔB_l ∝ -δ_lᵀ h_{l-1} = ΔW_lᵀ

    with δ_l and z_l (batch, n_l), W_l (n_{l-1}, n_l), B_l (n_l, n_{l-1}), λ the `decay` a step, no weight of either
    being sent: both synapses see the same two neurons. W_l - B_lᵀ shrinks by 1 - λ a step whatever is learned, also
    under momentum and Adam, since leak is no part of the change that they normalise. `init` draws B, `update` does
    the rest; `Step.decay` carries λ.

    Deviations: λ is a fraction a step, not multiplied by the learning rate. With `decay=0`, as in the released code of
    [akrout2019], the gap stays and angles fall only because the weights grow. Biases do not decay.
    """

    source: ClassVar[str] = "kolen1994"
    answers: ClassVar[tuple[str, ...]] = ("weight transport",)
    search: ClassVar[Mapping[str, Range]] = {"decay": Range(1e-5, 1e-2)}

    network: MLP = MLP()
    feedback: Init = Uniform()
    decay: float = 3e-4

    def __post_init__(self) -> None:
        require_number("decay", self.decay, 0, 1)

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        params = self.network.start(n_in, n_out, rng)
        return params | self.network.feedback(self.feedback, params, rng), None

    def update(self, params: View, state: None, shown: Presentation, rng: Generator) -> Step:
        passed = self.network.forward(params, shown.x)
        error = self.network.output.error(passed.activities[-1], shown.y)
        signals = backward(passed, error, params)
        updates = self.network.updates(passed, signals, shown.y)
        for layer in range(2, self.network.depth + 1):
            below, signal = passed.activities[layer - 1], signals[layer - 1]
            updates[f"B{layer}"] = Outer(signal, below, -self.network.output.scale(shown.y))
        loss = partial(self.network.output.total, passed.activities[-1], shown.y)
        return Step(updates, loss=loss, decay={name: self.decay for name in updates if name[0] in "WB"})

    def respond(self, params: View, state: None, x: Array, rng: Generator) -> list[Array]:
        return self.network.forward(params, x).activities[1:]
