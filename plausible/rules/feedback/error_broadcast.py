"""Error broadcast and decorrelation: the error comes through its correlation with the activity that it shall lose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from numpy.random import Generator

from plausible.core import Array, Params, Presentation, State, Step, View
from plausible.errors import require_number
from plausible.networks.inits import Init, Uniform
from plausible.rules.layered import Feedforward, broadcast
from plausible.search import Range


@dataclass(frozen=True)
class ErrorBroadcastDecorrelation(Feedforward):
    """Error broadcast and decorrelation (EBD) [erdogan2025]: no activity shall tell anything of the output error.

        Q_l ← λ Q_l + (1 - λ) εᵀ h_l / n,      δ_l = (ε Q_l) ⊙ f'(z_l),   δ_L = ε,      ΔW_l ∝ -h_{l-1}ᵀ δ_l

    with ε = ∂loss/∂z_L, h_l, z_l, δ_l of n examples, (n, n_l), λ the `memory` and Q_l (n_L, n_l) in the state, which
    starts as `feedback` draws it. An error of the least mean square is uncorrelated with all functions of the input:
    δ_l is n / (1 - λ) times the slope of ½ |Q_l|² in z_l, with ε held. With λ = 1 it is direct feedback alignment; with
    λ = 0 δ_l is of the second order in ε, and 0 where error and activity are uncorrelated.

    Deviations: of the paper's functions g(h) the identity alone; its weight of the layers' losses is the optimiser's,
    and what it adds against collapse, normalised power and entropy of the activity, is left out.
    """

    source: ClassVar[str] = "erdogan2025"
    answers: ClassVar[tuple[str, ...]] = ("weight transport", "update locking (backward pass)")
    search: ClassVar[Mapping[str, Range]] = {"feedback": Range(0.01, 1.0, form="uniform({})")}

    feedback: Init = Uniform()
    memory: float = 0.99

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        require_number("memory", self.memory, 0, 1)
        params = self.network.start(n_in, n_out, rng)
        return params, self.network.direct_feedback(self.feedback, n_out, rng)

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        passed = self.network.forward(params, shown.x)
        answer, output = passed.activities[-1], self.network.output
        error = output.error(answer, shown.y)
        fresh: dict[str, Array] = {}
        for layer, h in enumerate(passed.activities[1:-1], 1):
            correlation = (1 - self.memory) / len(h) * (error.T @ h)
            fresh[f"Q{layer}"] = self.memory * state[f"Q{layer}"] + correlation
        signals = [*broadcast(passed, error, fresh), error]
        updates = self.network.updates(passed, signals, shown.y)
        return Step(updates, fresh, loss=lambda: output.total(answer, shown.y))
