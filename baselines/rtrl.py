"""Real-time recurrent learning: the exact gradient forward in time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.random import Generator

from plausible.arrays import beside
from plausible.core import Array, State, Update, View
from plausible.networks.products import times
from plausible.networks.rnn import Trajectory, rows
from plausible.rules.recurrent import Windowed


@dataclass(frozen=True)
class RTRL(Windowed):
    """Real-time recurrent learning [williams1989]: the exact gradient, which is carried forward with the activity.

        M_t = J_t M_{t-1} + leak f'(z_t) ∂z_t/∂W|h,   J_t = (1 - leak) I + leak f'(z_t) R_1ᵀ
        ΔW ∝ -Σ_t (error_t W_2ᵀ) M_t

    with the influence M_t = ∂h_t/∂W, (batch, n, n, m), of the m = n_in + n + 1 weights W of each of n units, those of
    x_t, h_{t-1} and the bias, together a_t; J_t (batch, n, n) = ∂h_t/∂h_{t-1}; ∂z_tk/∂W_ij = a_tj where i = k, else 0.
    n⁴ multiply-adds a step, n³ numbers. The rule carries M_t from window to window. Where weights change between
    windows, M mixes weights of different times, and is exact as the rate goes to 0. `inner_changes` computes all of it.

    Deviations: none; the paper's units have no leak, and its errors no weights of a read-out.
    """

    source: ClassVar[str] = "williams1989"
    answers: ClassVar[tuple[str, ...]] = ()

    def inner_changes(
        self, params: View, passed: Trajectory, error: Array, scale: float, carried: State, rng: Generator
    ) -> tuple[Mapping[str, Update], State]:
        direct = times(rows(error), params["W2"].T).reshape(passed.slope.shape)
        batch, n = passed.last.shape
        below, leak = self.network.reaching(passed), self.network.leak  # a_t
        influence: Any = carried
        if influence is None:
            influence = np.zeros_like(below, shape=(batch, n, n * below.shape[-1]))
        stay = (1 - leak) * beside(np.eye(n, dtype=below.dtype), below) if leak != 1 else None
        gradient: Any = 0.0
        for a, slope, q in zip(below, passed.slope, direct, strict=True):
            jacobian = slope[:, :, None] * params["R1"].T
            if stay is not None:
                jacobian += stay
            influence = (jacobian @ influence).reshape(batch, n * n, -1)
            influence[:, :: n + 1] += slope[:, :, None] * a[:, None, :]  # where i = k
            influence = influence.reshape(batch, n, -1)
            gradient = gradient + q.reshape(-1) @ influence.reshape(batch * n, -1)
        return self.network.by_name(scale * gradient.reshape(n, -1).T), influence
