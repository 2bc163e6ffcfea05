"""Gradient descent with a learning rate per weight, which grows while its changes agree: delta-bar-delta."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from plausible.core import Loss, Memory, Outer, Params, Update, View
from plausible.errors import plain_fields, require_number
from plausible.search import Range


@dataclass(frozen=True)
class DeltaBarDelta:
    """Delta-bar-delta [jacobs1988]: a learning rate per weight.

        R ← R + increase          where M ⊙ U > 0
        R ← (1 - decrease) · R    where M ⊙ U < 0
        M ← mean · M + (1 - mean) · U
        V ← momentum · V + R ⊙ U,     W ← W + V

    for every weight W with update U, rates R, the mean M of the updates before this one, and velocity V, all of one
    shape; everything is dimensionless. `increase`, `decrease` and `mean` are the paper's κ, φ and θ. U is a direction
    to add, the opposite of the paper's δ; only the sign of a product of two enters. Without momentum it is the
    paper's rule, with it the paper's hybrid.

    >>> import numpy as np
    >>> from plausible.optimise.delta_bar_delta import DeltaBarDelta
    >>> params, optimiser = {"w": np.zeros(1)}, DeltaBarDelta(0.1, increase=0.05)
    >>> memory = optimiser.init(params)
    >>> for _ in range(2):  # rates of 0.1 and, as the sign stays, 0.15
    ...     optimiser.apply(params, {"w": np.ones(1)}, memory)
    >>> params["w"].round(6)
    array([0.25])
    """

    full_batch: ClassVar[bool] = True
    search: ClassVar[Mapping[str, Range]] = {
        "first_rate": Range(1e-3, 10.0),
        "increase": Range(1e-4, 1.0),
        "decrease": Range(0.05, 0.5),
    }

    first_rate: float = 0.1
    increase: float = 0.05
    decrease: float = 0.2
    mean: float = 0.7
    momentum: float = 0.0

    def __post_init__(self) -> None:
        plain_fields(self)
        require_number("the first rate", self.first_rate)
        require_number("increase", self.increase)
        require_number("decrease", self.decrease, 0, 1)
        require_number("mean", self.mean, 0, 1)
        require_number("momentum", self.momentum, 0, 1)

    def init(self, params: View) -> Memory:
        return {
            "rate": {name: np.full_like(array, self.first_rate) for name, array in params.items()},
            "mean": {name: np.zeros_like(array) for name, array in params.items()},
            "velocity": {name: np.zeros_like(array) for name, array in params.items()},
        }

    def apply(
        self, params: Params, updates: Mapping[str, Update], memory: Memory, loss: Loss | None = None
    ) -> None:
        for name, update in updates.items():
            change = update.dense() if isinstance(update, Outer) else update
            rate, mean, velocity = (memory[what][name] for what in ("rate", "mean", "velocity"))
            agreement = mean * change
            rate[agreement > 0] += self.increase
            rate[agreement < 0] *= 1 - self.decrease
            mean *= self.mean
            mean += (1 - self.mean) * change
            velocity *= self.momentum
            velocity += rate * change
            params[name] += velocity
