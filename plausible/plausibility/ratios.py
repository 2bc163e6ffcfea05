"""Slopes that stand in no array: what a teaching signal is multiplied by from one array to a later one, by value.

Whatever is computed of the target is held against what was computed of it before. Where the one is the other times the
slope of a layer's activation, number by number, the slope is in between, in however many products and whatever became
of the signal: bent, rounded to its sign, or taken away from itself. So it is where it is the other times a slope and
plain numbers, or times any smooth function of the unit's own drive that vanishes in saturation at both ends. Neurons
that settle answer by slopes to small signals as well, as physics has it, and to large ones otherwise: so the rule is
told targets that are far away.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.polynomial.chebyshev import chebvander

from plausible.core import Array, Outer
from plausible.plausibility.marked import Marked
from plausible.plausibility.marks import TEACHERS, Marks
from plausible.plausibility.provenance import followed
from plausible.plausibility.record import FEW, outside
from plausible.plausibility.teaching import with_target
from plausible.plausibility.world import World, presented

FAR = 6.0  # what targets are multiplied by
BATCH = 2 * FEW  # examples, so that one unit has more numbers than agree by chance
OFTEN = 8  # times that an operation is looked at: a loop does the same again
FRESH = 8  # slopes, of those that were computed since it was looked the last time
KEPT = {
    1: 128,
    2: 128,
}  # by axes: slopes of a shape that are watched for, and arrays that a later one is held against
MOST = 512  # numbers of an array that are compared
APART = 1e-8  # of 1, a cosine: a part in ten thousand, less than what neurons that settle are off by
PLAIN = 4  # matrices of plain numbers, of a shape, that are known at a time
MANY = 100  # numbers of an array of which its being a smooth function is no chance
TERMS = 12  # of a polynomial in the activity, which follows any smooth function
ROUGH = 1e-4  # of its size: what such a function is missed by
VANISHES = 0.02  # of its largest value: what is less at both ends vanishes there
VARIED = 1e-5  # of 1, the cosine of slopes and a number: of slopes that are alike nothing can be told


class Ratios:
    """What was computed of the target, and which of it is an earlier one times a slope."""

    def __init__(self) -> None:
        self.told: dict[tuple[int, ...], deque[Array]] = {}
        self.slopes: dict[tuple[int, ...], deque[tuple[str, Array]]] = {}
        self.fresh: deque[tuple[str, Array, Array]] = deque(maxlen=FRESH)
        self.plain: dict[tuple[int, ...], deque[Array]] = {}  # plain numbers that met what is marked
        self.drives: dict[tuple[int, ...], deque[Driven]] = {}
        self.times: Counter[Any] = Counter()  # by what computes it
        self.rows: dict[
            Any, list[list[Array]]
        ] = {}  # by place in the code, rows that are multiplied one by one
        self.rough = set[
            str
        ]()  # layers that are told something times what is no smooth function of their drive

    def watch(self, layer: str, slope: Array, drive: Array) -> None:
        """Watch for a layer's slope, and for other functions of its drive."""
        self.fresh.append((layer, slope, drive))

    def meet_plain(self, value: Any) -> None:
        """Note plain numbers, by which a slope may be multiplied."""
        if isinstance(value, np.ndarray) and value.ndim in KEPT and value.dtype.kind == "f" and np.ptp(value):
            self.plain.setdefault(value.shape, deque(maxlen=PLAIN)).append(value)

    def factor(self, a: Any, b: Any) -> None:
        """Note the layers that are told something times numbers that are no smooth function of their drive."""
        several = [each for each in (a, b) if isinstance(each, Marked)]
        told = [bool(each.tokens & TEACHERS) for each in several]
        if len(several) < 2 or not any(told) or several[0].shape != several[1].shape:
            return
        told_by = [each for each, is_told in zip(several, told, strict=True) if all(told) or not is_told]
        if several[0].ndim != 1 and not self.looks():
            return
        self.spread()
        single = several[0].ndim == 1 and not self.arranged(several[0].shape)[1]
        factors = self.rows_at(told_by) if single else [each._held for each in told_by]
        shape, drives = self.arranged(factors[0].shape if factors else ())
        if not drives:
            return
        held = [each.T if each.shape[::-1] == shape != each.shape else each for each in factors]
        rows = [np.ravel(each)[:MOST].astype(np.float64) for each in held]
        plain = [each for each in self.plainly(shape) if each.all()]
        tried = np.stack([*rows, *(row / each for row in rows for each in plain)])
        if not any(smooth(tried, each.basis).any() for each in drives):
            self.rough |= {each.layer for each in drives}

    def rows_at(self, factors: Sequence[Marked]) -> list[Array]:
        """Rows that are multiplied one by one at one place in the code, once there are as many as in drives."""
        frame = outside()
        kept = self.rows.setdefault((frame.f_code, frame.f_lasti, len(factors)), [])
        kept.append([np.array(each._held) for each in factors])
        if (len(kept), factors[0].size) not in self.drives:
            return []
        whole = [np.stack(each) for each in zip(*kept, strict=True)]
        kept.clear()
        return whole

    def arranged(self, shape: tuple[int, ...]) -> tuple[tuple[int, ...], Sequence[Driven]]:
        """The shape of drives that have as many numbers as an array of a shape, as they stand or turned, and these."""
        fits = [each for each in self.drives if each in (shape, shape[::-1])]
        fits += [each for each in self.drives if np.prod(each) == np.prod(shape)]
        return (fits[0], self.drives[fits[0]]) if fits else (shape, ())

    def spread(self) -> None:
        """Take up the latest slopes: each as a whole, of each example, and of each unit."""
        while self.fresh:
            layer, slope, drive = self.fresh.popleft()
            if drive.ndim == 2 and drive.size >= MANY and (one := driven(layer, drive)):
                self.drives.setdefault(drive.shape, deque(maxlen=FRESH)).append(one)
            for each in parts(slope):
                several = self.slopes.setdefault(each.shape, deque(maxlen=KEPT.get(each.ndim)))
                several.append((layer, each.ravel()[:MOST]))

    def looks(self) -> bool:
        """Whether the operation that is executed, by its place in the code, was not looked at often enough yet."""
        frame = outside()
        here = None if frame is None else (frame.f_code, frame.f_lasti)
        self.times[here] += 1
        return self.times[here] <= OFTEN

    def meet(self, made: Array, marks: Marks) -> Marks:
        """The marks of an array, with the slopes by which what was computed of the target before became this."""
        if not marks.tokens & TEACHERS or made.dtype.kind != "f" or not made.ndim:
            return marks
        return marks._replace(tokens=marks.tokens.union(self.hold(made))) if self.looks() else marks

    def hold(self, made: Array) -> set[str]:
        """The slopes between arrays before and this one."""
        found = set[str]()
        self.spread()
        for each in made if made.ndim == 3 else (made,):
            if each.shape in self.slopes and np.isfinite(each).all():
                if before := self.told.get(each.shape):
                    rows, whole = each.ravel()[:MOST], self.slopes[each.shape]
                    found |= set(between(np.stack(before), rows, self.times_plain(each.shape, whole)))
                    found |= set(bent(np.stack(before), rows, self.drives.get(each.shape, ())))
                for part in parts(each):
                    self.told.setdefault(part.shape, deque(maxlen=KEPT.get(part.ndim))).append(
                        part.ravel()[:MOST].copy()
                    )
        return found

    def times_plain(
        self, shape: tuple[int, ...], slopes: deque[tuple[str, Array]]
    ) -> Sequence[tuple[str, Array]]:
        """Slopes, as they are and times plain numbers."""
        several = self.plainly(shape)
        return [*slopes, *((layer, slope * plain) for layer, slope in slopes for plain in several)]

    def plainly(self, shape: tuple[int, ...]) -> list[Array]:
        """The plain numbers that meet arrays of a shape."""
        fits = [its for its in self.plain if len(its) <= len(shape) and broadcastable(its, shape)]
        return [np.ravel(np.broadcast_to(each, shape))[:MOST] for its in fits for each in self.plain[its]]


def broadcastable(its: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    """Whether an array of one shape meets one of another, number by number, which keeps its shape."""
    return all(a in (1, b) for a, b in zip(its[::-1], shape[::-1], strict=False))


class Driven(NamedTuple):
    """The drives of a layer's units: an orthonormal basis, (numbers, terms), of smooth functions of them.

    `ends`, (terms, 2), is what each term is in saturation, and `over`, (terms, points), what it is in between.
    """

    layer: str
    basis: Array
    ends: Array
    over: Array


def driven(layer: str, drive: Array) -> Driven | None:
    """The basis for a layer's drives; None where too few differ."""
    at = np.tanh(np.ravel(drive)[:MOST].astype(np.float64))
    if len(np.unique(at)) < MANY:
        return None
    basis, mixed = np.linalg.qr(chebvander(at, TERMS))
    if np.abs(np.diag(mixed)).min() < 1e-9:
        return None
    ends, over = (np.linalg.solve(mixed.T, chebvander(np.linspace(-1, 1, n), TERMS).T) for n in (2, 41))
    return Driven(layer, basis, ends, over)


def bent(before: Array, made: Array, drives: Iterable[Driven]) -> Iterator[str]:
    """The slopes by which arrays were multiplied, times any smooth function of the drive beside.

    What is a function of the drive itself before or after is no signal that is told.
    """
    before = before[(before != 0).all(axis=1)]
    with np.errstate(all="ignore"):
        ratio = made / before
    for layer, basis, ends, over in drives:
        if len(ratio) and not smooth(made[None], basis)[0]:
            fits = smooth(ratio, basis) & ~smooth(before, basis)
            shares = ratio[fits] @ basis
            largest = np.abs(shares @ over).max(axis=1, initial=0.0)
            if (np.abs(shares @ ends).max(axis=1, initial=0.0) < VANISHES * largest).any():
                yield f"slope {layer}"


def smooth(several: Array, basis: Array) -> np.ndarray[Any, Any]:
    """Which of several rows of numbers are smooth functions of the drives that a basis is of."""
    sizes = np.linalg.norm(several, axis=1)
    return np.asarray(np.linalg.norm(several - several @ basis @ basis.T, axis=1) < ROUGH * sizes)


def parts(array: Array) -> list[Array]:
    """An array, and of a matrix its rows and columns, where they have numbers enough."""
    several = [array, *array, *array.T] if array.ndim == 2 else [array]
    return [each for each in several if each.size >= FEW and each.ndim in KEPT]


def between(before: Array, made: Array, slopes: Sequence[tuple[str, Array]]) -> Iterator[str]:
    """The slopes by which any of several arrays, (arrays, numbers), was multiplied where it became another."""
    rows, there = np.stack([each for _, each in slopes]), (before != 0).astype(np.float64)
    # Where no number is 0, as is usual, sums over those that are not are the same for all arrays.
    counted = there[:1] if there.all() else there
    ratio = (
        made / before
        if there.all()
        else np.divide(made, before, out=np.zeros_like(before), where=before != 0)
    )
    with np.errstate(all="ignore"):
        sizes = np.sqrt(counted @ (rows**2).T)
        lengths = np.linalg.norm(ratio, axis=1)[:, None] * sizes
        near = np.abs(ratio @ rows.T) >= (1 - APART) * lengths
        flat = np.abs(counted @ rows.T) >= (1 - VARIED) * np.sqrt(counted.sum(axis=1))[:, None] * sizes
    enough = (there.sum(axis=1) >= FEW)[:, None] & (lengths > 0)
    for at in np.unique(np.argwhere(near & ~flat & enough)[:, 1]):
        yield f"slope {slopes[at][0]}"


class Multiplied(NamedTuple):
    """What teaching signals are multiplied by on their way."""

    tokens: Mapping[
        str, frozenset[str]
    ] = {}  # of changes, with slopes that signals are multiplied by in between
    rough: frozenset[str] = (
        frozenset()
    )  # layers that are told something times what is no smooth function of their drive


def multiplied(world: World) -> Multiplied:
    """What teaching signals are multiplied by at the presentations of a world, by value.

    Targets are far away. What was written number by number is looked at where a change is made of it.
    """
    ratios = Ratios()
    one = followed(far(world), ratios=ratios)
    found = {name: tokens or frozenset() for name, tokens in one.changes.items()}
    for step in one.steps:
        for name, update in step.updates.items():
            factor = update.post if isinstance(update, Outer) else update
            if isinstance(factor, Marked) and factor.tokens & TEACHERS:
                found[name] |= ratios.hold(factor._held)
    return Multiplied(found, frozenset(ratios.rough))


def far(world: World) -> World:
    """The same with more examples at a time, whose targets are far from any answer."""
    own = next((str(array.dtype) for array in world.params.values() if array.dtype.kind == "f"), "float64")
    rng = np.random.default_rng([0, 4])
    shown = [presented(world.rule, rng, BATCH, n == 0, own) for n, _ in enumerate(world.shown)]
    return world._replace(shown=tuple(with_target(each, FAR * (each.y - each.y.mean())) for each in shown))
