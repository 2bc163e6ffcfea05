"""Direct feedback alignment: the output error is broadcast to every layer at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from numpy.random import Generator

from plausible.core import Array, Params, View
from plausible.networks.inits import Init, Uniform
from plausible.networks.mlp import Pass
from plausible.rules.layered import Layered, broadcast
from plausible.search import Range


@dataclass(frozen=True)
class DirectFeedbackAlignment(Layered):
    """Direct feedback alignment [noekland2016]: each hidden layer receives the output error by its own matrix.

        δ_L = error,   δ_l = (error Q_l) ⊙ f'(z_l),   ΔW_l ∝ -h_{l-1}ᵀ δ_l

    with δ_l and z_l (batch, n_l), h_l = f(z_l), Q_l (n_L, n_l) fixed and random; everything is dimensionless.
    `init` draws Q, `signals` computes δ, `MLP.updates` the ΔW.

    Deviations: `feedback` is the distribution of Q, whose fan-in is the number of errors that it carries. The
    author's code draws Q uniform on ±1/√n_l, starts tanh and logistic networks from zero weights and sums over the
    batch: `feedback=Uniform(n_l**-0.5)` with `MLP(init=Zero(), output=output(..., reduction="sum"))`.
    """

    source: ClassVar[str] = "noekland2016"
    answers: ClassVar[tuple[str, ...]] = ("weight transport", "update locking (backward pass)")
    search: ClassVar[Mapping[str, Range]] = {"feedback": Range(0.01, 1.0, form="uniform({})")}

    feedback: Init = Uniform()

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        params = self.network.start(n_in, n_out, rng)
        return params | self.network.direct_feedback(self.feedback, n_out, rng), None

    def signals(self, params: View, passed: Pass, error: Array) -> list[Array | None]:
        return [*broadcast(passed, error, params), error]
