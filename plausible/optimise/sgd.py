"""Gradient descent with momentum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from plausible.core import Loss, Memory, Params, Update, View
from plausible.errors import plain_fields, require, require_number
from plausible.optimise.accumulate import accumulate
from plausible.optimise.denormals import flush
from plausible.optimise.schedules import Rate, check_rate, rate_at
from plausible.search import Range


@dataclass(frozen=True)
class SGD:
    """Stochastic gradient descent, with classical [rumelhart1986] or Nesterov's [sutskever2013] momentum.

        V ← momentum · V + rate · U,     W ← W + V                                   (classical)
        V ← momentum · V + rate · U,     W ← W + momentum · V + rate · U             (Nesterov)

    for every weight W with update U and velocity V, all of one shape. The rate is inside the velocity, as in
    Rumelhart's form; where the rate is constant, forms that multiply by it outside give the same weights. Rate and
    momentum may be schedules.

    >>> import numpy as np
    >>> from plausible.optimise.sgd import SGD
    >>> params, optimiser = {"W1": np.zeros(2)}, SGD(0.1, momentum=0.5)
    >>> memory = optimiser.init(params)
    >>> for _ in range(2):
    ...     optimiser.apply(params, {"W1": np.array([1.0, -1.0])}, memory)
    >>> params["W1"]  # 0.1, and then 0.05 + 0.1
    array([ 0.25, -0.25])
    """

    search: ClassVar[Mapping[str, Range]] = {"rate": Range(1e-3, 1.0)}

    rate: Rate = 0.1
    momentum: Rate = 0.0
    nesterov: bool = False

    def __post_init__(self) -> None:
        plain_fields(self)
        check_rate(self.rate)
        if not callable(self.momentum):
            require_number("momentum", self.momentum, 0, 1)
        require(
            not self.nesterov or bool(self.momentum), "nesterov", True, "False unless momentum is above 0"
        )

    def init(self, params: View) -> Memory:
        velocities = {name: np.zeros_like(array) for name, array in params.items()} if self.momentum else {}
        return {"step": 0, "velocity": velocities}

    def apply(
        self, params: Params, updates: Mapping[str, Update], memory: Memory, loss: Loss | None = None
    ) -> None:
        step = memory["step"]
        rate = rate_at(self.rate, step)
        memory["step"] = step + 1
        if not self.momentum:
            for name, update in updates.items():
                accumulate(params[name], update, rate)
            return
        momentum = rate_at(self.momentum, step)
        for name, update in updates.items():
            weights, velocity = params[name], memory["velocity"][name]
            flush(velocity, step + 1, momentum)
            if self.nesterov:  # momentum · V + rate · U = (1 + momentum) · V after - momentum · V before
                weights -= momentum * velocity
                accumulate(velocity, update, rate, momentum)
                weights += (1 + momentum) * velocity
            else:
                accumulate(velocity, update, rate, momentum)
                weights += velocity
