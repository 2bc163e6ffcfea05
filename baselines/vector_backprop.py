"""Backpropagation in a network of vector units, the reference for global error-vector broadcasting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from plausible.core import Array, View
from plausible.networks.products import times
from plausible.rules.vector.broadcasting import Vectors
from plausible.rules.vector.network import VectorPass


@dataclass(frozen=True)
class VectorBackprop(Vectors):
    """Backpropagation [rumelhart1986] in vector units [clark2021]: the exact gradient of the loss there.

        s_L = 1,   s_l = (s_{l+1} W_{l+1}ᵀ) ⊙ m_l,   ΔW_l[j, i] ∝ -s_li ⟨h_{l-1,j}, error⟩,   Δb_l[:, i] ∝ -s_li error

    with s_l (batch, n_l) the effect of a unit on the answer, one number for all its components; h_l (batch, K, n_l),
    gates m_l (batch, n_l) and W_l as in `VectorNetwork`, error (batch, K). `senses` computes s, `VectorNetwork.updates`
    the ΔW. It answers none of the criticisms.

    Deviations: none.
    """

    source: ClassVar[str] = "clark2021"
    answers: ClassVar[tuple[str, ...]] = ()

    def senses(self, params: View, passed: VectorPass) -> list[Array]:
        senses: list[Array] = []
        sense = np.ones_like(passed.answer[:, :1])
        for layer in range(self.network.depth - 1, 0, -1):
            sense = times(sense, params[f"W{layer + 1}"].T) * passed.gates[layer - 1]
            senses.insert(0, sense)
        return senses
