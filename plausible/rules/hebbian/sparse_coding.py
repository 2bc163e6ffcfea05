"""Sparse codes by lateral inhibition that is learned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.random import Generator

from plausible.arrays import beside
from plausible.core import Array, Params, View
from plausible.errors import require_number, require_whole
from plausible.networks.mlp import into
from plausible.rules.hebbian.features import UNSETTLED, Change, Features, Memories, Rung, attracted
from plausible.search import Range

STEP = 0.1  # of the relaxation, of a unit's time constant
MEMORY = 0.01  # share of a presentation in the mean activity


@dataclass(frozen=True)
class SparseCoding(Features):
    """Hebbian synapses and anti-Hebbian inhibition find a sparse code [brito2016], as in [illing2019].

        u ← u + 0.1 (x W + b - h R - u),   h = max(u - threshold, 0),   `steps` times from 0
        Δw_j ∝ mean h_j (x - z_j w_j),   ΔR ∝ inhibition mean hᵀ (h - m),   R ≥ 0,   m ← m + 0.01 (mean h - m)

    with x (batch, n_{l-1}), z = x W + b, u, h (batch, n_l), R (n_l, n_l) from unit to unit, none to itself, m (n_l,) in
    the state. `rung` relaxes, `change` computes ΔW and ΔR; the layer above is given h.

    Deviations: where the released code divides weights by their norm after every step, a decay keeps them there, which
    is the same to first order of the rate; examples of a batch relax side by side, and m starts at 0.
    """

    source: ClassVar[str] = "brito2016"
    answers: ClassVar[tuple[str, ...]] = UNSETTLED
    ignores: ClassVar[Mapping[str, str]] = {"activation": "its units are rectified linear above a threshold"}
    search: ClassVar[Mapping[str, Range]] = {"threshold": Range(1e-3, 1.0), "inhibition": Range(0.1, 100.0)}

    threshold: float = 0.01
    inhibition: float = 10.0
    steps: int = 50

    def __post_init__(self) -> None:
        for name in ("threshold", "inhibition"):
            require_number(name, getattr(self, name))
        require_whole("steps", self.steps)

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, Memories]:
        params, sizes = self.network.start(n_in, n_out, rng), self.network.hidden
        lateral = {f"R{n}": np.zeros((units, units), self.network.dtype) for n, units in enumerate(sizes, 1)}
        return params | lateral, tuple(np.zeros(units, self.network.dtype) for units in sizes)

    def rung(self, params: View, layer: int, below: Array) -> Rung:
        z, lateral = into(self.network, params, layer, below), params[f"R{layer}"]
        u = h = 0 * z
        for _ in range(self.steps):
            u = u + STEP * (z - h @ lateral - u)
            h = np.maximum(u - self.threshold, 0)
        return Rung(below, z, h)

    def change(self, params: View, layer: int, rung: Rung, memory: Any) -> Change:
        h, units = rung.h, rung.h.shape[1]
        moved = memory + MEMORY * (h.mean(axis=0) - memory)
        others = beside(1 - np.eye(units, dtype=h.dtype), h)
        lateral = self.inhibition * others * (h.T @ (h - memory)) / len(h)
        updates = {f"W{layer}": attracted(rung, h, params[f"W{layer}"]), f"R{layer}": lateral}
        return Change(updates, moved, {f"R{layer}": (0.0, np.inf)})
