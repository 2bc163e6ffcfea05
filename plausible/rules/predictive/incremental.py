"""Incremental predictive coding: states and weights move at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from numpy.random import Generator

from plausible.core import Outer, Params, Presentation, Step, View
from plausible.errors import require, require_number
from plausible.networks.mlp import into
from plausible.rules.predictive.coding import LOCAL, Predictive
from plausible.search import Range
from plausible.settling.relaxation import Relaxation, require_plain
from plausible.settling.settle import by_single_steps, settle


@dataclass(frozen=True)
class IncrementalPredictiveCoding(Predictive):
    """Incremental predictive coding [salvatori2024]: weights change at every step of settling, and not only after it.

        for `settling.steps`:   x_l ← x_l - rate ∂F/∂x_l,   W_l ← W_l + `plasticity` ΔW_l,   ΔW_l ∝ h_{l-1}ᵀ d_l

    with F, x_l, h_l and d_l, (batch, n_l), of `PredictiveNetwork`. States and weights move at once, "parallel", from
    the same states, weights and errors, as published; in the `order` "sequential" weights change after the states, from
    errors that are computed anew. In parallel, an error reaches the weights of one more layer at each step: with fewer
    steps than layers the lowest layers do not learn. The rule works on copies of the weights and proposes
    (W after - W before) / `plasticity`, so that `SGD(plasticity)` applies just what the paper does; other optimisers
    take the sum of the changes as a direction. The answer is the forward pass.

    `settling` has steps and a rate, and no tolerance, momentum or halving. The residual is that of the state and the
    weights before the last step.

    Deviations: that optimisers other than `SGD(plasticity)` are possible. As in the paper, each minibatch settles anew
    from its forward pass.
    """

    source: ClassVar[str] = "salvatori2024"
    answers: ClassVar[tuple[str, ...]] = (*LOCAL, "separate phases")
    search: ClassVar[Mapping[str, Range]] = {"variance": Range(1.0, 100.0)}

    plasticity: float = 1e-3
    order: Literal["parallel", "sequential"] = "parallel"

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        self.net()
        require_number("plasticity", self.plasticity, open_low=True)
        require(self.order in ("parallel", "sequential"), "order", self.order, "parallel or sequential")
        require_plain("settling", self.settling)
        return self.network.start(n_in, n_out, rng), None

    def update(self, params: View, state: None, shown: Presentation, rng: Generator) -> Step:
        net = self.net()
        now: dict[str, Any] = {name: array.copy() for name, array in params.items()}
        states, _ = net.start(params, shown.x)
        once, residuals = Relaxation(1, self.settling.rate), []
        for _ in range(self.settling.steps):
            given, h = (into(self.network, now, 1, shown.x), shown.y), net.outgoing(states)
            errors, signals = net.errors(now, states, h, *given)
            push = net.pushes(now, h, errors, signals)
            settled = settle(lambda *_, push=push: push, states, given, once)
            states = settled.state
            residuals.append(settled.residual)
            if self.order == "sequential":
                h = net.outgoing(states)
                _, signals = net.errors(now, states, h, *given)
            for name, update in net.changes([shown.x, *h], signals, shown.y).items():
                now[name] += self.plasticity * (update.dense() if isinstance(update, Outer) else update)
        updates = {name: (now[name] - array) / self.plasticity for name, array in params.items()}
        return Step(updates, internals=by_single_steps(settled, residuals, given).internals())
