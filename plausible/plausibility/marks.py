"""What an array was made of, and whose number stands where in it.

An array's *tokens* say what it depends on. Its *coordinates* say, for a source such as the examples of the batch or the
units of a layer, which of them each element belongs to: an axis along which that changes is an axis of the batch, or of
the units. They move with the elements, through transposes, reshapes and indices alike. Elements are mixed in two ways:
they meet (`met`), as in a sum of two arrays, or a sum runs along an axis (`summed`). A product of matrices is the one,
then the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.int64]
BATCH = "batch"
SUMMED = "summed over batch"  # as in the average of a change
ACROSS = "over batch"  # a number of one example that depends on others
UNTRACED = "untraced"
LEAVES = frozenset(
    {np.ndarray, np.float64, int, float, bool, str, slice, type(None), type(...)}
)  # hold no marks
TEACHERS = frozenset({"y", "reward"})
EARLY, LATE = "factor without target", "factors with target"  # of a sum over examples, as changes are


@dataclass(frozen=True, eq=False)
class Coordinate:
    """To which of a source's elements each element of an array belongs, from 1; 0 where to none.

    `numbers` has the axes of the array, right-aligned as in broadcasting, and one element along those on which it does
    not change.
    """

    source: str  # "batch", "units 1", or the side of a weight, "W2:pre" or "W2:post"
    numbers: Numbers
    axes: tuple[int, ...]  # along which it changes, counted from the last, -1


class Marks(NamedTuple):
    """What an array was made of."""

    tokens: frozenset[str] = frozenset()
    coordinates: tuple[Coordinate, ...] = ()


class Memory:
    """What arrays in one memory depend on."""

    __slots__ = ("tokens",)

    def __init__(self, tokens: frozenset[str]) -> None:
        self.tokens = tokens


def weight_of(source: str) -> str:
    """The weight that a side belongs to; "" for the batch and for units."""
    return source.rpartition(":")[0]


def names_in(tokens: Iterable[str]) -> set[str]:
    """The weights that tokens name, in whatever way these are in it."""
    return {each.removeprefix("sign ").partition(":")[0].partition(" ")[0] for each in tokens}


def compacted(numbers: Numbers) -> Numbers | None:
    """The same without axes on which it does not change; None if it is 0 everywhere."""
    for axis in range(numbers.ndim):
        if numbers.shape[axis] > 1:
            highest = numbers.max(axis=axis, keepdims=True)
            if not ((numbers != highest) & (numbers != 0)).any():
                numbers = highest
    return numbers if numbers.any() else None


def whole(coordinate: Coordinate, shape: tuple[int, ...]) -> Numbers:
    """Its numbers for every element of an array."""
    return np.broadcast_to(coordinate.numbers, shape)


def coordinate(source: str, numbers: Numbers) -> Coordinate:
    """A coordinate of numbers that are compact."""
    axes = tuple(axis - numbers.ndim for axis, n in enumerate(numbers.shape) if n > 1)
    return Coordinate(source, numbers, axes)


def axes_of(coordinate: Coordinate, ndim: int) -> set[int]:
    """The axes of an array of `ndim` axes along which a coordinate changes."""
    return {ndim + axis for axis in coordinate.axes}


def of_axes(coordinates: Iterable[Coordinate], ndim: int, axes: set[int]) -> set[str]:
    """The sources that change along any of some axes."""
    return {each.source for each in coordinates if axes_of(each, ndim) & axes}


def met(several: Sequence[Marks], units: Mapping[str, str]) -> Marks:
    """Where elements of several arrays meet one by one, as in their sum.

    Two numbers of one source that meet are a mixture: of the sides of a weight that is a sum over them.
    """
    tokens = several[0].tokens.union(*[marks.tokens for marks in several[1:]]) if several else frozenset()
    spoken = [marks for marks in several if marks.coordinates]
    if len(spoken) < 2 and not tokens:
        return Marks(tokens, spoken[0].coordinates if spoken else ())
    kept: dict[tuple[str, tuple[int, ...]], Coordinate] = {}
    mixed: set[str] = set()
    for marks in spoken:
        for each in marks.coordinates:
            place = each.source, each.axes
            other = kept.get(place)
            if other is None:
                kept[place] = each
            elif other.numbers is not each.numbers and differ(other.numbers, each.numbers):
                mixed.add(each.source)
    fixed = {source for source, axes in kept if not axes}
    spread = {source for source, axes in kept if axes}
    mixed |= {
        source for source in fixed & tokens if weight_of(source)
    }  # the next term of a sum that was begun
    if BATCH in spread and (BATCH in fixed | mixed or SUMMED in tokens):
        tokens |= {ACROSS}
    gone = (fixed & spread) | (
        mixed & {BATCH}
    )  # one example's or unit's numbers that met those of all, or of another
    left = [each for (source, axes), each in kept.items() if axes or source not in gone]
    return mixtures(Marks(tokens, tuple(left)), mixed | (fixed & spread) - {BATCH}, units)


def differ(a: Numbers, b: Numbers) -> bool:
    """Whether two coordinates disagree on an element to which both give a number."""
    if a.size == b.size and np.array_equal(a.reshape(-1), b.reshape(-1)):
        return False
    try:
        return bool(((a != b) & (a != 0) & (b != 0)).any())
    except ValueError:  # of arrays of other shapes, which do not meet
        return True


def mixtures(marks: Marks, sources: set[str], units: Mapping[str, str]) -> Marks:
    """Marks once elements of some sources were mixed: a sum along a side of a weight, or over units or examples.

    What is left of a weight that was summed along one side are the units of its other side.
    """
    if not sources:
        return marks
    weights = {weight_of(source) for source in sources} - {""}
    tokens = set(marks.tokens) | {source for source in sources if weight_of(source)}
    if BATCH in sources:
        tokens.add(SUMMED)
    if not weights:
        tokens |= {f"over {source}" for source in sources - {BATCH}}
    kept = []
    for each in marks.coordinates:
        if each.source in sources and weight_of(each.source):
            continue
        if weight_of(each.source) in weights:
            each = Coordinate(units[each.source], each.numbers, each.axes)
        kept.append(each)
    return Marks(frozenset(tokens), tuple(kept))


def summed(
    marks: Marks, ndim: int, axes: set[int], units: Mapping[str, str], synaptic: bool = False
) -> tuple[Marks, list[Coordinate]]:
    """Marks after a sum along some axes, and their coordinates as they were, before any axis was taken away.

    `synaptic` says that one of the factors is a fixed matrix, so that the sum runs over connections.
    """
    sources = of_axes(marks.coordinates, ndim, axes)
    after = mixtures(marks, sources, units)
    if synaptic:
        after = after._replace(tokens=after.tokens - {f"over {s}" for s in sources} | marks.tokens)
    left = [each for each in after.coordinates if not axes_of(each, ndim) & axes]
    return after._replace(coordinates=tuple(left)), left


def whole_of(several: Sequence[Marks], units: Mapping[str, str]) -> Marks:
    """Marks of what depends on everything in several arrays, as an inverse does: no coordinate is left."""
    tokens = frozenset().union(*(marks.tokens for marks in several))
    sources = {each.source for marks in several for each in marks.coordinates}
    return mixtures(Marks(tokens), sources, units)


def only(coordinates: Iterable[tuple[str, Any]]) -> tuple[Coordinate, ...]:
    """Coordinates without those that are 0 everywhere, compact."""
    pairs = ((source, compacted(np.asarray(numbers))) for source, numbers in coordinates)
    return tuple(coordinate(source, numbers) for source, numbers in pairs if numbers is not None)
