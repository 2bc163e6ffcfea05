"""Feedback alignment: the error comes back through fixed random weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from numpy.random import Generator

from plausible.core import Array, Params, View
from plausible.networks.inits import Init, Uniform
from plausible.networks.mlp import Pass
from plausible.networks.products import times
from plausible.rules.layered import Layered
from plausible.search import Range


@dataclass(frozen=True)
class FeedbackAlignment(Layered):
    """Feedback alignment [lillicrap2016]: backprop with fixed random matrices in the place of Wᵀ.

        δ_L = error,   δ_l = (δ_{l+1} B_{l+1}) ⊙ f'(z_l),   ΔW_l ∝ -h_{l-1}ᵀ δ_l

    with δ_l and z_l (batch, n_l), h_l = f(z_l), B_l (n_l, n_{l-1}) fixed, of the shape of W_lᵀ; everything is
    dimensionless. `init` draws B, `signals` computes δ, `MLP.updates` the ΔW.

    Deviations: `feedback` is the distribution of B, whose fan-in is the number of errors that it carries, so that
    signals keep their size on the way back; the paper searched the scale by hand for each task. The paper's weight
    decay of the MNIST task is the optimiser wrapper `Decay`.

    >>> import numpy as np
    >>> from plausible.core import Presentation
    >>> from plausible.networks.mlp import MLP
    >>> from plausible.rules.feedback.feedback_alignment import FeedbackAlignment
    >>> rule, rng = FeedbackAlignment(MLP((8,))), np.random.default_rng(0)
    >>> params, state = rule.init(4, 3, rng)
    >>> shown = Presentation(np.ones((2, 4), "float32"), np.eye(3, dtype="float32")[:2], reward=None)
    >>> {name: array.shape for name, array in params.items()}
    {'W1': (4, 8), 'W2': (8, 3), 'b1': (8,), 'b2': (3,), 'B2': (3, 8)}
    >>> rule.update(params, state, shown, rng).updates["W1"].dense().shape
    (4, 8)
    """

    source: ClassVar[str] = "lillicrap2016"
    answers: ClassVar[tuple[str, ...]] = ("weight transport",)
    search: ClassVar[Mapping[str, Range]] = {"feedback": Range(0.01, 1.0, form="uniform({})")}

    feedback: Init = Uniform()

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        params = self.network.start(n_in, n_out, rng)
        return params | self.network.feedback(self.feedback, params, rng), None

    def signals(self, params: View, passed: Pass, error: Array) -> list[Array | None]:
        signals: list[Array | None] = [error]
        for layer in range(self.network.depth - 1, 0, -1):
            error = times(error, params[f"B{layer + 1}"])
            error *= passed.slope(layer)
            signals.insert(0, error)
        return signals
