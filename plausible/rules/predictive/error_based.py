"""Error-based predictive coding: the errors settle, and not the states; an oracle of where states would settle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Params, Presentation, Step, View
from plausible.networks.mlp import into
from plausible.networks.products import times
from plausible.rules.predictive.coding import Predictive
from plausible.rules.predictive.network import PredictiveNetwork
from plausible.search import Range
from plausible.settling.settle import Layers, settle, settle_signal


@dataclass(frozen=True)
class ErrorPredictiveCoding(Predictive):
    """Error-based predictive coding (ePC) [goemaere2026]: the equilibrium of predictive coding, found by its errors.

        E = ½ Σ_{l<L} |ε_l|² + loss(μ_L, y) / Σ,   x_l = μ_l(x_{l-1}) + ε_l,   ε_l ← ε_l - rate ∂E/∂ε_l
        then   ΔW_l ∝ h_{l-1}ᵀ d_l   as in predictive coding, with the states x_l held

    with ε_l (batch, n_l), which starts at 0, and μ_l, x_l, h_l, d_l, Σ of `PredictiveNetwork`. A step of the errors
    goes through all layers, up and down: ∂E/∂ε_l = ε_l + ∂loss/∂x_l / Σ, which at ε = 0 is backprop's derivative. At
    rest ε_l is e_l, so that the changes are those of `PredictiveCoding`. Rates above 2 / (1 + κ) overshoot, κ being the
    largest curvature of the loss in ε. Tolerances mean the same as there. The authors call it no longer plausible; here
    it is an oracle of what predictive coding settles to, and claims nothing.

    Deviations: the target enters through the output's own loss.
    """

    source: ClassVar[str] = "goemaere2026"
    answers: ClassVar[tuple[str, ...]] = ()
    search: ClassVar[Mapping[str, Range]] = {"variance": Range(1.0, 100.0)}

    def net(self) -> ErrorNetwork:
        return ErrorNetwork(self.network, self.form, self.variance)

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        self.net()  # which says what is wrong with it
        return self.network.start(n_in, n_out, rng), None

    def update(self, params: View, state: None, shown: Presentation, rng: Generator) -> Step:
        net, how = self.net(), self.settling
        first = into(self.network, params, 1, shown.x)
        given, start = (first, shown.y), [np.zeros_like(x) for x in net.start(params, shown.x)[0]]
        force, energy = partial(net.downhill, params), partial(net.height, params)
        if how.tolerance == 0:
            settled = settle(force, start, given, how, energy=energy)
        else:
            signal = net.signal(params, net.states(params, start, first), first, shown.y)
            settled = settle_signal(force, start, given, how, signal, energy=energy)
        states = net.states(params, settled.state, first)
        h = net.outgoing(states)
        _, signals = net.errors(params, states, h, *given)
        loss = partial(self.network.loss, params, shown.x, shown.y)
        changes = net.changes([shown.x, *h], signals, shown.y)
        return Step(changes, internals=settled.internals(), loss=loss)


@dataclass(frozen=True)
class ErrorNetwork(PredictiveNetwork):
    """The energy of predictive coding as a function of ε_1 ... ε_{L-1}, (batch, n_l), x_l = μ_l(x_{l-1}) + ε_l."""

    def states(self, params: View, errors: Layers, first: Array) -> list[Array]:
        """x_1 ... x_{L-1}, from the errors and z_1."""
        states: list[Array] = []
        for layer, error in enumerate(errors, 1):
            z = into(self.network, params, layer, self.outgoing(states[-1:])[0]) if states else first
            states.append((z if self.form == "pre" else self.network.activation.value(z)) + error)
        return states

    def downhill(self, params: View, errors: Layers, given: Layers) -> list[Array]:
        """-∂E/∂ε_1 ... -∂E/∂ε_{L-1}, given z_1 and the target, by a pass up and another one down."""
        (first, y), f = given, self.network.activation
        h = self.outgoing(self.states(params, errors, first))
        z = [first, *(into(self.network, params, layer, below) for layer, below in enumerate(h, 2))]
        sent, pushes = self.last_error(z[-1], y), list[Array]()
        for layer in range(len(h), 0, -1):
            sent = times(sent, params[f"W{layer + 1}"].T)
            slope = f.slope(h[layer - 1] if self.form == "pre" else f.value(z[layer - 1]))
            moved = sent * slope
            pushes.insert(0, (moved if self.form == "pre" else sent) - errors[layer - 1])
            sent = moved
        return pushes

    def height(self, params: View, errors: Layers, given: Layers) -> Array:
        """E of each example, (batch,)."""
        return self.energy(params, self.states(params, errors, given[0]), given)
