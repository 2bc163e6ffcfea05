"""Places in a rule's code at which plain numbers differ between two worlds, so that they are none of its constants."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from plausible.errors import is_whole
from plausible.plausibility.record import RECOGNISED, Record, Seen


def moving(one: Record, other: Record) -> set[str]:
    """The places where plain numbers that met marked ones differ between two worlds."""
    ours, theirs = by_place(one.seen), by_place(other.seen)
    return {place for place in ours.keys() & theirs.keys() if not agree(ours[place], theirs[place])}


def by_place(seen: Iterable[Seen]) -> dict[str, list[Any]]:
    """Plain values by the place where they met marked ones, in order."""
    found: dict[str, list[Any]] = {}
    for place, value in seen:
        found.setdefault(place, []).append(value)
    return found


def agree(ours: list[Any], theirs: list[Any]) -> bool:
    """Whether values at one place are the same in both worlds, as far as either goes.

    Whole numbers may come in another order, as counters do where one world takes more steps than the other.
    """
    counts = [{each for each in several if is_whole(each)} for several in (ours, theirs)]
    if not (counts[0] <= counts[1] or counts[1] <= counts[0]):
        return False
    rest = ([each for each in several if not is_whole(each)] for several in (ours, theirs))
    return all(a is RECOGNISED or same(a, b) for a, b in zip(*rest, strict=False))


def same(a: Any, b: Any) -> bool:
    """Whether two plain values are equal."""
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return bool(
            np.shape(a) == np.shape(b) and np.array_equal(a, b, equal_nan=np.asarray(a).dtype.kind in "fc")
        )
    return bool(a == b) or (a != a and b != b)
