"""Predictive coding with fixed predictions, and at exact inference times: backpropagation's gradient."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from numpy.random import Generator

from plausible.core import Array, Params, Presentation, Step, View
from plausible.networks.products import times
from plausible.rules.layered import Feedforward
from plausible.rules.predictive.coding import LOCAL
from plausible.rules.predictive.network import PredictiveNetwork
from plausible.settling.relaxation import Relaxation
from plausible.settling.settle import settle, settle_signal


@dataclass(frozen=True)
class FixedPredictionCoding(Feedforward):
    """Predictive coding with fixed predictions [millidge2022]: errors settle to backprop's own.

        ė_l = -e_l + (e_{l+1} W_{l+1}ᵀ) ⊙ f'(z_l),   e_L = ∂loss/∂z_L,   ΔW_l ∝ -h_{l-1}ᵀ e_l

    with e_l (batch, n_l), predictions and slopes frozen at the forward pass, h_l = f(z_l). At the rate 1 the errors are
    backprop's, exactly, after L - 1 steps, and wrong before; at a smaller rate they come near geometrically. A
    tolerance is of the residual over the size of the lowest error, e_1; it bounds the force, not the distance from
    rest: a smaller one is the check.

    Deviations: the state that settles is the error, with the sign of backprop's, not the activity, from which it
    differs by a constant; both conventions of predictive coding give these errors.
    """

    source: ClassVar[str] = "millidge2022"
    answers: ClassVar[tuple[str, ...]] = LOCAL

    settling: Relaxation = Relaxation(20, 0.5)

    def update(self, params: View, state: None, shown: Presentation, rng: Generator) -> Step:
        passed = self.network.forward(params, shown.x)
        last, depth = self.network.output.error(passed.activities[-1], shown.y), self.network.depth
        slopes = [passed.slope(layer) for layer in range(1, depth)]

        def force(errors: Any, given: Any) -> list[Array]:
            above = [*errors[1:], given[0]]
            back = [times(e, params[f"W{layer}"].T) for layer, e in enumerate(above, 2)] if errors else []
            return [part * slope - e for part, slope, e in zip(back, given[1:], errors, strict=True)]

        lowest = last
        for layer in range(depth - 1, 0, -1) if self.settling.tolerance else ():
            lowest = times(lowest, params[f"W{layer + 1}"].T) * slopes[layer - 1]
        signal = float(abs(lowest).max(axis=1).mean())
        settled = settle_signal(
            force, [0 * slope for slope in slopes], [last, *slopes], self.settling, signal
        )
        updates = self.network.updates(passed, [*settled.state, last], shown.y)
        return Step(
            updates, internals=settled.internals(), loss=partial(self.network.loss, params, shown.x, shown.y)
        )


@dataclass(frozen=True)
class ZeroDivergenceLearning(Feedforward):
    """Zero-divergence inference learning (Z-IL) [song2020]: predictive coding that is backprop, by its timing.

        at t = 0 ... L - 1:   ΔW_{L-t} ∝ h_{L-t-1}ᵀ e_{L-t},   then   x_l ← x_l + `rate` (-∂F/∂x_l)

    with F, x_l, h_l and e_l, (batch, n_l), of `PredictiveNetwork` in the "pre" form, from the forward pass on. Each
    layer learns at the one moment at which the error first reaches it. At the rate 1 the changes are the negative
    gradient, exactly; at others layer l's error carries the factor rate^(L-l). It needs a clock, and one layer's timing
    differs from another's.

    Deviations: the target enters through the output's own loss; a linear output is the paper's.
    """

    source: ClassVar[str] = "song2020"
    answers: ClassVar[tuple[str, ...]] = ("non-local error",)

    rate: float = 1.0

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        Relaxation(1, self.rate)  # which says what is wrong with it
        return self.network.start(n_in, n_out, rng), None

    def update(self, params: View, state: None, shown: Presentation, rng: Generator) -> Step:
        net = PredictiveNetwork(self.network)
        force = net.force(params)
        states, first = net.start(params, shown.x)
        h = net.outgoing(states)
        pre, (signals, _) = [shown.x, *h], net.errors(params, states, h, first, shown.y)
        chosen, seen = {self.network.depth: (pre[-1], signals[-1])}, {}
        for layer in range(self.network.depth - 1, 0, -1):
            once, given = Relaxation(1, self.rate), (first, shown.y)
            settled = settle(force, states, given, once)
            states, h = settled.state, net.outgoing(settled.state)
            seen = {**settled.internals(), "settling steps": float(self.network.depth - 1)}
            chosen[layer] = [shown.x, *h][layer - 1], net.errors(params, states, h, *given)[0][layer - 1]
        pre, signals = ([chosen[layer][k] for layer in range(1, self.network.depth + 1)] for k in (0, 1))
        loss = partial(self.network.loss, params, shown.x, shown.y)
        return Step(net.changes(pre, signals, shown.y), internals=seen, loss=loss)
