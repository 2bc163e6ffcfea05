"""A threshold that slides: the theory of Bienenstock, Cooper and Munro."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Params, View
from plausible.errors import require_number
from plausible.rules.hebbian.features import UNSETTLED, Change, Features, Memories, Rung
from plausible.search import Range


@dataclass(frozen=True)
class BCM(Features):
    """Activity above a threshold strengthens synapses, below it weakens them; the threshold slides [bienenstock1982].

        ΔW ∝ mean xᵀ (h (h - θ)),   θ ← θ + (mean h² - θ) / span

    with x (batch, n_{l-1}), h = max(x W + b, 0) (batch, n_l), θ (n_l,) in the state, `span` in presentations. Of
    patterns that are linearly independent and come with the shares p_k, what is stable is that a unit answers one of
    them, with 1 / p_k, and no other [intrator1992]; one that answers none stays silent. `change` computes both.

    Deviations: θ is the mean square of [intrator1992], not a power of the mean; their f' is left out, as in the first
    paper; θ starts at 1.
    """

    source: ClassVar[str] = "bienenstock1982"
    answers: ClassVar[tuple[str, ...]] = UNSETTLED
    ignores: ClassVar[Mapping[str, str]] = {"activation": "its units are rectified linear"}
    search: ClassVar[Mapping[str, Range]] = {"span": Range(1.0, 1000.0)}
    optimiser: ClassVar[str] = "sgd[rate=0.005]"

    span: float = 10.0

    def __post_init__(self) -> None:
        require_number("span", self.span, 1)

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, Memories]:
        thresholds = tuple(np.ones(units, self.network.dtype) for units in self.network.hidden)
        return self.network.start(n_in, n_out, rng), thresholds

    def rung(self, params: View, layer: int, below: Array) -> Rung:
        below, z, _ = super().rung(params, layer, below)
        return Rung(below, z, np.maximum(z, 0))

    def change(self, params: View, layer: int, rung: Rung, memory: Any) -> Change:
        h, threshold = rung.h, memory
        moved = threshold + ((h * h).mean(axis=0) - threshold) / self.span
        return Change({f"W{layer}": rung.below.T @ (h * (h - threshold)) / len(h)}, moved)
