"""Self-contrastive Forward-Forward: an example beside itself is right, beside another wrong; no label is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Outer, Params, Presentation, Step, Update, View
from plausible.errors import require_number
from plausible.networks.activations import logistic, relu
from plausible.networks.mlp import MLP, into
from plausible.networks.products import times
from plausible.rules.local.prediction import ACROSS
from plausible.search import Range

SMALL = 1e-10  # added to a standard deviation


def standard(x: Array) -> Array:
    """`x`, (batch, units), at mean 0 and standard deviation 1 per example; rows of one number are 0."""
    apart: Array = x - x.mean(axis=1, keepdims=True)
    deviation = np.sqrt((apart * apart).sum(axis=1, keepdims=True) / max(x.shape[1] - 1, 1))
    apart /= deviation + SMALL
    return apart


class Rung(NamedTuple):
    """What a hidden layer is given and what it makes of it."""

    below: Array  # (rows, n_{l-1}), of the first layer u + v
    z: Array  # (rows, n_l)
    h: Array  # (rows, n_l)


def climb(network: MLP, params: View, one: Array, other: Array) -> list[Rung]:
    """The hidden layers, from below, for pairs of examples, `one` and `other`, both (rows, n_in)."""
    pair = standard(np.concatenate([one, other], axis=1))
    below: Array = pair[:, : one.shape[1]] + pair[:, one.shape[1] :]
    rungs: list[Rung] = []
    for layer in range(1, network.depth):
        if rungs:
            below = standard(rungs[-1].h)
        z = times(below, params[f"W{layer}"])
        if network.bias:
            z += (1 + (layer == 1)) * params[f"b{layer}"]
        rungs.append(Rung(below, z, relu.value(z - z.mean(axis=1, keepdims=True))))
    return rungs


def read(network: MLP, params: View, features: Array) -> Array:
    """The answer, (rows, n_out)."""
    return network.output.value(into(network, params, network.depth, features))


@dataclass(frozen=True)
class SelfContrastive:
    """Self-contrastive Forward-Forward [chen2025]: pairs of an example with itself shall excite, with another not.

        z_1 = (u + v) W_1 + 2 b_1,   z_l = norm(h_{l-1}) W_l + b_l,   h_l = relu(z_l - mean z_l)
        g_l = mean relu(z_l)²
        R_l = softplus(high - g_l of x_k with x_k) + softplus(g_l of x_k with x_m - low) + keep · g_l of x_k with x_k
        ΔW_l ∝ -∂R_l/∂W_l,   and the delta rule for the output layer, on norm(h_{L-1})

    with u, v (batch, n_0) the halves of the normalised pair, z_l, h_l (batch, n_l), g_l (batch, 1), means over units,
    and norm each example at mean 0 and standard deviation 1. x_m is another example of the batch, the same number of
    places on for all. Everything is dimensionless. Hidden layers hear no target. `climb` computes z, `update` ∂R/∂z.

    Deviations: the read-out learns along with the hidden layers, not after them, and from the last of them alone.
    """

    source: ClassVar[str] = "chen2025"
    answers: ClassVar[tuple[str, ...]] = ("weight transport", *ACROSS[1:], "target at the output")
    ignores: ClassVar[Mapping[str, str]] = {"activation": "its units are rectified linear"}
    search: ClassVar[Mapping[str, Range]] = {"high": Range(0.5, 20.0), "low": Range(0.1, 10.0)}
    reference: ClassVar[str] = ""
    several: ClassVar[str] = "an example is beside another one of its batch"

    network: MLP = MLP()
    high: float = 9.0
    low: float = 1.0
    keep: float = 0.02

    def __post_init__(self) -> None:
        for name in ("high", "low", "keep"):
            require_number(name, getattr(self, name))

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        return self.network.start(n_in, n_out, rng), None

    def update(self, params: View, state: None, shown: Presentation, rng: Generator) -> Step:
        n, output, updates = len(shown.x), self.network.output, dict[str, Update]()
        scale = output.scale(shown.y)
        others = np.roll(shown.x, -int(rng.integers(1, max(n, 2))), axis=0)
        rungs = climb(self.network, params, np.concatenate([shown.x] * 2), np.concatenate([shown.x, others]))
        for layer, (below, z, _) in enumerate(rungs, 1):
            excited = relu.value(z)
            g = (excited * excited).mean(axis=1, keepdims=True)
            push = np.concatenate(
                [self.keep - logistic.value(self.high - g[:n]), logistic.value(g[n:] - self.low)]
            )
            signal = push * excited
            signal *= 2 / z.shape[1]
            updates[f"W{layer}"] = Outer(below, signal, -scale)
            if f"b{layer}" in params:
                updates[f"b{layer}"] = Outer(None, signal, -scale * (1 + (layer == 1)))
        features = standard(rungs[-1].h[:n]) if rungs else shown.x
        answer = read(self.network, params, features)
        updates |= self.network.layers[-1].changes(features, output.error(answer, shown.y), -scale)
        return Step(updates, loss=partial(output.total, answer, shown.y))

    def respond(self, params: View, state: None, x: Array, rng: Generator) -> list[Array]:
        hidden = [rung.h for rung in climb(self.network, params, x, x)]
        return [*hidden, read(self.network, params, standard(hidden[-1]) if hidden else x)]
