"""Two activities of one neuron that nothing sends: of its drive, and of the same drive with noise."""

from __future__ import annotations

import numpy as np

from plausible.core import Array
from plausible.plausibility.marks import TEACHERS
from plausible.plausibility.record import Drive, Record

SETTLES = 4  # drives of a layer at one presentation: of more it settles
NOISY = 1 - 1e-6  # correlation of what is added to a drive and the numbers that a rule has drawn


def disturbed(record: Record) -> frozenset[str]:
    """The layers whose activation is computed of a drive, and of the same with numbers that are of no example.

    That is two activities, which nothing sends. Numbers that are the same for all examples are thresholds.
    """
    by_layer: dict[str, list[Array]] = {}
    for each in record.drives:
        if each.presentation == 0 and not each.tokens & TEACHERS and each.drive.ndim == 2:
            by_layer.setdefault(each.layer, []).append(each.drive)
    plain = [
        each.value for each in record.seen if isinstance(each.value, np.ndarray) and each.value.ndim == 2
    ]
    plain = [each for each in plain if each.dtype.kind in "fb" and np.ptp(each.astype(float), axis=0).any()]
    return frozenset(
        layer
        for layer, drives in by_layer.items()
        for n, one in enumerate(drives)
        for other in drives[:n]
        if any(
            by_noise(one, other, each) or by_noise(other, one, each)
            for each in plain
            if each.shape == one.shape
        )
    )


def answering_twice(record: Record) -> dict[str, frozenset[str]]:
    """By layer whose activation is computed of a drive, and of another that is made of more, what more that is.

    As of what comes up, then of that and what comes from above or from neighbours, or of what comes through other
    weights. Where neurons settle, drives are many, and are those of one phase.
    """
    by_layer: dict[str, list[Drive]] = {}
    for each in record.drives:
        if each.presentation == 0 and not each.tokens & TEACHERS:
            by_layer.setdefault(each.layer, []).append(each)
    few = {layer: drives for layer, drives in by_layer.items() if len(drives) <= SETTLES}
    more = {n: frozenset().union(*(each.tokens for each in of[1:])) - of[0].tokens for n, of in few.items()}
    return {layer: tokens for layer, tokens in more.items() if tokens}


def by_noise(one: Array, other: Array, noise: Array) -> bool:
    """Whether one drive is another with some numbers added, or times these."""
    if one.shape != other.shape or np.array_equal(one, other):
        return False
    return like(one - other, noise) or bool((other != 0).all() and like(one / other, noise))


def like(a: Array, b: Array) -> bool:
    """Whether numbers are others, but for a factor and a number."""
    a, b = a - a.mean(), b - b.mean()
    return abs(float((a * b).sum())) > NOISY * float(np.linalg.norm(a) * np.linalg.norm(b)) > 0
