"""Rules for sequences that look back over a window: activity runs forward, then a teaching signal for every step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Params, Presentation, Step, View
from plausible.networks.rnn import RNN, Trajectory


@dataclass(frozen=True)
class Recurrent(ABC):
    """A rule whose changes are ΔR_1 ∝ -Σ_t h_{t-1}ᵀ δ_t, and so for W_1; one method is open, `signal`.

    The state is the activity that the next window starts from, (batch, n).
    """

    reference: ClassVar[str] = "bptt"

    network: RNN = RNN()

    @abstractmethod
    def signal(self, params: View, passed: Trajectory, error: Array) -> Array | None:
        """The teaching signals δ_t at z_t, (time, batch, n); None where only the read-out learns.

        `error`, (time, batch, n_out), is the derivative of each step's loss with respect to the read-out's input.
        """

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        return self.network.start(n_in, n_out, rng), None

    def update(self, params: View, state: Array | None, shown: Presentation, rng: Generator) -> Step:
        network = self.network
        passed = network.run(params, shown.x, None if shown.first else state)
        error = network.error(passed.answer, shown)
        scale = -network.output.scale(shown.y)
        updates = network.changes_of_readout(passed.after, error, scale)
        signal = self.signal(params, passed, error)
        if signal is not None:
            updates |= network.changes(shown.x, passed.before, signal, scale)
        loss = partial(network.output.total, passed.answer, shown.y, shown.mask)
        return Step(updates, passed.last, loss=loss)

    def respond(self, params: View, state: Array | None, x: Array, rng: Generator) -> list[Array]:
        passed = self.network.run(params, x)
        return [passed.after, passed.answer]


def through_time(direct: Array, slope: Array, backward: Array, leak: float) -> Array:
    """The teaching signals of a window, from what reaches each step directly and what comes back from the next.

        c_t = direct_t + (1 - leak) c_{t+1} + δ_{t+1} backward,   δ_t = c_t ⊙ slope_t

    with direct, c, δ and the slopes ∂h_t/∂z_t (time, batch, n), `backward` (n, n), in the place of R_1ᵀ.
    """
    signal = np.empty_like(direct)
    credit, signal[-1] = direct[-1], direct[-1] * slope[-1]
    for t in range(len(direct) - 1, 0, -1):
        back = signal[t] @ backward
        if leak != 1:
            back += (1 - leak) * credit
        back += direct[t - 1]
        credit = back
        signal[t - 1] = credit * slope[t - 1]
    return signal
