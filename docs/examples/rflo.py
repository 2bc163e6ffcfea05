"""rflo.py: an online rule for sequences, with a trace at every synapse and the error sent back by random weights."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.random import Generator

from plausible.core import Array, Params, State, Update, View
from plausible.networks.inits import Init, Uniform
from plausible.networks.rnn import Trajectory
from plausible.rules.recurrent import Windowed


@dataclass(frozen=True)
class RFLO(Windowed):
    """Random-feedback local online learning [murray2019].

        p_t = (1 - leak) p_{t-1} + leak f'(z_t) a_tᵀ,   ΔW ∝ -Σ_t (error_t B_2) p_t

    with a_t, (batch, m), what reaches the units at step t: x_t, h_{t-1} and a 1 for the bias; p_t, (batch, m, n), a
    trace at each synapse; B_2, (n_out, n), fixed and random. With B_2 = W_2ᵀ and no recurrent weights p is the whole
    influence of W on h, and the rule is real-time recurrent learning. Traces go on from window to window of a sequence,
    as activity does.
    """

    feedback: Init = Uniform()

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        params = self.network.start(n_in, n_out, rng)
        return params | {"B2": self.network.draw(self.feedback, rng, (n_out, *self.network.hidden))}, None

    def inner_changes(
        self, params: View, passed: Trajectory, error: Array, scale: float, carried: State, rng: Generator
    ) -> tuple[Mapping[str, Update], State]:
        trace: Any = 0.0 if carried is None else carried
        change: Any = 0.0
        steps = self.network.reaching(passed), passed.slope, error @ params["B2"]  # slope is leak f'(z)
        for reaching, slope, signal in zip(*steps, strict=True):
            trace = (1 - self.network.leak) * trace + reaching[:, :, None] * slope[:, None, :]
            change = change + (trace * signal[:, None, :]).sum(axis=0)
        return self.network.by_name(scale * change), trace
