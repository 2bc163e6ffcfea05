"""GAIT-prop: targets by exact inverses, a little away from activity, which with orthogonal weights are backprop's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.random import Generator

from plausible.arrays import beside
from plausible.core import Array, Outer, Params, Presentation, Step, Update, View
from plausible.errors import require, require_number
from plausible.networks.activations import LEAK
from plausible.networks.mlp import Pass
from plausible.networks.products import times
from plausible.rules.layered import Taught, Teaching
from plausible.search import Range

EDGE = 1e-12  # how near an activity comes to where an activation saturates


def _untanh(h: Array) -> Array:
    return np.arctanh(np.clip(h, EDGE - 1, 1 - EDGE))


def _logit(h: Array) -> Array:
    within = np.clip(h, EDGE, 1 - EDGE)
    return np.log(within) - np.log1p(-within)


def _unleaky(h: Array) -> Array:
    return np.minimum(h, h / LEAK)


def _unsoftplus(h: Array) -> Array:
    return np.log(np.expm1(np.maximum(h, EDGE)))


INVERSES: Mapping[str, Callable[[Array], Array]] = {
    "identity": np.positive,
    "tanh": _untanh,
    "logistic": _logit,
    "leaky-relu": _unleaky,
    "softplus": _unsoftplus,
}
"""f⁻¹ by the name of f, for double precision; a rectified linear unit has none."""


@dataclass(frozen=True)
class GaitProp(Taught):
    """GAIT-prop [ahmad2020]: each target is γ f'² of the way from the activity to what the layer above aims at.

        t_L = z_L - error,   t_{l-1} = h_{l-1} + (f⁻¹(h_l + γ f'(z_l)² ⊙ (t_l - h_l)) - f⁻¹(h_l)) W_l⁺
        δ_l = (h_l - t_l) ⊙ f'(z_l) / γ^(L-l),   ΔW_l = -h_{l-1}ᵀ δ_l - orthogonality · 4 (W_l W_lᵀ - diag) W_l

    with t_l, h_l, z_l (batch, n_l), W_l (n_{l-1}, n_l), W⁺ its Moore-Penrose inverse, f the identity at the output, and
    γ the `increment`. As γ goes to 0, δ_{l-1} is (δ_l W_l⁺) ⊙ f'(z_{l-1}), which is backprop's where W_lᵀ W_l = 1; the
    `orthogonality` keeps columns so, of a narrowing layer W_lᵀ W_l - diag and W_l in turn. `teaching` does all of it.

    Deviations: the paper's layers are square, or as wide as their output with auxiliary units; here W⁺ leaves such
    units as they are. t_L follows from the output's own loss. Differences are in double precision, as they are of the
    order of γ^(L-l). Units must be invertible: rectified linear ones are refused.
    """

    source: ClassVar[str] = "ahmad2020"
    answers: ClassVar[tuple[str, ...]] = ()
    search: ClassVar[Mapping[str, Range]] = {"orthogonality": Range(1e-4, 1.0)}

    increment: float = 1e-3
    orthogonality: float = 0.1

    def __post_init__(self) -> None:
        require_number("increment", self.increment, 0, 1, open_low=True)
        require_number("orthogonality", self.orthogonality)

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        f = self.network.activation.name
        require(f in INVERSES, "activation", f, f"one that can be inverted: {', '.join(INVERSES)}")
        return self.network.start(n_in, n_out, rng), None

    def teaching(
        self, params: View, passed: Pass, error: Array, shown: Presentation, rng: Generator
    ) -> Teaching:
        signals, inverse = [error], INVERSES[self.network.activation.name]
        away: Array = -error.astype(np.float64)
        for layer in range(self.network.depth, 1, -1):  # `away` is t_l - h_l
            moved = self.increment * away
            if layer < self.network.depth:
                h, slope = passed.activities[layer].astype(np.float64), passed.slope(layer)
                moved = inverse(h + moved * slope**2) - inverse(h)
            away = times(moved, np.linalg.pinv(params[f"W{layer}"].astype(np.float64)))
            grown = away * -(self.increment ** (layer - 1 - self.network.depth))
            signals.insert(0, grown.astype(error.dtype) * passed.slope(layer - 1))
        return Teaching(signals)

    def update(self, params: View, state: None, shown: Presentation, rng: Generator) -> Step:
        step = super().update(params, state, shown, rng)
        updates: dict[str, Update] = {**step.updates}
        for name in self.network.shapes(1, 1) if self.orthogonality else ():
            change = updates[name]
            if isinstance(change, Outer) and name[0] == "W":
                updates[name] = change.dense() - self.orthogonality * crookedness(params[name])
        return step._replace(updates=updates)


def crookedness(weights: Array) -> Array:
    """The derivative of the sum of squares of the products of different rows, or columns where these are fewer."""
    tall = weights.shape[0] > weights.shape[1]
    products = weights.T @ weights if tall else weights @ weights.T
    mixed = products * beside(1 - np.eye(len(products), dtype=products.dtype), products)
    slope: Array = 4 * (weights @ mixed if tall else mixed @ weights)
    return slope
