"""Jumps to the minimum of a parabola per weight: Quickprop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from plausible.core import Loss, Memory, Outer, Params, Update, View
from plausible.errors import plain_fields, require_number
from plausible.networks.network import beside, is_bias
from plausible.optimise.schedules import Rate, check_rate, rate_at
from plausible.search import Range


@dataclass(frozen=True)
class Quickprop:
    """Quickprop [fahlman1988], as in the author's own code.

        S = U - decay · W
        C = 0:   C ← rate · S / fan
        C > 0:   C ← growth · C           if S > S' · growth / (1 + growth),
                     C · S / (S' - S)     otherwise, the step to the minimum of the parabola through both slopes,
                     and rate · S / fan besides, if S > 0
        C < 0:   the mirror image
        S' ← S,   W ← W + C

    for every weight W with update U, its slope S (downhill), the slope S' and the change C of the step before, all of
    one shape; everything is dimensionless. `growth` is the paper's maximum growth factor μ, `rate` its ε. `fan` is the
    number of connections that come into a unit, its bias and, in an RNN, recurrent ones among them, or 1 unless `split`
    (`plausible.networks.network.beside`). Slopes are summed over the examples in the paper: the rates that it states
    are for the reduction "sum".

    The code's offset to the slope of the units, and the arc tangent that its error goes through, are those of the rule
    (`baselines.offset_backprop`). Where S' = S there is no parabola, and its step is 0. Without `additive`, `rate` only
    makes the first move.

    Down a parabola, the first step goes by the rate and the second into the minimum, here at 3:

    >>> import numpy as np
    >>> from plausible.optimise.quickprop import Quickprop
    >>> params = {"w": np.zeros(1)}
    >>> optimiser = Quickprop(0.1, growth=100, decay=0, split=False, additive=False)
    >>> memory = optimiser.init(params)
    >>> for _ in range(2):
    ...     optimiser.apply(params, {"w": 3 - params["w"]}, memory)
    >>> params["w"].round(6)
    array([3.])
    """

    full_batch: ClassVar[bool] = True
    search: ClassVar[Mapping[str, Range]] = {"rate": Range(1e-3, 10.0)}

    rate: Rate = 1.0
    growth: float = 1.75
    decay: float = 1e-4
    split: bool = True
    additive: bool = True

    def __post_init__(self) -> None:
        plain_fields(self)
        check_rate(self.rate)
        require_number("growth", self.growth, open_low=True)
        require_number("decay", self.decay)

    def init(self, params: View) -> Memory:
        return {
            "step": 0,
            "slope": {name: np.zeros_like(array) for name, array in params.items()},
            "change": {name: np.zeros_like(array) for name, array in params.items()},
        }

    def apply(
        self, params: Params, updates: Mapping[str, Update], memory: Memory, loss: Loss | None = None
    ) -> None:
        rate, shrink = rate_at(self.rate, memory["step"]), self.growth / (1 + self.growth)
        memory["step"] += 1
        for name, update in updates.items():
            before, change = memory["slope"][name], memory["change"][name]
            slope = (update.dense() if isinstance(update, Outer) else update) - self.decay * params[name]
            side = np.sign(change)
            growing = side * slope > shrink * (side * before)
            downhill = (change == 0) | (self.additive & (side * slope > 0))
            parallel = before == slope  # no parabola
            step = change * slope / np.where(parallel, 1, before - slope)
            step[parallel] = 0
            step[growing] = self.growth * change[growing]
            step[downhill] += rate / (fan_in(name, params) if self.split else 1) * slope[downhill]
            before[...], change[...] = slope, step
            params[name] += step


def fan_in(name: str, params: View) -> int:
    """How many connections come into each unit that the weights `name` come into: rows of matrices, 1 for a bias."""
    there = [(each, params[each]) for each in beside(name, params)]
    return sum(1 if is_bias(each) or weights.ndim < 2 else len(weights) for each, weights in there)
