"""Rules for sequences. A rule derives from the class that leaves open just what it has to say.

`Recurrent` leaves open the teaching signals of a window, as they follow from its errors alone. `Windowed` leaves open
the changes of the weights below the read-out, and what a rule carries from one window to the next.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Params, Presentation, State, Step, Update, View
from plausible.networks.rnn import RNN, Trajectory


@dataclass(frozen=True)
class Windowed(ABC):
    """A rule for windows of sequences, whose read-out learns by the delta rule; `inner_changes` is open.

    The state is (activity that the next window starts from, (batch, n); what else the rule carries there).
    """

    reference: ClassVar[str] = "bptt"

    network: RNN = RNN()

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        """New weights, the forward ones (`network.start`) first, and no state."""
        return self.network.start(n_in, n_out, rng), None

    @abstractmethod
    def inner_changes(
        self, params: View, passed: Trajectory, error: Array, scale: float, carried: State, rng: Generator
    ) -> tuple[Mapping[str, Update], State]:
        """The changes of the weights below the read-out, and what is carried to the next window.

        `error`, (time, batch, n_out), is the derivative of each step's loss with respect to the read-out's input;
        `scale` is minus what a sum over sequences is multiplied with. `carried` is None where a sequence begins.
        """

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        network, output = self.network, self.network.output
        start, carried = (None, None) if shown.first or state is None else state
        passed = network.run(params, shown.x, start)
        error, scale = network.error(passed.answer, shown), -output.scale(shown.y)
        changes, carried = self.inner_changes(params, passed, error, scale, carried, rng)
        updates = {**network.changes_of_readout(passed.after, error, scale), **changes}
        loss = partial(output.total, passed.answer, shown.y, shown.mask)
        return Step(updates, (passed.last, carried), loss=loss)

    def respond(self, params: View, state: State, x: Array, rng: Generator) -> list[Array]:
        return self.network.respond(params, x)


@dataclass(frozen=True)
class Recurrent(Windowed):
    """A rule whose changes are ΔR_1 ∝ -Σ_t h_{t-1}ᵀ δ_t, and so for W_1; `signal` is open.

    From window to window it carries activity alone.
    """

    @abstractmethod
    def signal(self, params: View, passed: Trajectory, error: Array) -> Array | None:
        """The teaching signals δ_t at z_t, (time, batch, n); None where only the read-out learns.

        `error`, (time, batch, n_out), is the derivative of each step's loss with respect to the read-out's input.
        """

    def inner_changes(
        self, params: View, passed: Trajectory, error: Array, scale: float, carried: State, rng: Generator
    ) -> tuple[Mapping[str, Update], State]:
        signal = self.signal(params, passed, error)
        return {} if signal is None else self.network.changes(passed.x, passed.before, signal, scale), None


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
