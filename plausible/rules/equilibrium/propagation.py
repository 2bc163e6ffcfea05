"""Equilibrium propagation: two equilibria, with and without a nudge, differ by the gradient."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from numpy.random import Generator

from plausible.core import Array, Params, Presentation, State, Step, View
from plausible.errors import require, require_number
from plausible.networks.mlp import MLP
from plausible.rules.equilibrium import particles
from plausible.rules.equilibrium.network import EquilibriumNetwork, require_leak, together
from plausible.search import Range
from plausible.settling.relaxation import Relaxation
from plausible.settling.settle import Layers, Settled

LOCAL = ("non-local error", "exact derivatives")

REFERENCE = "equilibrium-gradient"


@dataclass(frozen=True)
class Nudged(ABC):
    """A rule that compares the free equilibrium of a network with nudged ones; subclasses define `net` and `update`.

    Args:
        free, nudged: how the two phases settle.
        nudge: β.
    """

    network: MLP = MLP()
    free: Relaxation = Relaxation(30, 0.5)
    nudged: Relaxation = Relaxation(10, 0.5)
    nudge: float = 0.1

    @abstractmethod
    def net(self) -> EquilibriumNetwork:
        """The network with its forces. Raises `BadInput` for settings that make none."""

    @abstractmethod
    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        """The changes that this rule proposes for the examples in `shown`."""

    def feedback_of(self, params: View) -> Mapping[str, Array]:
        """B_2 ... B_L, (n_l, n_{l-1}), along which activity comes down: W_lᵀ."""
        return self.net().transposes(params)

    def released(
        self, params: View, shown: Presentation, start: Layers
    ) -> tuple[tuple[Array, Array], Settled, float | None]:
        """The free phase from `start`: what settling leaves alone, the equilibrium, and the signal of the nudge."""
        net, phases = self.net(), (self.free, self.nudged)
        given = net.first(params, shown.x), shown.y
        return given, *net.free(params, start, given, phases, self.nudge, self.feedback_of(params))

    def respond(self, params: View, state: State, x: Array, rng: Generator) -> list[Array]:
        return self.net().respond(params, x, self.free, self.feedback_of(params))


@dataclass(frozen=True)
class EquilibriumPropagation(Nudged):
    """Equilibrium propagation [scellier2017]: a network settles twice, freely to answer, nudged to learn.

        free:     s settles from 0 by `free` steps;        nudged:   from there, under β, by `nudged` steps
        "one-sided", or "random" in the sign of β:   ΔW_l ∝ (r_{l-1}^βᵀ r_l^β - r_{l-1}^0ᵀ r_l^0) / β
        "symmetric" [laborieux2021], both from free: ΔW_l ∝ (r_{l-1}^βᵀ r_l^β - r_{l-1}^{-β}ᵀ r_l^{-β}) / 2β

    with states s_l, activities r_l, (batch, n_l), and the nudge of `EquilibriumNetwork`, in its `form`, β the `nudge`.
    The bias of the first two falls as β, of the last as β². `persistent` stores the free state of every example, and
    starts the next free phase of that example there. The answer is the free equilibrium. A logistic-squared
    output is nudged as published [ernoult2019]: in the limit it descends the binary cross-entropy, not the squared
    error. Rates by layer are the optimiser `Grouped`'s.
    By default phases end after a number of steps, as published. While it learns, a tolerance is of the residual over
    the `signal`, the size of what β sends to the lowest layer; while it answers, it is of the residual itself. It is a
    first-order measure, and no bound on the distance from rest: a smaller tolerance is the check.

    Deviations: C has a factor ½ that the author's program leaves out, so that our β and our rates are twice his: his
    β = ½ is 1 here.
    """

    source: ClassVar[str] = "scellier2017"
    answers: ClassVar[tuple[str, ...]] = LOCAL
    search: ClassVar[Mapping[str, Range]] = {"nudge": Range(0.01, 1.0)}

    nudging: Literal["one-sided", "random", "symmetric"] = "symmetric"
    form: Literal["energy", "prototypical"] = "energy"
    persistent: bool = False

    @property
    def reference(self) -> str:
        return f"{REFERENCE}[form={self.form}]"

    def net(self) -> EquilibriumNetwork:
        return EquilibriumNetwork(self.network, self.form)

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        net, kinds = self.net(), ("one-sided", "random", "symmetric")
        require_number("nudge", self.nudge, open_low=True)
        require(self.nudging in kinds, "nudging", self.nudging, ", ".join(kinds))
        if self.nudging != "one-sided":
            require_leak(net, self.nudge, ", or nudging=one-sided")
        return self.network.start(n_in, n_out, rng), particles.none() if self.persistent else None

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        net, rest = self.net(), self.net().at_rest(params, shown.x)
        start = particles.recalled(state, shown.x, rest) if self.persistent else rest
        given, free, signal = self.released(params, shown, start)
        sign = float(rng.choice([-1, 1])) if self.nudging == "random" else 1.0
        nudges = [sign * self.nudge, -self.nudge if self.nudging == "symmetric" else 0.0]
        ends = [net.settle(params, free.state, given, self.nudged, b, signal=signal) for b in nudges if b]
        pair = zip([*ends, free], nudges, strict=False)  # the second is the free phase if there is one nudge
        r = [net.activities(params, end.state, given, nudge) for end, nudge in pair]
        weight = 1 / (nudges[0] - nudges[1])
        after = particles.stored(state, shown.x, free.state) if self.persistent else None
        internals = free.internals("free ") | together(ends).internals("nudged ")
        return Step(net.changes(shown.x, [(weight, r[0]), (-weight, r[1])], shown.y), after, internals)
