"""How many seeds see a difference. Oracles: Cohen's and G*Power's tables of paired t tests; simulated studies."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_1samp

from plausible.errors import BadInput
from plausible.report.power import beside_reference, of_study
from plausible.study.designs import power, seeds_needed


@pytest.mark.parametrize(("effect", "n"), [(0.2, 199), (0.5, 34), (0.8, 15)])
def test_the_numbers_of_pairs_are_those_of_the_usual_tables(effect: float, n: int) -> None:
    """Two-sided, 5 %, power 80 %, small, medium and large effects: 199, 34 and 15 pairs."""
    assert seeds_needed(effect, 1.0) == n
    assert power(n - 1, effect, 1.0) < 0.8 <= power(n, effect, 1.0)


def test_power_is_how_often_simulated_studies_see_the_difference() -> None:
    """20,000 studies of 8 seeds: the share that rejects has a standard error of at most 0.0035."""
    rng = np.random.default_rng(0)
    studies = rng.normal(1.2, 1.0, (20_000, 8))
    seen = (ttest_1samp(studies, 0, axis=1).pvalue < 0.05).mean()
    assert abs(seen - power(8, 1.2, 1.0)) < 4 * 0.0035
    assert abs(seen - power(7, 1.2, 1.0)) > 4 * 0.0035  # so the number of seeds matters here


def test_power_without_a_difference_is_the_size_of_the_test() -> None:
    assert power(10, 0.0, 1.0) == pytest.approx(0.05, abs=1e-9)


def test_more_spread_or_a_smaller_difference_takes_more_seeds() -> None:
    assert seeds_needed(1.0, 0.0) == 2
    assert seeds_needed(1e-6, 1.0) is None
    several = [seeds_needed(0.5, spread) for spread in (0.1, 0.3, 1.0, 3.0)]
    assert several == sorted(several)
    assert len(set(several)) == 4


def test_rows_of_a_table_rest_on_pairs() -> None:
    rows = [
        {"task": "t", "rule": rule, "seed": seed, "epoch": 1.0, "split": "test", "metric": "accuracy",
         "layer": "", "value": value}
        for rule, values in (("backprop", (0.9, 0.8, 0.7)), ("mine", (0.8, 0.8, 0.6)), ("one", (0.5,)))
        for seed, value in enumerate(values)
    ]  # fmt: skip
    mine, one = beside_reference(pd.DataFrame(rows), "accuracy", "backprop", 0.05, 0.8)
    assert (mine["rule"], mine["pairs"], one["rule"], one["pairs"]) == ("mine", 3, "one", 1)
    assert mine["spread"] == pytest.approx(np.std([-0.1, 0, -0.1], ddof=1))
    assert mine["half"] == pytest.approx(4.302653 * mine["spread"] / 3**0.5, rel=1e-6)
    assert mine["seeds"] == seeds_needed(0.05, mine["spread"])
    assert (one["spread"], one["seeds"]) == (None, None)


@pytest.mark.parametrize("bad", [{"difference": 0.0}, {"difference": float("inf")}, {"wanted": 1.0}])
def test_what_makes_no_sense_is_refused(bad: dict[str, float]) -> None:
    with pytest.raises(BadInput):
        seeds_needed(**{"difference": 1.0, "spread": 1.0} | bad)


def test_an_own_reference_of_an_own_network_is_what_others_are_held_against() -> None:
    rows = [
        {"task": "t", "rule": rule, "seed": seed, "epoch": 1.0, "split": "test", "metric": "accuracy",
         "layer": "", "value": value}
        for rule, values in (("gradient", (0.9, 0.8, 0.7)), ("mine", (0.8, 0.8, 0.6)))
        for seed, value in enumerate(values)
    ]  # fmt: skip
    assert of_study(pd.DataFrame(rows), 5.0, 0.8) == []
    (mine,) = of_study(pd.DataFrame(rows), 5.0, 0.8, ["gradient"])
    assert (mine["rule"], mine["pairs"]) == ("mine", 3)
    assert mine["spread"] == pytest.approx(100 * np.std([-0.1, 0, -0.1], ddof=1))
