"""Equilibrium propagation in vector fields: forward and backward weights are different."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from numpy.random import Generator

from plausible.core import Array, Outer, Params, Presentation, State, Step, View
from plausible.errors import require_number
from plausible.networks.inits import Init, Uniform
from plausible.rules.equilibrium.network import EquilibriumNetwork, require_leak, together
from plausible.rules.equilibrium.propagation import LOCAL, Nudged
from plausible.search import Range


@dataclass(frozen=True)
class VectorFieldEquilibriumPropagation(Nudged):
    """Equilibrium propagation in a vector field [scellier2018]: each direction of a connection has its own weight.

        a_l = r_{l-1} W_l + r_{l+1} B_{l+1} + b_l,   two phases ±β from the free state as in symmetric nudging
        fixed:     ΔW_l ∝ r⁰_{l-1}ᵀ (r_l^β - r_l^{-β}) / 2β,   ΔB_l = 0
        learned:   ΔW_l ∝ (r_{l-1}^βᵀ r_l^β - r_{l-1}^{-β}ᵀ r_l^{-β}) / 2β = ΔB_lᵀ,   and both decay by λ a step

    with B_l (n_l, n_{l-1}), r_l, a_l (batch, n_l) of `EquilibriumNetwork`, β the `nudge`, λ the `decay`. There is no
    energy. If `learned`, both weights have equal changes [laborieux2021]: W_l - B_lᵀ falls by the factor 1 - λ a step.
    Tolerances mean the same as in equilibrium propagation.

    Deviations: the decay is a fraction a step. A softmax read-out sends its error down by B_L.
    """

    source: ClassVar[str] = "scellier2018"
    answers: ClassVar[tuple[str, ...]] = (*LOCAL, "weight transport")
    search: ClassVar[Mapping[str, Range]] = {"nudge": Range(0.01, 1.0), "decay": Range(1e-5, 1e-2)}
    reference: ClassVar[str] = ""

    form: Literal["energy", "prototypical"] = "energy"
    feedback: Init = Uniform()
    learned: bool = True
    decay: float = 3e-4

    def net(self) -> EquilibriumNetwork:
        return EquilibriumNetwork(self.network, self.form)

    def feedback_of(self, params: View) -> Mapping[str, Array]:
        return params

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        require_number("nudge", self.nudge, open_low=True)
        require_leak(self.net(), self.nudge, "")
        require_number("decay", self.decay, 0, 1)
        params = self.network.start(n_in, n_out, rng)
        return params | self.network.feedback(self.feedback, params, rng), None

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        net = self.net()
        given, free, signal = self.released(params, shown, net.at_rest(params, shown.x))
        phases, ends = [], []
        for nudge in (self.nudge, -self.nudge):
            ends.append(net.settle(params, free.state, given, self.nudged, nudge, params, signal))
            phases.append((0.5 / nudge, net.activities(params, ends[-1].state, given, nudge)))
        updates, r = net.changes(shown.x, phases, shown.y), net.outgoing(free.state)
        for layer in range(2, self.network.depth + 1):
            both = updates[f"W{layer}"]
            if self.learned and isinstance(both, Outer):
                updates[f"B{layer}"] = Outer(both.post, both.pre, both.scale)  # type: ignore[arg-type]
            else:
                moved = sum(c * phase[layer - 1] for c, phase in phases)
                updates[f"W{layer}"] = Outer(r[layer - 2], moved, self.network.output.scale(shown.y))
        decay = {name: self.decay for name in updates if name[0] in "WB" and self.learned}
        internals = free.internals("free ") | together(ends).internals("nudged ")
        return Step(updates, state, internals, decay=decay)
