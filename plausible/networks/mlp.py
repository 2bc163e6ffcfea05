"""Networks: the names and shapes of weights, how they start, and what they compute.

Names, fixed once: `W1 ... WL` forward weights (n_in, n_out), `b1 ... bL` biases (n_out,), `B2 ... BL` feedback
weights along the same path as the forward weights of that number, so of the shape of their transpose, and
`Q1 ... ` direct feedback (n_answer, n_layer) from the output error to that layer, `Q0` to the input.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Outer, Params, Update, View
from plausible.errors import is_whole, plain_fields, require
from plausible.networks.activations import Activation, tanh
from plausible.networks.inits import Init, Uniform, Zero
from plausible.networks.network import check_kinds, check_outputs, texts
from plausible.networks.outputs import Output, output
from plausible.networks.products import times
from plausible.networks.words import take_words


class Pass(NamedTuple):
    """What a forward pass leaves behind in a network of L layers."""

    activities: list[Array]  # h_0 ... h_L, each (batch, units): the input, the hidden layers, the answer
    activation: Activation

    def slope(self, layer: int) -> Array:
        """f'(z) of hidden layer `layer`, (batch, units)."""
        return self.activation.slope(self.activities[layer])


class Layer(NamedTuple):
    """The names of a layer's weights and biases, and its function."""

    weights: str
    biases: str | None
    value: Callable[[Array], Array]

    def changes(self, pre: Array, post: Array, scale: float) -> dict[str, Update]:
        """scale · preᵀ post for the weights, from (rows, n_in) and (rows, n_out), and scale · 1ᵀ post for biases."""
        changes: dict[str, Update] = {}
        if self.biases:  # first, while `post` is in the cache
            changes[self.biases] = Outer(None, post, scale)
        changes[self.weights] = Outer(pre, post, scale)
        return changes


@dataclass(frozen=True)
class MLP:
    """A multilayer perceptron: z_l = h_{l-1} W_l + b_l, h_l = f(z_l), and an output with its loss.

    Layers are counted from 1, the first hidden layer, to `depth`, the output; `hidden=()` is a single layer.

    Args:
        hidden: units of each hidden layer.
        activation: f of the hidden layers, as "relu", one of `plausible.networks.activations` or an `Activation` of
            one's own.
        output: the last layer's activation, its loss, and the reduction over examples; a name, such as "linear", or an
            `Output`.
        dtype: "float32" for studies, "float64" for mathematics.
        init: distribution of the weights; a name, such as "orthogonal" or "uniform(0.1)", or an `Init`.
        bias: whether units have biases; they start from `bias_init`, as weights of a single unit that is always on.

    Raises:
        BadInput: for settings that make no network.

    >>> import numpy as np
    >>> from plausible.networks.mlp import MLP
    >>> network = MLP((64, 32))
    >>> params = network.start(784, 10, np.random.default_rng(0))
    >>> {name: array.shape for name, array in params.items() if name[0] == "W"}
    {'W1': (784, 64), 'W2': (64, 32), 'W3': (32, 10)}
    >>> passed = network.forward(params, np.ones((5, 784), "float32"))
    >>> [h.shape for h in passed.activities], passed.slope(1).shape
    ([(5, 784), (5, 64), (5, 32), (5, 10)], (5, 64))
    """

    sequential: ClassVar[bool] = False
    reference: ClassVar[str] = "backprop"

    hidden: tuple[int, ...] = (128, 128)
    activation: Activation = tanh
    output: Output = output("softmax")
    dtype: str = "float32"
    init: Init = Uniform()
    bias: bool = True
    bias_init: Init = Zero()

    if TYPE_CHECKING:  # fields hold no words, which `__post_init__` replaces

        def __init__(
            self,
            hidden: tuple[int, ...] = ...,
            activation: Activation | str = ...,
            output: Output | str = ...,
            dtype: str = ...,
            init: Init | str = ...,
            bias: bool = ...,
            bias_init: Init | str = ...,
        ) -> None: ...

    def __post_init__(self) -> None:
        plain_fields(self)
        take_words(self, activation=Activation, output=Output, init=Init, bias_init=Init)
        good = isinstance(self.hidden, tuple) and all(is_whole(n) and n > 0 for n in self.hidden)
        require(good, "hidden", self.hidden, "a tuple of positive whole numbers, one per hidden layer")
        check_kinds(self, activation=Activation, output=Output, init=Init, bias_init=Init)

    @cached_property
    def depth(self) -> int:
        """Layers of weights."""
        return len(self.hidden) + 1

    @cached_property
    def inner(self) -> tuple[str, ...]:
        """The names of the weights below the read-out."""
        return tuple(f"W{layer}" for layer in range(1, self.depth))

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """The names of each layer's weights, and its function."""
        values = [self.activation.value] * len(self.hidden) + [self.output.value]
        return tuple(
            Layer(f"W{n}", f"b{n}" if self.bias else None, value) for n, value in enumerate(values, 1)
        )

    def settings(self) -> dict[str, str]:
        """Its fields, as texts by name."""
        return texts(self)

    def shapes(self, n_in: int, n_out: int) -> dict[str, tuple[int, ...]]:
        """The shapes of W_1 ... W_L, (n_{l-1}, n_l), and of b_1 ... b_L, (n_l,), by name."""
        sizes = (n_in, *self.hidden, n_out)
        shapes: dict[str, tuple[int, ...]] = {
            f"W{layer}": pair for layer, pair in enumerate(pairwise(sizes), 1)
        }
        return shapes | {f"b{layer}": (n,) for layer, n in enumerate(sizes[1:] if self.bias else (), 1)}

    def start(self, n_in: int, n_out: int, rng: Generator) -> Params:
        """New forward weights, then biases. Raises `BadInput` for a softmax of one output."""
        check_outputs(self, n_out)
        params: Params = {}
        for name, (*m, n) in self.shapes(n_in, n_out).items():
            weights = self.draw(self.init, rng, (m[0], n)) if m else self.draw(self.bias_init, rng, (1, n))[0]
            params[name] = weights
        return params

    def draw(self, init: Init, rng: Generator, shape: tuple[int, int]) -> Array:
        """Weights of `shape` (fan_in, fan_out), in this network's dtype."""
        dtype: np.dtype[Any] = np.dtype(self.dtype)
        return init(rng, shape, dtype)

    def feedback(self, distribution: Init, params: View, rng: Generator) -> Params:
        """New feedback weights B_2 ... B_L, each of the shape of W_lᵀ; their fan-in is the errors that they carry."""
        shapes = {layer: params[f"W{layer}"].T.shape for layer in range(2, self.depth + 1)}
        return {f"B{layer}": self.draw(distribution, rng, (n, m)) for layer, (n, m) in shapes.items()}

    def direct_feedback(self, distribution: Init, n_out: int, rng: Generator) -> Params:
        """New direct feedback Q_1 ... Q_{L-1}, (n_out, n_l), from the output error to each hidden layer."""
        sizes = enumerate(self.hidden, 1)
        return {f"Q{layer}": self.draw(distribution, rng, (n_out, units)) for layer, units in sizes}

    def forward(self, params: View, x: Array) -> Pass:
        """Show `x`, (batch, n_in), and keep what the layers did."""
        activities = [x]
        for weights, biases, value in self.layers:
            z = times(activities[-1], params[weights])
            if biases:
                z += params[biases]
            activities.append(value(z))
        return Pass(activities, self.activation)

    def respond(self, params: View, x: Array) -> list[Array]:
        """h_1 ... h_L, each (batch, units), of examples `x`, (batch, n_in)."""
        return self.forward(params, x).activities[1:]

    def loss(self, params: View, x: Array, y: Array) -> float:
        """The loss over a batch, under the output's reduction."""
        return self.output.total(self.forward(params, x).activities[-1], y)

    def updates(self, passed: Pass, signals: Sequence[Array | None], y: Array) -> dict[str, Update]:
        """The weight changes -h_{l-1}ᵀ δ_l from the teaching signals δ_1 ... δ_L, reduced over the examples.

        δ_l, (batch, units), stands for the derivative of an example's loss with respect to z_l; a layer whose
        signal is None does not learn.

        >>> import numpy as np
        >>> from plausible.networks.mlp import MLP
        >>> network = MLP((8,), bias=False)
        >>> params = network.start(4, 2, np.random.default_rng(0))
        >>> x, y = np.ones((5, 4), "float32"), np.eye(2, dtype="float32")[[0, 1, 0, 1, 0]]
        >>> passed = network.forward(params, x)
        >>> error = network.output.error(passed.activities[-1], y)
        >>> changes = network.updates(passed, [None, error], y)
        >>> {name: change.dense().shape for name, change in changes.items()}
        {'W2': (8, 2)}
        """
        return self.changes(passed.activities[:-1], signals, -self.output.scale(y))

    def changes(self, pre: Sequence[Array], post: Sequence[Array | None], scale: float) -> dict[str, Update]:
        """The weight changes scale · h_{l-1}ᵀ δ_l from h_0 ... h_{L-1} and δ_1 ... δ_L; none where a δ is None."""
        changes: dict[str, Update] = {}
        for (weights, biases, _), below, signal in zip(self.layers, pre, post, strict=True):
            if signal is not None:  # as `Layer.changes`, without a call: small networks would notice it
                if biases:
                    changes[biases] = Outer(None, signal, scale)
                changes[weights] = Outer(below, signal, scale)
        return changes


def lowest_signal(network: MLP, z: Sequence[Array], top: Array, back: View, gain: float) -> float:
    """How far an error at the output moves the first hidden layer: e_l = f(z_l + γ e_{l+1} B_{l+1}) - f(z_l).

    Differences are taken in double precision, so that small ones are no rounding.

    Args:
        z: z_1 ... z_L of a forward pass, (batch, n_l).
        top: e_L, (batch, n_L), in a network without hidden layers the answer itself.
        back: B_2 ... B_L, (n_l, n_{l-1}).
        gain: γ.

    Returns:
        The largest |e_1| of an example, the mean over the batch.
    """
    f = network.activation.value
    for layer in range(network.depth - 1, 0, -1):
        potential = z[layer - 1].astype(np.float64)
        top = f(potential + gain * times(top, back[f"B{layer + 1}"])) - f(potential)
    return float(abs(top).max(axis=1).mean())


def into(network: MLP, params: View, layer: int, h: Array) -> Array:
    """h W_l + b_l, (batch, n_l)."""
    weights, biases, _ = network.layers[layer - 1]
    z = times(h, params[weights])
    if biases:
        z += params[biases]
    return z
