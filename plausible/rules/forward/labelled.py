"""The network of Forward-Forward: an input comes with a label, and the activity of the layers says if they agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.random import Generator

from plausible.arrays import beside
from plausible.core import Array, Outer, Params, Update, View
from plausible.errors import require, require_number
from plausible.networks.activations import relu
from plausible.networks.mlp import MLP, into
from plausible.networks.outputs import output

CHOICES = {"label": ("before", "over"), "goodness": ("sum", "mean"), "answer": ("goodness", "softmax")}
SOFTMAX = output("softmax")


def normalised(h: Array) -> Array:
    """`h`, (batch, units), at a root mean square of 1 per example, so that its length says nothing; 0 stays 0."""
    return h / (np.sqrt(np.mean(h * h, axis=1, keepdims=True)) + 1e-8)


class Rung(NamedTuple):
    """What a layer is given and what it makes of it."""

    below: Array  # ĥ_{l-1}, (batch, units below)
    h: Array  # (batch, units)


@dataclass(frozen=True)
class LabelledNetwork:
    """Hidden layers that pass on normalised activity, so that none can tell how active the layer below was.

        ĥ_0 = norm([intensity · label, x]),   h_l = relu(ĥ_{l-1} W_l + b_l),   ĥ_l = norm(h_l),   l < L

    With two hidden layers or more, the first has no say in the answer, as in [hinton2022].

    Args:
        network: sizes, distribution of the weights, and dtype; units are rectified linear whatever its activation.
        label: labels come "before" x, with inputs of their own, W_1 (n_out + n_in, n_1), or "over" its first n_out
            inputs, W_1 (n_in, n_1).
        intensity: the value of an input that says a label; fit to be compared with the largest inputs.
        goodness: of a layer, the "sum" or the "mean" of h² over its units.
        answer: the softmax over labels of the "goodness" that each raises, per unit, or the "softmax" of a read-out
            W_L of ĥ under a neutral label, 1 / n_out everywhere.

    Raises:
        BadInput: for other words than these, a network without hidden layers or with an output for values, and from
            `start` where labels do not fit.
    """

    network: MLP
    label: Literal["before", "over"] = "before"
    intensity: float = 1.0
    goodness: Literal["sum", "mean"] = "sum"
    answer: Literal["goodness", "softmax"] = "goodness"

    def __post_init__(self) -> None:
        for name, choices in CHOICES.items():
            require(getattr(self, name) in choices, name, getattr(self, name), " or ".join(choices))
        require_number("intensity", self.intensity, open_low=True)
        hidden, last = self.network.hidden, self.network.output.name
        require(
            hidden != (), "hidden", hidden, "at least one hidden layer, as it is hidden layers that learn"
        )
        require(
            last != "linear",
            "output",
            last,
            "one for classes, such as softmax: labels are told apart, not values",
        )

    @property
    def judges(self) -> slice:
        """The hidden layers that have a say in the answer: all but the first, if there are more."""
        return slice(min(len(self.network.hidden) - 1, 1), None)

    def start(self, n_in: int, n_out: int, rng: Generator) -> Params:
        """New weights; those of x are the ones that other rules start from at the same seed."""
        network, last = self.network, self.network.depth
        require(n_out > 1, "the number of outputs", n_out, "two or more, one for each label")
        expected = f"before, or a task with more inputs: {n_in} cannot hold {n_out} labels"
        require(self.label == "before" or n_in >= n_out, "label", self.label, expected)
        start = network.start(n_in, n_out, rng)
        params = {name: array for name, array in start.items() if name[1:] != str(last)}
        if self.label == "before":
            rows = network.draw(network.init, rng, (n_out, network.hidden[0]))
            params["W1"] = np.concatenate([rows, params["W1"]])
        if self.answer == "softmax":
            params[f"W{last}"] = network.draw(network.init, rng, (sum(network.hidden[self.judges]), n_out))
            params[f"b{last}"] = np.zeros(n_out, network.dtype)
        return params

    def climb(self, params: View, x: Array, label: Array) -> list[Rung]:
        """The activity of the hidden layers, from below, for x (batch, n_in) with a label (batch, n_out)."""
        rest = x if self.label == "before" else x[:, label.shape[1] :]
        h, rungs = np.concatenate([self.intensity * label, rest], axis=1), []
        for layer in range(1, self.network.depth):
            below = normalised(h)
            h = relu.value(into(self.network, params, layer, below))
            rungs.append(Rung(below, h))
        return rungs

    def measure(self, h: Array) -> Array:
        """The goodness of activity `h`, (batch, units), as a column, (batch, 1)."""
        goodness: Array = np.mean(h * h, axis=1, keepdims=True)
        return self.counted(h) * goodness

    def counted(self, h: Array) -> int:
        """The factor from the mean of the squares of activity `h`, (batch, units), to its goodness."""
        return h.shape[1] if self.goodness == "sum" else 1

    def changes(self, layer: int, below: Array, signal: Array, scale: float) -> dict[str, Update]:
        """The changes of a layer's weights and biases from `signal`, (rows, units), and ĥ `below`."""
        return self.network.layers[layer - 1].changes(below, signal, scale)

    def respond(self, params: View, x: Array, n_out: int) -> list[Array]:
        """Hidden activity under a neutral label, and the answer, (batch, n_out)."""
        neutral = self.climb(params, x, beside(np.full((len(x), n_out), 1 / n_out, x.dtype), x))
        if self.answer == "softmax":
            return [*(h for _, h in neutral), self.read(params, self.features(neutral))]
        raised = []
        for label in beside(np.eye(n_out, dtype=x.dtype), x):
            rungs = self.climb(params, x, np.tile(label, (len(x), 1)))[self.judges]
            raised.append(sum(self.measure(h) for _, h in rungs) / sum(self.counted(h) for _, h in rungs))
        return [*(h for _, h in neutral), SOFTMAX.value(np.concatenate(raised, axis=1))]

    def features(self, rungs: list[Rung]) -> Array:
        """ĥ of the layers that have a say, (batch, sum of their units)."""
        return np.concatenate([normalised(h) for _, h in rungs[self.judges]], axis=1)

    def read(self, params: View, features: Array) -> Array:
        """The read-out's answer, (batch, n_out)."""
        last = self.network.depth
        return SOFTMAX.value(features @ params[f"W{last}"] + params[f"b{last}"])

    def delta_rule(self, params: View, x: Array, y: Array) -> dict[str, Update]:
        """The changes of the read-out, averaged over the examples; none where goodness answers."""
        if self.answer == "goodness":
            return {}
        features = self.features(self.climb(params, x, np.full_like(y, 1 / y.shape[1])))
        error, last = self.read(params, features) - y, self.network.depth
        return {f"W{last}": Outer(features, error, -1 / len(y)), f"b{last}": Outer(None, error, -1 / len(y))}
