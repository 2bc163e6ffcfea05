"""Weights that begin as others do: feedback that was never learned, but drawn as a transpose, or packed with it.

All that is kept beside forward weights is looked at, other weights and the state. Numbers are compared but for a factor
and a number that is added, so that a copy may be scaled, moved, rounded or noisy. What could come about by chance,
as where weights and feedback are drawn from the same few values, accuses nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from plausible.core import Array
from plausible.plausibility.counting import held_by
from plausible.plausibility.intervention import is_forward
from plausible.plausibility.provenance import sides
from plausible.plausibility.record import FEW
from plausible.plausibility.world import World

MANY = 10  # numbers of a weight for each matrix that is tried to make it up: of fewer any could by chance
LEFT = 0.1  # of the spread of a weight: what other matrices leave of it, where they make it up
NEAR = 0.95  # correlation of a copy, rounded or noisy; of signs with what they are the signs of it is 0.87 at most
MOST = 0.9  # of the numbers of a weight: where so many lie somewhere, it is packed there
HALF = 0.5  # of the numbers of a weight: where so many lie at their places in an order, it is copied
PIECE = 20  # numbers of a piece of a weight: fewer may be like one by chance
SPREADS = 7.0  # of what chance makes of a correlation: one in a million millions is beyond
FOLLOWS = 0.65  # Chatterjee's coefficient, near 1 for a function; by chance it is 0 ± 0.15 of `PIECE` numbers, or less
CERTAIN = 20.0  # in natural units: chance makes what is accused less often than exp(-20), two in a billion
GRAINS = (
    0.0,
    1e-6,
    1e-3,
)  # of the spread of a weight: numbers as they are, in single precision, and of three digits


class Copy(NamedTuple):
    """A weight, or a part of the state, that begins as a forward weight, in whatever orientation.

    `side` is the mark of what reads it: the side of it that the forward weight's postsynaptic units have, a sum along
    which goes down, or its name where its elements lie in another order. `whole` says that numbers are alike, and not
    their signs alone.
    """

    name: str
    weight: str
    side: str
    whole: bool


class Kept(NamedTuple):
    """An array beside the forward weights; one of the state is called "state", as its mark is."""

    name: str
    array: Array

    def side(self, axis: int) -> str:
        """The mark of a sum along an axis."""
        return "state" if self.name == "state" else sides(self.name, self.array)[axis]


def copies(world: World) -> list[Copy]:
    """What begins as the transpose of a forward weight, or as that itself, and is no forward weight."""
    kept = [Kept(n, np.asarray(a)) for n, a in world.params.items() if not is_forward(n)]
    kept += [Kept("state", np.asarray(a)) for a in held_by(world.state, set())]
    kept = [each._replace(array=each.array.real) for each in kept if each.array.dtype.kind in "fiuc"]
    kept = [each for each in kept if each.array.size]
    found: list[Copy] = []
    for weight, array in world.params.items():
        if is_forward(weight) and np.ndim(array) == 2 and array.size > FEW and np.ptp(array):
            for ways in (functions, turned, spanned, packed, pieces, in_part):
                several = ways(weight, array, kept)
                known = {(each.name, each.weight) for each in found}
                found += [each for each in several if (each.name, each.weight) not in known]
    return found


def turned(weight: str, array: Array, kept: list[Kept]) -> Iterator[Copy]:
    """Matrices of the same shape as a weight or as its transpose, that are it or have its signs."""
    for each in kept:
        for axis, one in ((1, array), (0, array.T)):
            if one.shape == each.array.shape:
                whole = alike(one, each.array)
                signs = np.ptp(np.sign(one)) and np.array_equal(np.sign(one), np.sign(each.array))
                if whole or (signs and each.name != "state"):
                    yield Copy(each.name, weight, each.side(axis), whole)


def spanned(weight: str, array: Array, kept: list[Kept]) -> Iterator[Copy]:
    """Matrices beside forward ones that add up to a forward weight, each times a number of its own, and a number."""
    for axis, one in ((1, array), (0, array.T)):
        beside = [each for each in kept if each.array.shape == one.shape]
        if not 0 < len(beside) <= array.size / MANY:
            continue
        columns = np.stack([np.ones(one.size), *(np.ravel(each.array) for each in beside)], axis=1)
        shares = np.linalg.lstsq(columns, np.ravel(one), rcond=None)[0]
        apart, spread = np.ravel(one) - columns @ shares, np.ravel(one) - one.mean()
        if np.linalg.norm(apart) > LEFT * np.linalg.norm(spread):
            continue
        for each, share in zip(beside, shares[1:], strict=True):
            if abs(share) * np.std(each.array) > LEFT * np.std(one):
                yield Copy(each.name, weight, each.side(axis), True)


def pieces(weight: str, array: Array, kept: list[Kept]) -> Iterator[Copy]:
    """Matrices that are rows, or columns, of a weight or of its transpose, side by side as they are there."""
    for each in kept:
        for axis, one in ((1, array), (0, array.T)):
            shape = each.array.shape
            fits = len(shape) == 2 and all(a <= b for a, b in zip(shape, one.shape, strict=True))
            if fits and PIECE <= each.array.size < one.size and any(np.equal(shape, one.shape)):
                windows = np.lib.stride_tricks.sliding_window_view(one, shape).reshape(-1, each.array.size)
                if any(alike(window, each.array) for window in windows):
                    yield Copy(each.name, weight, each.side(axis), True)


def functions(weight: str, array: Array, kept: list[Kept]) -> Iterator[Copy]:
    """Matrices whose numbers are a function of a weight's, or of its transpose's, whatever it is, or nearly so."""
    for each in kept:
        for axis, one in ((1, array), (0, array.T)):
            if (
                one.shape == each.array.shape
                and np.ptp(each.array)
                and follows(np.ravel(each.array), np.ravel(one))
            ):
                yield Copy(each.name, weight, each.side(axis), True)


def in_part(weight: str, array: Array, kept: list[Kept]) -> Iterator[Copy]:
    """Matrices that tell something of a weight: they go with it more than chance has it, or its size says what is 0."""
    for each in kept if array.size >= MANY * PIECE // 2 else ():
        for axis, one in ((1, array), (0, array.T)):
            if one.shape == each.array.shape and each.name != "state" and tells(each.array, one):
                yield Copy(each.name, weight, each.side(axis), False)


def tells(a: Array, b: Array) -> bool:
    """Whether numbers go with others, or a few values, or places of zeros, with their order."""
    from scipy.stats import chatterjeexi  # slow to import

    a, b = np.ravel(a).astype(np.float64), np.ravel(b).astype(np.float64)
    a, b = a[b != 0], b[b != 0]  # where there is no synapse there may be none in the other direction, too
    if a.size < PIECE or not (np.ptp(a) and np.ptp(b)):
        return False
    along = np.arctanh(np.clip(np.corrcoef(a, b)[0, 1], -0.999, 0.999)) * np.sqrt(a.size - 3)
    several = [a != 0, *([a] if len(np.unique(a)) <= FEW else [])]
    jumps = [chatterjeexi(x, each.astype(float), y_continuous=False).statistic
             for each in several if np.ptp(each.astype(float)) for x in (b, abs(b))]  # fmt: skip
    return bool(abs(along) > SPREADS or max(jumps, default=0.0) > SPREADS * np.sqrt(0.4 / a.size))


def follows(a: Array, b: Array) -> bool:
    """Whether numbers are a function of others, by how little they jump where these are put in order.

    A few values are a function of signs, or of nothing.
    """
    from scipy.stats import chatterjeexi

    there = (a != 0) | (b != 0)
    a, b = a[there].astype(np.float64), b[there].astype(np.float64)
    if a.size < PIECE or len(np.unique(a)) <= FEW or not np.ptp(b):
        return False
    return bool(chatterjeexi(b, a, y_continuous=True).statistic > FOLLOWS)


def packed(weight: str, array: Array, kept: list[Kept]) -> Iterator[Copy]:
    """Parts of the state, and weights of another shape, that hold a forward weight: in its order, or anywhere."""
    for name in dict.fromkeys(each.name for each in kept):
        there = [np.ravel(each.array).astype(np.float64) for each in kept if each.name == name]
        pool = np.concatenate(there)
        if pool.size < MOST * array.size:
            continue
        rows = (np.ravel(one).astype(np.float64) for one in (array, array.T))
        if any(in_order(one, pool) for one in rows) or anywhere(array, [pool, *there]):
            yield Copy(name, weight, name, True)


def in_order(one: Array, pool: Array) -> bool:
    """Whether numbers lie in a row somewhere, but for a factor, a number, and what rounding or a little noise does."""
    n, wide = one.size, 2 * pool.size
    if pool.size < n:
        return False
    wanted, moved = (one - one.mean()) / np.linalg.norm(one - one.mean()), pool - pool.mean()
    sums, squares = (np.cumsum(np.concatenate([np.zeros(1), each])) for each in (moved, moved**2))
    spread = np.maximum(squares[n:] - squares[:-n] - (sums[n:] - sums[:-n]) ** 2 / n, 0.0)
    along = np.fft.irfft(np.fft.rfft(moved, wide) * np.fft.rfft(wanted, wide).conj(), wide)[
        : pool.size - n + 1
    ]
    near = np.abs(along) > 0.99 * NEAR * np.sqrt(spread)
    return any(alike(one, pool[m : m + n]) for m in np.flatnonzero(near & (spread > 1e-12 * squares[-1])))


def anywhere(array: Array, several: list[Array]) -> bool:
    """Whether most numbers of a weight are in one of several pools, in any order, but for a factor and a number."""
    numbers = np.ravel(array).astype(np.float64)
    for pool in several:
        size = np.std(pool) / np.std(numbers)
        for factor, more in ((1.0, 0.0), (size, pool.mean() - size * numbers.mean()),
                             (-size, pool.mean() + size * numbers.mean())):  # fmt: skip
            if factor and any(held(factor * numbers + more, pool, grain) for grain in GRAINS):
                return True
    return False


def held(numbers: Array, pool: Array, grain: float) -> bool:
    """Whether most of some numbers lie in a pool, to a share of their spread, and more than chance would put there.

    Two numbers are the same by chance as often as two of the weight's own are, and one lies in the pool if it is the
    same as any number there that is not 0.
    """
    near = grain * float(np.std(numbers)) + 1e-12 * float(np.abs(numbers).max())
    there = np.unique(pool)
    after = np.clip(np.searchsorted(there, numbers), 1, max(len(there) - 1, 1))
    apart = np.minimum(
        np.abs(there[after - 1] - numbers), np.abs(there[np.minimum(after, len(there) - 1)] - numbers)
    )
    share = float((apart <= near).mean())
    chance = 1 - (1 - collisions(numbers, near)) ** np.count_nonzero(pool)
    return share >= MOST and beyond_chance(share, chance, numbers.size)


def collisions(numbers: Array, near: float) -> float:
    """How often two of some numbers are the same, to a distance, and as if one more pair than there are was."""
    ordered = np.sort(numbers)
    pairs = np.searchsorted(ordered, ordered + near, side="right") - np.arange(1, len(ordered) + 1)
    return min((float(pairs.sum()) + 1) / (len(ordered) * (len(ordered) - 1) / 2), 1.0)


def beyond_chance(share: float, chance: float, number: int) -> bool:
    """Whether so large a share of a number of draws comes about by chance less often than exp(-`CERTAIN`)."""
    if share <= chance:
        return False
    rest = (1 - share) * np.log((1 - share) / (1 - chance)) if share < 1 else 0.0
    return bool(number * (share * np.log(share / chance) + rest) > CERTAIN)


def alike(a: Array, b: Array) -> bool:
    """Whether numbers in an order are the same: half of them at equal places, or all but for a factor and a number.

    What rounding or a little noise does is passed over, and so are places where neither has a synapse.
    """
    a, b = np.ravel(a).astype(np.float64), np.ravel(b).astype(np.float64)
    there = (a != 0) | (b != 0)
    a, b = a[there], b[there]
    if a.size <= FEW or not (np.ptp(a) and np.ptp(b)):
        return False
    near = GRAINS[-1] * float(np.std(a))
    share, chance = float((np.abs(a - b) <= near).mean()), max(collisions(a, near), collisions(b, near))
    if share >= HALF and beyond_chance(share, chance, a.size):
        return True
    a, b = a - a.mean(), b - b.mean()
    near_one = abs(float(a @ b)) > NEAR * float(np.linalg.norm(a) * np.linalg.norm(b))
    return near_one and beyond_chance(1.0, chance, a.size)
