"""Statistics over seeds: intervals, tests and effect sizes, from finite numbers to finite numbers or a stated NaN.

Every function is pure. Where resamples are drawn, the same seed gives the same digits, in whatever order the values
come. No value is dropped: one that is not finite is refused, and the caller says what a lost run counts as (`counted`,
`plausible.report.paired.comparisons`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.random import Generator

from plausible.errors import require, require_number
from plausible.study.intervals import AMOUNT as AMOUNT
from plausible.study.intervals import AMOUNTS as AMOUNTS
from plausible.study.intervals import ANY as ANY
from plausible.study.intervals import DEGREES as DEGREES
from plausible.study.intervals import ENOUGH as ENOUGH
from plausible.study.intervals import NOTHING as NOTHING
from plausible.study.intervals import PERCENT as PERCENT
from plausible.study.intervals import RESAMPLES as RESAMPLES
from plausible.study.intervals import SHARE as SHARE
from plausible.study.intervals import SHARES as SHARES
from plausible.study.intervals import TRIALS as TRIALS
from plausible.study.intervals import Bounds as Bounds
from plausible.study.intervals import Interval as Interval
from plausible.study.intervals import Level as Level
from plausible.study.intervals import Values as Values
from plausible.study.intervals import Vector as Vector
from plausible.study.intervals import bootstrapped as bootstrapped
from plausible.study.intervals import bounds_of as bounds_of
from plausible.study.intervals import check_level as check_level
from plausible.study.intervals import estimate as estimate
from plausible.study.intervals import expanded_level as expanded_level
from plausible.study.intervals import finite as finite
from plausible.study.intervals import mean_interval as mean_interval
from plausible.study.intervals import noise, score_limits, students, within

MARGIN = 0.01  # of equivalence: one point of accuracy, or one hundredth of the normalised error
ALPHA = 0.05  # the size of tests


def counted(accuracies: Sequence[float | None], value_of_lost: float) -> Vector:
    """Accuracies in which every None, a run that diverged or failed, counts as `value_of_lost`; (n,).

    Chance, 1 / classes, is the value that an answer without learning would have had: with it, or less, no rule looks
    good by diverging.

    Raises:
        BadInput: if a value, or `value_of_lost`, is not a finite number. A NaN is not taken for a None.

    >>> from plausible.study.statistics import counted
    >>> counted([0.97, None, 0.95], value_of_lost=0.1)
    array([0.97, 0.1 , 0.95])
    """
    require_number("the value of a lost run", value_of_lost, low=-math.inf)
    return finite("the accuracies", [value_of_lost if value is None else value for value in accuracies])


# --- one rule -------------------------------------------------------------------------------------------


def interquartile_mean(
    values: Values,
    bounds: Bounds = ANY,
    level: Level = 0.95,
    rng: Generator | int = 0,
    resamples: int = RESAMPLES,
) -> Interval:
    """The mean of the middle half of the values [agarwal2021], with an interval of the kinds of `mean_interval`.

    Values that the quartiles cut through count by the fraction inside, so that at every n exactly half of the mass
    is averaged: five values in order have the weights (0, 0.75, 1, 0.75, 0) / 2.5. `scipy.stats.trim_mean(0.25)`,
    which rliable uses on hundreds of scores, cuts whole values only: it would average three of five seeds, and all
    of three. At multiples of four the two agree.

    Of fewer than `ENOUGH` values, the interval is Student's for trimmed means [tukey1963]: the standard error is that
    of the winsorised values, with h - 1 degrees of freedom for the h values that are left when ⌊n / 4⌋ are cut off at
    each end. From there on it is BCa, as for means.

    Arguments, degenerate values and errors are those of `mean_interval`.

    >>> from plausible.study.statistics import interquartile_mean
    >>> interquartile_mean([1, 2, 3, 1000]).estimate  # of 2 and 3
    2.5
    """
    check_level(level)
    values = np.sort(finite("the values", values))
    n, middle = len(values), float(middle_half(values))
    if n == 1:
        return Interval(middle, math.nan, math.nan, n)
    if np.ptp(values) == 0:  # before their mean is rounded
        return Interval(float(values[0]), float(values[0]), float(values[0]), n)
    if n >= ENOUGH:
        return bootstrapped(values, middle_half, expanded_level(level, n), rng, resamples)
    cut = n // 4
    winsorised = np.clip(values, values[cut], values[n - 1 - cut])
    error = float(winsorised.std(ddof=1)) * math.sqrt(n) / (n - 2 * cut)
    return Interval(middle, *within(middle, students(level, n - 2 * cut - 1) * error, bounds), n)


def middle_half(values: Vector, axis: Literal[-1] = -1) -> Vector:
    """The interquartile mean along the last axis, (..., n) -> (...)."""
    n = values.shape[axis]
    edges = np.clip(np.arange(n + 1), n / 4, 3 * n / 4)  # the i-th smallest value fills [i, i + 1]
    return (np.sort(values, axis=axis) * np.diff(edges)).sum(axis=axis) / (n / 2)


# --- two rules ------------------------------------------------------------------------------------------


def pairs(a: Values, b: Values) -> tuple[Vector, Vector]:
    """Two lists of values, the i-th of both from the same seed, (n,) each; BadInput if they cannot be paired."""
    first, second = finite("the values of a", a), finite("the values of b", b)
    require(
        len(first) == len(second), "the number of values of b", len(second), f"{len(first)}, as many as of a"
    )
    return first, second


class PairedTest(NamedTuple):
    """The result of a paired test."""

    p: float
    difference: Interval  # the mean of a - b


def paired_test(
    a: Values, b: Values, level: Level = 0.95, rng: Generator | int = 0, resamples: int = RESAMPLES
) -> PairedTest:
    """Two-sided sign-flip test of the mean difference of a and b, paired by seed, with the interval of a - b.

    The interval is that of `mean_interval`, without bounds.

    Under the null hypothesis the difference at every seed is as likely with the other sign. p is the share of the
    2^n choices of signs whose mean is at least as far from 0 as the observed one: exact up to 2^n <= `resamples`
    (n = 13), so that p >= 2^(1-n), which is 0.0625 at five seeds. Beyond, it is (b + 1) / (m + 1) for b of m random
    choices, whose level is exact and which is never 0 [phipson2010]. Means that differ by rounding count as tied;
    SciPy's own test is too strict for that where both values are near 1 and their difference is small.

    Args:
        a: one value per seed, (n,).
        b: of the same seeds in the same order, (n,).
        level: of the interval.
        rng: a seed, or a generator, which is moved on.
        resamples: of the bootstrap, and of the test where it is not exact.

    Raises:
        BadInput: as `mean_interval`, or for lists of different length.

    Five of five seeds have a above b; of the 2⁵ choices of signs only this one and its opposite are as far from 0:

    >>> from plausible.study.statistics import paired_test
    >>> test = paired_test([0.95, 0.96, 0.97, 0.95, 0.96], [0.90, 0.92, 0.91, 0.93, 0.90])
    >>> test.p, round(test.difference.estimate, 3)
    (0.0625, 0.046)
    """
    from scipy.stats import permutation_test

    a, b = pairs(a, b)
    rng = np.random.default_rng(rng)
    difference = mean_interval(a - b, level=level, rng=rng, resamples=resamples)
    if len(a) == 1:
        return PairedTest(1.0, difference)
    # Only the sizes of differences matter, as all signs are tried. Sorted, they give the same digits if a and b swap.
    sizes = np.sort(np.abs(a - b))
    null = permutation_test(
        (sizes,), np.mean, permutation_type="samples", n_resamples=resamples, rng=rng
    ).null_distribution
    observed = 0 if 2 ** len(a) <= resamples else 1  # random choices lack the observed signs: these are added
    extreme = np.count_nonzero(np.abs(null) >= abs((a - b).mean()) - noise(a, b))
    return PairedTest(float((extreme + observed) / (len(null) + observed)), difference)


class Equivalence(NamedTuple):
    """Whether two rules are as good as each other, within a margin."""

    p: float  # of the two one-sided tests: below 0.05, the difference is inside of the margin
    verdict: str  # "yes", "above", "below", or "undecided"


def equivalence(a: Values, b: Values, margin: float = MARGIN, alpha: float = ALPHA) -> Equivalence:
    """Two one-sided paired t tests [schuirmann1987]: is the mean of a - b inside of (-margin, margin)?

    p is the larger one of the p of "a - b is at most -margin" and "a - b is at least margin"; it is at most `alpha` if
    and only if Student's interval of level 1 - 2 alpha lies inside of the margin. The verdict is "yes" then; "above"
    or "below" where the interval of level 1 - alpha lies beyond the margin altogether; and else "undecided", which is
    no sign of equivalence, only of too few seeds. One pair decides nothing: its p is NaN. Equal differences are taken
    as they are: p is 0 or 1.

    Args:
        a: one value per seed, (n,).
        b: of the same seeds in the same order, (n,).
        margin: the smallest difference that matters, in the unit of the values, above 0; to be stated beforehand.
        alpha: the size of the tests.

    Raises:
        BadInput: for a margin that is not positive, a size outside [0.0001, 0.5], or as `paired_test`.

    >>> from plausible.study.statistics import equivalence
    >>> equivalence([0.97, 0.96, 0.98, 0.97], [0.97, 0.97, 0.98, 0.96], margin=0.02).verdict
    'yes'
    """
    from scipy.special import stdtr

    require_number("the margin of equivalence", margin, open_low=True)
    require_number("the size of the tests", alpha, 0.0001, 0.5)
    a, b = pairs(a, b)
    n, differences = len(a), a - b
    if n == 1:
        return Equivalence(math.nan, "undecided")
    mean, error = float(differences.mean()), float(differences.std(ddof=1)) / math.sqrt(n)
    if error <= noise(a, b):
        p = float(abs(mean) >= margin)
    else:
        p = float(max(stdtr(n - 1, (-margin - mean) / error), stdtr(n - 1, (mean - margin) / error)))
    beyond = abs(mean) - students(1 - alpha, n - 1) * error
    if p <= alpha:
        return Equivalence(p, "yes")
    return Equivalence(p, ("above" if mean > 0 else "below") if beyond >= margin else "undecided")


class EffectSize(NamedTuple):
    """How far a lies above b, without unit."""

    d: float  # in standard deviations of the paired difference
    cliff: float  # in [-1, 1]


def effect_size(a: Values, b: Values) -> EffectSize:
    """Cohen's d of paired values with Hedges' correction, and Cliff's delta.

    d = J(n - 1) · mean(a - b) / sd(a - b), with sd over n - 1 degrees of freedom: d_z of [cohen1988], times
    J(m) = Γ(m/2) / (√(m/2) Γ((m - 1)/2)), which removes its bias for normal differences [hedges1981].
    cliff = P(a > b) - P(a < b) over all n² pairs of values [cliff1993].

    d is NaN for n < 3, where no unbiased estimate exists. Equal differences (within rounding) have d = ±inf, or 0 if
    they are 0. Swapping a and b flips both signs.

    Raises:
        BadInput: for no value, a value that is not finite, or lists of different length.

    >>> from plausible.study.statistics import effect_size
    >>> effect = effect_size([3, 4, 6], [1, 2, 3])
    >>> round(effect.cliff, 3)  # in eight of nine pairs a is above, in one they are equal
    0.889
    """
    a, b = pairs(a, b)
    return EffectSize(standardised(a - b, noise(a, b)), dominance(a, b))


def standardised(differences: Vector, noise: float) -> float:
    """d of `effect_size` from the differences, (n,), which are equal to each other or to 0 within `noise`."""
    from scipy.special import gammaln

    degrees = len(differences) - 1
    if degrees < 2:
        return math.nan
    mean, spread = float(differences.mean()), float(differences.std(ddof=1))
    if abs(mean) <= noise and spread <= noise:
        return 0.0
    if spread <= noise:
        return math.copysign(math.inf, mean)
    correction = math.exp(gammaln(degrees / 2) - gammaln((degrees - 1) / 2)) / math.sqrt(degrees / 2)
    return correction * mean / spread


def dominance(a: Vector, b: Vector) -> float:
    """The share of pairs (any of a, any of b) with a above b, less the share with a below b."""
    return float(np.sign(a[:, None] - b[None, :]).mean())


def probability_of_improvement(
    a: Values, b: Values, level: Level = 0.95, *, paired: bool = False
) -> Interval:
    """P(a > b) + P(a = b) / 2 for one value of each [agarwal2021], with an interval of its own.

    Over all pairs of values it is the Mann-Whitney U / (n_a · n_b), with Newcombe's interval, his method 5
    [newcombe2006]; where a and b go up and down together over the seeds it is too wide rather than too narrow. `paired`
    asks the same of a and b at one seed: the share of seeds won, with Wilson's interval [wilson1927]. Unlike a
    bootstrap's, these limits keep a width where every value of a is above every one of b, as is common with five
    seeds. They need no random numbers, and n is the number of values of a.

    Raises:
        BadInput: for no value, a value that is not finite, a level outside (0, 1); `paired`, for lists of different
            length.

    >>> from plausible.study.statistics import probability_of_improvement
    >>> chance = probability_of_improvement([4, 5, 6], [1, 2, 3])
    >>> chance.estimate, chance.low < 1, chance.high
    (1.0, True, 1.0)
    """
    check_level(level)
    a, b = pairs(a, b) if paired else (finite("the values of a", a), finite("the values of b", b))
    delta = float(np.sign(a - b).mean()) if paired else dominance(a, b)
    others = 0.0 if paired else (len(a) + len(b)) / 2 - 1
    trials = len(a) if paired else len(a) * len(b)

    def variance(p: float) -> float:
        return p * (1 - p) * (1 + others * ((1 - p) / (2 - p) + p / (1 + p))) / trials

    return Interval((1 + delta) / 2, *score_limits((1 + delta) / 2, variance, level), len(a))


def holm(p_values: Values) -> Vector:
    """p values corrected for their number, by Holm's step-down procedure [holm1979]; (n,), in the order given.

    In ascending order, the i-th of n becomes the largest of (n - j + 1) p_j over j <= i, and at most 1. To reject
    what is then at most α makes one false rejection or more with a probability of at most α.

    Raises:
        BadInput: for a p outside [0, 1]. No p at all gives none.

    >>> from plausible.study.statistics import holm
    >>> holm([0.01, 0.04, 0.03])  # 3 · 0.01, 2 · 0.03, and no less for 0.04
    array([0.03, 0.06, 0.06])
    """
    if not len(p_values):
        return np.empty(0)
    p = finite("the p values", p_values)
    require(bool(((p >= 0) & (p <= 1)).all()), "the p values", p.tolist(), "numbers in [0, 1]")
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.maximum.accumulate(np.arange(len(p), 0, -1) * p[order]), 1)
    return adjusted
