"""Units that compete by rank: the winner learns the input, another one unlearns it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Params, View
from plausible.errors import require, require_number, require_whole
from plausible.rules.hebbian.features import UNSETTLED, Change, Features, Memories, Rung, attracted
from plausible.search import Range


def ranked(drive: Array, rank: int, unlearn: float) -> Array:
    """g, (batch, n): 1 for the largest of `drive`, (batch, n), -`unlearn` for that of rank `rank`, else 0."""
    order = np.sort(drive, axis=1)
    first, other = order[:, -1:], order[:, -rank][:, None]
    result: Array = (drive == first) - unlearn * ((drive == other) & (drive < first)).astype(drive.dtype)
    return result.astype(drive.dtype)


@dataclass(frozen=True)
class KrotovHopfield(Features):
    """Hidden units compete by rank [krotov2019]: the winner learns, the unit of rank k unlearns, the others rest.

        I_j = Σ_i x_i sign(w_ij) |w_ij|^(p-1),   Δw_j ∝ mean_n g_nj (x_n - I_nj w_j)

    with x (batch, n_{l-1}), W (n_{l-1}, n_l), g from `ranked`: 1 for the unit with the largest I, -`unlearn` for that
    of rank k, else 0. Weights of a unit come to Σ_i |w_ij|^p = 1. The layer above is given h = max(z, 0)^power.
    `change` computes ΔW; that the largest change of a step is the rate is left to the optimiser `relative`.

    Deviations: units that tie share a rank; the released notebook's p = 2, k = 2 and power 1 unless told otherwise, as
    the paper's power of 4.5 suits one layer alone; the read-out's loss is the network's, not the paper's sixth power
    of the error of a tanh, and nothing is scaled after learning.
    """

    source: ClassVar[str] = "krotov2019"
    answers: ClassVar[tuple[str, ...]] = UNSETTLED
    ignores: ClassVar[Mapping[str, str]] = {"activation": "a layer hands on a power of what is above 0"}
    search: ClassVar[Mapping[str, Range]] = {"unlearn": Range(0.01, 1.0), "power": Range(1.0, 6.0)}

    p: float = 2.0
    rank: int = 2
    unlearn: float = 0.4
    power: float = 1.0

    def __post_init__(self) -> None:
        require_number("p", self.p, 1)
        require_whole("rank", self.rank, 2)
        require_number("unlearn", self.unlearn)
        require_number("power", self.power, open_low=True)

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, Memories]:
        fewest = min(self.network.hidden, default=self.rank)
        require(self.rank <= fewest, "rank", self.rank, f"at most {fewest}, the units of the smallest layer")
        return super().init(n_in, n_out, rng)

    def rung(self, params: View, layer: int, below: Array) -> Rung:
        below, z, _ = super().rung(params, layer, below)
        return Rung(below, z, np.maximum(z, 0) ** self.power)

    def change(self, params: View, layer: int, rung: Rung, memory: Any) -> Change:
        weights = params[f"W{layer}"]
        if self.p == 2 and f"b{layer}" not in params:
            drive = rung.z
        else:
            drive = rung.below @ (np.sign(weights) * abs(weights) ** (self.p - 1))
        g = ranked(drive, self.rank, self.unlearn)
        learn = (g != 0).any(axis=0).nonzero()[0]  # two units an example, of thousands
        change = np.zeros_like(weights)
        change[:, learn] = attracted(rung, g[:, learn], weights[:, learn], drive[:, learn])
        return Change({f"W{layer}": change})
