"""Tasks draw from the generator that they are given, or the examples of one seed differ from rule to rule."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.random import Generator

from plausible.errors import BadInput

T = TypeVar("T")


def from_its_generator(what: str, make: Callable[[], T], rng: Generator) -> T:
    """What `make` returns. Raises `BadInput` if it draws from the global generators of numpy or Python.

    What is imported while it is made may draw from them too, as scikit-learn's data sets do, but only the first time:
    where a generator has moved, it is made once more, from the same state of `rng`.
    """
    start = rng.bit_generator.state
    made, moved = watched(make)
    if moved:
        rng.bit_generator.state = start
        random.random(), np.random.random()  # so that a seed that is set in there moves them as well
        made, moved = watched(make)
    for module in moved:
        raise BadInput(
            f"{what} draws from the global generator of {module}, which no seed of ours sets, so that rules would "
            "not be shown the same examples: expected draws from rng alone, such as rng.normal()"
        )
    return made


def watched(make: Callable[[], T]) -> tuple[T, list[str]]:
    """What `make` returns, and whose global generators have moved meanwhile."""
    before, made = states(), make()
    return made, [module for module, state in states().items() if state != before[module]]


def states() -> dict[str, Any]:
    """Where the global generators stand."""
    numpy: Any = np.random.get_state(legacy=False)
    key = numpy["state"]
    return {
        "numpy (np.random)": (key["key"].tobytes(), key["pos"], numpy["has_gauss"], numpy["gauss"]),
        "Python (random)": random.getstate(),
    }
