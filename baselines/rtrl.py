"""Real-time recurrent learning: the exact gradient forward in time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Params, Presentation, Step, Update, View
from plausible.networks.products import times
from plausible.networks.rnn import RNN, rows


@dataclass(frozen=True)
class RTRL:
    """Real-time recurrent learning [williams1989]: the exact gradient, which is carried forward with the activity.

        M_t = J_t M_{t-1} + leak f'(z_t) ∂z_t/∂W|h,   J_t = (1 - leak) I + leak f'(z_t) R_1ᵀ
        ΔW ∝ -Σ_t (error_t W_2ᵀ) M_t

    with the influence M_t = ∂h_t/∂W, (batch, n, n, m), of the m = n_in + n + 1 weights W of each of n units, those of
    x_t, h_{t-1} and the bias, together a_t; J_t (batch, n, n) = ∂h_t/∂h_{t-1}; ∂z_tk/∂W_ij = a_tj where i = k, else 0.
    n⁴ multiply-adds a step, n³ numbers. The state is (h_t, M_t). Where weights change between windows of a sequence,
    M mixes weights of different times, and is exact as the rate goes to 0. `update` computes all of it.

    Deviations: none; the paper's units have no leak, and its errors no weights of a read-out.
    """

    source: ClassVar[str] = "williams1989"
    answers: ClassVar[tuple[str, ...]] = ()
    reference: ClassVar[str] = "bptt"

    network: RNN = RNN()

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        return self.network.start(n_in, n_out, rng), None

    def update(
        self, params: View, state: tuple[Array, Array] | None, shown: Presentation, rng: Generator
    ) -> Step:
        network, h, influence = self.network, None, None
        if not shown.first and state is not None:
            h, influence = state
        passed = network.run(params, shown.x, h)
        error = network.error(passed.answer, shown)
        direct = times(rows(error), params["W2"].T).reshape(passed.slope.shape)
        (length, batch, n_in), n = shown.x.shape, passed.h.shape[-1]
        below = np.empty_like(passed.h, shape=(length, batch, n_in + n + network.bias))  # a_t
        below[..., :n_in], below[..., n_in : n_in + n], below[..., n_in + n :] = passed.x, passed.before, 1
        if influence is None:
            influence = np.zeros_like(below, shape=(batch, n, n * below.shape[-1]))
        stay = (1 - network.leak) * np.eye(n, dtype=below.dtype) if network.leak != 1 else None
        gradient: Any = 0.0
        for a, slope, q in zip(below, passed.slope, direct, strict=True):
            jacobian = slope[:, :, None] * params["R1"].T
            if stay is not None:
                jacobian += stay
            influence = (jacobian @ influence).reshape(batch, n * n, -1)
            influence[:, :: n + 1] += slope[:, :, None] * a[:, None, :]  # where i = k
            influence = influence.reshape(batch, n, -1)
            gradient = gradient + q.reshape(-1) @ influence.reshape(batch * n, -1)
        scale = -network.output.scale(shown.y)
        change = scale * gradient.reshape(n, -1).T  # (m, n)
        updates: dict[str, Update] = network.changes_of_readout(passed.after, error, scale)
        updates |= {"W1": change[:n_in], "R1": change[n_in : n_in + n]}
        updates |= {"b1": change[-1]} if network.bias else {}
        loss = partial(network.output.total, passed.answer, shown.y, shown.mask)
        return Step(updates, (passed.last, influence), loss=loss)

    def respond(
        self, params: View, state: tuple[Array, Array] | None, x: Array, rng: Generator
    ) -> list[Array]:
        passed = self.network.run(params, x)
        return [passed.after, passed.answer]
