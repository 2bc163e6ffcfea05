"""What is handed on in the place of a value that came out alike while a rule was audited."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np

from plausible.plausibility.marked import Marked
from plausible.plausibility.rewritten import Place
from plausible.plausibility.uncalled import called

ALIKE = 1e-9  # how far values are apart that are one, relative to their size where that is above 1
BOUNDS = ("max", "min", "maximum", "minimum", "fmax", "fmin", "clip")
Range = tuple[float, float]


class Seen(NamedTuple):
    """What was seen of an expression's values."""

    low: float
    high: float
    tokens: frozenset[str]  # what they were made of
    narrow: bool  # whether each was one number, or one for each example
    by_step: dict[int, Range]

    @property
    def alike(self) -> bool:
        """Whether all were one number."""
        return self.high - self.low <= ALIKE * max(1.0, abs(self.high))

    @property
    def goes(self) -> bool:
        """Whether the values of one step were others than those of another, as a count of steps is."""
        return len({*self.by_step.values()}) > 1


class Instead(NamedTuple):
    """What is handed on in the place of a value: a number, or else what it is compared of, or bounded; or the opposite.

    A comparison of an operand may come out as if the bound were another, which some of its numbers cross.
    """

    number: float | None = None
    operand: int | None = None
    bound: float | None = None

    @property
    def only(self) -> tuple[str, ...]:
        """The criticisms that it may concern: what bounds hide of other steps, as signals have no size of their own."""
        return () if self.operand is None else ("storage in time",)


class Otherwise:
    """A watcher that hands on another value of one expression."""

    def __init__(self, number: int, instead: Instead) -> None:
        self.number, self.instead = number, instead
        self.operand: Any = None

    def __call__(self, number: int, value: Any) -> Any:
        """The value, or another one."""
        if number == self.instead.operand:
            self.operand = value
        if number != self.number:
            return value
        if self.instead.operand is None:
            return otherwise(value, self.instead.number)
        other = self.operand if self.instead.bound is None else self.operand > self.instead.bound
        return other if np.shape(other) == np.shape(value) else otherwise(value, self.instead.number)


def otherwise(value: Any, instead: float | None) -> Any:
    """A number in the place of all of a value; without one the other value of a condition, or the negative."""
    if isinstance(value, Marked):
        return Marked(otherwise(value._held, instead), value.marks, value.record)
    array = np.asarray(value)
    if array.dtype == bool:
        other = np.logical_not(array) if instead is None else np.full_like(array, bool(instead))
    else:
        signed = array.astype(np.result_type(array, np.int8))
        other = -signed if instead is None else np.full_like(signed, instead)
    if isinstance(value, np.ndarray | np.generic):
        return other if isinstance(value, np.ndarray) else other[()]
    return other.item()


def instead_of(
    place: Place, all_seen: Mapping[int, Seen], odd: Collection[int], number: int
) -> list[Instead]:
    """What is tried in the place of a value that came out alike.

    Of bounds what they bound, and the numbers that they name besides; else its negative, or 1 for 0. A difference of
    nothing may have either sign. Of a comparison the opposite, and what is compared beside another bound.
    """
    node, seen = place.node, all_seen[number]
    varied = [n for n in place.operands if n in all_seen and not all_seen[n].alike and n not in odd]
    if isinstance(node, ast.Compare):
        middle = [Instead(None, n, (all_seen[n].low + all_seen[n].high) / 2) for n in varied[:1]]
        return [Instead(), *middle]
    if is_bounded(node):
        named = sorted({each for each in constants(node) if abs(each - seen.low) > ALIKE})
        other = 1.0 if abs(seen.low) <= ALIKE else 2 * seen.low
        return [Instead(each) for each in named or [other]] + [Instead(other, n) for n in varied[:1]]
    if abs(seen.low) > ALIKE:
        return [Instead()]
    return [Instead(1.0), Instead(-1.0)] if isinstance(node, ast.BinOp) else [Instead(1.0)]


def is_bounded(node: ast.expr) -> bool:
    """Whether an expression is the smaller, the larger, or within bounds."""
    return called(node) in BOUNDS


def constants(node: ast.expr) -> Iterator[float]:
    """The numbers that bounds are written with, those inside of others, too."""
    for each in (*getattr(node, "args", ()), *(each.value for each in getattr(node, "keywords", ()))):
        if is_bounded(each):
            yield from constants(each)
        elif not any(isinstance(part, ast.Name | ast.Call) for part in ast.walk(each)):
            with suppress(ValueError):
                found = ast.literal_eval(each)
                if isinstance(found, int | float):
                    yield float(found)
