"""The exact gradient at an equilibrium: backpropagation for networks that settle."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from numpy.random import Generator

from plausible.core import Array, Params, Presentation, State, Step, View
from plausible.equilibrium_network import EquilibriumNetwork
from plausible.networks import MLP
from plausible.rules.equilibrium_propagation import respond
from plausible.settle import Relaxation, settle

STEP = 1e-15  # imaginary: nothing is subtracted, so nothing is rounded away, and its square is below rounding


@dataclass(frozen=True)
class EquilibriumGradient:
    """Recurrent backpropagation [almeida1987]: the exact gradient of the loss at the free equilibrium.

        λ ← λ + rate (J λ + g),   J = ∂F/∂s at the free state,   g = -∂C/∂s,   from λ = 0, at equilibrium
        ΔW_l ∝ λ'_{l-1}ᵀ r_l + r_{l-1}ᵀ λ'_l,   λ'_l = ρ'(s_l) ⊙ λ_l

    with F, s_l, r_l, (batch, n_l), of `EquilibriumNetwork` in the energy form, where J is symmetric; J λ + g is the
    imaginary part of F(s + iελ; β = iε) / ε, to rounding. λ is the derivative of the nudged state by the nudge, so
    this is what equilibrium propagation tends to. Both relaxations take at most `steps` of size `rate`, and stop at a
    tolerance that the precision allows. With a `window` of K, λ takes just K steps: that is the gradient of
    backpropagation through the last K steps of a free phase that has settled [ernoult2019].

    Deviations: none. Units that are clipped, or whose function is not holomorphic, have their slopes taken on their
    side of the kink.
    """

    source: ClassVar[str] = "almeida1987"
    answers: ClassVar[tuple[str, ...]] = ()
    reference: ClassVar[str] = "equilibrium-gradient"

    network: MLP = MLP()
    steps: int = 2000
    rate: float = 0.5
    window: int = 0

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        EquilibriumNetwork(self.network)
        return self.network.start(n_in, n_out, rng), n_out

    def free(self) -> Relaxation:
        """A free phase, to the tolerance that the precision allows."""
        return Relaxation(self.steps, self.rate, 1e-5 if self.network.dtype == "float32" else 1e-13)

    def update(self, params: View, n_out: State, shown: Presentation, rng: Generator) -> Step:
        net = EquilibriumNetwork(self.network)
        given, back = (net.first(params, shown.x), shown.y), net.transposes(params)
        n_out = shown.y.shape[1]  # as a reference it is given no state
        free = net.settle(params, net.rest(shown.x, n_out), given, self.free())

        def adjoint(states: Any, at: Any) -> list[Array]:
            inside = [((s > 0) & (s < 1)) if net.clipped else 1 for s in at[2:]]
            bent = [s + 1j * STEP * v for s, v in zip(at[2:], states, strict=True)]
            push = net.force(params, bent, at[:2], back, 1j * STEP)  # bent in s and in the nudge: ε (J λ + g)
            return [p.imag / STEP * m for p, m in zip(push, inside, strict=True)]

        how = Relaxation(self.window, self.rate) if self.window else self.free()
        found = settle(adjoint, [0 * s for s in free.state], (*given, *free.state), how)
        bent = [s + 1j * STEP * v for s, v in zip(free.state, found.state, strict=True)]
        r = net.activities(params, bent, given, 1j * STEP)
        updates = net.changes(shown.x, [(1 / (1j * STEP), r)], shown.y)
        answer = net.answer(params, shown.x, free.state)[-1]
        loss = partial(self.network.output.total, answer, shown.y)
        return Step(updates, n_out, free.seen("free ") | found.seen("adjoint "), loss)

    def respond(self, params: View, n_out: State, x: Array, rng: Generator) -> list[Array]:
        return respond(EquilibriumNetwork(self.network), params, x, n_out, self.free())
