"""Backpropagation through time, whole or in windows, and with random feedback."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Params, State, Update, View
from plausible.errors import is_whole, require
from plausible.networks.inits import Init, Uniform
from plausible.networks.products import times
from plausible.networks.rnn import Trajectory, rows
from plausible.rules.recurrent import Recurrent, Windowed, through_time


@dataclass(frozen=True)
class BPTT(Recurrent):
    """Backpropagation through time [werbos1990]: the exact gradient of what is shown.

        c_t = error_t W_2ᵀ + (1 - leak) c_{t+1} + δ_{t+1} R_1ᵀ,   δ_t = c_t ⊙ leak f'(z_t)
        ΔR_1 ∝ -Σ_t h_{t-1}ᵀ δ_t,   ΔW_1 ∝ -Σ_t x_tᵀ δ_t,   ΔW_2 ∝ -Σ_t h_tᵀ error_t

    with c_t = ∂loss/∂h_t, δ_t and z_t (batch, n), R_1 (n, n); everything is dimensionless, a step is the unit of time.
    `signal` computes δ, `RNN.changes` the ΔW. Shown whole sequences, it is full backpropagation through time; shown
    windows, activity is carried from one to the next and errors are not: truncated backpropagation in its cheap form
    [williams1990], in which a step of a window of k sees 0 to k - 1 steps of errors. In windows of one step it is
    Elman's rule [elman1990], for which the activity before is an input like any other.

    Deviations: none.

    >>> import numpy as np
    >>> from baselines.bptt import BPTT
    >>> from plausible.core import Presentation
    >>> from plausible.networks.rnn import RNN
    >>> rule, rng = BPTT(RNN((8,))), np.random.default_rng(0)
    >>> params, state = rule.init(4, 2, rng)
    >>> x, y = np.ones((20, 5, 4), "float32"), np.eye(2, dtype="float32")[np.zeros((20, 5), int)]
    >>> step = rule.update(params, state, Presentation(x, y, reward=None), rng)
    >>> step.updates["R1"].dense().shape, step.loss() > 0
    ((8, 8), True)
    """

    source: ClassVar[str] = "werbos1990"
    answers: ClassVar[tuple[str, ...]] = ()

    def signal(self, params: View, passed: Trajectory, error: Array) -> Array | None:
        direct = times(rows(error), params["W2"].T).reshape(passed.slope.shape)
        return through_time(direct, passed.slope, params["R1"].T, self.network.leak)


@dataclass(frozen=True)
class RandomFeedbackBPTT(Recurrent):
    """Backpropagation through time with fixed random feedback, as in feedback alignment [lillicrap2016].

        c_t = error_t B_2 + (1 - leak) c_{t+1} + δ_{t+1} P_1,   δ_t = c_t ⊙ leak f'(z_t)

    with B_2 (n_out, n) in the place of W_2ᵀ and, where `recurrent` is set, P_1 (n, n) in the place of R_1ᵀ, which it is
    otherwise; symbols and ΔW as in `BPTT`. No weight is sent with both; errors still travel back in time. `init` draws
    the feedback, `signal` computes δ.

    Deviations: the paper's networks have no recurrence. `feedback` is the distribution of both, whose fan-in is the
    number of signals that they carry.
    """

    source: ClassVar[str] = "lillicrap2016"
    answers: ClassVar[tuple[str, ...]] = ("weight transport",)

    feedback: Init = Uniform()
    recurrent: bool = True

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        network, (n,) = self.network, self.network.hidden
        params = network.start(n_in, n_out, rng)
        params["B2"] = network.draw(self.feedback, rng, (n_out, n))
        if self.recurrent:
            params["P1"] = network.draw(self.feedback, rng, (n, n))
        return params, None

    def signal(self, params: View, passed: Trajectory, error: Array) -> Array | None:
        direct = times(rows(error), params["B2"]).reshape(passed.slope.shape)
        backward = params["P1"] if self.recurrent else params["R1"].T
        return through_time(direct, passed.slope, backward, self.network.leak)


@dataclass(frozen=True)
class ExactLagBPTT(Windowed):
    """Truncated backpropagation through time in its exact form [williams1990]: every error reaches `lags` steps.

        δ_t = leak f'(z_t) ⊙ Σ_{k < lags} error_{t+k} W_2ᵀ J_{t+k} ... J_{t+1},   J_t = (1 - leak) I + leak f'(z_t) R_1ᵀ
        ΔR_1 ∝ -Σ_t h_{t-1}ᵀ δ_t,   ΔW_1 ∝ -Σ_t x_tᵀ δ_t

    with symbols as in `BPTT`, and J_t (n, n) = ∂h_t/∂h_{t-1} applied from the right: future-facing, as [marschall2020]
    call it, since each step collects credit from those after it. However sequences are cut into windows, the sum of
    their changes is the same; `lags` times the cost of `BPTT`. The rule carries the last `lags` - 1 steps from window
    to window. `inner_changes` computes δ for all steps at once, one lag at a time.

    Deviations: what an error adds to the credit of an earlier step is handed over at once, and not when that step's
    credit is complete, `lags` - 1 steps later; the sum is the same.
    """

    source: ClassVar[str] = "williams1990"
    answers: ClassVar[tuple[str, ...]] = ()

    lags: int = 10

    def __post_init__(self) -> None:
        good = is_whole(self.lags) and self.lags > 0
        require(good, "lags", self.lags, "a positive whole number of steps, 1 for those of Elman's rule")

    def inner_changes(
        self, params: View, passed: Trajectory, error: Array, scale: float, carried: State, rng: Generator
    ) -> tuple[Mapping[str, Update], State]:
        leak, (x, before, slope) = self.network.leak, (passed.x, passed.before, passed.slope)
        reach = times(rows(error), params["W2"].T).reshape(slope.shape)
        if carried is not None:
            x, before, slope = map(np.concatenate, zip(carried, (x, before, slope), strict=True))
            reach = np.concatenate([np.zeros_like(carried[2]), reach])
        credit = reach.copy()
        for m in range(len(x), max(len(x) - self.lags + 1, 1), -1):
            # what reaches steps 0 ... m - 1 goes back one
            reach = ((reach * slope[:m]) @ params["R1"].T + (1 - leak) * reach)[1:]
            credit[: m - 1] += reach
        last = slice(max(len(x) - self.lags + 1, 0), None)
        changes = self.network.changes(x, before, credit * slope, scale)
        return changes, (x[last], before[last], slope[last])
