"""Gradient descent with a rate per weight: RMSprop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from plausible.core import Loss, Memory, Params, Update, View
from plausible.errors import plain_fields, require_number
from plausible.optimise.blocks import blocks, formed
from plausible.optimise.denormals import flush
from plausible.optimise.schedules import Rate, check_rate, rate_at
from plausible.search import Range


@dataclass(frozen=True)
class RMSprop:
    """RMSprop [tieleman2012], in the form of the Torch libraries.

        S ← square · S + (1 - square) · U²,     W ← W + rate · U / (√S + epsilon)

    for every weight W with update U. The lecture's `square` is 0.9; 0.99 is the libraries'. S starts from 0, so the
    first steps are rate / √(1 - square) in size.

    >>> import numpy as np
    >>> from plausible.optimise.rmsprop import RMSprop
    >>> params, optimiser = {"W1": np.zeros(2)}, RMSprop(0.01, square=0.99)
    >>> optimiser.apply(params, {"W1": np.array([1.0, -100.0])}, optimiser.init(params))
    >>> params["W1"].round(6)  # rate / √0.01
    array([ 0.1, -0.1])
    """

    search: ClassVar[Mapping[str, Range]] = {"rate": Range(1e-5, 1e-2)}

    rate: Rate = 1e-3
    square: float = 0.99
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        plain_fields(self)
        check_rate(self.rate)
        require_number("square", self.square, 0, 1 - 1e-12)
        require_number("epsilon", self.epsilon, open_low=True)

    def init(self, params: View) -> Memory:
        return {"step": 0, "square": {name: np.zeros_like(array) for name, array in params.items()}}

    def apply(
        self, params: Params, updates: Mapping[str, Update], memory: Memory, loss: Loss | None = None
    ) -> None:
        rate = rate_at(self.rate, memory["step"])
        memory["step"] += 1
        for name, update in updates.items():
            square = memory["square"][name]
            flush(square, memory["step"], self.square)
            for weights, change, s in blocks(params[name], formed(update), square):
                work = change * change
                work *= 1 - self.square
                s *= self.square
                s += work
                np.sqrt(s, out=work)
                work += self.epsilon
                np.divide(change, work, out=work)
                work *= rate
                weights += work
