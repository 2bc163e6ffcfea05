"""Jitter of spikes: each line of input spikes somewhat sooner or later than its code says, whenever it is shown."""

from __future__ import annotations

from dataclasses import dataclass, fields, make_dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from plausible.core import Array
from plausible.errors import BadInput
from plausible.plausibility.stress.activity import DRAWING
from plausible.plausibility.stress.chance import normal
from plausible.rules.spiking.simulated import Simulated
from plausible.spiking.codes import Once, Trains
from plausible.spiking.slots import Slots


@dataclass(frozen=True)
class Jittered:
    """A code in which a spike at step t comes at t + `by` ξ, ξ standard normal, rounded, and within the code's steps.

    ξ is drawn anew for every line and example by whoever shows it something (`noise_from`); where nobody does, spikes
    come when they should. A line that does not spike still does not.

    >>> import numpy as np
    >>> from plausible.plausibility.stress.activity import noise_from
    >>> from plausible.plausibility.stress.jitter import Jittered
    >>> from plausible.spiking.codes import Latency
    >>> code, x = Jittered(Latency(10), 2.0), np.array([[0.0, 0.05, 0.5, 1.0]])
    >>> code.table(x)
    array([[-1.,  9.,  5.,  0.]])
    >>> with noise_from(np.random.default_rng(0)):
    ...     code.table(x)
    array([[-1.,  9.,  6.,  0.]])
    """

    code: Once
    by: float

    @property
    def steps(self) -> int:
        """Steps in which lines may spike."""
        return self.code.steps

    @property
    def threshold(self) -> str:
        """The condition of a spike."""
        return self.code.threshold

    def lines(self, n_in: int) -> int:
        """Lines of input for `n_in` numbers."""
        return self.code.lines(n_in)

    def table(self, x: Array) -> Array:
        """The step at which each line spikes, (examples, lines), or -1."""
        when, rng = self.code.table(x), DRAWING.get()
        if rng is None:
            return when
        moved = np.clip(np.rint(when + self.by * normal(rng, when)), 0, self.steps - 1)
        return np.where(when >= 0, moved, -1.0)

    def spikes(self, x: Array, slot: int, seed: int = 0, first: int = 0) -> Trains:
        """The spikes in slots of `slot` steps, (examples, slot, lines)."""
        found: Trains = self.table(x)[:, None, :] == np.arange(slot)[:, None]
        return found


def jittered(rule: Any, by: float) -> Any:
    """The rule, whose inputs' spikes are moved by `by` ξ steps."""
    kind: Any = type(rule)
    own = {field.name: getattr(rule, field.name) for field in fields(rule)}
    return moving(kind)(**own, jitter=by)


@cache
def moving(kind: Any) -> Any:
    """The class of rules like those of a class, whose inputs are moved by `jitter` ξ steps."""

    def slots(self: Any, n_in: int, n_out: int) -> Slots:
        found: Slots = kind.slots(self, n_in, n_out)
        return replace(found, code=Jittered(found.code, self.jitter))  # type: ignore[arg-type]

    name = f"Jittered{kind.__name__}"
    return make_dataclass(
        name, [("jitter", float)], bases=(kind,), frozen=True, kw_only=True, namespace={"slots": slots}
    )


def check_jitter(rule: Any, by: float) -> None:
    """Raise `BadInput` for jitter of a rule whose inputs do not spike once each."""
    spiking = isinstance(rule, Simulated)
    if spiking and isinstance(getattr(rule, "code", None), Once):
        return
    why = "spikes by chance, and moved spikes are as many at any time" if spiking else "has no spikes"
    raise BadInput(f"jitter is {by}, and rule {type(rule).__name__} {why}: expected 0")
