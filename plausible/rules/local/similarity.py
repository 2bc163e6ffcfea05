"""Similarity losses: activity shall be alike for examples of one class, and differ between classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Params, View
from plausible.errors import require, require_number
from plausible.networks.inits import Init, Uniform
from plausible.networks.products import times
from plausible.rules.local.loss import Lesson, LocalLoss
from plausible.rules.local.prediction import ACROSS, CODE, LayerwiseClassifiers
from plausible.search import Range

SMALL = 1e-8  # added to the length of a row


def directions(h: Array) -> Array:
    """The rows of `h`, (batch, units), without their means, at length 1; rows whose numbers are all equal are 0."""
    apart = h - h.mean(axis=1, keepdims=True)
    result: Array = apart / (np.sqrt((apart * apart).sum(axis=1, keepdims=True)) + SMALL)
    return result


def similarity(h: Array) -> Array:
    """S(h), (batch, batch): the correlation of each two examples over the units of `h`, (batch, units).

    >>> import numpy as np
    >>> from plausible.rules.local.similarity import similarity
    >>> similarity(np.eye(3)).round(6)
    array([[ 1. , -0.5, -0.5],
           [-0.5,  1. , -0.5],
           [-0.5, -0.5,  1. ]])
    """
    rows = directions(h)
    return rows @ rows.T


def matched(h: Array, wanted: Array) -> Array:
    """The derivative by `h` of the mean of (S(h) - wanted)², times the number of examples; (batch, units).

    It passes through both factors of S. Its rows have no mean, as those of â have none.
    """
    apart = h - h.mean(axis=1, keepdims=True)
    length = np.sqrt((apart * apart).sum(axis=1, keepdims=True))
    rows = apart / (length + SMALL)
    signal = times(rows @ rows.T - wanted, rows)
    signal *= 4 / len(h)
    along = (signal * apart).sum(axis=1, keepdims=True) / np.maximum(length, np.finfo(h.dtype).tiny)
    result: Array = (signal - rows * along) / (length + SMALL)
    return result


def check_several(n_out: int) -> None:
    """Raise `BadInput` for a single output: what is compared is the pattern over several."""
    require(
        n_out > 1, "the number of outputs", n_out, "two or more, as single numbers have no pattern to compare"
    )


@dataclass(frozen=True)
class LocalSimilarity(LocalLoss):
    """The similarity loss of [noekland2019]: S of a layer's activity shall be S of the targets.

        R_l = mean over pairs of (S(h_l K_l) - S(y))²,   S(a) = â âᵀ,   â_n = (a_n - mean a_n) / |a_n - mean a_n|
        ∂R_l/∂â = 4 / batch² · (S - S(y)) â

    with h_l (batch, n_l), K_l (n_l, n_l) a linear map that learns too, ΔK_l ∝ -h_lᵀ ∂R_l/∂(h_l K_l), and S(y), for
    one-hot y of C classes, 1 in a class and -1 / (C - 1) between classes; everything is dimensionless. With `bio`, S
    is of h_l itself, and of y P_l in the place of y, P_l (n_L, 128) fixed and random. `lesson` computes ∂R_l/∂h_l.

    Deviations: S is not clamped to ±1, which rounding alone could pass.
    """

    source: ClassVar[str] = "noekland2019"
    answers: ClassVar[tuple[str, ...]] = ACROSS
    several: ClassVar[str] = "hidden layers learn from pairs of examples"

    bio: bool = False
    projection: Init = Uniform()

    def heads(self, n_out: int, rng: Generator) -> Params:
        check_several(n_out)
        sizes = enumerate(self.form.hidden, 1)
        if self.bio:
            return {f"P{layer}": self.form.draw(Uniform(), rng, (n_out, CODE)) for layer, _ in sizes}
        return {f"K{layer}": self.form.draw(self.projection, rng, (n, n)) for layer, n in sizes}

    def lesson(self, layer: int, params: View, h: Array, y: Array) -> Lesson:
        if self.bio:
            return Lesson(matched(h, similarity(y @ params[f"P{layer}"])))
        weights = params[f"K{layer}"]
        error = matched(times(h, weights), similarity(y))
        return Lesson(times(error, weights.T), {f"K{layer}": (h, error)})


@dataclass(frozen=True)
class PredSim(LayerwiseClassifiers):
    """The combined loss of [noekland2019]: similarity and prediction, each through a part of its own.

        R_l = (1 - share) R_l of `LayerwiseClassifiers` + share R_l of `LocalSimilarity`

    with the heads of both, by the names that they have there; with `bio`, one P_l codes targets for both. `lesson` adds
    the two.

    Deviations: those of the two; the output layer learns from its whole loss, of which the authors take 1 - share.
    """

    search: ClassVar[Mapping[str, Range]] = {"share": Range(0.1, 0.999)}

    share: float = 0.99
    projection: Init = Uniform()

    @property
    def matching(self) -> LocalSimilarity:
        """The rule of the similarity loss alone."""
        return LocalSimilarity(self.network, self.bio, self.projection)

    def heads(self, n_out: int, rng: Generator) -> Params:
        require_number("share", self.share, 0, 1)
        check_several(n_out)
        heads = super().heads(n_out, rng)
        return heads if self.bio else heads | self.matching.heads(n_out, rng)

    def lesson(self, layer: int, params: View, h: Array, y: Array) -> Lesson:
        said, alike = super().lesson(layer, params, h, y), self.matching.lesson(layer, params, h, y)
        weighed = [(said.heads, 1 - self.share), (alike.heads, self.share)]
        heads = {name: (pre, part * post) for heads, part in weighed for name, (pre, post) in heads.items()}
        return Lesson((1 - self.share) * said.signal + self.share * alike.signal, heads)
