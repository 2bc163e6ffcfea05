"""Asymmetric equilibrium propagation: exact where weights up and down differ, by a force that the nudged phase adds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from numpy.random import Generator

from plausible.core import Array, Outer, Params, Presentation, State, Step, Update, View
from plausible.errors import require, require_number
from plausible.networks.inits import Init, Uniform
from plausible.networks.products import times
from plausible.rules.equilibrium.network import EquilibriumNetwork, require_leak, together
from plausible.rules.equilibrium.propagation import Nudged
from plausible.search import Range
from plausible.settling.settle import Layers, Settled, settle, settle_signal


@dataclass(frozen=True)
class AsymmetricEquilibriumPropagation(Nudged):
    """Equilibrium propagation of systems without an energy [scurria2026]: the gradient, for any weights down.

        free:  0 = F(s⁰),   F_l = ρ'(s_l) ⊙ (r_{l-1} W_l + r_{l+1} B_{l+1} + b_l) - s_l
        nudged:  ṡ = F(s) - β ∂C/∂s + (Jᵀ - J)(s - s⁰),   J = ∂F/∂s at s⁰
        ΔW_l ∝ r_{l-1}ᵀ q_l,   ΔB_l ∝ r_lᵀ q_{l-1},   q_l = ρ'(s⁰_l) ⊙ (s_l^β - s_l^{-β}) / 2β,   r at s⁰

    with s_l, r_l (batch, n_l), ρ and C of `EquilibriumNetwork` in its energy form, B_l (n_l, n_{l-1}) drawn apart from
    W_l, β the `nudge`; "one-sided" it is (s^β - s⁰) / β. The bias falls as β², one-sided as β. Without the `correction`
    it is vector-field equilibrium propagation, whose bias stays. Jᵀ - J needs W and B in both directions: what the
    rule is exact by is weight transport. Tolerances mean the same as in equilibrium propagation.

    Deviations: a softmax read-out has no state, and sends its error down by W_Lᵀ.
    """

    source: ClassVar[str] = "scurria2026"
    answers: ClassVar[tuple[str, ...]] = ("non-local error",)
    search: ClassVar[Mapping[str, Range]] = {"nudge": Range(0.01, 1.0)}
    reference: ClassVar[str] = ""

    nudging: Literal["one-sided", "symmetric"] = "symmetric"
    feedback: Init = Uniform()
    correction: bool = True

    def net(self) -> EquilibriumNetwork:
        return EquilibriumNetwork(self.network, "energy")

    def feedback_of(self, params: View) -> Mapping[str, Array]:
        return {**self.net().transposes(params), **{n: w for n, w in params.items() if n[0] == "B"}}

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        net = self.net()
        require_number("nudge", self.nudge, open_low=True)
        require(self.nudging in ("one-sided", "symmetric"), "nudging", self.nudging, "one-sided or symmetric")
        require(self.correction in (True, False), "correction", self.correction, "True or False")
        require_leak(net, self.nudge if self.nudging == "symmetric" else 0.0, ", or nudging=one-sided")
        params = self.network.start(n_in, n_out, rng)
        back = self.network.feedback(self.feedback, params, rng)
        last = f"B{self.network.depth}" if net.read else ""
        return params | {name: each for name, each in back.items() if name != last}, None

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        net, back = self.net(), self.feedback_of(params)
        given, free, signal = self.released(params, shown, net.at_rest(params, shown.x))
        sides = (1.0, -1.0) if self.nudging == "symmetric" else (1.0,)
        ends = [nudged(self, params, free.state, given, back, sign * self.nudge, signal) for sign in sides]
        other = ends[1].state if len(ends) > 1 else free.state
        slopes, width = slopes_of(net, free.state), len(sides) * self.nudge
        q = [(a - b) * slope / width for a, b, slope in zip(ends[0].state, other, slopes, strict=True)]
        r = net.outgoing(free.state)
        if net.read:
            q.append(shown.y - net.reading(params, r, given[0]))
        scale = self.network.output.scale(shown.y)
        updates: dict[str, Update] = self.network.changes([shown.x, *r][: len(q)], q, scale)
        updates |= {n: Outer(r[int(n[1:]) - 1], q[int(n[1:]) - 2], scale) for n in params if n[0] == "B"}
        return Step(updates, state, free.internals("free ") | together(ends).internals("nudged "))


def slopes_of(net: EquilibriumNetwork, states: Layers) -> list[Array]:
    """ρ' of each layer that has a state, (batch, n_l); 1 where units are clipped, as they are linear there."""
    if net.clipped:
        return [1 + 0 * s for s in states]
    return [f.slope(r) for f, r in zip(net.functions, net.outgoing(states), strict=True)]


def nudged(
    rule: AsymmetricEquilibriumPropagation, params: View, rest: Layers, given: Layers, back: Mapping[str, Array],
    nudge: float, signal: float | None,
) -> Settled:  # fmt: skip
    """The equilibrium under a `nudge` from the free one, `rest`, with the correction if the rule has it."""
    net, depth = rule.net(), len(rest)

    def force(states: Layers, held: Layers) -> list[Array]:
        pushes = net.force(params, states, held[:2], back, nudge)
        free, slopes = held[2 : 2 + depth], held[2 + depth :]
        u = [(s - at) * slope for s, at, slope in zip(states, free, slopes, strict=True)]
        for layer in range(2, depth + 1 if rule.correction else 0):
            apart = back[f"B{layer}"].T - params[f"W{layer}"]  # (n_{l-1}, n_l): Jᵀ - J without slopes
            pushes[layer - 1] += slopes[layer - 1] * times(u[layer - 2], apart)
            pushes[layer - 2] -= slopes[layer - 2] * times(u[layer - 1], apart.T)
        return pushes

    held, bounds = (*given, *rest, *slopes_of(net, rest)), (0.0, 1.0) if net.clipped else None
    if signal is None:
        return settle(force, rest, held, rule.nudged, bounds)
    return settle_signal(force, rest, held, rule.nudged, signal, bounds)
