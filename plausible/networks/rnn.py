"""Recurrent networks: Elman's, and the leaky one that most rules for sequences are stated for.

Names beside those of plausible.networks.mlp: `R1` recurrent weights (n, n), from each unit to each; `P1` feedback
weights of the shape of R1ᵀ, along which errors travel back in time where they do not use R1 itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Outer, Params, Presentation, Update, View
from plausible.errors import BadInput, is_whole, plain_fields, require, require_number
from plausible.networks.activations import Activation, tanh
from plausible.networks.inits import Init, Orthogonal, Uniform, Zero
from plausible.networks.network import check_kinds, check_outputs, texts
from plausible.networks.outputs import Output, output
from plausible.networks.products import times
from plausible.networks.words import take_words


class Trajectory(NamedTuple):
    """What a recurrent network did over T time steps, from an activity that it had before them."""

    x: Array  # (time, batch, n_in)
    h: Array  # h_0 ... h_T, (time + 1, batch, n)
    answer: Array  # (time, batch, n_out)
    slope: Array  # ∂h_t/∂z_t = leak · f'(z_t), (time, batch, n)

    @property
    def before(self) -> Array:
        """h_{t-1}, (time, batch, n)."""
        return self.h[:-1]

    @property
    def after(self) -> Array:
        """h_t, (time, batch, n)."""
        return self.h[1:]

    @property
    def last(self) -> Array:
        """h_T, (batch, n): what the next window starts from."""
        return self.h[-1]


@dataclass(frozen=True)
class RNN:
    """A layer of leaky recurrent units, and a read-out: Elman's network [elman1990] where the leak is 1.

        z_t = x_t W_1 + h_{t-1} R_1 + b_1,   h_t = (1 - leak) h_{t-1} + leak f(z_t),   answer_t = g(h_t W_2 + b_2)

    with x_t (batch, n_in), z_t and h_t (batch, n), W_1 (n_in, n), R_1 (n, n), W_2 (n, n_out); h_0 = 0 where a sequence
    begins. One time step is the unit of time, so that units forget with a time constant of 1 / leak steps.

    Args:
        hidden: (n,), how many recurrent units there are.
        leak: in (0, 1], the fraction of its activity that a unit replaces in a step.
        activation: f; it, output and distributions are names or objects, as in `plausible.networks.mlp.MLP`.
        output: g, its loss, and the reduction over sequences.
        dtype: "float32" for studies, "float64" for mathematics.
        init: distribution of W_1 and W_2.
        recurrent: distribution of R_1; an orthogonal one keeps the length of h.
        bias: whether units have biases; they start from `bias_init`.

    Raises:
        BadInput: for settings that make no network.

    Twenty steps of five sequences, of three inputs each:

    >>> import numpy as np
    >>> from plausible.networks.rnn import RNN
    >>> network = RNN((16,), leak=0.5)
    >>> params = network.start(3, 2, np.random.default_rng(0))
    >>> {name: array.shape for name, array in params.items()}
    {'W1': (3, 16), 'R1': (16, 16), 'W2': (16, 2), 'b1': (16,), 'b2': (2,)}
    >>> passed = network.run(params, np.ones((20, 5, 3), "float32"))
    >>> passed.answer.shape, passed.last.shape
    ((20, 5, 2), (5, 16))
    """

    sequential: ClassVar[bool] = True
    reference: ClassVar[str] = "bptt"

    hidden: tuple[int, ...] = (32,)
    leak: float = 1.0
    activation: Activation = tanh
    output: Output = output("softmax")
    dtype: str = "float32"
    init: Init = Uniform()
    recurrent: Init = Orthogonal()
    bias: bool = True
    bias_init: Init = Zero()

    if TYPE_CHECKING:  # fields hold no words, which `__post_init__` replaces

        def __init__(
            self,
            hidden: tuple[int, ...] = ...,
            leak: float = ...,
            activation: Activation | str = ...,
            output: Output | str = ...,
            dtype: str = ...,
            init: Init | str = ...,
            recurrent: Init | str = ...,
            bias: bool = ...,
            bias_init: Init | str = ...,
        ) -> None: ...

    def __post_init__(self) -> None:
        plain_fields(self)
        take_words(self, activation=Activation, output=Output, init=Init, recurrent=Init, bias_init=Init)
        good = isinstance(self.hidden, tuple) and len(self.hidden) == 1
        good = good and is_whole(self.hidden[0]) and self.hidden[0] > 0
        require(good, "hidden", self.hidden, "(n,), a positive whole number of recurrent units: one layer")
        require_number("the leak", self.leak, 0, 1, open_low=True)
        check_kinds(self, activation=Activation, output=Output, init=Init, recurrent=Init, bias_init=Init)

    @property
    def depth(self) -> int:
        """Layers of weights."""
        return 2

    @cached_property
    def inner(self) -> tuple[str, ...]:
        """The names of the weights below the read-out."""
        return ("W1", "R1")

    def settings(self) -> dict[str, str]:
        """Its fields, as texts by name."""
        return texts(self)

    def shapes(self, n_in: int, n_out: int) -> dict[str, tuple[int, ...]]:
        """The shapes of W_1, R_1 and W_2, and of b_1 and b_2, by name."""
        (n,) = self.hidden
        shapes: dict[str, tuple[int, ...]] = {"W1": (n_in, n), "R1": (n, n), "W2": (n, n_out)}
        return shapes | ({"b1": (n,), "b2": (n_out,)} if self.bias else {})

    def start(self, n_in: int, n_out: int, rng: Generator) -> Params:
        """New weights, then biases. Raises `BadInput` for a softmax of one output."""
        check_outputs(self, n_out)
        drawn_from = {"W": self.init, "R": self.recurrent, "b": self.bias_init}
        params: Params = {}
        for name, (*m, n) in self.shapes(n_in, n_out).items():
            weights = self.draw(drawn_from[name[0]], rng, (m[0] if m else 1, n))
            params[name] = weights if m else weights[0]
        return params

    def draw(self, init: Init, rng: Generator, shape: tuple[int, int]) -> Array:
        """Weights of `shape` (fan_in, fan_out), in this network's dtype."""
        dtype: np.dtype[Any] = np.dtype(self.dtype)
        return init(rng, shape, dtype)

    def run(self, params: View, x: Array, start: Array | None = None) -> Trajectory:
        """Show `x`, (time, batch, n_in), from activity `start`, (batch, n); from 0 without it.

        Raises:
            BadInput: if x is no sequence of at least one step, or `start` is of another batch.
        """
        if x.ndim != 3 or not len(x):
            raise BadInput(
                f"a sequence of shape {x.shape}: expected (time, batch, n_in), with at least one step"
            )
        drive = self.driven(params, x)
        h = np.empty_like(drive, shape=(len(x) + 1, *drive.shape[1:]))
        h[0] = 0 if start is None else checked(start, h[0].shape)
        fired, leak, value, recurrent = h[1:], self.leak, self.activation.value, params["R1"]
        if leak == 1:
            for t, z in enumerate(drive, 1):
                h[t] = value(h[t - 1] @ recurrent + z)
        else:
            fired = np.empty_like(drive)
            for t, z in enumerate(drive):
                fired[t] = value(h[t] @ recurrent + z)
                h[t + 1] = (1 - leak) * h[t] + leak * fired[t]
        slope = self.activation.slope(fired)
        return Trajectory(x, h, self.read(params, h[1:]), slope if leak == 1 else leak * slope)

    def driven(self, params: View, x: Array) -> Array:
        """What reaches the units from outside, x W_1 + b_1, (time, batch, n), of all steps at once."""
        drive = times(rows(x), params["W1"])
        if self.bias:
            drive += params["b1"]
        return drive.reshape(*x.shape[:-1], -1)

    def read(self, params: View, h: Array) -> Array:
        """The answer to activity `h`, (..., n)."""
        z = times(rows(h), params["W2"])
        if self.bias:
            z += params["b2"]
        answer: Array = self.output.value(z).reshape(*h.shape[:-1], -1)
        return answer

    def error(self, answer: Array, shown: Presentation) -> Array:
        """The derivative of each step's loss by the input of the read-out, (time, batch, n_out); 0 where masked."""
        error = self.output.error(answer, shown.y)
        return error if shown.mask is None else error * shown.mask[..., None]

    def respond(self, params: View, x: Array) -> list[Array]:
        """h_1 ... h_T, (time, batch, n), and the answers, (time, batch, n_out), to `x`, (time, batch, n_in)."""
        passed = self.run(params, x)
        return [passed.after, passed.answer]

    def loss(self, params: View, shown: Presentation, start: Array | None = None) -> float:
        """The loss over a presentation, under the output's reduction."""
        return self.output.total(self.run(params, shown.x, start).answer, shown.y, shown.mask)

    def changes(self, x: Array, before: Array, signal: Array, scale: float) -> dict[str, Update]:
        """The changes of the recurrent layer from teaching signals δ_t, (time, batch, n), at z_t.

            ΔW_1 ∝ -Σ_t x_tᵀ δ_t,   ΔR_1 ∝ -Σ_t h_{t-1}ᵀ δ_t,   Δb_1 ∝ -Σ_t 1ᵀ δ_t

        with x_t and h_{t-1} `before` it, (time, batch, units). δ_t stands for the derivative of a sequence's loss;
        `scale` is minus what a sum over sequences is multiplied with.
        """
        signal = rows(signal)
        changes: dict[str, Update] = {"b1": Outer(None, signal, scale)} if self.bias else {}
        changes["W1"] = Outer(rows(x), signal, scale)
        changes["R1"] = Outer(rows(before), signal, scale)
        return changes

    def reaching(self, passed: Trajectory) -> Array:
        """a_t, (time, batch, m): what reaches a unit's synapses at each step, x_t, h_{t-1}, and 1 if it has a bias."""
        n_in, n = passed.x.shape[-1], passed.h.shape[-1]
        reaching = np.empty_like(passed.h, shape=(*passed.x.shape[:2], n_in + n + self.bias))
        reaching[..., :n_in], reaching[..., n_in : n_in + n] = passed.x, passed.before
        reaching[..., n_in + n :] = 1
        return reaching

    def by_name(self, change: Array) -> dict[str, Update]:
        """The `change`, (m, n), of the synapses that `reaching` reaches: those of W_1, of R_1 and of b_1."""
        n = change.shape[1]
        n_in = len(change) - n - self.bias
        changes: dict[str, Update] = {"b1": change[-1]} if self.bias else {}
        return {"W1": change[:n_in], "R1": change[n_in : n_in + n]} | changes

    def changes_of_readout(self, h: Array, error: Array, scale: float) -> dict[str, Update]:
        """The changes of the read-out, ΔW_2 ∝ -Σ_t h_tᵀ error_t and Δb_2, from `error`, (time, batch, n_out)."""
        changes: dict[str, Update] = {"b2": Outer(None, rows(error), scale)} if self.bias else {}
        changes["W2"] = Outer(rows(h), rows(error), scale)
        return changes


def rows(a: Array) -> Array:
    """`a`, (..., n), as a matrix."""
    return a.reshape(-1, a.shape[-1])


def checked(start: Array, shape: tuple[int, ...]) -> Array:
    """`start`, if it has `shape`. Raises `BadInput`."""
    if start.shape != shape:
        raise BadInput(
            f"the activity that was carried on has shape {start.shape}: expected {shape}; a window that continues "
            "another must hold the same sequences"
        )
    return start
