"""The delta rule: one layer, whose error is at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from plausible.core import Array, View
from plausible.networks.mlp import Pass
from plausible.rules.layered import Layered


@dataclass(frozen=True)
class DeltaRule(Layered):
    """The delta rule, or least mean squares, of a single layer [widrow1960].

        z = x W + b,   h = f(z),   δ = (h - y) ⊙ f'(z),   ΔW ∝ -xᵀ δ,   Δb ∝ -1ᵀ δ

    with x (batch, n_in), y, z, h and δ (batch, n_out), W (n_in, n_out), b (n_out,); everything is dimensionless. The
    network's output decides on f: "linear", with slope 1, is the rule of 1960; "logistic-squared" is the rule with
    slope; with the cross-entropies of "logistic" and "softmax" the slope cancels, δ = h - y. `Output.error` computes δ,
    `MLP.updates` the ΔW. The network's hidden layers are left out: inputs go straight to the answer.

    Deviations: none; examples come in batches, of one in the paper.
    """

    source: ClassVar[str] = "widrow1960"
    answers: ClassVar[tuple[str, ...]] = ()
    ignores: ClassVar[Mapping[str, str]] = {
        "hidden": "it learns a single layer",
        "activation": "it learns a single layer",
    }

    def __post_init__(self) -> None:
        object.__setattr__(self, "network", replace(self.network, hidden=()))

    def signals(self, params: View, passed: Pass, error: Array) -> list[Array | None]:
        return [error]
