"""Backpropagation in a network whose inputs come in groups, each with hidden units of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.random import Generator

from baselines.offset_backprop import OffsetBackprop
from plausible.arrays import beside
from plausible.core import Array, Outer, Params, Presentation, State, Step, View
from plausible.errors import BadInput, require_number
from plausible.rules.layered import Feedforward


@dataclass(frozen=True)
class BlockedBackprop(Feedforward):
    """Backpropagation [rumelhart1986] where the first layer's weights are blocks: each group of inputs has its units.

        ΔW_1 ∝ -(xᵀ δ_1) ⊙ C,   ΔW_l ∝ -h_{l-1}ᵀ δ_l for l > 1,   C_ij = 1 where input i and unit j are of one block

    with δ_l (batch, n_l) as in `backprop`, W_1 and C (n_in, n_1). `blocks` are numbers of inputs and units in turn;
    weights outside of them are 0, and stay it. Errors smaller than `tolerance` count as 0, as in the paper, whose
    outputs need not come nearer to 0 or 1 than 0.2. `connected` makes C, `update` the rest.

    Deviations: none for outputs that are logistic; those of softmax are taken as if they were.
    """

    source: ClassVar[str] = "rumelhart1986"
    answers: ClassVar[tuple[str, ...]] = ()
    reference: ClassVar[str] = "blocked-backprop"

    blocks: tuple[int, ...] = ()
    tolerance: float = 0.0

    def __post_init__(self) -> None:
        require_number("tolerance", self.tolerance)

    def connected(self, first: Array) -> Array:
        """C, (n_in, n_1), of the dtype of W_1; all ones without blocks. Raises `BadInput` if they do not fit."""
        if not self.blocks:
            return np.ones_like(first)
        sides = self.blocks[::2], self.blocks[1::2]
        if tuple(map(sum, sides)) != first.shape or len(sides[0]) != len(sides[1]):
            raise BadInput(
                f"blocks are {self.blocks}: expected inputs and units in turn, {first.shape} in all"
            )
        groups = [np.repeat(np.arange(len(side)), side) for side in sides]
        return beside((groups[0][:, None] == groups[1]).astype(first.dtype), first)

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        params = self.network.start(n_in, n_out, rng)
        return {**params, "W1": params["W1"] * self.connected(params["W1"])}, None

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        step = OffsetBackprop(self.network, 0.0, False, self.tolerance).update(params, state, shown, rng)
        first = step.updates["W1"]
        change = first.dense() if isinstance(first, Outer) else first
        return step._replace(updates={**step.updates, "W1": change * self.connected(params["W1"])})
