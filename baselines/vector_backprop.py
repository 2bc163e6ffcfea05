"""Backpropagation in a network of vector units, the reference for global error-vector broadcasting."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Params, Presentation, State, Step, View
from plausible.networks.mlp import MLP
from plausible.networks.products import times
from plausible.rules.vector.network import VectorNetwork


@dataclass(frozen=True)
class VectorBackprop:
    """Backpropagation [rumelhart1986] in vector units [clark2021]: the exact gradient of the loss there.

        s_L = 1,   s_l = (s_{l+1} W_{l+1}ᵀ) ⊙ m_l,   ΔW_l[j, i] ∝ -s_li ⟨h_{l-1,j}, error⟩,   Δb_l[:, i] ∝ -s_li error

    with s_l (batch, n_l) the effect of a unit on the answer, one number for all its components; h_l (batch, K, n_l),
    gates m_l (batch, n_l) and W_l as in `VectorNetwork`, error (batch, K). `update` computes s, `VectorNetwork.updates`
    the ΔW. It answers none of the criticisms.

    Deviations: none.
    """

    source: ClassVar[str] = "clark2021"
    answers: ClassVar[tuple[str, ...]] = ()
    reference: ClassVar[str] = "vector-backprop"

    network: MLP = MLP()
    nonnegative: bool = True

    @cached_property
    def form(self) -> VectorNetwork:
        return VectorNetwork(self.network, self.nonnegative)

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        return self.form.start(n_in, n_out, rng), None

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        passed = self.form.forward(params, shown.x)
        error = self.network.output.error(passed.answer, shown.y)
        senses: list[Array] = []
        sense = np.ones_like(error[:, :1])
        for layer in range(self.network.depth - 1, 0, -1):
            sense = times(sense, params[f"W{layer + 1}"].T) * passed.gates[layer - 1]
            senses.insert(0, sense)
        return Step(self.form.updates(passed, senses, error, shown.y), bounds=self.form.bounds)

    def respond(self, params: View, state: State, x: Array, rng: Generator) -> list[Array]:
        return self.form.respond(params, x)
