"""Weights that begin as others do: feedback that was never learned, but drawn as a transpose."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from plausible.core import Array
from plausible.plausibility.intervention import is_forward
from plausible.plausibility.provenance import sides
from plausible.plausibility.record import FEW
from plausible.plausibility.world import World


class Copy(NamedTuple):
    """A weight that begins as a forward one, in whatever orientation.

    `side` is the side of it that the forward weight's postsynaptic units have: a sum along it goes down. `whole` says
    that numbers are alike, and not their signs alone.
    """

    name: str
    weight: str
    side: str
    whole: bool


def copies(world: World) -> list[Copy]:
    """The weights, but for forward ones, that begin as the transpose of a forward one, or as that itself."""
    matrices = {
        name: array for name, array in world.params.items() if np.ndim(array) == 2 and array.size > FEW
    }
    found = []
    for name in [name for name in matrices if not is_forward(name)]:
        for weight in filter(is_forward, matrices):
            for axis, one in ((1, matrices[weight]), (0, matrices[weight].T)):
                array = matrices[name]
                if one.shape == array.shape and np.ptp(np.sign(one)) and alike(np.sign(one), np.sign(array)):
                    found.append(Copy(name, weight, sides(name, array)[axis], alike(one, array)))
    return found


def alike(a: Array, b: Array) -> bool:
    """Whether numbers are the same, to rounding."""
    return bool(np.allclose(a, b, rtol=1e-9, atol=0))
