"""rflo.py: an online rule for sequences, with a trace at every synapse and the error sent back by random weights."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Params, Presentation, State, Step, Update, View
from plausible.networks.inits import Init, Uniform
from plausible.networks.rnn import RNN


@dataclass(frozen=True)
class RFLO:
    """Random-feedback local online learning [murray2019].

        p_t = (1 - leak) p_{t-1} + leak f'(z_t) a_tᵀ,   ΔW ∝ -Σ_t (error_t B_2) p_t

    with a_t, (batch, m), what reaches the units at step t: x_t, h_{t-1} and a 1 for the bias; p_t, (batch, m, n), a
    trace at each synapse; B_2, (n_out, n), fixed and random. With B_2 = W_2ᵀ and no recurrent weights p is the whole
    influence of W on h, and the rule is real-time recurrent learning. The state is (h_t, p_t): traces go on from
    window to window of a sequence.
    """

    network: RNN = RNN()
    feedback: Init = Uniform()

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        params = self.network.start(n_in, n_out, rng)
        return params | {"B2": self.network.draw(self.feedback, rng, (n_out, *self.network.hidden))}, None

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        network = self.network
        h, trace = (None, 0.0) if shown.first or state is None else state
        passed = network.run(params, shown.x, h)  # passed.slope is leak f'(z), (time, batch, n)
        error = network.error(passed.answer, shown)  # 0 at steps whose answers do not count
        change = 0.0
        for t, (slope, signal) in enumerate(zip(passed.slope, error @ params["B2"], strict=True)):
            always = np.ones_like(slope[:, :1])
            reaching = np.concatenate([passed.x[t], passed.before[t], always], axis=1)  # (batch, m)
            trace = (1 - network.leak) * trace + reaching[:, :, None] * slope[:, None, :]
            change = change + (trace * signal[:, None, :]).sum(axis=0)
        scale, n_in = -network.output.scale(shown.y), shown.x.shape[-1]
        updates: dict[str, Update] = network.changes_of_readout(passed.after, error, scale)
        updates |= {"W1": scale * change[:n_in], "R1": scale * change[n_in:-1]}
        updates |= {"b1": scale * change[-1]} if network.bias else {}
        loss = partial(network.output.total, passed.answer, shown.y, shown.mask)
        return Step(updates, (passed.last, trace), loss=loss)

    def respond(self, params: View, state: State, x: Array, rng: Generator) -> list[Array]:
        passed = self.network.run(params, x)
        return [passed.after, passed.answer]
