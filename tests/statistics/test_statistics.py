"""What the tables say about chance is true. Oracles: closed forms, and examples worked by hand or published."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable

import numpy as np
import pytest
import scipy.stats

from plausible.errors import BadInput
from plausible.study.statistics import (
    Interval,
    bootstrapped,
    counted,
    effect_size,
    holm,
    interquartile_mean,
    mean_interval,
    middle_half,
    paired_test,
    probability_of_improvement,
)
from tests.processes import finished

A = [0.5, 0.75, 0.625, 0.9375, 0.8125, 0.25]  # binary fractions: shifting and scaling them is exact
B = [0.25, 0.8125, 0.5, 0.6875, 0.75, 0.375]

# --- one rule: mean, interquartile mean and their intervals ---------------------------------------------

SPATIAL = [
    48,
    36,
    20,
    29,
    42,
    42,
    20,
    42,
    22,
    41,
    45,
    14,
    6,
    0,
    33,
    28,
    34,
    4,
    32,
    24,
    47,
    41,
    24,
    26,
    30,
    41,
]


def test_the_interval_is_the_published_one() -> None:
    """The variance of 26 spatial scores is 171.5, with a BCa interval at 90 % of (115.8, 259.6) and percentiles of
    (100.8, 233.9) [efron1993, table 14.2].

    The limits rest on 2,000 resamples. One varies by about √(0.05 · 0.95 / 2000) / 0.10 = 0.05 of the variance's
    standard error, 42; the bias, taken from the same resamples, by as much again. Three standard errors: 9.
    """
    found = bootstrapped(SPATIAL, np.var, 0.9, 0, 9999)
    assert found.estimate == pytest.approx(171.5, abs=0.05)
    assert found.low == pytest.approx(115.8, abs=9)
    assert found.high == pytest.approx(259.6, abs=9)


def test_many_values_have_students_interval() -> None:
    """For 400 normal values the two differ by terms of 1 / n and by resampling: about 1 % of the width."""
    values = np.random.default_rng(0).normal(3, 2, 400)
    found = mean_interval(values)
    half = scipy.stats.t.ppf(0.975, 399) * values.std(ddof=1) / 20
    assert found.estimate == pytest.approx(values.mean(), abs=1e-12)
    assert found.low == pytest.approx(values.mean() - half, abs=0.04 * 2 * half)
    assert found.high == pytest.approx(values.mean() + half, abs=0.04 * 2 * half)
    assert found.n == 400
    assert found.low != values.mean() - half  # it is the bootstrap's


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([7], 7),
        ([1, 2], 1.5),
        ([0, 1, 5], (0.25 * 0 + 1 + 0.25 * 5) / 1.5),  # quarters of the mass end at 0.75 and 2.25 values
        ([4, 0, 1, 9], 2.5),  # the middle two
        ([100, 1, 2, 4, 0], (0.75 * 1 + 2 + 0.75 * 4) / 2.5),
        ([0, 1, 2, 3, 4, 50], (0.5 * 1 + 2 + 3 + 0.5 * 4) / 3),
    ],
)
def test_the_interquartile_mean_by_hand(values: list[float], expected: float) -> None:
    assert interquartile_mean(values, resamples=999).estimate == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("n", [4, 8, 20])
def test_the_interquartile_mean_is_a_trimmed_mean_where_quarters_are_whole(n: int) -> None:
    values = np.random.default_rng(n).normal(size=(3, n))
    np.testing.assert_allclose(middle_half(values), scipy.stats.trim_mean(values, 0.25, axis=1), rtol=1e-13)


def test_the_interquartile_mean_forgets_outliers() -> None:
    assert interquartile_mean([1, 2, 3, 4]).estimate == interquartile_mean([-1e9, 2, 3, 1e9]).estimate
    assert interquartile_mean([1, 2, 3, 4, 1e9]).high < 10  # and so does its interval, of few values


def test_no_acceleration_is_no_warning() -> None:
    """The middle half of the eight is 1 whichever value is left out: BCa is 0 / 0. Three nines or more are in 6.7 % of
    the resamples, four or more in 1.1 %: the upper percentile, 2.5 % from the end, is that of three, (3 · 1 + 9) / 4.
    """
    assert bootstrapped([1] * 7 + [9], middle_half, 0.95, 0, 9999) == (1, 1, 3, 8)


def test_the_interval_of_few_trimmed_means_by_hand() -> None:
    """1, 2, 4, 6, 50: winsorised 2, 2, 4, 6, 6 with s = 2, so that e = t_2 · 2 √5 / 3 with three values left."""
    found = interquartile_mean([50, 1, 4, 2, 6])
    assert found.estimate == pytest.approx((0.75 * 2 + 4 + 0.75 * 6) / 2.5)
    assert found.high - found.estimate == pytest.approx(4.302653 * 2 * math.sqrt(5) / 3)
    assert found.estimate - found.low == pytest.approx(4.302653 * 2 * math.sqrt(5) / 3)


@pytest.mark.parametrize("statistic", [mean_interval, interquartile_mean])
def test_few_or_equal_values(statistic: Callable[..., Interval]) -> None:
    one = statistic([0.9])
    assert (one.estimate, one.n) == (0.9, 1)
    assert math.isnan(one.low)
    assert math.isnan(one.high)
    same = statistic([0.1] * 3)
    assert same.estimate == same.low == same.high == pytest.approx(0.1)
    half = 12.706205 / 2  # t with one degree of freedom, √2 / 2 / √2
    assert statistic([2.0, 1.0]) == pytest.approx((1.5, 1.5 - half, 1.5 + half, 2))


# --- what changes nothing --------------------------------------------------------------------------------

TOGETHER = [5, 3, 0, 1, 4, 2]


def everything(a: list[float], b: list[float]) -> list[float]:
    """All that is computed of two lists of values, but units."""
    p, _ = paired_test(a, b)
    every, paired = (probability_of_improvement(a, b, paired=paired) for paired in (False, True))
    return [p, *effect_size(a, b), *every, *paired]


def amounts(a: list[float], b: list[float]) -> list[float]:
    """All that has the unit of the values."""
    return [*mean_interval(a)[:3], *interquartile_mean(a)[:3], *paired_test(a, b).difference[:3]]


def test_units_and_origin_are_no_matter() -> None:
    for scale, shift in ((8.0, 0.0), (1.0, 16.0), (0.125, -2.0)):
        a, b = (np.array(values) * scale + shift for values in (A, B))
        assert everything(a, b) == pytest.approx(everything(A, B), rel=1e-9)
        moved = [*[shift] * 6, *[0] * 3]
        assert amounts(a, b) == pytest.approx(np.array(amounts(A, B)) * scale + moved, rel=1e-9)


def test_the_order_of_seeds_is_no_matter() -> None:
    a, b = ([values[i] for i in TOGETHER] for values in (A, B))
    assert everything(a, b) == everything(A, B)
    assert amounts(a, b) == amounts(A, B)
    long_a, long_b = A * 3, B[::-1] * 3  # random signs
    assert paired_test(long_a, long_b) == paired_test(long_a[::-1], long_b[::-1])
    assert paired_test(a, B).difference.low != paired_test(A, B).difference.low  # pairing is


@pytest.mark.parametrize("times", [1, 3])  # all signs, and random ones
def test_swapping_flips_signs(times: int) -> None:
    """The interval, too, but for resampling: limits may step to the next mean that a resample can have."""
    there, back = paired_test(A * times, B * times), paired_test(B * times, A * times)
    assert there.p == back.p
    assert there.difference.estimate == -back.difference.estimate
    step = 1.01 / 16 / (6 * times)
    assert there.difference.low == pytest.approx(-back.difference.high, abs=step)
    assert there.difference.high == pytest.approx(-back.difference.low, abs=step)
    assert effect_size(A, B) == tuple(-size for size in effect_size(B, A))
    for paired in (False, True):
        won, lost = (probability_of_improvement(*two, paired=paired) for two in ((A, B), (B, A)))
        assert won[:3] == pytest.approx([1 - lost.estimate, 1 - lost.high, 1 - lost.low], abs=1e-9)


def test_the_same_seed_gives_the_same_digits() -> None:
    a, b = np.random.default_rng(0).normal(size=(2, 20))
    many = mean_interval
    assert many(a, rng=7) == many(a, rng=7) != many(a, rng=8)
    rng = np.random.default_rng(7)
    assert many(a, rng=7) == many(a, rng=rng) != many(a, rng=rng)
    assert paired_test(a, b, rng=7) == paired_test(a, b, rng=7) != paired_test(a, b, rng=8)


def test_a_higher_level_is_a_wider_interval() -> None:
    for of in (mean_interval, interquartile_mean, lambda a, level: probability_of_improvement(a, B, level)):
        narrow, wide = of(A, level=0.8), of(A, level=0.99)
        assert wide.low < narrow.low < narrow.estimate < narrow.high < wide.high


def test_importing_loads_no_scipy_stats() -> None:
    code = "import sys, plausible.study.statistics; print('scipy.stats' in sys.modules)"
    result = finished([sys.executable, "-c", code])
    assert result.stdout.strip() == "False"


# --- bad input -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda: mean_interval([]), "at least one number"),
        (lambda: mean_interval([[1.0, 2.0]]), "at least one number"),
        (lambda: mean_interval([1.0, math.nan]), "say first what lost runs count as"),
        (lambda: mean_interval([1.0, None]), "say first what lost runs count as"),
        (lambda: interquartile_mean([math.inf, 1.0]), "finite numbers"),
        (lambda: mean_interval([1.0, 2.0], level=95), "the level is 95"),
        (lambda: mean_interval([1.0, 2.0], level=1.0), "the level is 1.0"),
        (lambda: paired_test([1.0, 2.0], [1.0]), "values of b is 1: expected 2, as many as of a"),
        (lambda: paired_test([1.0, math.nan], [1.0, 2.0]), "the values of a"),
        (lambda: effect_size([1.0], [math.nan]), "the values of b"),
        (lambda: probability_of_improvement([], [1.0]), "the values of a"),
        (lambda: probability_of_improvement([1.0], [1.0, 2.0], paired=True), "as many as of a"),
        (lambda: probability_of_improvement([1.0], [1.0], level=0.0), "the level is 0.0"),
        (lambda: holm([0.5, 1.5]), "numbers in [0, 1]"),
        (lambda: holm([0.5, math.nan]), "finite numbers"),
        (lambda: counted([0.5, None], math.nan), "the value of a lost run"),
        (lambda: counted([0.5, math.nan], 0.1), "finite numbers"),
    ],
)
def test_what_cannot_be_used_is_refused(call: Callable[[], object], expected: str) -> None:
    with pytest.raises(BadInput) as caught:
        call()
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_lost_runs_count_as_said() -> None:
    assert counted([0.9, None, 0.5], 0.1).tolist() == [0.9, 0.1, 0.5]
    assert counted([None], 0).tolist() == [0.0]
