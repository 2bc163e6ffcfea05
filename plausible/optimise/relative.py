"""Changes relative to the largest of them, so that the learning rate is the largest step of a weight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from plausible.core import Array, Loss, Memory, Optimiser, Outer, Params, Update, View
from plausible.errors import plain_fields
from plausible.optimise.batch import needs_full_batch
from plausible.optimise.nested import require_optimiser
from plausible.optimise.sgd import SGD


@dataclass(frozen=True)
class Relative:
    """The inner optimiser is given each update over the largest of its entries, in size [krotov2019].

        U ← U / max |U|, array by array; an update that is 0 stays so

    so that with `SGD(rate)` the weight of an array that moves most moves by `rate`.

    >>> import numpy as np
    >>> from plausible.optimise.relative import Relative
    >>> from plausible.optimise.sgd import SGD
    >>> params, optimiser = {"W1": np.zeros(3)}, Relative(SGD(0.1))
    >>> optimiser.apply(params, {"W1": np.array([5.0, -2.5, 0.0])}, optimiser.init(params))
    >>> params["W1"]
    array([ 0.1 , -0.05,  0.  ])
    """

    inner: Optimiser = SGD(2e-2)

    def __post_init__(self) -> None:
        plain_fields(self)
        require_optimiser("the optimiser that is given relative changes", self.inner)

    @property
    def full_batch(self) -> bool:
        """As the inner optimiser."""
        return needs_full_batch(self.inner)

    def init(self, params: View) -> Memory:
        return self.inner.init(params)

    def apply(
        self, params: Params, updates: Mapping[str, Update], memory: Memory, loss: Loss | None = None
    ) -> None:
        dense = {name: u.dense() if isinstance(u, Outer) else u for name, u in updates.items()}
        self.inner.apply(params, {name: relative(change) for name, change in dense.items()}, memory, loss)


def relative(change: Array) -> Array:
    """A change over its largest entry in size."""
    result: Array = change / np.maximum(abs(change).max(), np.finfo(change.dtype).tiny)
    return result
