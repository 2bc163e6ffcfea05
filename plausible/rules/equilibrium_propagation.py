"""Equilibrium propagation: two equilibria, with and without a nudge, differ by the gradient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.random import Generator

from plausible import particles
from plausible.core import Array, Outer, Params, Presentation, State, Step, View
from plausible.equilibrium_network import EquilibriumNetwork, require_holomorphic, require_leak, together
from plausible.errors import require, require_number
from plausible.functions import Init, Uniform
from plausible.networks import MLP
from plausible.search import Range
from plausible.settle import Relaxation, by_single_steps, require_plain

LOCAL = ("non-local error", "derivatives")
REFERENCE = "equilibrium-gradient"


@dataclass(frozen=True)
class EquilibriumPropagation:
    """Equilibrium propagation [scellier2017]: the same neurons infer and learn, by two phases of one dynamics.

        free:     s settles from 0 by `free` steps;        nudged:   from there, under β, by `nudged` steps
        "one-sided", or "random" in the sign of β:   ΔW_l ∝ (r_{l-1}^βᵀ r_l^β - r_{l-1}^0ᵀ r_l^0) / β
        "symmetric" [laborieux2021], both from free: ΔW_l ∝ (r_{l-1}^βᵀ r_l^β - r_{l-1}^{-β}ᵀ r_l^{-β}) / 2β

    with states s_l, activities r_l, (batch, n_l), and the nudge of `EquilibriumNetwork`, in its `form`, β the `nudge`.
    The bias of the first two falls as β, of the last as β². `persistent` keeps the free state of every example from
    one epoch to the next, its next free phase starting there. The answer is the free equilibrium. A logistic-squared
    output is nudged as published [ernoult2019]: in the limit it descends the binary cross-entropy, not the squared
    error. Rates by layer are the optimiser `Grouped`'s.
    By default phases end after a number of steps, as published. A tolerance is a share of the change: of the residual
    over the `signal` that β sends to the lowest layer; of an answer, which is not divided by β, it is of the force.

    Deviations: C has the factor ½, which the author's program leaves out: what is his β and his rates is twice that in
    our units, β = 1 being his ½.
    """

    source: ClassVar[str] = "scellier2017"
    answers: ClassVar[tuple[str, ...]] = LOCAL
    search: ClassVar[Mapping[str, Range]] = {"nudge": Range(0.01, 1.0)}

    network: MLP = MLP()
    free: Relaxation = Relaxation(30, 0.5)
    nudged: Relaxation = Relaxation(10, 0.5)
    nudge: float = 0.1
    nudging: Literal["one-sided", "random", "symmetric"] = "symmetric"
    form: Literal["energy", "prototypical"] = "energy"
    persistent: bool = False

    @property
    def reference(self) -> str:
        return f"{REFERENCE}[form={self.form}]"

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        net, kinds = EquilibriumNetwork(self.network, self.form), ("one-sided", "random", "symmetric")
        require_number("nudge", self.nudge, open_low=True)
        require(self.nudging in kinds, "nudging", self.nudging, ", ".join(kinds))
        if self.nudging != "one-sided":
            require_leak(net, self.nudge, ", or nudging=one-sided")
        return self.network.start(n_in, n_out, rng), (n_out, particles.none() if self.persistent else None)

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        net, (n_out, kept) = EquilibriumNetwork(self.network, self.form), state
        rest, given = net.rest(shown.x, n_out), (net.first(params, shown.x), shown.y)
        start = particles.recalled(kept, shown.x, rest) if self.persistent else rest
        free, signal = net.free(params, start, given, (self.free, self.nudged), self.nudge)
        sign = float(rng.choice([-1, 1])) if self.nudging == "random" else 1.0
        nudges = [sign * self.nudge, -self.nudge if self.nudging == "symmetric" else 0.0]
        ends = [net.settle(params, free.state, given, self.nudged, b, signal=signal) for b in nudges if b]
        pair = zip([*ends, free], nudges, strict=False)  # the second is the free phase if there is one nudge
        r = [net.activities(params, end.state, given, nudge) for end, nudge in pair]
        weight = 1 / (nudges[0] - nudges[1])
        after = particles.kept(kept, shown.x, free.state) if self.persistent else None
        seen = free.seen("free ") | together(ends).seen("nudged ")
        return Step(net.changes(shown.x, [(weight, r[0]), (-weight, r[1])], shown.y), (n_out, after), seen)

    def respond(self, params: View, state: State, x: Array, rng: Generator) -> list[Array]:
        return respond(EquilibriumNetwork(self.network, self.form), params, x, state[0], self.free)


def respond(
    net: EquilibriumNetwork, params: View, x: Array, n_out: int, free: Relaxation, feedback: Any = None
) -> list[Array]:
    """Activity by layer at the free equilibrium, the answer last."""
    first = net.first(params, x)
    settled = net.settle(params, net.rest(x, n_out), (first, first), free, feedback=feedback)
    return net.answer(params, x, settled.state)


@dataclass(frozen=True)
class HolomorphicEquilibriumPropagation:
    """Holomorphic equilibrium propagation [laborieux2022]: an oscillating nudge of any size gives the exact gradient.

        β_k = β exp(2πi k / N),      ΔW_l ∝ Re 1/(N β) Σ_k exp(-2πi k / N) r_{l-1}^kᵀ r_l^k,      k = 0 ... N - 1

    with complex states s_l, activities r_l, (batch, n_l), of `EquilibriumNetwork`, each settled from the free state
    under β_k; β is the `nudge`, N the `points`. It is Cauchy's formula for the derivative at 0: the error falls as
    exponentially in N as β lies within the domain of holomorphy. N = 2 is symmetric equilibrium propagation.
    Tolerances are as there, shares of the change.

    Deviations: in the paper the contrast is also averaged in continuous time along the oscillation; here at N points.
    """

    source: ClassVar[str] = "laborieux2022"
    answers: ClassVar[tuple[str, ...]] = LOCAL
    search: ClassVar[Mapping[str, Range]] = {"nudge": Range(0.01, 1.0)}
    reference: ClassVar[str] = REFERENCE

    network: MLP = MLP()
    free: Relaxation = Relaxation(30, 0.5)
    nudged: Relaxation = Relaxation(10, 0.5)
    nudge: float = 0.5
    points: int = 4

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        require_holomorphic(self.network.activation)
        require_number("nudge", self.nudge, open_low=True)
        require_leak(EquilibriumNetwork(self.network), self.nudge, "")
        good = isinstance(self.points, int) and self.points > 1
        require(good, "points", self.points, "a whole number of at least 2")
        return self.network.start(n_in, n_out, rng), n_out

    def update(self, params: View, n_out: State, shown: Presentation, rng: Generator) -> Step:
        net = EquilibriumNetwork(self.network)
        given = net.first(params, shown.x), shown.y
        rest, how = net.rest(shown.x, n_out), (self.free, self.nudged)
        free, signal = net.free(params, rest, given, how, self.nudge)
        start = [layer.astype(np.result_type(layer, np.complex64)) for layer in free.state]
        phases, ends = [], []
        for k in range(self.points):
            turn = complex(np.exp(2j * np.pi * k / self.points))
            ends.append(net.settle(params, start, given, self.nudged, self.nudge * turn, signal=signal))
            r = net.activities(params, ends[-1].state, given, self.nudge * turn)
            phases.append((1 / (self.points * self.nudge * turn), r))
        seen = free.seen("free ") | together(ends).seen("nudged ")
        return Step(net.changes(shown.x, phases, shown.y), n_out, seen)

    def respond(self, params: View, n_out: State, x: Array, rng: Generator) -> list[Array]:
        return respond(EquilibriumNetwork(self.network), params, x, n_out, self.free)


@dataclass(frozen=True)
class ContinualEquilibriumPropagation:
    """Equilibrium propagation with continual weight updates (C-EP) [ernoult2020]: it learns all through the nudge.

        for `nudged.steps`:   s ← s + rate · F^β(s; W),   W_l ← W_l + `plasticity` · (C_l(t + 1) - C_l(t)) / β

    with C_l = r_{l-1}ᵀ r_l, averaged over the batch, the force F^β and activities r_l, (batch, n_l), of
    `EquilibriumNetwork`: what each synapse needs is at its ends now and a moment ago, not in another phase. The rule
    works on copies of the weights and proposes (W after - W before) / `plasticity`, so that `SGD(plasticity)` applies
    just what the paper does. As the plasticity vanishes it is one-sided equilibrium propagation; the tolerance of the
    free phase is as there, a share of the change.

    Deviations: only that.
    """

    source: ClassVar[str] = "ernoult2020"
    answers: ClassVar[tuple[str, ...]] = (*LOCAL, "separate phases")
    search: ClassVar[Mapping[str, Range]] = {"nudge": Range(0.01, 1.0)}

    network: MLP = MLP()
    free: Relaxation = Relaxation(30, 0.5)
    nudged: Relaxation = Relaxation(10, 0.5)
    nudge: float = 0.1
    plasticity: float = 1e-3
    form: Literal["energy", "prototypical"] = "energy"

    @property
    def reference(self) -> str:
        return f"{REFERENCE}[form={self.form}]"

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        EquilibriumNetwork(self.network, self.form)
        require_number("nudge", self.nudge, open_low=True)
        require_number("plasticity", self.plasticity, open_low=True)
        require_plain("nudged", self.nudged)
        return self.network.start(n_in, n_out, rng), n_out

    def update(self, params: View, n_out: State, shown: Presentation, rng: Generator) -> Step:
        net, x, y = EquilibriumNetwork(self.network, self.form), shown.x, shown.y
        rest, how = net.rest(x, n_out), (self.free, self.nudged)
        free, _ = net.free(params, rest, (net.first(params, x), y), how, self.nudge)
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
        seen = free.seen("free ") | by_single_steps(settled, residuals, given).seen("nudged ")
        return Step(updates, n_out, seen)

    def respond(self, params: View, n_out: State, x: Array, rng: Generator) -> list[Array]:
        return respond(EquilibriumNetwork(self.network, self.form), params, x, n_out, self.free)


@dataclass(frozen=True)
class VectorFieldEquilibriumPropagation:
    """Equilibrium propagation in a vector field [scellier2018]: synapses of their own in either direction.

        a_l = r_{l-1} W_l + r_{l+1} B_{l+1} + b_l,   two phases ±β from the free state as in symmetric nudging
        fixed:     ΔW_l ∝ r⁰_{l-1}ᵀ (r_l^β - r_l^{-β}) / 2β,   ΔB_l = 0
        learned:   ΔW_l ∝ (r_{l-1}^βᵀ r_l^β - r_{l-1}^{-β}ᵀ r_l^{-β}) / 2β = ΔB_lᵀ,   and both decay by λ a step

    with B_l (n_l, n_{l-1}), r_l, a_l (batch, n_l) of `EquilibriumNetwork`, β the `nudge`, λ the `decay`. There is no
    energy. If `learned`, both synapses see the same two neurons [laborieux2021]: W_l - B_lᵀ falls by 1 - λ a step.
    Tolerances are as in equilibrium propagation, shares of the change.

    Deviations: the decay is a fraction a step. A softmax read-out sends its error down by B_L.
    """

    source: ClassVar[str] = "scellier2018"
    answers: ClassVar[tuple[str, ...]] = (*LOCAL, "weight transport")
    search: ClassVar[Mapping[str, Range]] = {"nudge": Range(0.01, 1.0), "decay": Range(1e-5, 1e-2)}
    reference: ClassVar[str] = ""

    network: MLP = MLP()
    free: Relaxation = Relaxation(30, 0.5)
    nudged: Relaxation = Relaxation(10, 0.5)
    nudge: float = 0.1
    form: Literal["energy", "prototypical"] = "energy"
    feedback: Init = Uniform()
    learned: bool = True
    decay: float = 3e-4

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        require_number("nudge", self.nudge, open_low=True)
        require_leak(EquilibriumNetwork(self.network, self.form), self.nudge, "")
        require_number("decay", self.decay, 0, 1)
        params = self.network.start(n_in, n_out, rng)
        return params | self.network.feedback(self.feedback, params, rng), n_out

    def update(self, params: View, n_out: State, shown: Presentation, rng: Generator) -> Step:
        net = EquilibriumNetwork(self.network, self.form)
        given = net.first(params, shown.x), shown.y
        rest, how = net.rest(shown.x, n_out), (self.free, self.nudged)
        free, signal = net.free(params, rest, given, how, self.nudge, params)
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
        keep = {name: 1 - self.decay for name in updates if name[0] in "WB" and self.learned}
        seen = free.seen("free ") | together(ends).seen("nudged ")
        return Step(updates, n_out, seen, keep=keep)

    def respond(self, params: View, n_out: State, x: Array, rng: Generator) -> list[Array]:
        return respond(EquilibriumNetwork(self.network, self.form), params, x, n_out, self.free, params)
