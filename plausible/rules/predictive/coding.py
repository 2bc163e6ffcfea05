"""Predictive coding: hidden activity settles until every layer's error explains the error above it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Literal

from numpy.random import Generator

from plausible.core import Params, Presentation, Step, View
from plausible.rules.layered import Feedforward
from plausible.rules.predictive.network import PredictiveNetwork
from plausible.search import Range
from plausible.settling.relaxation import Relaxation

LOCAL = ("non-local error", "update locking")


@dataclass(frozen=True)
class Predictive(Feedforward):
    """A rule whose hidden states settle in a `PredictiveNetwork`, where it learns; `update` is open."""

    settling: Relaxation = Relaxation(20, 0.1)
    form: Literal["pre", "post"] = "pre"
    variance: float = 1.0

    def net(self) -> PredictiveNetwork:
        """The network with its energy. Raises `BadInput` for settings that make none."""
        return PredictiveNetwork(self.network, self.form, self.variance)


@dataclass(frozen=True)
class PredictiveCoding(Predictive):
    """Predictive coding [whittington2017]: errors live in neurons, and weights learn where activity has settled.

        ẋ_l = -∂F/∂x_l   for `settling`,   then   ΔW_l ∝ h_{l-1}ᵀ d_l

    with the energy F, states x_l, activities h_l and errors d_l, (batch, n_l), of `PredictiveNetwork`, in the `form`
    "pre" or "post" activation, and the `variance` Σ of the output: as it grows, what is learned becomes the gradient,
    with a distance that falls as 1/Σ. Weights change at equilibrium if `settling` has a tolerance, and at a fixed step
    if it has none. The tolerance is of the residual over the size of the lowest error, e_1: a first-order measure, and
    no bound on the distance from rest, which a smaller tolerance checks. The answer is the forward pass, which is the
    equilibrium without a target.

    Deviations: the target enters through the output's own loss; with a linear output that is the paper's clamped layer.

    >>> import numpy as np
    >>> from plausible.core import Presentation
    >>> from plausible.networks.mlp import MLP
    >>> from plausible.rules.predictive.coding import PredictiveCoding
    >>> rule, rng = PredictiveCoding(MLP((8,))), np.random.default_rng(0)
    >>> params, state = rule.init(4, 3, rng)
    >>> shown = Presentation(np.ones((2, 4), "float32"), np.eye(3, dtype="float32")[:2], reward=None)
    >>> step = rule.update(params, state, shown, rng)
    >>> step.updates["W1"].dense().shape, step.internals["settling steps"]
    ((4, 8), 20.0)
    """

    source: ClassVar[str] = "whittington2017"
    answers: ClassVar[tuple[str, ...]] = LOCAL
    search: ClassVar[Mapping[str, Range]] = {"variance": Range(1.0, 100.0)}

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        self.net()  # which says what is wrong with it
        return self.network.start(n_in, n_out, rng), None

    def update(self, params: View, state: None, shown: Presentation, rng: Generator) -> Step:
        net = self.net()
        settled, pre, signals = net.settle(params, shown.x, shown.y, self.settling)
        loss = partial(self.network.loss, params, shown.x, shown.y)
        return Step(net.changes(pre, signals, shown.y), internals=settled.internals(), loss=loss)
