"""Holomorphic equilibrium propagation: nudges on a circle around 0 in the complex plane."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.random import Generator

from plausible.core import Params, Presentation, State, Step, View
from plausible.errors import is_whole, require, require_number
from plausible.rules.equilibrium.network import (
    EquilibriumNetwork,
    require_holomorphic,
    require_leak,
    together,
)
from plausible.rules.equilibrium.propagation import LOCAL, REFERENCE, Nudged
from plausible.search import Range


@dataclass(frozen=True)
class HolomorphicEquilibriumPropagation(Nudged):
    """Holomorphic equilibrium propagation [laborieux2022]: an oscillating nudge of any size gives the exact gradient.

        β_k = β exp(2πi k / N),      ΔW_l ∝ Re 1/(N β) Σ_k exp(-2πi k / N) r_{l-1}^kᵀ r_l^k,      k = 0 ... N - 1

    with complex states s_l, activities r_l, (batch, n_l), of `EquilibriumNetwork`, each settled from the free state
    under β_k; β is the `nudge`, N the `points`. It is Cauchy's formula for the derivative at 0: the error falls as
    exponentially in N as β lies within the domain of holomorphy. N = 2 is symmetric equilibrium propagation.
    Tolerances mean the same as there.

    Deviations: in the paper the contrast is also averaged in continuous time along the oscillation; here at N points.
    """

    source: ClassVar[str] = "laborieux2022"
    answers: ClassVar[tuple[str, ...]] = LOCAL
    search: ClassVar[Mapping[str, Range]] = {"nudge": Range(0.01, 1.0)}
    reference: ClassVar[str] = REFERENCE

    nudge: float = 0.5
    points: int = 4

    def net(self) -> EquilibriumNetwork:
        return EquilibriumNetwork(self.network)

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        require_holomorphic(self.network.activation)
        require_number("nudge", self.nudge, open_low=True)
        require_leak(self.net(), self.nudge, "")
        good = is_whole(self.points) and self.points > 1
        require(good, "points", self.points, "a whole number of at least 2")
        return self.network.start(n_in, n_out, rng), None

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        net = self.net()
        given, free, signal = self.released(params, shown, net.at_rest(params, shown.x))
        start = [layer.astype(np.result_type(layer, np.complex64)) for layer in free.state]
        phases, ends = [], []
        for k in range(self.points):
            turn = complex(np.exp(2j * np.pi * k / self.points))
            ends.append(net.settle(params, start, given, self.nudged, self.nudge * turn, signal=signal))
            r = net.activities(params, ends[-1].state, given, self.nudge * turn)
            phases.append((1 / (self.points * self.nudge * turn), r))
        internals = free.internals("free ") | together(ends).internals("nudged ")
        return Step(net.changes(shown.x, phases, shown.y), state, internals)
