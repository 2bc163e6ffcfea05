"""Sign symmetry: feedback has the signs of the forward weights, and magnitudes of its own."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.random import Generator

from plausible.arrays import beside
from plausible.core import Array, Params, Presentation, View
from plausible.errors import require_number
from plausible.networks.inits import Glorot, Init
from plausible.networks.mlp import Pass
from plausible.rules.layered import Taught, Teaching, backward
from plausible.search import Range


@dataclass(frozen=True)
class SignSymmetry(Taught):
    """δ_L = error,  δ_l = (δ_{l+1} B_{l+1}) ⊙ f'(z_l),  B_l = (magnitudes ⊙ sign W_l)ᵀ,  ΔW_l ∝ -h_{l-1}ᵀ δ_l.

    With δ_l and z_l (batch, n_l), W_l (n_{l-1}, n_l), B_l (n_l, n_{l-1}); everything is dimensionless. B is made anew
    from the weights as they are at each presentation, and offered to probes; a weight of 0 counts as positive. Rules
    differ in the magnitudes alone; `init` draws those that stay, if any.
    """

    @abstractmethod
    def magnitudes(self, params: View, layer: int, rng: Generator) -> Array | np.floating[Any]:
        """How strong feedback is beside each weight of `layer`, (n_{l-1}, n_l) or one of its dtype; none below 0."""

    def teaching(
        self, params: View, passed: Pass, error: Array, shown: Presentation, rng: Generator
    ) -> Teaching:
        feedback: Params = {}
        for layer in range(2, self.network.depth + 1):
            feedback[f"B{layer}"] = signed(self.magnitudes(params, layer, rng), params[f"W{layer}"]).T
        return Teaching(backward(passed, error, feedback), internals=feedback)


def signed(magnitudes: Array | np.floating[Any], weights: Array) -> Array:
    """Magnitudes with the signs of weights, `copysign` bit by bit, which takes half of numpy's time."""
    bits = np.dtype(f"u{weights.itemsize}")
    signs = weights.view(bits) & bits.type(1 << 8 * weights.itemsize - 1)
    signs |= magnitudes.view(bits)
    signed: Array = signs.view(weights.dtype)
    return signed


@dataclass(frozen=True)
class UniformSignFeedback(SignSymmetry):
    """Uniform sign-concordant feedback (uSF) [liao2016]: backprop through the signs of the weights.

        B_l = c_l sign(W_l)ᵀ,   c_l = scale · √(2 / (n_{l-1} + n_l))

    and the rest as in `SignSymmetry`. `magnitudes` is c_l, without which signals would grow with depth: the norm of a
    matrix of signs is √(n_{l-1} n_l).

    Deviations: c_l at `scale` 1 is the standard deviation of Glorot's distribution, as in the benchmark of
    [sanfiz2021]. The paper normalises batches, and updates by Batch-Manhattan, here the optimiser wrapper `Manhattan`.
    """

    source: ClassVar[str] = "liao2016"
    answers: ClassVar[tuple[str, ...]] = ("weight transport (of magnitudes)",)
    search: ClassVar[Mapping[str, Range]] = {"scale": Range(0.1, 10.0)}

    scale: float = 1.0

    def __post_init__(self) -> None:
        require_number("scale", self.scale)

    def magnitudes(self, params: View, layer: int, rng: Generator) -> np.floating[Any]:
        weights = params[f"W{layer}"]
        number: np.floating[Any] = weights.dtype.type(self.scale * (2 / sum(weights.shape)) ** 0.5)
        return number


@dataclass(frozen=True)
class BatchwiseRandomSignFeedback(SignSymmetry):
    """Batchwise random-magnitude sign-concordant feedback (brSF) [liao2016]: new magnitudes for every batch.

        B_l = (M_l ⊙ sign W_l)ᵀ,   M_l (n_{l-1}, n_l) uniform on 0 to scale · √(6 / (n_{l-1} + n_l)), drawn each time

    and the rest as in `SignSymmetry`. `magnitudes` draws M_l.

    Deviations: M_l takes one of 32,768 values, for speed. At `scale` 1, it has the magnitudes of Glorot's uniform
    distribution, as in the benchmark of [sanfiz2021]; the paper draws from [0, 1], normalises batches, and updates by
    Batch-Manhattan (`Manhattan`).
    """

    source: ClassVar[str] = "liao2016"
    answers: ClassVar[tuple[str, ...]] = ("weight transport (of magnitudes)",)
    search: ClassVar[Mapping[str, Range]] = {"scale": Range(0.1, 10.0)}

    scale: float = 1.0

    def __post_init__(self) -> None:
        require_number("scale", self.scale)

    def magnitudes(self, params: View, layer: int, rng: Generator) -> Array:
        weights = params[f"W{layer}"]
        largest = self.scale * (6 / sum(weights.shape)) ** 0.5
        words = rng.integers(0, 2**64, -(-weights.size // 4), np.uint64)
        levels = words.view(np.uint16)[: weights.size].reshape(weights.shape)
        levels |= 1  # the middles of 32,768 steps, none of them 0
        drawn: Array = np.multiply(levels, largest / 65_536, dtype=weights.dtype)
        return beside(drawn, weights)


@dataclass(frozen=True)
class FixedRandomSignFeedback(SignSymmetry):
    """Fixed random-magnitude sign-concordant feedback (frSF) [liao2016]: magnitudes drawn once, signs that follow.

        B_l = (M_l ⊙ sign W_l)ᵀ,   M_l (n_{l-1}, n_l) fixed, random and not negative

    and the rest as in `SignSymmetry`. `init` draws M. With M = |W| it is backprop.

    Deviations: M is the absolute value of a draw from `magnitude`, Glorot's as in the benchmark of [sanfiz2021]; the
    paper draws from [0, 1], normalises batches, and updates by Batch-Manhattan (`Manhattan`).
    """

    source: ClassVar[str] = "liao2016"
    answers: ClassVar[tuple[str, ...]] = ("weight transport (of magnitudes)",)
    search: ClassVar[Mapping[str, Range]] = {"magnitude": Range(0.01, 1.0, form="uniform({})")}

    magnitude: Init = Glorot()

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        params = self.network.start(n_in, n_out, rng)
        for layer in range(2, self.network.depth + 1):
            n_below, n_above = params[f"W{layer}"].shape
            params[f"M{layer}"] = abs(self.network.draw(self.magnitude, rng, (n_below, n_above)))
        return params, None

    def magnitudes(self, params: View, layer: int, rng: Generator) -> Array:
        return params[f"M{layer}"]
