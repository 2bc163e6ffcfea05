"""Means over seeds with Student's interval, between bounds where a measurement has some.

Every function is pure. A value that is not finite is refused, but by `estimate`, which leaves it out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from plausible.errors import require, require_number

Vector: TypeAlias = NDArray[np.float64]
Values: TypeAlias = Sequence[float] | Vector
Level: TypeAlias = float  # the nominal coverage of an interval, in (0, 1)
Bounds: TypeAlias = tuple[float, float]  # the smallest and the largest value that there can be

ANY: Bounds = (-math.inf, math.inf)
AMOUNT: Bounds = (0.0, math.inf)
SHARE: Bounds = (0.0, 1.0)
PERCENT: Bounds = (0.0, 100.0)
DEGREES: Bounds = (0.0, 180.0)
SHARES = ("accuracy", "settled", "converged", "oscillating")  # metrics, or their last words, that are shares
AMOUNTS = ("normalised error", "norm", "per second", "per example", "steps", "residual")


class Interval(NamedTuple):
    """An estimate with the limits of its interval, in the unit of the values; n is the number of values."""

    estimate: float
    low: float
    high: float
    n: int

    def named(self) -> dict[str, float]:
        """The parts under their names in tables and JSON."""
        return dict(zip(("mean", "low", "high", "n"), self, strict=True))


NOTHING = Interval(math.nan, math.nan, math.nan, 0)  # in tables, where there is no value to estimate from


def finite(what: str, values: Values) -> Vector:
    """The values as float64, (n,).

    Raises:
        BadInput: if there are none, or one of them is None, NaN or infinite.
    """
    array = np.asarray(values, dtype=np.float64)
    require(array.ndim == 1 and len(array) > 0, what, array.tolist(), "a list of at least one number")
    lost = array[~np.isfinite(array)]
    require(
        not len(lost), f"one of {what}", str(lost[:1]), "finite numbers: say first what lost runs count as"
    )
    return array


def check_level(level: Level) -> None:
    """Refuse a coverage outside (0, 1)."""
    require_number("the level", level, 0, 1, open_low=True)
    require(level < 1, "the level", level, "less than 1")


def bounds_of(metric: str) -> Bounds:
    """The bounds of a metric, by the end of its name; an unknown metric may have any value."""
    known = {**dict.fromkeys(SHARES, SHARE), **dict.fromkeys(AMOUNTS, AMOUNT), "angle": DEGREES}
    return next((bounds for ending, bounds in known.items() if metric.endswith(ending)), ANY)


def mean_interval(values: Values, bounds: Bounds = ANY, level: Level = 0.95) -> Interval:
    """The mean with its interval by Student's t, which stays inside of `bounds`.

    With m the mean, s the standard deviation and e = t_(n-1) s / √n, the interval of values without bounds is m ± e.
    Near a bound that interval could reach beyond it, and would cover the mean too seldom, as values crowd there. So the
    interval is taken on an unbounded scale, to first order in e (the delta method), and transformed back. For values in
    [a, b] that is logit((m - a) / (b - a)) ± e (b - a) / ((m - a) (b - m)), as in [brown2001] for the share of a
    binomial; for values of at least a it is log(m - a) ± e / (m - a). It is longer on the side away from the bound. The
    estimate is the mean m itself. Equal values have an interval of width zero, and one value has none: its limits are
    NaN.

    Args:
        values: one per seed, (n,).
        bounds: the smallest and the largest value that there can be; a lower one alone, both, or none.
        level: nominal coverage.

    Raises:
        BadInput: for no value, one that is not finite or out of bounds, or a level outside (0, 1).

    Five seeds: t = 2.776 with four degrees of freedom, and the standard deviation is √2.5. Between bounds the interval
    of accuracies is longer on the side away from 1.

    >>> from plausible.study.intervals import SHARE, mean_interval
    >>> mean = mean_interval([1, 2, 3, 4, 5])
    >>> mean.estimate, round(mean.high - mean.estimate, 3), mean.n  # 2.776 √(2.5 / 5)
    (3.0, 1.963, 5)
    >>> mean = mean_interval([0.99, 0.98, 0.99, 0.97, 0.99], bounds=SHARE)
    >>> mean.estimate - mean.low > mean.high - mean.estimate > 0
    True
    """
    from scipy.special import expit, logit, stdtrit

    check_level(level)
    values, (low, high) = finite("the values", values), bounds
    outside = values[(values < low) | (values > high)]
    require(not len(outside), "one of the values", str(outside[:1]), f"numbers from {low:g} to {high:g}")
    n, mean = len(values), float(values.mean())
    if n == 1:
        return Interval(mean, math.nan, math.nan, n)
    half = float(stdtrit(n - 1, (1 + level) / 2) * values.std(ddof=1) / math.sqrt(n))
    above, below = mean - low, high - mean
    if half == 0 or math.isinf(above) or above == 0 or below == 0:
        return Interval(mean, mean - half, mean + half, n)
    with np.errstate(over="ignore"):  # with few values, the upper limit may overflow
        ends = np.array([-half, half])
        if math.isinf(below):
            limits = low + above * np.exp(ends / above)
        else:
            limits = low + (high - low) * expit(
                logit(above / (high - low)) + ends * (high - low) / (above * below)
            )
    return Interval(mean, float(limits[0]), float(limits[1]), n)


def estimate(values: Values, bounds: Bounds = ANY) -> Interval:
    """The mean of those values that are finite, with its interval, as `mean_interval` says; `NOTHING` without any."""
    numbers = np.asarray(values, np.float64)
    numbers = numbers[np.isfinite(numbers)]
    return mean_interval(numbers, bounds) if len(numbers) else NOTHING
