"""What a number of seeds can show. Oracles: enumeration of orders and signs, Cohen's tables, simulated studies, and
the two one-sided tests of SciPy.
"""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
import scipy.stats

from plausible.errors import BadInput
from plausible.study.designs import detectable, luck, power, smallest_corrected, smallest_p
from plausible.study.statistics import RESAMPLES, equivalence, holm, mean_interval, paired_test


@pytest.mark.parametrize(("effect", "n"), [(0.2, 199), (0.5, 34), (0.8, 15)])
def test_the_gap_that_a_design_sees_is_that_of_the_usual_tables(effect: float, n: int) -> None:
    """199, 34 and 15 pairs are the first to see a small, medium and large effect with 80 %; one pair less sees less."""
    assert detectable(n, 1.0) <= effect < detectable(n - 1, 1.0)
    assert power(n, detectable(n, 3.0), 3.0) == pytest.approx(0.8, abs=1e-9)
    assert detectable(n, 3.0) == pytest.approx(3 * detectable(n, 1.0))


def test_simulated_studies_see_the_gap_four_times_out_of_five() -> None:
    """20,000 studies of five pairs: a standard error of 0.0028."""
    gap = detectable(5, 0.01)
    studies = np.random.default_rng(0).normal(gap, 0.01, (20_000, 5))
    seen = (scipy.stats.ttest_1samp(studies, 0, axis=1).pvalue < 0.05).mean()
    assert abs(seen - 0.8) < 3 * 0.0028
    assert math.isnan(detectable(1, 0.01))
    assert detectable(5, 0.0) == 0


@pytest.mark.parametrize(("a", "b"), [(2, 2), (3, 3), (3, 5), (5, 5), (1, 4)])
def test_luck_is_the_share_of_all_orders_in_which_one_rule_is_above_the_other(a: int, b: int) -> None:
    places = range(a + b)
    orders = [set(first) for first in combinations(places, a)]
    apart = sum(first in ({*places[:a]}, {*places[b:]}) for first in orders)
    assert luck(a, b) == pytest.approx(apart / len(orders))


@pytest.mark.parametrize("n", [1, 2, 5, 10, 13])
def test_no_differences_have_a_smaller_p_than_the_smallest(n: int) -> None:
    assert paired_test(np.ones(n), np.zeros(n)).p == smallest_p(n)


def test_where_signs_are_drawn_the_smallest_p_is_one_of_all_draws() -> None:
    assert smallest_p(14) == 1 / (RESAMPLES + 1)
    assert paired_test(np.arange(1.0, 31), np.zeros(30)).p == smallest_p(30)


def test_the_smallest_corrected_p_is_the_smallest_over_all_outcomes() -> None:
    """Three tests of 2, 3 and 4 pairs: of all outcomes that they can have, each one's smallest p by Holm."""
    pairs = (2, 3, 4)
    outcomes = [[2 * k / 2**n for k in range(1, 2 ** (n - 1) + 1)] for n in pairs]
    every = np.array([holm(p) for p in np.array(np.meshgrid(*outcomes)).reshape(3, -1).T])
    assert smallest_corrected(pairs).tolist() == every.min(axis=0).tolist()


def test_five_pairs_and_three_rules_cannot_reject_and_ten_can() -> None:
    """3 · 2 / 2⁵ = 0.19, as all nine p of the tuned table were 9 · 2 / 2⁵ = 0.5625; 3 · 2 / 2¹⁰ = 0.006."""
    assert smallest_corrected([5] * 9) == pytest.approx(0.5625)
    assert smallest_corrected([5] * 3) == pytest.approx(0.1875)
    assert smallest_corrected([10] * 3) == pytest.approx(6 / 1024)


@pytest.mark.parametrize("margin", [0.2, 0.5, 1.0, 2.0])
def test_equivalence_is_the_larger_of_two_one_sided_tests(margin: float) -> None:
    rng = np.random.default_rng(int(10 * margin))
    verdicts = set()
    for shift in np.linspace(-3, 3, 121):
        b = rng.normal(size=7)
        a = b + rng.normal(shift, 0.4, 7)
        sides = [
            scipy.stats.ttest_rel(a, b - margin, alternative="greater").pvalue,
            scipy.stats.ttest_rel(a, b + margin, alternative="less").pvalue,
        ]
        found = equivalence(a, b, margin)
        assert found.p == pytest.approx(max(sides), rel=1e-9)
        _, low, high, _ = mean_interval(a - b, level=0.9)
        assert (found.verdict == "yes") == (-margin < low < high < margin)
        _, low, high, _ = mean_interval(a - b)
        assert (found.verdict == "above") == (low > margin)
        assert (found.verdict == "below") == (high < -margin)
        verdicts.add(found.verdict)
    assert {"above", "below", "undecided"} <= verdicts


def test_equivalence_is_wrongly_found_in_five_per_cent_at_the_margin() -> None:
    """At a true difference of the margin, with a small spread, one of the two tests decides, at exactly 5 %."""
    simulations = 6000
    differences = np.random.default_rng(0).normal(0.01, 0.001, (simulations, 5))
    found = np.mean([equivalence(each, np.zeros(5), 0.01).verdict == "yes" for each in differences])
    assert abs(found - 0.05) < 3 * math.sqrt(0.05 * 0.95 / simulations)


def test_too_few_seeds_are_undecided_and_not_equal() -> None:
    assert equivalence([0.5], [0.5]) == (pytest.approx(math.nan, nan_ok=True), "undecided")
    assert equivalence([0.90, 0.95], [0.95, 0.90], 0.01).verdict == "undecided"
    assert equivalence([0.9, 0.8, 0.7], [0.9, 0.8, 0.7], 0.01) == (0, "yes")
    assert equivalence([0.9, 0.8, 0.7], [0.8, 0.7, 0.6], 0.01) == (1, "above")
    assert equivalence([0.8, 0.7, 0.6], [0.9, 0.8, 0.7], 0.01) == (1, "below")


@pytest.mark.parametrize("margin", [0.0, -1.0, math.nan])
def test_a_margin_that_is_none_is_refused(margin: float) -> None:
    with pytest.raises(BadInput, match="the margin of equivalence"):
        equivalence([1.0, 2.0], [1.0, 2.0], margin)


@pytest.mark.parametrize("size", [0.0, -1.0, 0.6, 2.0, math.nan])
def test_a_size_of_tests_that_is_none_is_refused(size: float) -> None:
    with pytest.raises(BadInput, match="the size of the tests"):
        equivalence([1.0, 2.0], [1.0, 2.0], 0.1, size)


@pytest.mark.parametrize(
    ("seeds", "spread", "level"), [(1, 1.0, 0.95), (0, 1.0, 0.95), (5, -1.0, 0.95), (5, 1.0, 1.0)]
)
def test_a_power_of_no_test_is_refused(seeds: int, spread: float, level: float) -> None:
    with pytest.raises(BadInput):
        power(seeds, 1.0, spread, level)
