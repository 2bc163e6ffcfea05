"""Backpropagation of errors, the reference that every other rule is held against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from numpy.random import Generator

from plausible.core import Array, Params, View
from plausible.errors import plain, require
from plausible.networks.mlp import Pass
from plausible.networks.outputs import Output, matching
from plausible.networks.products import times
from plausible.rules.layered import Layered


@dataclass(frozen=True)
class Backprop(Layered):
    """Backpropagation [rumelhart1986]: the exact gradient of the loss.

        δ_L = error,   δ_l = (δ_{l+1} W_{l+1}ᵀ) ⊙ f'(z_l),   ΔW_l ∝ -h_{l-1}ᵀ δ_l

    with δ_l and z_l (batch, n_l), h_l = f(z_l), W_l (n_{l-1}, n_l); everything is dimensionless. `signals`
    computes δ, `MLP.updates` the ΔW. It answers none of the criticisms. If `matching`, the loss is the one that matches
    the output function, δ_L = h_L - y: of a logistic-squared output the binary cross-entropy. It is the reference of
    rules whose teaching signal is that difference.

    Deviations: none.

    >>> import numpy as np
    >>> from baselines.backprop import Backprop
    >>> from plausible.core import Presentation
    >>> from plausible.networks.mlp import MLP
    >>> rule, rng = Backprop(MLP((8,))), np.random.default_rng(0)
    >>> params, state = rule.init(4, 3, rng)
    >>> shown = Presentation(np.ones((2, 4), "float32"), np.eye(3, dtype="float32")[:2], reward=None)
    >>> step = rule.update(params, state, shown, rng)
    >>> [step.updates[name].dense().shape for name in ("W1", "b1")], step.loss() > 0
    ([(4, 8), (8,)], True)
    >>> [h.shape for h in rule.respond(params, state, shown.x, rng)]
    [(2, 8), (2, 3)]
    """

    source: ClassVar[str] = "rumelhart1986"
    answers: ClassVar[tuple[str, ...]] = ()

    matching: bool = False

    @property
    def cost(self) -> Output:
        return matching(self.network.output) if self.matching else self.network.output

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        require(isinstance(plain(self.matching), bool), "matching", self.matching, "True or False")
        return self.network.start(n_in, n_out, rng), None

    def signals(self, params: View, passed: Pass, error: Array) -> list[Array | None]:
        signals: list[Array | None] = [error]
        for layer in range(self.network.depth - 1, 0, -1):
            error = times(error, params[f"W{layer + 1}"].T)
            error *= passed.slope(layer)
            signals.insert(0, error)
        return signals
