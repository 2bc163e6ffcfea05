"""Tasks draw from the generator that they are given alone; else examples of one seed would differ between rules."""

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

    A module that `make` imports may draw from them too, as scikit-learn's data sets do, but only the first time. So if
    one of them has moved, `make` is called once more, with `rng` in the same state.
    """
    start = rng.bit_generator.state
    made, moved = watched(make)
    if moved:
        rng.bit_generator.state = start
        random.random(), np.random.random()  # then a seed that `make` sets again moves them, too
        made, moved = watched(make)
    for module in moved:
        raise BadInput(
            f"{what} draws from the global generator of {module}, which no seed of ours sets, so that rules would "
            "not be shown the same examples: expected draws from rng alone, such as rng.normal()"
        )
    return made


def watched(make: Callable[[], T]) -> tuple[T, list[str]]:
    """What `make` returns, and the libraries whose global generators it has moved."""
    before, made = states(), make()
    return made, [module for module, state in states().items() if state != before[module]]


def states() -> dict[str, Any]:
    """The states of the global generators, by library."""
    numpy: Any = np.random.get_state(legacy=False)
    key = numpy["state"]
    return {
        "numpy (np.random)": (key["key"].tobytes(), key["pos"], numpy["has_gauss"], numpy["gauss"]),
        "Python (random)": random.getstate(),
    }
