"""What a network answers with, and the losses that its answers are held against."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any, Literal

import numpy as np

from plausible.arrays import beside
from plausible.core import Array
from plausible.errors import is_real, plain, require, unknown
from plausible.networks.activations import _identity, _logistic

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

    `weights` are what the loss and the error of an example weigh by its class, as `weighed` makes them; () weighs all
    alike.
    """

    name: str
    value: Callable[[Array], Array]
    loss: Callable[[Array, Array], Array]
    error: Callable[[Array, Array], Array]
    reduction: Reduction = "mean"
    weights: tuple[float, ...] = ()

    def scale(self, y: Array) -> float:
        """What a sum over the examples of `y`, (batch, n_out) or (time, batch, n_out), is multiplied with."""
        if self.reduction == "mean":
            return 1 / y.shape[-2]
        return 1.0 if self.reduction == "sum" else 1 / y.size

    def total(self, answer: Array, y: Array, mask: Array | None = None) -> float:
        """The loss over a batch, under the reduction; of sequences, where `mask`, (time, batch), counts them."""
        loss = self.loss(answer, y) if mask is None else self.loss(answer, y) * mask
        total = loss.sum() * self.scale(y)
        return float(total) if isinstance(total, np.number) else total  # one that is followed stays so

    @property
    def unweighed(self) -> Output:
        """The same output, in which all examples weigh alike."""
        if not self.weights:
            return self
        loss, error = (part.of if isinstance(part, ByClass) else part for part in (self.loss, self.error))
        return replace(self, loss=loss, error=error, weights=())

    def __repr__(self) -> str:
        if not self.weights:
            return self.name if self.reduction == "mean" else f"{self.name}[{self.reduction}]"
        weights = f"weights=({','.join(map(repr, self.weights))})"
        return (
            f"{self.name}[{weights if self.reduction == 'mean' else f'reduction={self.reduction},{weights}'}]"
        )

    def __reduce__(self) -> tuple[Callable[..., Output], tuple[Any, ...]]:
        ours = OUTPUTS.get(self.name)
        if ours is not None and replace(ours, reduction=self.reduction) == self.unweighed:
            return output, (self.name, self.reduction, self.weights)
        return type(self), tuple(getattr(self, field.name) for field in fields(self))  # of one's own


@dataclass(frozen=True)
class ByClass:
    """A function of answers and targets, times the weight of each target's class: one-hot, or one column of 0 and 1."""

    of: Callable[[Array, Array], Array]  # (..., n_out) and (..., n_out) to (...,) or (..., n_out)
    weights: tuple[float, ...]

    def __call__(self, answer: Array, y: Array) -> Array:
        value = self.of(answer, y)
        weights = beside(np.array(self.weights, y.dtype), y)
        each: Array = y @ weights if y.shape[-1] > 1 else weights[0] + (weights[1] - weights[0]) * y[..., 0]
        return value * (each if value.ndim == each.ndim else each[..., None])


def _softmax(z: Array) -> Array:
    """e^z over its sum, softmax."""
    largest = z.T.copy().max(axis=0).T[..., None]  # of a copy with examples side by side, which is faster
    e = z - largest
    np.exp(e, out=e)
    e /= e.sum(axis=-1, keepdims=True)
    return e


def _log(p: Array) -> Array:
    return np.log(np.maximum(p, least(p.dtype)))  # a probability that underflowed costs much, not infinity


@cache
def least(dtype: np.dtype[Any]) -> np.floating[Any]:
    """The smallest number above 0 that has its full precision."""
    return np.finfo(dtype).tiny


def _cross_entropy(answer: Array, y: Array) -> Array:
    """Cross-entropy."""
    loss: Array = -(y * _log(answer)).sum(axis=-1)
    return loss


def _binary_cross_entropy(answer: Array, y: Array) -> Array:
    """Binary cross-entropy."""
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


softmax = Output("softmax", _softmax, _cross_entropy, _difference)

logistic = Output("logistic", _logistic, _binary_cross_entropy, _difference)

linear = Output("linear", _identity, half_squared_error, _difference)

logistic_squared = Output("logistic-squared", _logistic, half_squared_error, _difference_with_slope)

OUTPUTS = {o.name: o for o in (softmax, logistic, linear, logistic_squared)}


def output(name: str, reduction: Reduction = "mean", weights: tuple[float, ...] = ()) -> Output:
    """The output called `name`.

    "softmax" comes with cross-entropy, "logistic" with binary cross-entropy, "linear" and "logistic-squared" with
    half the squared error. Raises `BadInput` for an unknown name or reduction, and for weights as `weighed` does.

    >>> import numpy as np
    >>> from plausible.networks.outputs import output
    >>> softmax = output("softmax")
    >>> answer, y = softmax.value(np.zeros((1, 2))), np.array([[1.0, 0.0]])
    >>> answer, softmax.error(answer, y)
    (array([[0.5, 0.5]]), array([[-0.5,  0.5]]))
    >>> f"{softmax.total(answer, y):.4f}"  # log 2
    '0.6931'
    """
    if name not in OUTPUTS:
        raise unknown("output", name, OUTPUTS)
    if reduction not in ("mean", "sum", "mean-elements"):
        raise unknown("reduction", reduction, ("mean", "sum", "mean-elements"))
    return weighed(replace(OUTPUTS[name], reduction=reduction), weights)


def weighed(used: Output, weights: tuple[float, ...]) -> Output:
    """`used` with loss and error of every example times the weight of its class; () weighs all alike.

    Every rule that learns from `Output.error` then learns by these weights; `plausible.study.refusals` refuses others.

    Args:
        used: any output; weights that it has are left out.
        weights: (n_classes,), each above 0, in the order of the outputs; of a single output, those of 0 and of 1.

    Raises:
        BadInput: for weights that are no such numbers.

    >>> import numpy as np
    >>> from plausible.networks.outputs import output, weighed
    >>> softmax = weighed(output("softmax"), (1.0, 3.0))
    >>> softmax, softmax.error(np.array([[0.5, 0.5]]), np.array([[0.0, 1.0]]))
    (softmax[weights=(1.0,3.0)], array([[ 1.5, -1.5]]))
    """
    used, given = used.unweighed, plain(weights)
    good = (
        isinstance(given, tuple) and len(given) != 1 and all(is_real(w) and 0 < w < math.inf for w in given)
    )
    require(
        good,
        "weights",
        weights,
        "a tuple of finite numbers above 0, one for each of two classes or more; or ()",
    )
    if not given:
        return used
    each = tuple(map(float, given))
    return replace(used, loss=ByClass(used.loss, each), error=ByClass(used.error, each), weights=each)


def matching(used: Output) -> Output:
    """`used` with the loss that matches its function, whose derivative by z_L is answer - y, example by example.

    Of a logistic function that is the binary cross-entropy, and not the squared error; other outputs have theirs.
    """
    return output("logistic", used.reduction, used.weights) if used.name == "logistic-squared" else used
