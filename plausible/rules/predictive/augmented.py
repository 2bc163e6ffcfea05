"""Predictive coding by the augmented Lagrangian: multipliers take the part of errors, until errors are gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar

from numpy.random import Generator

from plausible.core import Array, Params, Presentation, Step, View
from plausible.errors import require_number
from plausible.networks.products import times
from plausible.rules.layered import Feedforward
from plausible.rules.predictive.network import PredictiveNetwork
from plausible.search import Range
from plausible.settling.relaxation import Relaxation, require_plain
from plausible.settling.settle import Layers, by_single_steps, settle


@dataclass(frozen=True)
class AugmentedPredictiveCoding(Feedforward):
    """PC-ALM [seely2026]: a multiplier for each unit collects its error, and teaches in its place.

        L = loss(μ_L, y) + Σ_{l<L} ρ/2 |e_l + λ_l|²,   e_l = x_l - μ_l
        `settling.steps` times:   x_l ← x_l - rate/ρ ∂L/∂x_l,   all layers at once;   λ_l ← λ_l + `dual` e_l
        then   ΔW_l ∝ ρ h_{l-1}ᵀ (e_l + λ_l)

    with x_l, e_l, λ_l (batch, n_l), λ_l starting at 0, h_l, μ_l of `PredictiveNetwork` in its "pre" form, ρ the
    `penalty`. The last multipliers are left out of the change, as in the authors' program. Multipliers are to a layer
    what biases of an example would be: e_l + λ_l = x_l - (μ_l - λ_l), and so they are computed. At `dual` 0 it is
    predictive coding, bit for bit. Where it comes to rest e_l = 0: states are the forward pass, and ρ λ_l is the
    negative derivative of the loss, so that the changes are backprop's, where predictive coding's are not.
    The authors take 2 L steps; more of them may lead away again.

    Deviations: λ is the paper's over ρ, and rate and `dual` are the paper's times and over ρ; the output's own loss
    stands for the squared error; their skip connections and scales of weights are left to the network.
    """

    source: ClassVar[str] = "seely2026"
    answers: ClassVar[tuple[str, ...]] = ("non-local error",)
    search: ClassVar[Mapping[str, Range]] = {"dual": Range(0.1, 1.0), "penalty": Range(0.3, 3.0)}

    settling: Relaxation = Relaxation(12, 0.25)
    dual: float = 1.0
    penalty: float = 1.0

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        PredictiveNetwork(self.network, variance=self.penalty)  # which says what is wrong with it
        require_number("dual", self.dual)
        require_plain("settling", self.settling)
        return self.network.start(n_in, n_out, rng), None

    def update(self, params: View, state: None, shown: Presentation, rng: Generator) -> Step:
        net = PredictiveNetwork(replace(self.network, bias=True), variance=self.penalty)
        sizes = {n: params[f"W{n}"][0] for n in range(1, self.network.depth + 1)}
        biases = {n: params.get(f"b{n}", 0 * row) for n, row in sizes.items()}
        given: dict[str, Any] = {**params, **{f"b{n}": bias for n, bias in biases.items()}}
        heard, once = times(shown.x, params["W1"]), Relaxation(1, self.settling.rate)
        first = heard + given["b1"]
        states = net.forward(given, first)
        multipliers, residuals = [0 * x for x in states], []
        for step in range(self.settling.steps):
            h = net.outgoing(states)
            products = [heard, *(times(below, params[f"W{n}"]) for n, below in enumerate(h[:-1], 2))]
            if step and self.dual:
                means = [z + given[f"b{n}"] for n, z in enumerate(products, 1)]  # μ - λ
                pairs = zip(multipliers, states, means, strict=False)
                multipliers = [old + self.dual * (x - mean - old) for old, x, mean in pairs]
                given |= {f"b{n}": biases[n] - each for n, each in enumerate(multipliers, 1)}
            means = [z + given[f"b{n}"] for n, z in enumerate(products, 1)]
            pushes = net.pushed(given, states, h, means, shown.y)
            settled = settle(partial(known, pushes), states, (means[0], shown.y), once)
            states = settled.state
            residuals.append(settled.residual)
        first = means[0]
        h = net.outgoing(states)
        _, signals = net.errors(given, states, h, first, shown.y)
        changes = replace(net, network=self.network).changes([shown.x, *h], signals, shown.y)
        internals = by_single_steps(settled, residuals, (first, shown.y)).internals()
        return Step(changes, internals=internals, loss=partial(self.network.loss, params, shown.x, shown.y))


def known(pushes: list[Array], state: Layers, given: Layers) -> list[Array]:
    """A force that is computed already, as `settle` asks for it."""
    return pushes
