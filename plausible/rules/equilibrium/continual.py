"""Continual equilibrium propagation: weights change at every step of the nudged phase."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from numpy.random import Generator

from plausible.core import Outer, Params, Presentation, State, Step, View
from plausible.errors import require_number
from plausible.rules.equilibrium.network import EquilibriumNetwork
from plausible.rules.equilibrium.propagation import LOCAL, REFERENCE, Nudged
from plausible.search import Range
from plausible.settling.relaxation import Relaxation, require_plain
from plausible.settling.settle import by_single_steps


@dataclass(frozen=True)
class ContinualEquilibriumPropagation(Nudged):
    """Equilibrium propagation with continual weight updates (C-EP) [ernoult2020]: one at each step of the nudged phase.

        for `nudged.steps`:   s ← s + rate · F^β(s; W),   W_l ← W_l + `plasticity` · (C_l(t + 1) - C_l(t)) / β

    with C_l = r_{l-1}ᵀ r_l, averaged over the batch, the force F^β and activities r_l, (batch, n_l), of
    `EquilibriumNetwork`: a synapse needs the activities at its ends in two successive steps, not in another phase. The
    rule works on copies of the weights and proposes (W after - W before) / `plasticity`, so that `SGD(plasticity)`
    applies just what the paper does. As the plasticity vanishes it is one-sided equilibrium propagation; a tolerance of
    the free phase means the same as there.

    Deviations: that optimisers other than `SGD(plasticity)` are possible, which take the sum of the changes as a
    direction.
    """

    source: ClassVar[str] = "ernoult2020"
    answers: ClassVar[tuple[str, ...]] = (*LOCAL, "separate phases")
    search: ClassVar[Mapping[str, Range]] = {"nudge": Range(0.01, 1.0)}

    plasticity: float = 1e-3
    form: Literal["energy", "prototypical"] = "energy"

    @property
    def reference(self) -> str:
        return f"{REFERENCE}[form={self.form}]"

    def net(self) -> EquilibriumNetwork:
        return EquilibriumNetwork(self.network, self.form)

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        self.net()
        require_number("nudge", self.nudge, open_low=True)
        require_number("plasticity", self.plasticity, open_low=True)
        require_plain("nudged", self.nudged)
        return self.network.start(n_in, n_out, rng), None

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        net, x, y = self.net(), shown.x, shown.y
        _, free, _ = self.released(params, shown, net.at_rest(params, x))
        now: dict[str, Any] = {name: array.copy() for name, array in params.items()}
        states, once, residuals = free.state, Relaxation(1, self.nudged.rate), []
        before = net.activities(now, states, (net.first(now, x), y), 0.0)
        for _ in range(self.nudged.steps):
            given = net.first(now, x), y
            settled = net.settle(now, states, given, once, self.nudge)
            residuals.append(settled.residual)
            states, after = settled.state, net.activities(now, settled.state, given, self.nudge)
            phases = [(1 / self.nudge, after), (-1 / self.nudge, before)]
            for name, update in net.changes(x, phases, y).items():
                now[name] += self.plasticity * (update.dense() if isinstance(update, Outer) else update)
            before = after
        updates = {name: (now[name] - array) / self.plasticity for name, array in params.items()}
        nudged = by_single_steps(settled, residuals, given)
        return Step(updates, state, free.internals("free ") | nudged.internals("nudged "))
