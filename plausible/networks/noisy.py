"""The seam for rules that perturb activity: forward passes in which noise enters z_l, and what they leave behind."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal, NamedTuple, TypeVar

import numpy as np
from numpy.random import Generator

from plausible.arrays import beside
from plausible.core import Array, View
from plausible.errors import require
from plausible.networks.activations import Activation
from plausible.networks.mlp import MLP, Pass, into

Kind = Literal["normal", "signs"]
Name = TypeVar("Name", int, str)


class Noisy(NamedTuple):
    """What a forward pass with noise leaves behind in a network of L layers."""

    potentials: list[
        Array
    ]  # z_1 ... z_L, each (batch, units), with the noise that entered them; none if not kept
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
    network: MLP,
    params: View,
    x: Array,
    noise: Mapping[int, Array],
    quiet: Noisy | None = None,
    keep: bool = True,
) -> Noisy:
    """A forward pass in which noise enters potentials: z_l = h_{l-1} W_l + b_l + ξ_l.

    Args:
        network: the network, which is left as it is.
        params: its weights.
        x: examples, (batch, n_in).
        noise: ξ_l by layer, from 1 to L, each (batch, n_l); layers that are not named have none. Without any,
            activities are those of `network.forward`, to the last bit.
        quiet: a pass without noise over the same examples, whose potentials were kept; layers below the lowest noise
            are taken from it, and so is what enters the layer of the lowest noise.
        keep: whether potentials are kept; without them the next layer's take their memory, which is in the cache.

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
        if quiet is not None and layer == lowest:
            z: Array = quiet.potentials[layer - 1] + noise[layer]
        else:
            z = into(network, params, layer, activities[-1])
            if layer in noise:
                z = z + noise[layer]  # not in place, as sums over z would then be rounded in another order
        if keep:
            potentials.append(z)
        activities.append(network.layers[layer - 1].value(z))
    return Noisy(potentials, activities, network.activation)


def normal(like: Array, rng: Generator) -> Array:
    """Standard normal numbers of the shape, the dtype and the memory of an array."""
    drawn: Array = beside(rng.standard_normal(like.shape, like.dtype), like)
    return drawn


def check_kind(kind: object) -> None:
    """Raise `BadInput` unless `kind` is one of the distributions that noise is drawn from."""
    require(kind in ("normal", "signs"), "noise", kind, "normal or signs")


def noise_like(
    arrays: Mapping[Name, Array], rng: Generator, sigma: float = 1.0, kind: Kind = "normal"
) -> dict[Name, Array]:
    """σξ of the shapes, the dtype and the memory of `arrays`, by name, with ξ independent, of mean 0 and variance 1.

    Args:
        arrays: what noise is for, of one dtype.
        rng: the generator.
        sigma: σ, the standard deviation.
        kind: "normal", or "signs", which are -1 and 1 with equal probability (Rademacher's distribution). A sign is a
            random bit: eight of them are one byte, whose number is the row of a table that has them as numbers. So
            signs take a twentieth of the time of normal numbers.

    >>> import numpy as np
    >>> from plausible.networks.noisy import noise_like
    >>> noise = noise_like({"W1": np.zeros((100, 3), "float32")}, np.random.default_rng(0), 0.5, "signs")["W1"]
    >>> np.unique(noise), noise.shape, noise.dtype
    (array([-0.5,  0.5], dtype=float32), (100, 3), dtype('float32'))
    """
    found: dict[Name, Array] = {}
    if kind == "normal":
        for name, array in arrays.items():
            found[name] = normal(array, rng)
            found[name] *= sigma
        return found
    dtype = next((array.dtype for array in arrays.values()), np.dtype("float64"))
    total = sum(array.size for array in arrays.values())
    words = rng.bit_generator.random_raw(-(-total // 64)).astype("<u8", copy=False)
    bits = words.view(np.uint8).astype(np.intp)
    signs, start = signs_of_bytes(sigma, dtype).take(bits, axis=0).reshape(-1), 0
    for name, array in arrays.items():
        mine: Array = signs[start : start + array.size]
        turned = array.ndim == 2 and array.T.flags.c_contiguous
        mine = mine.reshape(array.T.shape).T if turned else mine.reshape(array.shape)
        found[name] = beside(mine, array)
        start += array.size
    return found


@lru_cache(8)
def signs_of_bytes(size: float, dtype: np.dtype[Any]) -> Array:
    """±size for each bit of each byte, (256, 8)."""
    bits = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1)
    signs: Array = (size * (2.0 * bits - 1)).astype(dtype)
    return signs


def potentials_like(network: MLP, params: View, x: Array) -> dict[int, Array]:
    """Zeros of the shapes of z_1 ... z_L, (batch, n_l), by layer, where noise is drawn before a pass."""
    return {n: 0 * (x[:, :1] * params[layer.weights][:1]) for n, layer in enumerate(network.layers, 1)}
