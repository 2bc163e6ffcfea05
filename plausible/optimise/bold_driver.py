"""Gradient descent whose one learning rate grows while the loss falls, and which takes bad steps back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from plausible.core import Loss, Memory, Outer, Params, Update, View
from plausible.errors import plain_fields, require_number
from plausible.optimise.batch import asked
from plausible.search import Range


@dataclass(frozen=True)
class BoldDriver:
    """The bold driver [vogl1988, battiti1989]: one variable learning rate, with rollback.

        E ≤ (1 + tolerance) · E*:   rate ← grow · rate,     E*, W*, U* ← E, W, U,   V ← momentum · V + rate · U
        otherwise:                  rate ← shrink · rate,   W ← W*,                 V ← rate · U*
        in both cases:              W ← W + V

    with the loss E of the weights W, whose change is U, before this step; E*, W* and U* are those of the last weights
    that were accepted, and V is the velocity, of the shape of W. A bad step is undone and tried again from the same
    place, shorter and without momentum, which comes back with the next good one. The first weights are always
    accepted, and leave the rate as it is. E and the rate are numbers; everything is dimensionless.

    Battiti's `tolerance` is 0, so that accepted losses never rise; Vogl's is 0.01 to 0.05. The rule has to offer its
    loss (`Step.loss`): `BadInput` is raised at the first step if it does not.

    >>> import numpy as np
    >>> from plausible.optimise.bold_driver import BoldDriver
    >>> params, optimiser = {"w": np.array([1.0])}, BoldDriver(0.1)
    >>> memory = optimiser.init(params)
    >>> for loss in (1.0, 2.0):  # it rises: back to 1, and on by 0.7 times the rate
    ...     optimiser.apply(params, {"w": np.array([-1.0])}, memory, loss=lambda: loss)
    >>> params["w"].round(6)
    array([0.93])
    """

    full_batch: ClassVar[bool] = True
    search: ClassVar[Mapping[str, Range]] = {"first_rate": Range(1e-3, 10.0)}

    first_rate: float = 0.1
    grow: float = 1.05
    shrink: float = 0.7
    tolerance: float = 0.0
    momentum: float = 0.0

    def __post_init__(self) -> None:
        plain_fields(self)
        require_number("the first rate", self.first_rate, open_low=True)
        require_number("grow", self.grow, 1)
        require_number("shrink", self.shrink, 0, 1, open_low=True)
        require_number("tolerance", self.tolerance)
        require_number("momentum", self.momentum, 0, 1)

    def init(self, params: View) -> Memory:
        return {
            "rate": self.first_rate,
            "loss": None,
            "weights": {name: array.copy() for name, array in params.items()},
            "update": {name: np.zeros_like(array) for name, array in params.items()},
            "velocity": {name: np.zeros_like(array) for name, array in params.items()},
        }

    def apply(
        self, params: Params, updates: Mapping[str, Update], memory: Memory, loss: Loss | None = None
    ) -> None:
        now, accepted_loss = asked(loss, self), memory["loss"]
        first = accepted_loss is None
        good = first or now <= (1 + self.tolerance) * accepted_loss
        if good:
            memory["loss"] = now
        if not first:
            memory["rate"] *= self.grow if good else self.shrink
        for name, update in updates.items():
            weights, change, velocity = (memory[what][name] for what in ("weights", "update", "velocity"))
            if good:
                weights[...] = params[name]
                change[...] = update.dense() if isinstance(update, Outer) else update
            else:
                params[name][...] = weights
            velocity *= self.momentum if good else 0.0
            velocity += memory["rate"] * change
            params[name] += velocity
