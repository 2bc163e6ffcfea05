"""The seam for rules that perturb activity: forward passes in which noise enters z_l, and what they leave behind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.random import Generator

from plausible.arrays import beside
from plausible.core import Array, View
from plausible.networks.activations import Activation
from plausible.networks.mlp import MLP, Pass, into


class Noisy(NamedTuple):
    """What a forward pass with noise leaves behind in a network of L layers."""

    potentials: list[Array]  # z_1 ... z_L, each (batch, units), with the noise that entered them
    activities: list[Array]  # h_0 ... h_L, each (batch, units)
    activation: Activation

    @property
    def answer(self) -> Array:
        """h_L, (batch, n_L)."""
        return self.activities[-1]

    @property
    def passed(self) -> Pass:
        """The same as a network's own forward pass gives it."""
        return Pass(self.activities, self.activation)


def noisy(
    network: MLP, params: View, x: Array, noise: Mapping[int, Array], quiet: Noisy | None = None
) -> Noisy:
    """A forward pass in which noise enters potentials: z_l = h_{l-1} W_l + b_l + ξ_l.

    Args:
        network: the network, which is left as it is.
        params: its weights.
        x: examples, (batch, n_in).
        noise: ξ_l by layer, from 1 to L, each (batch, n_l); layers that are not named have none. Without any,
            activities are those of `network.forward`, to the last bit.
        quiet: a pass without noise over the same examples; layers below the lowest noise are taken from it.

    >>> import numpy as np
    >>> from plausible.networks.mlp import MLP
    >>> from plausible.networks.noisy import noisy
    >>> network = MLP((8,), dtype="float64")
    >>> params, x = network.start(4, 2, np.random.default_rng(0)), np.ones((5, 4))
    >>> quiet = noisy(network, params, x, {})
    >>> loud = noisy(network, params, x, {1: np.ones((5, 8))}, quiet)
    >>> bool(np.allclose(loud.potentials[0] - quiet.potentials[0], 1)), loud.answer.shape
    (True, (5, 2))
    """
    lowest = 1 if quiet is None else min(noise, default=network.depth + 1)
    activities = [x] if quiet is None else quiet.activities[:lowest]
    potentials = [] if quiet is None else quiet.potentials[: lowest - 1]
    for layer in range(lowest, network.depth + 1):
        z = into(network, params, layer, activities[-1])
        if layer in noise:
            z = z + noise[layer]
        potentials.append(z)
        activities.append(network.layers[layer - 1].value(z))
    return Noisy(potentials, activities, network.activation)


def normal(like: Array, rng: Generator) -> Array:
    """Standard normal numbers of the shape, the dtype and the memory of an array."""
    drawn: Array = beside(rng.standard_normal(like.shape, np.dtype(str(like.dtype))), like)
    return drawn


def potentials_like(network: MLP, params: View, x: Array) -> dict[int, Array]:
    """Zeros of the shapes of z_1 ... z_L, (batch, n_l), by layer, where noise is drawn before a pass."""
    return {n: 0 * (x[:, :1] * params[layer.weights][:1]) for n, layer in enumerate(network.layers, 1)}
