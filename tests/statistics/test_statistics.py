"""What the tables say about chance is true. Oracles: closed forms, examples worked by hand or published, exhaustive
enumeration, and simulation with its error bar.

A share that is simulated n times has a standard error of √(p (1 - p) / n); three of them are allowed throughout.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from itertools import product

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

FEW = 999  # resamples, where thousands of intervals are simulated
A = [0.5, 0.75, 0.625, 0.9375, 0.8125, 0.25]  # binary fractions: shifting and scaling them is exact
B = [0.25, 0.8125, 0.5, 0.6875, 0.75, 0.375]


def error(p: float, simulations: int) -> float:
    """Three standard errors of a simulated share."""
    return 3 * math.sqrt(p * (1 - p) / simulations)


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
    assert interquartile_mean(values, resamples=FEW).estimate == pytest.approx(expected, rel=1e-14)


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


# --- two rules: the paired test --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("differences", "p"),
    [
        ([1, 2, 3], 2 / 8),  # +++ and ---
        (
            [3, -1, 1],
            6 / 8,
        ),  # |sum| is 5, 3, 3 or 1, each for a choice of signs and its mirror image: 6 reach 3
        ([1, 1, 1, 1, 1], 2 / 32),
        ([0, 0, 4], 1),  # the signs of zeros are no matter, and 4 reaches 4 either way
        ([5], 1),
        ([0, 0, 0], 1),
    ],
)
def test_the_test_by_hand(differences: list[float], p: float) -> None:
    found = paired_test(differences, [0] * len(differences), resamples=FEW)
    assert found.p == p
    assert found.difference.estimate == pytest.approx(np.mean(differences))


@pytest.mark.parametrize("sizes", [(1, 2, 4, 8, 16, 32), (1, 1, 1, 2, 2, 3), (0, 0, 1, 1, 2, 5)])
def test_the_test_keeps_its_level_exactly(sizes: tuple[int, ...]) -> None:
    """Under the null all 64 choices of signs are as likely: of them, at most α · 64 may have p <= α; without ties,
    as many as that at the levels that there are."""
    p = [
        paired_test(np.array(sizes) * signs, np.zeros(6), resamples=64).p
        for signs in product([-1, 1], repeat=6)
    ]
    for level in np.arange(1, 33) / 32:
        rejected = np.count_nonzero(np.array(p) <= level)
        assert rejected <= level * 64
        assert rejected == level * 64 or sizes != (1, 2, 4, 8, 16, 32)


def test_random_signs_keep_the_level_too() -> None:
    """(b + 1) / (m + 1) <= 5 % for m = 99 means b <= 4: of 100 means, observed and random, the observed one is among
    the 5 farthest, and all ranks are as likely."""
    simulations, rng = 1500, np.random.default_rng(0)
    p = [
        paired_test(rng.normal(size=(16)), np.zeros(16), rng=rng, resamples=99).p for _ in range(simulations)
    ]
    assert abs(np.mean(np.array(p) <= 0.05) - 0.05) < error(0.05, simulations)
    assert min(p) >= 1 / 100


def test_random_signs_come_close_to_all_signs() -> None:
    """p from 4,000 random of 8,192 signs, within three standard errors."""
    a = np.random.default_rng(3).normal(0.3, 1, 13)
    exact, drawn = (paired_test(a, np.zeros(13), resamples=m).p for m in (8192, 4000))
    assert exact * 8192 == round(exact * 8192)
    assert drawn != exact
    assert abs(drawn - exact) < error(exact, 4000)


def test_ties_are_ties_in_fractions_as_in_whole_numbers() -> None:
    """k of 10,000 right at each seed: p is that of the whole numbers k, though 0.9704 - 0.9703 has rounding errors of
    1e-12 of itself. SciPy's two-sided p, exact in whole numbers, is the oracle."""
    rng = np.random.default_rng(0)
    for _ in range(30):
        a, b = rng.integers(9700, 9705, (2, 8))
        expected = scipy.stats.permutation_test(
            (a - b,), lambda d, axis: d.sum(axis=axis), permutation_type="samples"
        )
        assert paired_test(a / 10_000, b / 10_000, resamples=256).p == expected.pvalue


# --- two rules: effect sizes -----------------------------------------------------------------------------


def test_the_effect_size_by_hand() -> None:
    """Differences 1, 2, 3: mean 2, standard deviation 1, and J(2) = Γ(1) / Γ(1/2) = 1 / √π."""
    assert effect_size([2, 4, 6], [1, 2, 3]).d == pytest.approx(2 / math.sqrt(math.pi), rel=1e-12)


def test_the_effect_size_is_unbiased() -> None:
    """Differences from N(1, 1), five a time: d is 1 on average; uncorrected it were 1 / J(4) = 1.25."""
    draws = np.random.default_rng(0).normal(1, 1, (10_000, 5))
    found = np.array([effect_size(draw, np.zeros(5)).d for draw in draws])
    assert abs(found.mean() - 1) < 3 * found.std() / 100


def test_cliffs_delta_by_hand() -> None:
    assert effect_size([1, 2, 4], [0, 2, 3]).cliff == pytest.approx((5 - 3) / 9)  # one tie
    assert effect_size([1, 2, 3], [2, 2, 2]).cliff == 0
    assert effect_size([4, 5, 6], [1, 2, 3]).cliff == 1


@pytest.mark.parametrize(
    ("a", "b", "d"),
    [
        ([1, 2], [0, 0], math.nan),  # two pairs
        ([1], [0], math.nan),
        ([0.3, 0.9, 0.8], [0.2, 0.8, 0.7], math.inf),  # 0.1 each, but for rounding
        ([0.2, 0.8, 0.7], [0.3, 0.9, 0.8], -math.inf),
        ([0.2, 0.8, 0.7], [0.2, 0.8, 0.7], 0),
        ([0.3, 0.3, 0.3], [0.1 + 0.2] * 3, 0),  # equal, but for rounding
    ],
)
def test_effect_sizes_without_spread(a: list[float], b: list[float], d: float) -> None:
    assert effect_size(a, b).d == pytest.approx(d, nan_ok=True)


# --- two rules: the probability of improvement -----------------------------------------------------------


def test_the_probability_of_improvement_is_mann_whitneys() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 6, 7).astype(float), rng.integers(0, 6, 9).astype(float)  # with ties
    u = scipy.stats.mannwhitneyu(a, b).statistic
    assert probability_of_improvement(a, b).estimate == pytest.approx(u / 63, rel=1e-12)


@pytest.mark.parametrize("n", [5, 10])
@pytest.mark.parametrize("shift", [0.0, 0.5, 2.0])
def test_the_probability_of_improvement_of_normals(n: int, shift: float) -> None:
    """P(N(δ, 1) > N(0, 1)) = Φ(δ / √2). The mean estimate lies there within its error bar, and the interval covers it
    as often as it says; two points are allowed, for it is asymptotic, and estimates move in steps of 1 / n².
    """
    truth, simulations = scipy.stats.norm.cdf(shift / math.sqrt(2)), 1000
    rng = np.random.default_rng(n)
    found = [
        probability_of_improvement(rng.normal(shift, 1, n), rng.normal(0, 1, n)) for _ in range(simulations)
    ]
    estimates = np.array([each.estimate for each in found])
    assert abs(estimates.mean() - truth) < 3 * estimates.std() / math.sqrt(simulations)
    covered = np.mean([each.low <= truth <= each.high for each in found])
    assert abs(covered - 0.95) < 0.02 + error(0.95, simulations)


@pytest.mark.parametrize(
    ("won", "of", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_paired_seeds_have_wilsons_published_limits(won: int, of: int, low: float, high: float) -> None:
    """The examples of Newcombe (1998), table I, method 3: 95 % limits to four digits."""
    a = [1.0] * won + [0.0] * (of - won)
    found = probability_of_improvement(a, [0.5] * of, paired=True)
    assert found == (pytest.approx(won / of), pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5), of)


def test_pairs_and_all_pairs_differ() -> None:
    """Seed by seed 1 < 2, 2 < 3, 4 > 1; of all nine pairs 3 are won and 2 tied."""
    a, b = [1, 2, 4], [2, 3, 1]
    assert probability_of_improvement(a, b, paired=True).estimate == pytest.approx(1 / 3)
    assert probability_of_improvement(a, b).estimate == pytest.approx((4 + 2 / 2) / 9)
    assert probability_of_improvement([1, 2, 4], [1, 2, 3], paired=True).estimate == pytest.approx(
        (1 + 2 / 2) / 3
    )


def test_five_wins_of_five_are_no_certainty() -> None:
    """All won: z² · variance = (1 - p)² solves to p = 1 / (1 + z² / 5) for pairs; nothing won is its mirror image."""
    better, worse = [2.0] * 5, [1.0] * 5
    won = probability_of_improvement(better, worse, paired=True)
    assert won == (1, pytest.approx(1 / (1 + 1.959964**2 / 5), abs=1e-6), 1, 5)
    every = probability_of_improvement(better, worse)
    assert 0.5 < every.low < every.high == 1
    lost = probability_of_improvement(worse, better)
    assert (lost.estimate, lost.low, lost.high) == (0, 0, pytest.approx(1 - every.low, abs=1e-9))
    same = probability_of_improvement(worse, worse)
    assert same.estimate == 0.5
    assert same.high - 0.5 == pytest.approx(0.5 - same.low, abs=1e-9)


# --- several rules: Holm ---------------------------------------------------------------------------------


def test_holm_by_hand() -> None:
    """In order: 4 · 0.005 = 0.02, 3 · 0.01 = 0.03, 2 · 0.03 = 0.06, and 0.04, which may not fall below 0.06."""
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02], rtol=1e-14)
    np.testing.assert_array_equal(holm([0.5, 0.9, 0.5]), [1, 1, 1])
    np.testing.assert_array_equal(holm([0.2]), [0.2])
    assert holm([]).shape == (0,)


@pytest.mark.parametrize(
    ("false", "rate"),
    [
        (0, 1 - (1 - 0.05 / 10) ** 10),  # all ten are true: one rejection needs the smallest p below 0.5 %
        (4, 1 - (1 - 0.05 / 6) ** 6),  # four go first, and six are left to correct for
    ],
)
def test_the_familywise_error_is_what_independence_makes_it(false: int, rate: float) -> None:
    """4.9 % in both cases; Bonferroni would come to 3.0 % in the second, an uncorrected test to 26 and 40 %."""
    simulations = 10_000
    p = np.random.default_rng(0).uniform(size=(simulations, 10))
    p[:, :false] = 0
    wrong = np.mean([(holm(row)[false:] <= 0.05).any() for row in p])
    assert abs(wrong - rate) < error(rate, simulations)


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
