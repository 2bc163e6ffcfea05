"""The one interval of a mean over seeds that tables, figures and reports show.

Of fewer than `ENOUGH` values it is Student's, on an unbounded scale where values have bounds; from there on it is the
bootstrap's, BCa. Every function is pure. A value that is not finite is refused, but by `estimate`, which leaves it out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from plausible.errors import require, require_number

Vector: TypeAlias = NDArray[np.float64]
Values: TypeAlias = Sequence[float] | Vector
Level: TypeAlias = float  # the nominal coverage of an interval, in (0, 1)
Bounds: TypeAlias = tuple[float, float]  # the smallest and the largest value that there can be


class OfTrials(tuple[float, float]):
    """The bounds of values each of which is one trial, with one of two outcomes: the lower bound, or the upper one."""


ANY: Bounds = (-math.inf, math.inf)
AMOUNT: Bounds = (0.0, math.inf)
SHARE: Bounds = (0.0, 1.0)
TRIALS: Bounds = OfTrials(SHARE)  # 0 for a trial that failed, 1 for one that did not
PERCENT: Bounds = (0.0, 100.0)
DEGREES: Bounds = (0.0, 180.0)
ENOUGH = 20  # values, from which the bootstrap takes the place of Student's t
RESAMPLES = 9_999  # a bootstrap's limits then vary by about 1 % of the interval's width from seed to seed
AT_ONCE = 2_000_000  # values that are drawn at once, so that many seeds do not fill the memory
ROUNDING = 1e-12  # of the largest value: differences of accuracies that are equal on paper differ by less
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


def mean_interval(
    values: Values,
    bounds: Bounds = ANY,
    level: Level = 0.95,
    rng: Generator | int = 0,
    resamples: int = RESAMPLES,
) -> Interval:
    """The mean with its interval: Student's t of few values, a bootstrap of `ENOUGH`.

    Few values. With m the mean, s the standard deviation and e = t_(n-1) s / √n, the interval of values without bounds
    is m ± e. Near a bound that interval could reach beyond it, and would cover the mean too seldom, as values crowd
    there. So with bounds the interval is taken on an unbounded scale, to first order in e (the delta method), and
    transformed back. For values in [a, b] that is logit((m - a) / (b - a)) ± e (b - a) / ((m - a) (b - m)), as in
    [brown2001] for the share of a binomial; for values of at least a it is log(m - a) ± e / (m - a). It is so
    at every distance from the bounds, so that no interval jumps where a threshold is passed: at a distance d from the
    nearer bound it differs from m ± e by about e² / 2d at each end, a twentieth of e where d is ten e. It is longer on
    the side away from the bound.

    `ENOUGH` values or more. BCa of the mean [efron1987], which corrects for skew, stays between the smallest and the
    largest value, and is the same on every monotone scale, so that bounds change nothing. A bootstrap takes the spread
    of the values for that of their source, and normal quantiles for Student's: at 20 normal values, 95 % would cover
    92.9 %. So its level is raised to `expanded_level` [hesterberg2015].

    Values that are trials, each at one of two bounds (`TRIALS`), have the score interval of [wilson1927] at every n
    above 1: twenty successes of twenty are no certainty, but [0.84, 1].

    The estimate is the mean m itself. Other equal values have an interval of width zero, and one value has none: its
    limits are NaN. Of skewed values both cover less than `level`: docs/statistics.md says how often.

    Args:
        values: one per seed, (n,).
        bounds: the smallest and the largest value that there can be; a lower one alone, both, or none.
        level: nominal coverage.
        rng: of the bootstrap: a seed, or a generator, which is moved on.
        resamples: how many it draws.

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
    check_level(level)
    values, (low, high) = finite("the values", values), bounds
    outside = values[(values < low) | (values > high)]
    require(not len(outside), "one of the values", str(outside[:1]), f"numbers from {low:g} to {high:g}")
    n, mean = len(values), float(values.mean())
    if n == 1:
        return Interval(mean, math.nan, math.nan, n)
    if isinstance(bounds, OfTrials):
        return of_trials(values, bounds, level)
    if np.ptp(values) == 0:  # before their mean is rounded
        return Interval(float(values[0]), float(values[0]), float(values[0]), n)
    if n >= ENOUGH:
        return bootstrapped(values, np.mean, expanded_level(level, n), rng, resamples)
    half = students(level, n - 1) * float(values.std(ddof=1)) / math.sqrt(n)
    return Interval(mean, *within(mean, half, bounds), n)


def of_trials(values: Vector, bounds: Bounds, level: Level) -> Interval:
    """The share of trials with the upper outcome, between the bounds, with its score interval [wilson1927]."""
    (low, high), n, mean = bounds, len(values), float(values.mean())
    between = values[(values != low) & (values != high)]
    require(not len(between), "one of the trials", str(between[:1]), f"{low:g} or {high:g}")
    least, most = score_limits((mean - low) / (high - low), lambda p: p * (1 - p) / n, level)
    return Interval(mean, low + (high - low) * least, low + (high - low) * most, n)


def score_limits(estimate: float, variance: Callable[[float], float], level: Level) -> tuple[float, float]:
    """The ends of all p in [0, 1] whose own standard error puts the estimate within z of them [wilson1927]."""
    from scipy.optimize import brentq
    from scipy.special import ndtri

    z = float(ndtri((1 + level) / 2))

    def outside(p: float) -> float:
        return (p - estimate) ** 2 - z**2 * variance(p)

    inside = min(max(estimate, 1e-9), 1 - 1e-9)  # at 0 and 1 themselves the variance is 0, and every p a root
    low = 0.0 if estimate <= 0 else float(brentq(outside, 0, inside))
    return low, 1.0 if estimate >= 1 else float(brentq(outside, inside, 1))


def students(level: Level, degrees: float) -> float:
    """How many standard errors Student's interval of this level reaches to each side."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees, (1 + level) / 2))


def within(mean: float, half: float, bounds: Bounds) -> tuple[float, float]:
    """The limits that lie `half` to each side of a mean, but on the unbounded scale of `mean_interval`."""
    from scipy.special import expit, logit

    low, high = bounds
    above, below = mean - low, high - mean
    if half == 0 or math.isinf(above) or above <= 0 or below <= 0:
        return mean - half, mean + half
    with np.errstate(over="ignore"):  # with few values, the upper limit may overflow
        ends = np.array([-half, half])
        if math.isinf(below):
            limits = low + above * np.exp(ends / above)
        else:
            limits = low + (high - low) * expit(
                logit(above / (high - low)) + ends * (high - low) / (above * below)
            )
    return float(limits[0]), float(limits[1])


def expanded_level(level: Level, n: int, degrees: float | None = None) -> Level:
    """The level at which a bootstrap of n values reaches as far as Student's interval of `level` [hesterberg2015].

    It is 2 Φ(t √(n / (n - 1))) - 1, with t that of `degrees`, n - 1 if not given: resamples of n values have a
    variance that is smaller by (n - 1) / n, and their quantiles are normal ones.
    """
    from scipy.special import ndtr

    return float(
        2 * ndtr(students(level, n - 1 if degrees is None else degrees) * math.sqrt(n / (n - 1))) - 1
    )


def bootstrapped(
    values: Values, statistic: Callable[..., Any], level: Level, rng: Generator | int, resamples: int
) -> Interval:
    """A statistic of the values, taken along `axis`, with its BCa bootstrap interval [efron1987].

    Where leaving out any one value changes nothing, BCa is not defined, and the limits are plain percentiles.
    """
    from scipy.stats import bootstrap

    check_level(level)
    values = np.sort(finite("the values", values))  # sorted, so that the order of the seeds changes no digit
    n, estimate = len(values), float(statistic(values, axis=-1))
    if n == 1:
        return Interval(estimate, math.nan, math.nan, n)
    jackknife = [float(statistic(np.delete(values, i), axis=-1)) for i in range(n)]
    defined = np.ptp(jackknife) > noise(values)  # else the acceleration is 0 / 0, as for equal values
    result = bootstrap(
        (values,),
        statistic,
        n_resamples=resamples,
        batch=max(AT_ONCE // n, 1),
        confidence_level=level,
        method="BCa" if defined else "percentile",
        rng=rng,
    )
    low, high = result.confidence_interval
    return Interval(estimate, float(low), float(high), n)


def noise(*arrays: Vector) -> float:
    """The size up to which differences of these values may be rounding."""
    return ROUNDING * max(float(np.abs(array).max()) for array in arrays)


def estimate(values: Values, bounds: Bounds = ANY) -> Interval:
    """The mean of those values that are finite, with its interval, as `mean_interval` says; `NOTHING` without any."""
    numbers = np.asarray(values, np.float64)
    numbers = numbers[np.isfinite(numbers)]
    return mean_interval(numbers, bounds) if len(numbers) else NOTHING
