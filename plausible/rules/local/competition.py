"""Class-wise competition: each hidden unit stands for a class, and classes compete for the activity of a layer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from numpy.random import Generator

from plausible.arrays import beside
from plausible.core import Array, Params, View
from plausible.errors import require
from plausible.networks.outputs import output
from plausible.networks.products import times
from plausible.rules.local.loss import Lesson, LocalLoss
from plausible.rules.local.prediction import ACROSS

SOFTMAX = output("softmax")


@dataclass(frozen=True)
class ClasswiseCompetition(LocalLoss):
    """Class-wise competition [papachristodoulou2024]: the units of a layer are shared out among the classes.

        G_c = mean of h² over the units of class c,   R_l = -log of softmax(G) at the right class
        ∂R_l/∂h_j = (softmax(G)_c - y_c) · 2 h_j / n_c   for a unit j of class c

    with h (batch, n_l), G (batch, n_L), y one-hot (batch, n_L), and n_c the number of units of class c; unit j is of
    class j mod n_L, so that in a narrow layer the last classes have none. Everything is dimensionless. It is
    Forward-Forward's goodness without negative examples. `lesson` computes ∂R_l/∂h_l.

    Deviations: layers are fully connected and classes have units, where the paper has blocks of convolutional channels;
    the network's output layer answers, by an error of its own.
    """

    source: ClassVar[str] = "papachristodoulou2024"
    answers: ClassVar[tuple[str, ...]] = ("weight transport", *ACROSS[1:])
    targets: ClassVar[str] = "classes"

    def heads(self, n_out: int, rng: Generator) -> Params:
        require(n_out > 1, "the number of outputs", n_out, "two or more, as classes compete")
        return {}

    def lesson(self, layer: int, params: View, h: Array, y: Array) -> Lesson:
        share = beside(shares(h.shape[1], y.shape[1], h.dtype), h)
        error = SOFTMAX.value((h * h) @ share) - y
        return Lesson(times(error, share.T) * (2 * h))


@lru_cache(16)
def shares(units: int, classes: int, dtype: np.dtype[Any]) -> Array:
    """1 / n_c where a unit is of class c, else 0; (units, classes)."""
    members = np.arange(units)[:, None] % classes == np.arange(classes)
    share: Array = (members / np.maximum(members.sum(axis=0), 1)).astype(dtype)
    return share
