"""Tasks draw from the generator that they are given, or the examples of one seed differ from rule to rule."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from plausible.errors import BadInput


@contextmanager
def from_its_generator(what: str) -> Iterator[None]:
    """Raise `BadInput` if something in here drew from the global generators of numpy or Python."""
    before = states()
    yield
    for module, state in states().items():
        if state != before[module]:
            raise BadInput(
                f"{what} draws from the global generator of {module}, which no seed of ours sets, so that rules would "
                "not be shown the same examples: expected draws from rng alone, such as rng.normal()"
            )


def states() -> dict[str, Any]:
    """Where the global generators stand."""
    numpy: Any = np.random.get_state(legacy=False)
    key = numpy["state"]
    return {
        "numpy (np.random)": (key["key"].tobytes(), key["pos"], numpy["has_gauss"], numpy["gauss"]),
        "Python (random)": random.getstate(),
    }
