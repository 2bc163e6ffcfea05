"""The same training in JAX, as its users write it: one jitted step whose weights are donated, and `lax.scan`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from benchmarks.setting import RATE, Floats, Setting, Whole, minibatches
from benchmarks.settling import PACE, STEPS

Layers = list[tuple[jax.Array, jax.Array]]  # W (n_in, n_out) and b (n_out,) of each layer


def layer(parameters: tuple[jax.Array, jax.Array], h: jax.Array) -> jax.Array:
    """h W + b, (batch, n_out)."""
    weights, biases = parameters
    return h @ weights + biases


def cross_entropy(layers: Layers, x: jax.Array, y: jax.Array) -> jax.Array:
    """The mean cross-entropy of a softmax output over tanh units."""
    for each in layers[:-1]:
        x = jnp.tanh(layer(each, x))
    return -(y * jax.nn.log_softmax(layer(layers[-1], x))).sum(axis=-1).mean()


def energy(states: list[jax.Array], layers: Layers, first: jax.Array, y: jax.Array) -> jax.Array:
    """Half the squared errors of all predictions, of which `first` is that of the first layer."""
    predictions = [first] + [layer(each, jnp.tanh(s)) for each, s in zip(layers[1:], states, strict=True)]
    return 0.5 * sum(jnp.square(s - p).sum() for s, p in zip([*states, y], predictions, strict=True))


def settled(layers: Layers, x: jax.Array, y: jax.Array) -> list[jax.Array]:
    """The states of the hidden layers after `STEPS` steps down the energy, from the forward pass on."""
    first = layer(layers[0], x)
    states = [first]
    for each in layers[1:-1]:
        states.append(layer(each, jnp.tanh(states[-1])))

    def step(states: list[jax.Array], _: None) -> tuple[list[jax.Array], None]:
        slopes = jax.grad(energy)(states, layers, first, y)
        return [s - PACE * slope for s, slope in zip(states, slopes, strict=True)], None

    return lax.scan(step, states, length=STEPS)[0]


def error_at_rest(layers: Layers, x: jax.Array, y: jax.Array) -> jax.Array:
    """The energy of an example at settled states, through which no gradient flows."""
    states = lax.stop_gradient(settled(lax.stop_gradient(layers), x, y))
    return energy(states, layers, layer(layers[0], x), y) / len(x)


Loss = Callable[[Layers, jax.Array, jax.Array], jax.Array]


@partial(jax.jit, static_argnames="loss", donate_argnames="layers")
def changed(layers: Layers, x: jax.Array, y: jax.Array, loss: Loss) -> Layers:
    """The weights after a step of gradient descent on a minibatch."""
    slopes = jax.grad(loss)(layers, x, y)
    return jax.tree.map(lambda weights, slope: weights - RATE * slope, layers, slopes)


@partial(jax.jit, static_argnames="loss", donate_argnames="layers")
def changed_by(layers: Layers, x: jax.Array, y: jax.Array, chosen: Whole, loss: Loss) -> Layers:
    """The same, with the minibatch `chosen` by the compiled step among all examples."""
    return changed(layers, x[chosen], y[chosen], loss)


class Jax:
    """Weights, and a step that is compiled when it is first taken.

    Minibatches are rows of numpy's arrays, as in JAX's own example of MNIST. `resident` keeps all examples in JAX's
    memory, and lets the compiled step take the rows.
    """

    def __init__(self, setting: Setting, name: str) -> None:
        x, labels = setting.data()
        self.loss: Loss = error_at_rest if "settling" in name else cross_entropy
        self.x, self.y = x, np.eye(setting.sizes[-1], dtype=np.float32)[labels]
        self.resident = (jnp.asarray(self.x), jnp.asarray(self.y)) if name.endswith("resident") else None
        self.chosen: Iterator[Whole] = minibatches(setting, len(x))
        first, depth = setting.weights(), len(setting.sizes) - 1
        self.layers: Layers = [
            (jnp.asarray(first[f"W{n}"]), jnp.asarray(first[f"b{n}"])) for n in range(1, depth + 1)
        ]

    def steps(self, n: int) -> None:
        """`n` weight changes, of which the last is waited for."""
        for _ in range(n):
            chosen = next(self.chosen)
            if self.resident:
                self.layers = changed_by(self.layers, *self.resident, chosen, loss=self.loss)
            else:
                self.layers = changed(self.layers, self.x[chosen], self.y[chosen], loss=self.loss)
        jax.block_until_ready(self.layers)

    def weights(self) -> dict[str, Floats]:
        """The weights now."""
        named = {f"W{n}": np.asarray(weights) for n, (weights, _) in enumerate(self.layers, 1)}
        return named | {f"b{n}": np.asarray(biases) for n, (_, biases) in enumerate(self.layers, 1)}
