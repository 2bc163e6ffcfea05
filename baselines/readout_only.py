"""Only the read-out of a recurrent network learns: what learning within has to beat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from plausible.core import Array, View
from plausible.networks.rnn import Trajectory
from plausible.rules.recurrent import Recurrent


@dataclass(frozen=True)
class ReadoutOnly(Recurrent):
    """Only output weights learn, the control of [marschall2020]: the delta rule on a fixed random recurrent network.

        ΔW_2 ∝ -Σ_t h_tᵀ error_t,   Δb_2 ∝ -Σ_t 1ᵀ error_t,   and ΔW_1 = ΔR_1 = 0

    with error_t (batch, n_out) and h_t (batch, n). `signal` says that nothing else learns.

    Deviations: none.
    """

    source: ClassVar[str] = "marschall2020"
    answers: ClassVar[tuple[str, ...]] = ()

    def signal(self, params: View, passed: Trajectory, error: Array) -> Array | None:
        return None
