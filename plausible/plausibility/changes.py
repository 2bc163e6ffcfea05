"""What a change of a weight was made of, by the marks on the arrays in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np

from plausible.core import Outer, Presentation, Update
from plausible.plausibility.marked import Marked
from plausible.plausibility.marks import EARLY, LATE, weight_of, whole
from plausible.plausibility.record import Record

Tokens: TypeAlias = Mapping[str, frozenset[str] | None]  # of changes, by weight; None of one that is plain
MANY = 8  # moments at which synapses learn, for each one before the target has come
HALF = 0.5  # of the numbers of a matrix, of which a few may stand in their places by chance


def factors_without_target(update: Update, shown: Presentation, record: Record) -> int:
    """Of a change, how many factors do not depend on the target, or hold several states of each example.

    An input is no state: it is the same with and without a target. Of a change that is a matrix, the marks of the
    product that made it tell; where none did, one factor is taken to be without. Where synapses learn at all of many
    moments, of which the target has not reached the first, they are told of none.
    """
    if isinstance(update, Marked):
        throughout = record.moments[LATE] >= MANY * record.moments[EARLY]
        return int((EARLY in update.tokens and not throughout) or LATE not in update.tokens)
    rows = int(np.prod(shown.x.shape[:-1]))
    factors: list[Any] = [update.pre, update.post] if isinstance(update, Outer) else [update]
    several = [each for each in factors if isinstance(each, Marked) and each.tokens - {"x"}]
    without = sum("y" not in each.tokens and "reward" not in each.tokens for each in several)
    return without + (isinstance(update, Outer) and any(len(each) > rows for each in several))


def tokens_of(update: Update, name: str) -> frozenset[str] | None:
    """What a change was made of; None where no factor of it is marked."""
    factors = [update.pre, update.post] if isinstance(update, Outer) else [update]
    several = [each for each in factors if isinstance(each, Marked)]
    if not several or not isinstance(factors[-1], Marked):
        return None
    tokens = frozenset().union(*(each.marks.tokens for each in several))
    left = {weight_of(c.source) for each in several for c in each.coordinates} - {"", name, f"sign {name}"}
    if isinstance(update, Outer) and isinstance(update.scale, Marked):
        tokens |= update.scale.marks.tokens
    mirrored = {weight for weight in left if name[:1] in ("W", "R") and in_place(several[-1], weight)}
    tokens |= {f"drawn to {weight.removeprefix('sign ')}" for weight in mirrored}
    return tokens | {f"{weight} itself" for weight in left}


def in_place(change: Marked, weight: str) -> bool:
    """Whether numbers of another matrix stand, transposed or not, each in the change of the synapse at its place."""
    ends = [c for c in change.coordinates if weight_of(c.source) == weight]
    if change.ndim != 2 or len(ends) != 2:
        return False
    one, other = (whole(each, change.shape) for each in ends)
    rows, columns = np.indices(change.shape) + 1
    there = (one > 0) & (other > 0)
    at = ((one == rows) & (other == columns)) | ((one == columns) & (other == rows)) & there
    return bool(there.any() and at[there].mean() > HALF)


def added_by(others: Iterable[Tokens], one: Tokens) -> dict[str, frozenset[str]]:
    """By weight, the tokens of its change in other runs that one run does not have."""
    found: dict[str, frozenset[str]] = {}
    for other in others:
        for name, tokens in other.items():
            found[name] = found.get(name, frozenset()) | (tokens or frozenset()) - (
                one.get(name) or frozenset()
            )
    return found
