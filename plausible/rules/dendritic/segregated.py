"""Segregated dendrites: plateau potentials of a dendrite far from the soma tell how the answer should have been."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from numpy.random import Generator

from plausible.core import Array, Params, Presentation, View
from plausible.networks.inits import Init, Uniform
from plausible.networks.mlp import Pass
from plausible.networks.products import times
from plausible.rules.dendritic.events import probability
from plausible.rules.layered import Taught, Teaching
from plausible.search import Range


@dataclass(frozen=True)
class SegregatedDendrites(Taught):
    """Segregated dendrites [guerguiev2017] by rates: two plateau potentials, of the answer and of the target.

        α_l = σ(h_L Q_l),   α'_l = σ(y Q_l),      ΔW_l ∝ h_{l-1}ᵀ ((α'_l - α_l) ⊙ f'(z_l)),      ΔW_L ∝ -h_{L-1}ᵀ error

    with h_l, z_l, plateau potentials α_l at the end of the forward phase, and α'_l of the target phase, (batch, n_l),
    σ the logistic function, Q_l (n_L, n_l) fixed and random. In the target phase the output is at the target y. The
    apical dendrite does not reach the soma, so that the phases differ at the output alone, and where the answer is the
    target nothing is learned. As Q becomes small, α' - α is ¼ (y - h_L) Q, direct feedback alignment's, with a distance
    that falls as the square of Q.

    Deviations: the mode of the released program without spikes, in which phases end at rest; conductances and the
    largest rate are a part of the weights, and the output's own loss stands for the squared difference of rates.
    """

    source: ClassVar[str] = "guerguiev2017"
    answers: ClassVar[tuple[str, ...]] = ("weight transport", "update locking (backward pass)")
    search: ClassVar[Mapping[str, Range]] = {"feedback": Range(0.01, 3.0, form="uniform({})")}

    feedback: Init = Uniform(1.0)

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        params = self.network.start(n_in, n_out, rng)
        return params | self.network.direct_feedback(self.feedback, n_out, rng), None

    def teaching(
        self, params: View, passed: Pass, error: Array, shown: Presentation, rng: Generator
    ) -> Teaching:
        answer, signals = passed.activities[-1], list[Array]()
        for layer in range(1, self.network.depth):
            back = params[f"Q{layer}"]
            plateaus = [probability(times(each, back)) for each in (answer, shown.y)]
            signals.append((plateaus[0] - plateaus[1]) * passed.slope(layer))
        return Teaching([*signals, error])
