"""When a task counts as learned: for runs that end there, and for epochs to criterion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from plausible.core import Array
from plausible.errors import plain_fields, require_number


class Criterion(Protocol):
    """A frozen dataclass that says of all the answers to a split, both (examples, n_out), whether they will do."""

    def __call__(self, answer: Array, y: Array) -> bool: ...


@dataclass(frozen=True)
class Within:
    """Every number of every answer is less than `margin` from its target.

    With targets 0 and 1, 0.4 is the criterion 40-20-40 of [fahlman1988]: the lowest 40 per cent of a unit's range count
    as 0, the highest 40 as 1, and those between as neither.

    >>> import numpy as np
    >>> from plausible.probes.criterion import Within
    >>> solved = Within(0.4)
    >>> solved(np.array([[0.1], [0.7]]), np.array([[0.0], [1.0]]))
    True
    >>> solved(np.array([[0.1], [0.5]]), np.array([[0.0], [1.0]]))
    False
    """

    margin: float = 0.4

    def __post_init__(self) -> None:
        plain_fields(self)
        require_number("the margin", self.margin, open_low=True)

    def __call__(self, answer: Array, y: Array) -> bool:
        return bool(np.all(abs(answer - y) < self.margin))
