"""Only the read-out learns: what hidden learning has to beat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from plausible.core import Array, View
from plausible.networks.mlp import Pass
from plausible.rules.layered import Layered


@dataclass(frozen=True)
class Shallow(Layered):
    """Shallow learning, the control of [lillicrap2016]: the delta rule [widrow1960] on fixed random features.

        δ_L = error,   ΔW_L ∝ -h_{L-1}ᵀ δ_L,   and ΔW_l = 0 below

    with δ_L (batch, n_L) and h_{L-1} (batch, n_{L-1}). `signals` says which layer learns.

    Deviations: none; the output and its loss are those of the network, not always linear as in the delta rule.
    """

    source: ClassVar[str] = "widrow1960"
    answers: ClassVar[tuple[str, ...]] = ()

    def signals(self, params: View, passed: Pass, error: Array) -> list[Array | None]:
        return [*[None] * (self.network.depth - 1), error]
