"""Direct random target projection: hidden layers learn from the target, without waiting for the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from numpy.random import Generator

from plausible.core import Array, Params, Presentation, View
from plausible.networks.inits import Init, Uniform
from plausible.networks.mlp import Pass
from plausible.rules.layered import Taught, Teaching, broadcast
from plausible.search import Range


@dataclass(frozen=True)
class DirectRandomTargetProjection(Taught):
    """Direct random target projection (DRTP) [frenkel2021]: the target stands for the error in hidden layers.

        δ_L = error,   δ_l = (-y Q_l) ⊙ f'(z_l),   ΔW_l ∝ -h_{l-1}ᵀ δ_l

    with δ_l and z_l (batch, n_l), y (batch, n_L) the target, Q_l (n_L, n_l) fixed and random; everything is
    dimensionless. For one-hot y, δ_l / f' is the row of -Q_l that belongs to the label. Direct feedback alignment has
    (answer - y) in the place of -y. `init` draws Q, `teaching` computes δ.

    Deviations: the authors' code has +y Q_l, which is the same in law, as Q is symmetric; it draws Q uniform on
    ±√(6 / n_l), and does not divide hidden changes by the size of the batch.
    """

    source: ClassVar[str] = "frenkel2021"
    answers: ClassVar[tuple[str, ...]] = ("weight transport", "update locking")
    search: ClassVar[Mapping[str, Range]] = {"feedback": Range(0.001, 1.0, form="uniform({})")}

    feedback: Init = Uniform()

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        params = self.network.start(n_in, n_out, rng)
        return params | self.network.direct_feedback(self.feedback, n_out, rng), None

    def teaching(
        self, params: View, passed: Pass, error: Array, shown: Presentation, rng: Generator
    ) -> Teaching:
        return Teaching([*broadcast(passed, -shown.y, params), error])
