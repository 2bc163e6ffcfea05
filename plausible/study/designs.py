"""What a number of seeds can show: the power of a paired t test, the smallest p, and orders that are mere luck."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

from plausible.errors import require_number, require_whole
from plausible.study.statistics import ALPHA, RESAMPLES, Level, Vector, holm

MOST = 10_000  # seeds; above it nobody runs a study, and the search ends
WANTED = 0.8  # the power that is asked for, if nothing else is said


def power(seeds: int, difference: float, spread: float, level: Level = 0.95) -> float:
    """The chance that a two-sided paired t test at `level` tells `difference` from 0: of noncentral t [cohen1988].

    Args:
        seeds: pairs, two or more.
        difference: the true mean of the paired differences.
        spread: their standard deviation, in the same unit.
        level: 1 less the size of the test.

    Returns:
        A probability; for a spread of 0 it is 1, or 0 for a difference of 0.

    Raises:
        BadInput: for fewer than two pairs, a negative spread, or a level outside [0.5, 0.9999].
    """
    from scipy.stats import nct, t

    require_whole("the number of pairs", seeds, 2)
    require_number("the level of the test", level, 0.5, 0.9999)
    require_number("the spread of the differences", spread)
    limit = float(t.ppf((1 + level) / 2, seeds - 1))
    if spread == 0:
        return float(difference != 0)
    shift = abs(difference) / spread * seeds**0.5
    above, below = nct.sf(limit, seeds - 1, shift), nct.cdf(-limit, seeds - 1, shift)
    return float(above + (0 if math.isnan(below) else below))


def seeds_needed(difference: float, spread: float, wanted: float = WANTED, level: Level = 0.95) -> int | None:
    """The fewest seeds, at least two, whose `power` is `wanted`; None if `MOST` are too few.

    Raises:
        BadInput: for a difference that is not positive, a negative spread, a wanted power outside [0.05, 0.999], or a
            level outside [0.5, 0.9999].
    """
    require_number("the difference to be seen", difference, open_low=True)
    require_number("the power", wanted, 0.05, 0.999)
    require_number("the level of the test", level, 0.5, 0.9999)
    require_number("the spread of the differences", spread)
    low, high = 2, 2
    while power(high, difference, spread, level) < wanted:
        low, high = high + 1, 2 * high
        if low > MOST:
            return None
    while low < high:  # power rises with the number of seeds
        middle = (low + high) // 2
        low, high = (
            (low, middle) if power(middle, difference, spread, level) >= wanted else (middle + 1, high)
        )
    return low


def detectable(seeds: int, spread: float, wanted: float = WANTED, level: Level = 0.95) -> float:
    """The smallest true difference that so many pairs detect with the power `wanted`, in the unit of the spread.

    The power of the two-sided paired t test at `level`, not corrected for several tests, is `wanted` there. It rests on
    the spread that was measured, so that with few pairs it is an estimate that may be wrong by half. NaN for one pair.

    Raises:
        BadInput: as `seeds_needed`, and for no seed.

    >>> from plausible.study.designs import detectable
    >>> round(detectable(34, 1.0), 1)  # a medium effect takes 34 pairs [cohen1988]
    0.5
    """
    require_whole("the number of pairs", seeds)
    require_number("the power", wanted, 0.05, 0.999)
    require_number("the level of the test", level, 0.5, 0.9999)
    require_number("the spread of the differences", spread)
    if seeds == 1:
        return math.nan
    return spread * effect_seen(seeds, wanted, level)


@cache
def effect_seen(seeds: int, wanted: float, level: Level) -> float:
    """The `detectable` difference in standard deviations, of two pairs or more."""
    from scipy.optimize import brentq

    high = 1.0
    while power(seeds, high, 1.0, level) < wanted:
        high *= 2
    return float(brentq(lambda effect: power(seeds, effect, 1.0, level) - wanted, 0.0, high))


def luck(a: int, b: int) -> float:
    """The chance that all a values of one of two equal rules lie above all b of the other, whichever it is.

    All (a + b)! orders are as likely, of which a! b! have the values of one above: 2 a! b! / (a + b)!, where no values
    tie. Of k rules that are as good as the reference, some one looks so with a chance of up to k times that.

    Raises:
        BadInput: for numbers of values below one.

    >>> from plausible.study.designs import luck
    >>> luck(3, 3), round(luck(5, 5), 4)
    (0.1, 0.0079)
    """
    require_whole("the number of values", min(a, b))
    return 2 / math.comb(a + b, a)


def smallest_p(pairs: int) -> float:
    """The smallest p that `plausible.study.statistics.paired_test` can give for so many pairs.

    2^(1 - n) while all signs are tried, 1 / (`RESAMPLES` + 1) where they are drawn; 1 for one pair.
    """
    return 2.0 ** (1 - pairs) if 2**pairs <= RESAMPLES else 1 / (RESAMPLES + 1)


def smallest_corrected(pairs: Sequence[int]) -> Vector:
    """The smallest p after Holm's correction that each of some tests of one question can have, from their pairs.

    Holm's p of a test is smallest where each test, this one too, has the smallest p that its pairs allow: (tests,).

    >>> from plausible.study.designs import smallest_corrected
    >>> smallest_corrected([5, 5, 5]).tolist()  # three tests of five pairs: 3 · 2 / 2⁵
    [0.1875, 0.1875, 0.1875]
    """
    return holm([smallest_p(each) for each in pairs])


def can_reject(pairs: Sequence[int], alpha: float = ALPHA) -> list[bool]:
    """Whether some outcome of each test of one question would be below `alpha` after correction."""
    return [bool(p < alpha) for p in smallest_corrected(pairs)]
