"""A recurrent network in continuous time, some of whose units are its answer, as reward-modulated rules have it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Params, View
from plausible.errors import BadInput, is_whole, plain_fields, require, require_number
from plausible.networks.inits import Init, Uniform
from plausible.networks.network import check_kinds, check_outputs, texts
from plausible.networks.outputs import Output, output
from plausible.networks.rnn import checked
from plausible.networks.words import take_words

HELD = (1.0, 1.0, -1.0)  # the potentials of the last units, which stand for biases


class Course(NamedTuple):
    """What the units did over T time steps."""

    potentials: Array  # x_0 ... x_T, (time + 1, batch, n)
    rates: Array  # r_0 ... r_T, (time + 1, batch, n)
    answer: Array  # (time, batch, n_out)


@dataclass(frozen=True)
class ContinuousRNN:
    """Units with a potential that leaks, and rates that are its hyperbolic tangent [miconi2017].

        x_t = x_{t-1} + pace (r_{t-1} R_1 + u_t W_1 + ξ_t - x_{t-1}),   r_t = tanh(x_t),   answer_t = g(r_t W_2)

    with x_t and r_t (batch, n), u_t (batch, n_in), W_1 (n_in, n), R_1 (n, n), noise ξ_t (batch, n) where a rule has it,
    and W_2 (n, n_out), 1 from unit k to output k and 0 elsewhere: the first units are the answer. The last three are
    held at 1, 1 and -1, as biases.

    Args:
        hidden: (n,), how many units there are.
        pace: in (0, 1], the time step over the time constant of the units.
        gain: the standard deviation of R_1 is gain / √n; above 1 activity does not die out.
        output: g and its loss; a name, or an `Output`.
        dtype: "float32" or "float64".
        init: the distribution of W_1.

    Raises:
        BadInput: for settings that make no network.

    >>> import numpy as np
    >>> from plausible.rules.reward.network import ContinuousRNN
    >>> network = ContinuousRNN((20,))
    >>> params = network.start(3, 2, np.random.default_rng(0))
    >>> network.run(params, np.ones((50, 5, 3), "float32")).answer.shape
    (50, 5, 2)
    """

    sequential: ClassVar[bool] = True
    reference: ClassVar[str] = ""

    hidden: tuple[int, ...] = (100,)
    pace: float = 0.2
    gain: float = 1.5
    output: Output = output("linear")
    dtype: str = "float32"
    init: Init = Uniform(1.0)

    def __post_init__(self) -> None:
        plain_fields(self)
        take_words(self, output=Output, init=Init)
        good = isinstance(self.hidden, tuple) and len(self.hidden) == 1
        good = good and is_whole(self.hidden[0]) and self.hidden[0] > len(HELD)
        require(good, "hidden", self.hidden, "(n,), a whole number of units, 4 or more: one layer")
        require_number("pace", self.pace, 0, 1, open_low=True)
        require_number("gain", self.gain)
        check_kinds(self, output=Output, init=Init)

    @property
    def inner(self) -> tuple[str, ...]:
        """The names of its weights, of which none is a read-out's."""
        return ("W1", "R1")

    def settings(self) -> dict[str, str]:
        """Its fields, as texts by name."""
        return texts(self)

    def shapes(self, n_in: int, n_out: int) -> dict[str, tuple[int, ...]]:
        """The shapes of W_1, R_1 and W_2."""
        (n,) = self.hidden
        return {"W1": (n_in, n), "R1": (n, n), "W2": (n, n_out)}

    def start(self, n_in: int, n_out: int, rng: Generator) -> Params:
        """New weights. Raises `BadInput` for more outputs than units, and a softmax of one output."""
        check_outputs(self, n_out)
        (n,) = self.hidden
        if n_out > n - len(HELD):
            raise BadInput(
                f"{n_out} outputs of {n} units, the last {len(HELD)} of which are held: expected fewer"
            )
        dtype: np.dtype[Any] = np.dtype(self.dtype)
        inputs = self.init(rng, (n_in, n), dtype)
        recurrent = rng.normal(0, self.gain / n**0.5, (n, n)).astype(dtype)
        return {"W1": inputs, "R1": recurrent, "W2": np.eye(n, n_out, dtype=dtype)}

    def run(self, params: View, x: Array, noise: Array | None = None, start: Array | None = None) -> Course:
        """Show `x`, (time, batch, n_in), with noise ξ, (time, batch, n), from potentials `start`, (batch, n), or 0.

        Raises:
            BadInput: if x is no sequence of at least one step, or `start` is of another batch.
        """
        if x.ndim != 3 or not len(x):
            raise BadInput(
                f"a sequence of shape {x.shape}: expected (time, batch, n_in), with at least one step"
            )
        drive = x @ params["W1"] if noise is None else x @ params["W1"] + noise
        potentials = np.empty_like(drive, shape=(len(x) + 1, *drive.shape[1:]))
        rates = np.empty_like(potentials)
        potentials[0] = 0 if start is None else checked(start, potentials[0].shape)
        for t, now in enumerate(potentials):
            if t:
                before = potentials[t - 1]
                now[:] = before + self.pace * (rates[t - 1] @ params["R1"] + drive[t - 1] - before)
            for place, held in enumerate(HELD, -len(HELD)):
                now[:, place] = held
            rates[t] = np.tanh(now)
        return Course(potentials, rates, self.output.value(rates[1:] @ params["W2"]))

    def respond(self, params: View, x: Array) -> list[Array]:
        """r_1 ... r_T, (time, batch, n), and the answers, (time, batch, n_out), from rest."""
        course = self.run(params, x)
        return [course.rates[1:], course.answer]
