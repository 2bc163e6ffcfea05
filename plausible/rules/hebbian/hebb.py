"""Hebb's rule, with weights that decay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from plausible.core import View
from plausible.errors import require_number
from plausible.rules.hebbian.features import Change, Features, Rung
from plausible.search import Range


@dataclass(frozen=True)
class Hebb(Features):
    """Units that are active together are joined [hebb1949].

        ΔW_l ∝ mean h_{l-1}ᵀ h_l - decay W_l

    with h (batch, n), W_l (n_{l-1}, n_l), `decay` per step and unit of the learning rate. Where h_l is bounded, so
    are weights: |w_ij| comes to no more than mean |h_i| / decay. Linear units follow dw/dt = (C - decay) w, C the
    correlations of their input: those of an eigenvalue above `decay` grow for ever, and all units come to the first
    principal component, as nothing tells them apart. `change` computes it.

    Deviations: the book gives no equation and no decay; both are as textbooks have them [gerstner2002].
    """

    source: ClassVar[str] = "hebb1949"
    search: ClassVar[Mapping[str, Range]] = {"decay": Range(1e-3, 10.0)}

    decay: float = 1.0

    def __post_init__(self) -> None:
        require_number("decay", self.decay)

    def change(self, params: View, layer: int, rung: Rung, memory: Any) -> Change:
        weights = params[f"W{layer}"]
        return Change({f"W{layer}": rung.below.T @ rung.h / len(rung.h) - self.decay * weights})
