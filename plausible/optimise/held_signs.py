"""Dale's principle in weights: a synapse that excites never comes to inhibit, whatever it is taught."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np

from plausible.arrays import beside
from plausible.core import Array, Loss, Memory, Optimiser, Params, Update, View
from plausible.errors import plain_fields, require, require_number
from plausible.optimise.batch import needs_full_batch
from plausible.optimise.nested import require_optimiser
from plausible.optimise.sgd import SGD


@dataclass(frozen=True)
class HeldSigns:
    """Weights that keep the sign with which they start, as real synapses do [cornford2021].

        W ← inner optimiser's W where it has the sign of the first W or is 0, else 0

    for the synapses of a `share` of the units that they come from, evenly spaced, in weights whose name matches one of
    `names`: matrices of forward weights, unless told otherwise. A weight that starts at 0 stays there. `init` raises
    `BadInput` if one of `names` matches no weight.

    >>> import numpy as np
    >>> from plausible.optimise.held_signs import HeldSigns
    >>> from plausible.optimise.sgd import SGD
    >>> params, optimiser = {"W1": np.array([[0.2, -0.2]])}, HeldSigns(SGD(1.0))
    >>> optimiser.apply(params, {"W1": np.array([[-0.5, -0.5]])}, optimiser.init(params))
    >>> params["W1"]
    array([[ 0. , -0.7]])
    """

    inner: Optimiser = SGD()
    share: float = 1.0
    names: tuple[str, ...] = ("W*",)

    def __post_init__(self) -> None:
        plain_fields(self)
        require_number("the share of units whose signs are held", self.share, 0, 1)
        patterns = isinstance(self.names, tuple) and all(isinstance(name, str) for name in self.names)
        require(patterns and len(self.names) > 0, "names", self.names, 'a tuple of patterns, such as ("W*",)')
        require_optimiser("the optimiser whose signs are held", self.inner)

    @property
    def full_batch(self) -> bool:
        """As the inner optimiser."""
        return needs_full_batch(self.inner)

    def init(self, params: View) -> Memory:
        signs: dict[str, Array] = {}
        for pattern in self.names:
            served = [name for name in params if fnmatchcase(name, pattern)]
            expected = f"one that matches any of {', '.join(params)}"
            require(bool(served), "a name whose signs are held", pattern, expected)
            signs |= {name: np.sign(params[name]) for name in served}
        return {"inner": self.inner.init(params), "signs": signs}

    def apply(
        self, params: Params, updates: Mapping[str, Update], memory: Memory, loss: Loss | None = None
    ) -> None:
        self.inner.apply(params, updates, memory["inner"], loss)
        for name, signs in memory["signs"].items():
            held = evenly(len(signs), self.share)
            if name in updates and held.any():
                rows = beside(held.reshape(-1, *(1,) * (signs.ndim - 1)), signs)
                weights = params[name]
                params[name][...] = np.where(rows & (weights * signs <= 0), 0, weights)


def evenly(units: int, share: float) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which units are held, as True: the share of them, rounded down, evenly spaced.

    >>> from plausible.optimise.held_signs import evenly
    >>> evenly(4, 0.5).tolist(), evenly(3, 0).tolist(), evenly(2, 1).tolist()
    ([False, True, False, True], [False, False, False], [True, True])
    """
    number = np.floor(np.arange(units + 1) * share + 1e-9)
    return number[1:] > number[:-1]
