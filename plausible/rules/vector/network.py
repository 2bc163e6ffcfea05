"""Layers of vector units, with one component for each output: the network of global error-vector broadcasting."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Outer, Params, Update, View
from plausible.networks.mlp import MLP
from plausible.networks.products import times


class VectorPass(NamedTuple):
    """What a forward pass leaves behind in a vector network of L layers."""

    x: Array  # (batch, n_in)
    activities: list[Array]  # h_1 ... h_{L-1}, each (batch, K, units)
    gates: list[Array]  # m_1 ... m_{L-1}, each (batch, units), 0 or 1
    answer: Array  # (batch, K)


@dataclass(frozen=True)
class VectorNetwork:
    """Vector units [clark2021]: each has K components, one per output, that share its weights and its gate.

        z_1k = x W_1k + b_1k,   z_lk = h_{l-1,k} W_l + b_lk,   h_l = m_l z_l,   m_li = 1 if t_li · z_li ≥ 0, else 0

    with z_lk (batch, n_l), W_1k (n_in, n_1), the K of them side by side in `W1`, (n_in, K n_1), W_l (n_{l-1}, n_l),
    b_l (K, n_l), and fixed gating vectors t_l (K, n_l) of ±1, `T1 ...`, that are opposite for the units of a pair.
    The last layer is a single unit without a gate, whose components are what the output function turns into answers.

    With `nonnegative`, weights above the first layer are never below zero, and start as ON and OFF cells: units of a
    pair have opposite weights in the first layer, and above it a weight R between pairs becomes max(R, 0) between
    like units and max(-R, 0) between unlike ones.

    Args:
        network: sizes, output, dtype and biases, which start from 0; its activation and distribution are not used.
        nonnegative: as above; weights are normal with variance 1 / n_in in the first layer, 4 / n_{l-1} for R, and
            2 / n_{l-1} if they may have either sign.
    """

    network: MLP
    nonnegative: bool = True

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units by layer; the last is one."""
        return (*self.network.hidden, 1)

    @property
    def bounds(self) -> dict[str, tuple[float, float]]:
        """The intervals, by name, that weights are clipped to after each change; none unless `nonnegative`."""
        layers = range(2, self.network.depth + 1) if self.nonnegative else ()
        return {f"W{layer}": (0.0, math.inf) for layer in layers}

    def start(self, n_in: int, n_out: int, rng: Generator) -> Params:
        """New weights `W1 ...`, gating vectors `T1 ...` and biases `b1 ...`, for `n_out` = K outputs."""
        sizes, dtype = self.sizes, self.network.dtype
        params: Params = {}
        if self.nonnegative:
            half = rng.normal(0, n_in**-0.5, (n_in, n_out, -(-sizes[0] // 2)))
            params["W1"] = opposite(half)[..., : sizes[0]].reshape(n_in, -1)
        else:
            params["W1"] = rng.normal(0, n_in**-0.5, (n_in, n_out * sizes[0]))
        for layer, (below, above) in enumerate(pairwise(sizes), 2):
            if self.nonnegative:
                r = rng.normal(0, 2 * below**-0.5, (-(-below // 2), -(-above // 2)))
                params[f"W{layer}"] = on_off(r)[:below, :above]
            else:
                params[f"W{layer}"] = rng.normal(0, (2 / below) ** 0.5, (below, above))
        for layer, units in enumerate(self.network.hidden, 1):
            half = rng.choice([-1.0, 1.0], (n_out, -(-units // 2)))
            params[f"T{layer}"] = opposite(half)[:, :units]
        for layer, units in enumerate(sizes if self.network.bias else (), 1):
            params[f"b{layer}"] = np.zeros((n_out, units))
        return {name: np.ascontiguousarray(array, dtype) for name, array in params.items()}

    def forward(self, params: View, x: Array) -> VectorPass:
        """The forward pass of `x`, (batch, n_in)."""
        n, sizes = len(x), self.sizes
        z = times(x, params["W1"]).reshape(n, -1, sizes[0])
        activities: list[Array] = []
        gates: list[Array] = []
        for layer, units in enumerate(sizes, 1):
            if layer > 1:
                below = activities[-1]
                z = times(below.reshape(-1, sizes[layer - 2]), params[f"W{layer}"]).reshape(n, -1, units)
            if self.network.bias:
                z = z + params[f"b{layer}"]
            if layer < len(sizes):
                gate = (np.sum(z * params[f"T{layer}"], axis=1) >= 0).astype(z.dtype)
                gates.append(gate)
                activities.append(z * gate[:, None, :])
        return VectorPass(x, activities, gates, self.network.output.value(z[:, :, 0]))

    def updates(self, passed: VectorPass, senses: list[Array], error: Array, y: Array) -> dict[str, Update]:
        """The weight changes -Σ s_li ⟨h_{l-1,j}, error⟩ from the scalars s_1 ... s_{L-1}, each (batch, n_l).

        s_li stands for ∂h_L/∂z_li, which is one number times the identity; that of the last layer is 1. `error`,
        (batch, K), is the derivative of each example's loss with respect to z_L.
        """
        scale, n = -self.network.output.scale(y), len(y)
        changes: dict[str, Update] = {}
        for layer, sense in enumerate([*senses, np.ones_like(error[:, :1])], 1):
            if layer == 1:
                spread = (error[:, :, None] * sense[:, None, :]).reshape(n, -1)
                changes["W1"] = Outer(passed.x, spread, scale)
            else:
                below = np.einsum("nki,nk->ni", passed.activities[layer - 2], error)
                changes[f"W{layer}"] = Outer(below, sense, scale)
            if self.network.bias:
                changes[f"b{layer}"] = Outer(error, sense, scale)
        return changes

    def respond(self, params: View, x: Array) -> list[Array]:
        """Activity by layer, the components of a layer's units side by side, (batch, K n_l); the answer last."""
        passed = self.forward(params, x)
        return [*(h.reshape(len(x), -1) for h in passed.activities), passed.answer]


def opposite(half: Array) -> Array:
    """Each entry of the last axis, followed by its negative."""
    return np.stack([half, -half], axis=-1).reshape(*half.shape[:-1], -1)


def on_off(r: Array) -> Array:
    """Each entry of `r`, (p, q), as 2 x 2 nonnegative weights between pairs of ON and OFF cells, (2 p, 2 q)."""
    like, unlike = np.maximum(r, 0), np.maximum(-r, 0)
    blocks = np.array([[like, unlike], [unlike, like]])  # (2, 2, p, q)
    return blocks.transpose(2, 0, 3, 1).reshape(2 * len(r), -1)
