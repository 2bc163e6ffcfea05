"""What a network answers with, and the losses that its answers are held against."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

import numpy as np

from plausible.core import Array
from plausible.errors import unknown
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

    def __reduce__(self) -> tuple[Callable[..., Output], tuple[Any, ...]]:
        ours = OUTPUTS.get(self.name)
        if ours is not None and replace(ours, reduction=self.reduction) == self:
            return output, (self.name, self.reduction)
        return type(self), tuple(getattr(self, field.name) for field in fields(self))  # of one's own


def _softmax(z: Array) -> Array:
    """e^z over its sum, softmax."""
    largest = z.T.copy().max(axis=0).T[..., None]  # of a copy with examples side by side, which is faster
    e = z - largest
    np.exp(e, out=e)
    e /= e.sum(axis=-1, keepdims=True)
    return e


def _log(p: Array) -> Array:
    return np.log(
        np.maximum(p, np.finfo(p.dtype).tiny)
    )  # a probability that underflowed costs much, not infinity


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


def output(name: str, reduction: Reduction = "mean") -> Output:
    """The output called `name`.

    "softmax" comes with cross-entropy, "logistic" with binary cross-entropy, "linear" and "logistic-squared" with
    half the squared error. Raises `BadInput` for an unknown name or reduction.

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
    return replace(OUTPUTS[name], reduction=reduction)


def matching(used: Output) -> Output:
    """`used` with the loss that matches its function, whose derivative by z_L is answer - y, example by example.

    Of a logistic function that is the binary cross-entropy, and not the squared error; other outputs have theirs.
    """
    return output("logistic", used.reduction) if used.name == "logistic-squared" else used
