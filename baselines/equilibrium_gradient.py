"""The exact gradient at an equilibrium: backpropagation for networks that settle."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Params, Presentation, State, Step, View
from plausible.equilibrium_network import EquilibriumNetwork
from plausible.networks import MLP, times
from plausible.rules.equilibrium_propagation import respond
from plausible.settle import Layers, Relaxation, settle

# ρ'' as a function of ρ; 0 where an activation is not named.
BENDS: dict[str, Callable[[Array], Array]] = {
    "tanh": lambda h: -2 * h * (1 - h * h),
    "logistic": lambda h: h * (1 - h) * (1 - 2 * h),
    "softplus": lambda h: np.exp(-h) * -np.expm1(-h),
}
STEP = 1e-15  # imaginary: what is of its first order in a product is exact


@dataclass(frozen=True)
class EquilibriumGradient:
    """Recurrent backpropagation [almeida1987]: the exact gradient of the loss at the free equilibrium.

        λ ← λ + rate (J λ + g),   J = ∂F/∂s at the free state,   g = -∂C/∂s,   from λ = 0, at equilibrium
        (J λ)_l = ρ''(s_l) ⊙ a_l ⊙ λ_l + ρ'(s_l) ⊙ (λ'_{l-1} W_l + λ'_{l+1} W_{l+1}ᵀ) - λ_l,     λ'_l = ρ'(s_l) ⊙ λ_l
        ΔW_l ∝ λ'_{l-1}ᵀ r_l + r_{l-1}ᵀ λ'_l

    with F, a_l, s_l, r_l, (batch, n_l), of `EquilibriumNetwork` in the energy form, where J is symmetric. λ is the
    derivative of the nudged state by the nudge, so this is what equilibrium propagation tends to. Both relaxations take
    at most `steps` of size `rate`, and stop at a tolerance that the precision allows. With a `window` of K, λ takes K
    steps: the gradient of backpropagation through the last K steps of a free phase that has settled [ernoult2019].

    Deviations: an example whose free phase does not come to rest has no gradient, and is left out. Units at a bound
    have a slope of 0; where an activation has a kink, its slopes on this side of it count.
    """

    source: ClassVar[str] = "almeida1987"
    answers: ClassVar[tuple[str, ...]] = ()
    reference: ClassVar[str] = "equilibrium-gradient"

    network: MLP = MLP()
    steps: int = 1000
    rate: float = 0.5
    window: int = 0

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        EquilibriumNetwork(self.network)
        return self.network.start(n_in, n_out, rng), n_out

    def free(self) -> Relaxation:
        """A free phase, to the tolerance that the precision allows."""
        return Relaxation(self.steps, self.rate, 1e-5 if self.network.dtype == "float32" else 1e-13)

    def update(self, params: View, n_out: State, shown: Presentation, rng: Generator) -> Step:
        net, n_out = EquilibriumNetwork(self.network), shown.y.shape[1]  # as a reference it is given no state
        first, back = net.first(params, shown.x), net.transposes(params)
        free = net.settle(params, net.rest(shown.x, n_out), (first, shown.y), self.free())
        r = net.outgoing(free.state)
        answer = net.answer(params, shown.x, free.state)[-1]
        error = (shown.y - answer) * free.converged[:, None]
        slopes, bends = curvatures(net, params, free.state, r, first)
        how = Relaxation(self.window, self.rate) if self.window else self.free()
        told = times(error, back[f"B{net.network.depth}"]) if net.read else error
        found = settle(
            partial(adjoint_force, params, back), [0 * s for s in free.state], (told, *slopes, *bends), how
        )
        nudged: list[Array] = [h + 1j * STEP * s * v for h, s, v in zip(r, slopes, found.state, strict=True)]
        phase = 1 / (1j * STEP), [*nudged, 1j * STEP * error] if net.read else nudged
        loss = partial(self.network.output.total, answer, shown.y)
        seen = free.seen("free ") | found.seen("adjoint ")
        return Step(net.changes(shown.x, [phase], shown.y), n_out, seen, loss)

    def respond(self, params: View, n_out: State, x: Array, rng: Generator) -> list[Array]:
        return respond(EquilibriumNetwork(self.network), params, x, n_out, self.free())


def adjoint_force(params: View, back: Mapping[str, Array], adjoints: Layers, at: Layers) -> list[Array]:
    """J λ + g from the adjoints λ_l, and, at the free state, what arrives from the loss, every ρ' and every ρ'' ⊙ a."""
    count = len(adjoints)
    slopes, bends = at[1 : count + 1], at[count + 1 :]
    out = [slope * v for slope, v in zip(slopes, adjoints, strict=True)]
    push: list[Array] = []
    for i, v in enumerate(adjoints):
        arriving = times(out[i + 1], back[f"B{i + 2}"]) if i + 1 < count else at[0]
        if i:
            arriving = arriving + times(out[i - 1], params[f"W{i + 1}"])
        push.append(slopes[i] * arriving + bends[i] * v - v)
    return push


def curvatures(
    net: EquilibriumNetwork, params: View, states: Layers, r: Layers, first: Array
) -> tuple[list[Array], list[Array]]:
    """ρ'(s_l) and ρ''(s_l) ⊙ a_l of every layer that has a state, (batch, n_l)."""
    if net.clipped:
        return [((s > 0) & (s < 1)).astype(s.dtype) for s in states], [np.zeros_like(s) for s in states]
    back, heard = net.transposes(params), [*r, *[None] * net.read]
    slopes: list[Array] = []
    bends: list[Array] = []
    for layer, (f, h) in enumerate(zip(net.functions, r, strict=True), 1):
        slopes.append(f.slope(h))
        bend = BENDS.get(f.name, np.zeros_like)
        bends.append(bend(h) * net.drive(params, layer, heard, first, back))
    return slopes, bends
