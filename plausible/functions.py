"""Activations with their slopes, outputs with their losses, and distributions of initial weights.

Everything here is a named value or a frozen dataclass: it prints, compares, and travels to worker processes.
All of it is elementwise numpy that keeps the dtype and the type of what it is given.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.random import Generator

from plausible.core import Array
from plausible.errors import BadInput, require, require_number, unknown

# --- activations ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Activation:
    """h = f(z), and its slope f'(z) as a function of h.

    All of these are monotone, so a unit's own output tells its slope, and z need not be kept. Both take `out`, an array
    that they may write into, as numpy's functions do; what they return need not be it.
    """

    name: str
    value: Callable[..., Array]
    slope: Callable[..., Array]

    def __repr__(self) -> str:
        return self.name

    def __reduce__(self) -> tuple[Callable[[str], Activation], tuple[str]]:
        return activation, (self.name,)


def _identity(z: Array, out: Array | None = None) -> Array:
    return z


def _one(h: Array, out: Array | None = None) -> Array:
    return np.ones_like(h)


def _tanh_slope(h: Array, out: Array | None = None) -> Array:
    slope = np.square(h, out=out)
    return np.subtract(1, slope, out=slope)


def _logistic(z: Array, out: Array | None = None) -> Array:
    e = np.exp(-abs(z))  # never overflows, and keeps its relative precision far below 0
    return np.divide(np.where(z >= 0, 1, e), 1 + e, out=out)


def _logistic_slope(h: Array, out: Array | None = None) -> Array:
    return np.multiply(h, 1 - h, out=out)


def _relu(z: Array, out: Array | None = None) -> Array:
    return np.maximum(z, 0, out=out)


def _relu_slope(h: Array, out: Array | None = None) -> Array:
    return np.sign(h, out=out)  # h is never negative; the slope at 0 is taken as 0


LEAK = 0.01


def _leaky_relu(z: Array, out: Array | None = None) -> Array:
    return np.maximum(z, LEAK * z, out=out)


def _leaky_relu_slope(h: Array, out: Array | None = None) -> Array:
    return np.maximum(np.sign(h), LEAK, out=out)  # the slope at 0 is taken as the leak


def _softplus(z: Array, out: Array | None = None) -> Array:
    return np.add(np.maximum(z, 0), np.log1p(np.exp(-abs(z))), out=out)


def _softplus_slope(h: Array, out: Array | None = None) -> Array:
    return np.negative(np.expm1(-h), out=out)  # h = log(1 + e^z)


def _hard_sigmoid(z: Array, out: Array | None = None) -> Array:
    return np.minimum(np.maximum(z, 0), 1, out=out)


def _hard_sigmoid_slope(h: Array, out: Array | None = None) -> Array:
    return np.multiply(np.sign(h), np.sign(1 - h), out=out)  # 1 strictly between the clips, else 0


identity = Activation("identity", _identity, _one)
tanh = Activation("tanh", np.tanh, _tanh_slope)
logistic = Activation("logistic", _logistic, _logistic_slope)
relu = Activation("relu", _relu, _relu_slope)
leaky_relu = Activation("leaky-relu", _leaky_relu, _leaky_relu_slope)
softplus = Activation("softplus", _softplus, _softplus_slope)
hard_sigmoid = Activation("hard-sigmoid", _hard_sigmoid, _hard_sigmoid_slope)

ACTIVATIONS = {f.name: f for f in (identity, tanh, logistic, relu, leaky_relu, softplus, hard_sigmoid)}


def activation(name: str) -> Activation:
    """The activation called `name`. Raises `BadInput` if there is none."""
    if name not in ACTIVATIONS:
        raise unknown("activation", name, ACTIVATIONS)
    return ACTIVATIONS[name]


# --- outputs and losses -----------------------------------------------------------------------------------------

Reduction = Literal["mean", "sum", "mean-elements"]


@dataclass(frozen=True)
class Output:
    """The last layer's activation and the loss that belongs to it.

    `loss(answer, y)` is one number per example, (batch,). `error(answer, y)` is its derivative with respect to the
    last layer's input z, (batch, n_out), example by example, in closed form. `reduction` says how the examples are
    put together, and with it the size of every weight change: "mean" over the examples (the suite's convention),
    their "sum", or "mean-elements", over examples and outputs (what several libraries call the mean squared
    error). Published learning rates mean nothing without it.

    Sequences have time in front, (time, batch, n_out): "mean" sums over time and averages over the sequences, so that
    what the windows of a sequence propose adds up to what the whole one does.
    """

    name: str
    value: Callable[[Array], Array]
    loss: Callable[[Array, Array], Array]
    error: Callable[[Array, Array], Array]
    reduction: Reduction = "mean"

    def scale(self, y: Array) -> float:
        """What a sum over the examples of `y`, (batch, n_out) or (time, batch, n_out), is multiplied with."""
        if self.reduction == "mean":
            return 1 / y.shape[-2]
        return 1.0 if self.reduction == "sum" else 1 / y.size

    def total(self, answer: Array, y: Array, mask: Array | None = None) -> float:
        """The loss over a batch, under the reduction; of sequences, where `mask`, (time, batch), counts them."""
        loss = self.loss(answer, y) if mask is None else self.loss(answer, y) * mask
        return float(loss.sum() * self.scale(y))

    def __repr__(self) -> str:
        return self.name if self.reduction == "mean" else f"{self.name}[{self.reduction}]"

    def __reduce__(self) -> tuple[Callable[[str, Reduction], Output], tuple[str, Reduction]]:
        return output, (self.name, self.reduction)


def _softmax(z: Array) -> Array:
    largest = np.maximum.reduce(z.T.copy()).T[
        ..., None
    ]  # of a copy with examples side by side, which is faster
    e = z - largest
    np.exp(e, out=e)
    e /= np.add.reduce(e, axis=-1, keepdims=True)
    return e


def _log(p: Array) -> Array:
    return np.log(
        np.maximum(p, np.finfo(p.dtype).tiny)
    )  # a probability that underflowed costs much, not infinity


def _cross_entropy(answer: Array, y: Array) -> Array:
    loss: Array = -(y * _log(answer)).sum(axis=-1)
    return loss


def _binary_cross_entropy(answer: Array, y: Array) -> Array:
    loss: Array = -(y * _log(answer) + (1 - y) * _log(1 - answer)).sum(axis=-1)
    return loss


def half_squared_error(answer: Array, y: Array) -> Array:
    """½ Σ_k (y_k − answer_k)², per example."""
    difference = answer - y
    loss: Array = 0.5 * (difference * difference).sum(axis=-1)
    return loss


def _difference(answer: Array, y: Array) -> Array:
    return answer - y  # exact for both cross-entropies, and for the linear output


def _difference_with_slope(answer: Array, y: Array) -> Array:
    return (answer - y) * (answer * (1 - answer))


OUTPUTS = {
    o.name: o
    for o in (
        Output("softmax", _softmax, _cross_entropy, _difference),
        Output("logistic", _logistic, _binary_cross_entropy, _difference),
        Output("linear", _identity, half_squared_error, _difference),
        Output("logistic-squared", _logistic, half_squared_error, _difference_with_slope),
    )
}


def output(name: str, reduction: Reduction = "mean") -> Output:
    """The output called `name`.

    "softmax" comes with cross-entropy, "logistic" with binary cross-entropy, "linear" and "logistic-squared" with
    half the squared error. Raises `BadInput` for an unknown name or reduction.
    """
    if name not in OUTPUTS:
        raise unknown("output", name, OUTPUTS)
    if reduction not in ("mean", "sum", "mean-elements"):
        raise unknown("reduction", reduction, ("mean", "sum", "mean-elements"))
    return replace(OUTPUTS[name], reduction=reduction)


def matching(used: Output) -> Output:
    """`used` with the loss that matches its function, whose derivative by z_L is answer - y, example by example.

    Of a logistic function that is the binary cross-entropy, and not the squared error; other outputs have theirs.
    """
    return output("logistic", used.reduction) if used.name == "logistic-squared" else used


# --- initial weights --------------------------------------------------------------------------------------------


class Init(ABC):
    """A distribution of weights of shape (fan_in, fan_out)."""

    @abstractmethod
    def draw(self, rng: Generator, fan_in: int, fan_out: int) -> Array:
        """A float64 sample, (fan_in, fan_out)."""

    def __call__(self, rng: Generator, shape: tuple[int, int], dtype: np.dtype[Any]) -> Array:
        """A sample in `dtype`; the same numbers are drawn whatever the dtype."""
        weights: Array = self.draw(rng, *shape).astype(dtype)
        return weights


@dataclass(frozen=True)
class Zero(Init):
    """All weights zero."""

    def draw(self, rng: Generator, fan_in: int, fan_out: int) -> Array:
        return np.zeros((fan_in, fan_out))


@dataclass(frozen=True)
class Uniform(Init):
    """Uniform on ±limit; ±1/√fan_in if no limit is given."""

    limit: float | None = None

    def __post_init__(self) -> None:
        if self.limit is not None:
            require_number("the limit of a uniform distribution", self.limit)

    def draw(self, rng: Generator, fan_in: int, fan_out: int) -> Array:
        limit = fan_in**-0.5 if self.limit is None else self.limit
        return rng.uniform(-limit, limit, (fan_in, fan_out))


@dataclass(frozen=True)
class Gaussian(Init):
    """Normal with standard deviation `scale`; 1/√fan_in if none is given."""

    scale: float | None = None

    def __post_init__(self) -> None:
        if self.scale is not None:
            require_number("the scale of a normal distribution", self.scale)

    def draw(self, rng: Generator, fan_in: int, fan_out: int) -> Array:
        return rng.normal(0, fan_in**-0.5 if self.scale is None else self.scale, (fan_in, fan_out))


@dataclass(frozen=True)
class Glorot(Init):
    """Variance 2/(fan_in + fan_out), uniform or normal [glorot2010]."""

    shape: Literal["uniform", "normal"] = "uniform"

    def __post_init__(self) -> None:
        require(
            self.shape in ("uniform", "normal"),
            "the shape of Glorot's distribution",
            self.shape,
            "uniform or normal",
        )

    def draw(self, rng: Generator, fan_in: int, fan_out: int) -> Array:
        scale = (2 / (fan_in + fan_out)) ** 0.5
        if self.shape == "normal":
            return rng.normal(0, scale, (fan_in, fan_out))
        return rng.uniform(-(3**0.5) * scale, 3**0.5 * scale, (fan_in, fan_out))


@dataclass(frozen=True)
class He(Init):
    """Normal with variance 2/fan_in [he2015]."""

    def draw(self, rng: Generator, fan_in: int, fan_out: int) -> Array:
        return rng.normal(0, (2 / fan_in) ** 0.5, (fan_in, fan_out))


@dataclass(frozen=True)
class Orthogonal(Init):
    """`gain` times a matrix with orthonormal rows or columns, drawn uniformly: of squares, no direction is favoured."""

    gain: float = 1.0

    def __post_init__(self) -> None:
        require_number("the gain of an orthogonal matrix", self.gain)

    def draw(self, rng: Generator, fan_in: int, fan_out: int) -> Array:
        q, r = np.linalg.qr(rng.standard_normal((max(fan_in, fan_out), min(fan_in, fan_out))))
        q *= np.sign(np.diag(r))  # else the distribution depends on the signs that the algorithm prefers
        return self.gain * (q if fan_in >= fan_out else q.T)


INITS: dict[str, Callable[..., Init]] = {
    "orthogonal": Orthogonal,
    "zero": Zero,
    "uniform": Uniform,
    "gaussian": Gaussian,
    "glorot": Glorot,
    "he": He,
}


def distribution(text: str) -> Init:
    """The distribution that `text` names: `zero`, `uniform`, `uniform(0.5)`, `gaussian(0.1)`, `glorot(normal)`, `he`.

    Raises:
        BadInput: for an unknown name or an argument that it cannot use.
    """
    read = re.fullmatch(r"([^()]*)(?:\(([^()]+)\))?", text.strip())
    if read is None:
        raise BadInput(f"distribution {text!r} cannot be read: expected a name, or one such as gaussian(0.1)")
    name, argument = read[1].strip(), (read[2] or "").strip()
    if name not in INITS:
        raise unknown("distribution", name, INITS)
    require(
        not re.search("[0-9]_[0-9]", argument), "the number in a distribution", text, "one in digits alone"
    )
    try:
        value: Any = float(argument)
    except ValueError:
        value = argument
    try:
        return INITS[name](value) if argument else INITS[name]()
    except TypeError:
        raise BadInput(f"distribution {text!r} takes no argument: expected {name}") from None
