"""Where a run stands when its epochs are over, beside weights and state: what it needs to go on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from plausible.core import Memory
from plausible.errors import BadInput, is_whole
from plausible.study.resumption import fits, generated


@dataclass(frozen=True, eq=False)
class Place:
    """Where a run stands.

    Args:
        number: weight changes so far.
        examples: examples that were shown so far.
        seconds: of learning so far.
        before: the training loss before learning; None where it was not measured.
        memory: what the optimiser remembers, such as momentum.
        noise: the state of the generator that the rule draws from.
    """

    number: int
    examples: int
    seconds: float
    before: float | None
    memory: Memory
    noise: dict[str, Any]


def of_file(stored: Any) -> Place | None:
    """The place that a file tells of; None if it tells of none. Raises `BadInput` for what is no place."""
    if stored is None:
        return None
    try:
        place = Place(**stored)
    except TypeError as error:
        raise BadInput(f"its place does not fit ({error}): expected {', '.join(PARTS)}") from None
    counts = all(is_whole(count) and count >= 0 for count in (place.number, place.examples))
    clock = fits(place.seconds, float) and 0 <= place.seconds < math.inf
    loss = place.before is None or (fits(place.before, float) and math.isfinite(place.before))
    if not (counts and clock and loss and isinstance(place.memory, dict) and generated(place.noise)):
        raise BadInput("its place holds what no run has: expected counts, a memory and a generator's state")
    return place


PARTS = tuple(Place.__dataclass_fields__)
