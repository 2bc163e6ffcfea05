"""The weight mirror as its authors wrote it: feedback that only grows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from numpy.random import Generator

from plausible.arrays import beside
from plausible.core import Array, Params, Presentation, View
from plausible.errors import is_whole, require, require_number
from plausible.networks.inits import Init, Uniform
from plausible.networks.mlp import Pass
from plausible.networks.products import times
from plausible.rules.layered import Taught, Teaching, backward


@dataclass(frozen=True)
class AccumulatingWeightMirror(Taught):
    """The weight mirror as in the released code [akrout2019]: B adds up correlations, and nothing takes them away.

        B_l ← B_l + rate · yᵀ x,   y = f(x W_l + b_l)
        δ_L = error,   δ_l = (δ_{l+1} B_{l+1}) ⊙ f'(z_l),   ΔW_l ∝ -h_{l-1}ᵀ δ_l

    with x (n, n_{l-1}) noise, uniform on ±width / 2 and drawn anew for every layer, as many rows as there are examples;
    y (n, n_l), f of the output layer its own, B_l (n_l, n_{l-1}), δ_l and z_l (batch, n_l). To first order in the noise
    E[yᵀ x] = n width² / 12 · diag(f'(b)) W_lᵀ, so B turns towards W_lᵀ as it grows, and with it the signals;
    `WeightMirror` is the same without the growth. `init` shows `before` batches of `rows` rows of noise to the initial
    weights, `correlation` is rate · yᵀ x, `teaching` does the rest. B needs an optimiser of rate 1, as in
    `Grouped((("B*", SGD(1.0)),))`.

    Deviations: none known. The code also scales down a copy of B, which it does not keep.
    """

    source: ClassVar[str] = "akrout2019"
    answers: ClassVar[tuple[str, ...]] = ("weight transport",)

    feedback: Init = Uniform()
    rate: float = 0.01
    width: float = 0.1
    before: int = 0
    rows: int = 128

    def __post_init__(self) -> None:
        require_number("rate", self.rate)
        require_number("width", self.width, open_low=True)
        for name in ("before", "rows"):
            value = getattr(self, name)
            require(is_whole(value) and value >= 0, name, value, "a whole number of at least 0")

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        params = self.network.start(n_in, n_out, rng)
        params |= self.network.feedback(self.feedback, params, rng)
        for _ in range(self.before):
            for layer in range(2, self.network.depth + 1):
                params[f"B{layer}"] += self.correlation(layer, params, self.rows, rng)
        return params, None

    def correlation(self, layer: int, params: View, rows: int, rng: Generator) -> Array:
        weights, biases, value = self.network.layers[layer - 1]
        noise = self.width * (rng.random((len(params[weights]), rows)).T - 0.5)  # drawn in the code's order
        x = beside(noise.astype(params[weights].dtype), params[weights])
        z = times(x, params[weights])
        change: Array = value(z + params[biases] if biases else z).T @ (self.rate * x)
        return change

    def teaching(
        self, params: View, passed: Pass, error: Array, shown: Presentation, rng: Generator
    ) -> Teaching:
        above = range(2, self.network.depth + 1)
        changes = {f"B{layer}": self.correlation(layer, params, len(shown.x), rng) for layer in above}
        mirrored = {name: params[name] + change for name, change in changes.items()}
        return Teaching(backward(passed, error, mirrored), changes, mirrored)
