"""Independent components, online."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from plausible.arrays import beside
from plausible.core import View
from plausible.rules.hebbian.features import ANSWERS, Change, Features, Rung
from plausible.search import Range


@dataclass(frozen=True)
class IndependentComponents(Features):
    """Units that come to vary independently of each other, each with variance 1 [cardoso1996].

        ΔW ∝ W mean (1 - zᵀ z - zᵀ g + gᵀ z),   g = tanh z

    with z = x W (batch, n_l), W (n_{l-1}, n_l), 1 the unit matrix: zᵀ z comes to it, which is whitening, and zᵀ g
    becomes symmetric, which turns what is white to independent sources with heavier tails than a Gaussian's. How fast
    does not depend on the mixture: x A with the weights A⁻¹ W learns as x with W does. Means of x should be 0. The
    layer above is given f(z). `change` computes ΔW.

    Deviations: changes are averaged over a batch; [illing2019], whose ICA this stands for, have FastICA, which is no
    local rule, and neither is this one, in which synapses of one unit change by the activity of the others.
    """

    source: ClassVar[str] = "cardoso1996"
    answers: ClassVar[tuple[str, ...]] = ANSWERS[1:]
    search: ClassVar[Mapping[str, Range]] = {}

    def change(self, params: View, layer: int, rung: Rung, memory: Any) -> Change:
        z, units = rung.z, rung.z.shape[1]
        g = np.tanh(z)
        unit = beside(np.eye(units, dtype=z.dtype), z)
        turned = z.T @ g
        return Change({f"W{layer}": params[f"W{layer}"] @ (unit - (z.T @ z + turned - turned.T) / len(z))})
