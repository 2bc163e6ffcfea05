"""The exact gradient at an equilibrium: backpropagation for networks that settle."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Params, Presentation, State, Step, View
from plausible.errors import is_whole, require
from plausible.networks.mlp import MLP
from plausible.networks.products import times
from plausible.rules.equilibrium.network import EquilibriumNetwork
from plausible.rules.equilibrium.propagation import REFERENCE
from plausible.settling.relaxation import Relaxation
from plausible.settling.settle import Layers, Settled, settle

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

    with F, a_l, s_l, r_l, (batch, n_l), of `EquilibriumNetwork` in its `form`. This is the energy form, where J is
    symmetric; in the prototypical one Jᵀ stands in its place, and `adjoints` relaxes λ' itself. In either λ' is the
    derivative of the nudged activity by the nudge, so this is what equilibrium propagation tends to; C is the loss that
    the nudge descends, of the network's `cost`. Both relaxations take at most `steps` of size `rate`, and stop at a
    tolerance that the precision allows. With a `window` of K, λ takes K steps: the gradient of backpropagation through
    the last K steps of a free phase that has settled [ernoult2019].

    Deviations: an example whose free phase does not come to rest has no gradient, and is left out. Units whose drive is
    beyond a bound have a slope of 0; where an activation has a kink, its slopes on this side of it count.
    """

    source: ClassVar[str] = "almeida1987"
    answers: ClassVar[tuple[str, ...]] = ()

    network: MLP = MLP()
    steps: int = 1000
    rate: float = 0.5
    window: int = 0
    form: Literal["energy", "prototypical"] = "energy"

    @property
    def reference(self) -> str:
        return f"{REFERENCE}[form={self.form}]"

    def net(self) -> EquilibriumNetwork:
        return EquilibriumNetwork(self.network, self.form)

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        self.net()
        expected = "a whole number: steps, or 0 for as many as it takes"
        require(is_whole(self.window) and self.window >= 0, "window", self.window, expected)
        self.free()
        return self.network.start(n_in, n_out, rng), None

    def free(self) -> Relaxation:  # to the tolerance that the precision allows
        return Relaxation(self.steps, self.rate, 1e-5 if self.network.dtype == "float32" else 1e-13)

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        net, how = self.net(), Relaxation(self.window, self.rate) if self.window else self.free()
        first = net.first(params, shown.x)
        free = net.settle(params, net.at_rest(params, shown.x), (first, shown.y), self.free())
        answer = net.answer(params, shown.x, free.state)[-1]
        error = (shown.y - answer) * free.converged[:, None]
        settled, moves = adjoints(net, params, free.state, first, error, how)
        pairs = zip(net.outgoing(free.state), moves, strict=True)
        nudged: list[Array] = [h + 1j * STEP * move for h, move in pairs]
        phase = 1 / (1j * STEP), [*nudged, 1j * STEP * error] if net.read else nudged
        internals = free.internals("free ") | settled.internals("adjoint ")
        loss = partial(net.cost.total, answer, shown.y)
        return Step(net.changes(shown.x, [phase], shown.y), state, internals, loss)

    def respond(self, params: View, state: State, x: Array, rng: Generator) -> list[Array]:
        return self.net().respond(params, x, self.free())


def adjoints(
    net: EquilibriumNetwork, params: View, states: Layers, first: Array, error: Array, how: Relaxation
) -> tuple[Settled, Layers]:
    """The adjoints at rest, as they settled, and the λ'_l that each layer passes on, (batch, n_l).

    In the energy form the λ_l settle, as in `EquilibriumGradient`. In the prototypical form, with ρ' at a_l, the λ'_l:

        λ'_l ← λ'_l + rate (ρ' ⊙ (λ'_{l-1} W_l + λ'_{l+1} W_{l+1}ᵀ) + ρ' ⊙ g_l - λ'_l)

    where of a last layer with a state ρ' ⊙ g is y - s_L, as this is how it is nudged. The `error` is y - answer.
    """
    back, prototypical = net.transposes(params), net.form == "prototypical"
    slopes, bends = curvatures(net, params, states, net.outgoing(states), first, back)

    def sent(v: Layers, slopes: Layers) -> Layers:
        return v if prototypical else [slope * part for slope, part in zip(slopes, v, strict=True)]

    def force(v: Layers, at: Layers) -> list[Array]:
        slopes, bends = at[1 : len(v) + 1], at[len(v) + 1 :]
        out, push = sent(v, slopes), []
        for i, part in enumerate(v):
            arriving: Any = times(out[i + 1], back[f"B{i + 2}"]) if i + 1 < len(v) else 0.0
            if i:
                arriving = arriving + times(out[i - 1], params[f"W{i + 1}"])
            push.append(slopes[i] * arriving + bends[i] * part - part)
        push[-1] += at[0]
        return push

    told = error
    if states and (net.read or not prototypical):
        told = slopes[-1] * (times(error, back[f"B{net.network.depth}"]) if net.read else error)
    settled = settle(force, [0 * s for s in states], (told, *slopes, *bends), how)
    return settled, sent(settled.state, slopes)


def curvatures(
    net: EquilibriumNetwork, params: View, states: Layers, r: Layers, first: Array, back: Mapping[str, Array]
) -> tuple[list[Array], list[Array]]:
    """ρ' and ρ'' ⊙ a_l of every layer that has a state, (batch, n_l), at rest; 0 for the latter if prototypical."""
    flat: list[Array] = [np.zeros_like(s) for s in states]
    active = [*r, *[None] * net.read]
    drives = [net.drive(params, layer, active, first, back) for layer in range(1, len(r) + 1)]
    if net.clipped:  # at the drives, as below: a state on its way to a bound is within it, and has no slope
        return [((a > 0) & (a < 1)).astype(a.dtype) for a in drives], flat
    if net.form == "prototypical":  # not at the states, which may come near a kink and never reach it
        return [f.slope(f.value(a)) for f, a in zip(net.functions, drives, strict=True)], flat
    slopes = [f.slope(h) for f, h in zip(net.functions, r, strict=True)]
    bends: list[Array] = [
        BENDS.get(f.name, np.zeros_like)(h) * a for f, h, a in zip(net.functions, r, drives, strict=True)
    ]
    return slopes, bends
