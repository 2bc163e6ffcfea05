"""What becomes of a weight besides its change: by how much it decays, where it is held, and how it may have moved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from plausible.core import Step
from plausible.plausibility.marked import Marked


def beside_changes(step: Step) -> dict[str, tuple[Any, ...]]:
    """By weight its decay, and its bounds if it has any."""
    names = step.decay.keys() | step.bounds.keys()
    return {name: (step.decay.get(name, 0.0), *step.bounds.get(name, ())) for name in names}


def decaying(one: Sequence[Step], other: Sequence[Step]) -> list[str]:
    """The weights with plain decay or bounds that differ between two worlds, and so come from weights or data."""
    found = set[str]()
    for a, b in zip(map(beside_changes, one), map(beside_changes, other), strict=True):
        for name in a.keys() & b.keys():
            pairs = zip(a[name], b[name], strict=False)
            found |= {name for x, y in pairs if not isinstance(x, Marked) and np.any(x != y)}
    return sorted(found)


def drifted(array: Any, by: float) -> Any:
    """A weight whose numbers are others by a share, each by another one; itself for none."""
    return array if by == 0 else array * (1 + by * np.sin(np.arange(np.size(array)))).reshape(np.shape(array))
