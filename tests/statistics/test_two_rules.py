"""What is said of two rules and of several: paired tests, effect sizes, the probability of improvement, Holm's method.

Oracles: closed forms, examples worked by hand or published, exhaustive enumeration, and simulation with its error bar.
A share that is simulated n times has a standard error of √(p (1 - p) / n); three of them are allowed throughout.
"""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
import scipy.stats

from plausible.study.statistics import (
    effect_size,
    holm,
    paired_test,
    probability_of_improvement,
)


def error(p: float, simulations: int) -> float:
    """Three standard errors of a simulated share."""
    return 3 * math.sqrt(p * (1 - p) / simulations)


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
    found = paired_test(differences, [0] * len(differences), resamples=999)
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
