"""Principal components by local rules: of one unit, of a layer that shares them, and of a layer in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from plausible.arrays import beside
from plausible.core import Array, View
from plausible.errors import require
from plausible.rules.hebbian.features import ANSWERS, Change, Features, Rung, attracted
from plausible.search import Range


def explained(rung: Rung, weights: Array, by: Array) -> Array:
    """mean (xᵀ z - W (`by` ⊙ zᵀ z)), (n_{l-1}, n_l): what the units that `by`, (n_l, n_l), names leave of the input."""
    together = rung.z.T @ rung.z  # (n_l, n_l)
    result: Array = (rung.below.T @ rung.z - weights @ (by * together)) / len(rung.z)
    return result


@dataclass(frozen=True)
class Oja(Features):
    """Oja's rule: Hebb's with a decay that keeps each unit's weights at norm 1 [oja1982].

        Δw_j ∝ mean z_j (x - z_j w_j),   or   ΔW ∝ mean (xᵀ z - W zᵀ z)

    with x (batch, n_{l-1}) what a layer is given, z = x W (batch, n_l), w_j a column of W (n_{l-1}, n_l). Apart
    ("each") every unit comes to the first principal component of x, up to its sign; as a "subspace" [oja1989] units
    share the first n_l, in no order. The layer above is given f(z). `change` computes both.

    Deviations: rates above 2 / λ, λ the largest eigenvalue of mean xᵀ x, diverge, and nothing stops them.
    """

    source: ClassVar[str] = "oja1982"
    search: ClassVar[Mapping[str, Range]] = {}

    units: Literal["each", "subspace"] = "each"

    def __post_init__(self) -> None:
        require(self.units in ("each", "subspace"), "units", self.units, "each or subspace")

    def change(self, params: View, layer: int, rung: Rung, memory: Any) -> Change:
        weights = params[f"W{layer}"]
        if self.units == "each":
            return Change({f"W{layer}": attracted(rung, rung.z, weights)})
        return Change(
            {f"W{layer}": explained(rung, weights, np.ones_like(weights, shape=weights.shape[1:] * 2))}
        )


@dataclass(frozen=True)
class Sanger(Features):
    """Sanger's rule: each unit learns from what the units before it leave over [sanger1989].

        ΔW ∝ mean (xᵀ z - W upper(zᵀ z))

    with x (batch, n_{l-1}), z = x W (batch, n_l), and upper( ) without what is below the diagonal: column j is
    explained by columns 1 to j. Columns come to the principal components of x, in order, up to signs. The layer above
    is given f(z). `change` computes it.

    A synapse of unit j needs the weights of the units before it, which is weight transport.

    Deviations: none; the generalised Hebbian algorithm of the paper, over a batch.
    """

    source: ClassVar[str] = "sanger1989"
    answers: ClassVar[tuple[str, ...]] = ANSWERS[1:]
    search: ClassVar[Mapping[str, Range]] = {}

    def change(self, params: View, layer: int, rung: Rung, memory: Any) -> Change:
        weights, units = params[f"W{layer}"], rung.z.shape[1]
        before = beside(np.triu(np.ones((units, units), rung.z.dtype)), rung.z)
        return Change({f"W{layer}": explained(rung, weights, before)})
