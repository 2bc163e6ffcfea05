"""The perceptron rule: threshold units that learn from their mistakes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Params, Presentation, State, Step, View
from plausible.networks.activations import logistic
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output


@dataclass(frozen=True)
class Perceptron:
    """The perceptron rule [rosenblatt1958], a layer of threshold units each of which learns by itself.

        z = x W + b,   a = 1 where z > 0, else 0,   ΔW ∝ xᵀ (y - a),   Δb ∝ 1ᵀ (y - a)

    with x (batch, n_in), targets y of zeros and ones and a and z (batch, n_out), W (n_in, n_out), b (n_out,);
    everything is dimensionless. Shown one example at a time, a unit whose examples a plane through the origin separates
    by the margin γ changes at most (R/γ)² times, R the largest norm of an example [novikoff1962]. `update` computes
    a, `MLP.updates` the ΔW. The network's hidden layers are left out: inputs go straight to the answer.

    Deviations: the answer is the logistic function of z, which is above one half where a is 1, so that the surest of
    several units can be told; examples come in batches, of one in the paper.
    """

    source: ClassVar[str] = "rosenblatt1958"
    answers: ClassVar[tuple[str, ...]] = ()
    ignores: ClassVar[Mapping[str, str]] = {
        "hidden": "it learns a single layer",
        "activation": "it learns a single layer",
        "output": "it answers by the logistic function",
    }
    targets: ClassVar[str] = "zeros and ones"

    network: MLP = MLP(hidden=())

    def __post_init__(self) -> None:
        sums = output("linear", self.network.output.reduction)
        object.__setattr__(self, "network", replace(self.network, hidden=(), output=sums))

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        return self.network.start(n_in, n_out, rng), None

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        passed = self.network.forward(params, shown.x)
        fires = np.heaviside(passed.activities[-1], 0)
        return Step(self.network.updates(passed, [fires - shown.y], shown.y), state)

    def respond(self, params: View, state: State, x: Array, rng: Generator) -> list[Array]:
        return [logistic.value(self.network.forward(params, x).activities[-1])]
