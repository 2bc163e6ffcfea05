"""Intervals that stay where values can be. Oracles: the delta method by hand, mirror images and units that must carry
over, and coverage counted over drawn samples, with its own error bar."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from plausible.errors import BadInput
from plausible.printing.words import interval
from plausible.study.intervals import OfTrials
from plausible.study.statistics import (
    AMOUNT,
    ANY,
    DEGREES,
    PERCENT,
    SHARE,
    TRIALS,
    Interval,
    bounds_of,
    estimate,
    mean_interval,
)
from plausible.study.store.tables import read, tables
from plausible.study.study import candidates, find


def test_a_share_by_hand() -> None:
    """Mean 0.8, s = 0.2, e = 4.302653 · 0.2 / √3 = 0.496828; logit 1.386294 ± 0.496828 / 0.16 = 3.105173."""
    assert mean_interval([0.6, 0.8, 1.0], SHARE) == pytest.approx((0.8, 0.152015, 0.988920, 3), abs=1e-5)


def test_an_amount_by_hand() -> None:
    """Mean 2, s = 1, e = 4.302653 / √3 = 2.484138; log 2 ± 1.242069."""
    assert mean_interval([1, 2, 3], AMOUNT) == pytest.approx(
        (2, 2 * math.exp(-1.242069), 2 * math.exp(1.242069), 3)
    )


def test_per_cent_are_shares_and_errors_are_mirror_images() -> None:
    values = np.array([0.91, 0.97, 0.99, 1.0])
    mean, low, high, _ = mean_interval(values, SHARE)
    assert mean_interval(100 * values, PERCENT)[:3] == pytest.approx((100 * mean, 100 * low, 100 * high))
    assert mean_interval(1 - values, SHARE)[:3] == pytest.approx((1 - mean, 1 - high, 1 - low))


def test_far_from_the_bounds_nothing_changes() -> None:
    """To first order in e the interval is Student's; the rest is of second order: halving e quarters it."""
    apart = []
    for spread in (0.02, 0.01, 0.005):
        values = 0.3 + spread * np.array([-1, 0.5, 0.5, 0, 1])
        apart.append(mean_interval(values, SHARE).high - mean_interval(values, ANY).high)
    assert np.diff(np.log2(np.abs(apart))) == pytest.approx([-2, -2], abs=0.1)


@pytest.mark.parametrize(
    ("values", "bounds"),
    [
        ([0.51, 0.85], SHARE),  # of two seeds: 68 ± 216 % by Student's t
        ([1.0, 1.0, 1.0, 0.9], SHARE),
        ([0.0, 1.0], SHARE),
        ([0.01, 0.4], AMOUNT),
        ([0.0, 5e-7], AMOUNT),
        ([3.0, 40.0], DEGREES),
        ([99.9, 99.0, 100.0], PERCENT),
    ],
)
def test_no_interval_leaves_the_bounds(values: list[float], bounds: tuple[float, float]) -> None:
    plain, found = mean_interval(values, ANY), mean_interval(values, bounds)
    assert plain.low < bounds[0] or plain.high > bounds[1]
    assert bounds[0] <= found.low < found.estimate < found.high <= bounds[1]
    assert found.estimate == np.mean(values)


@pytest.mark.parametrize(
    ("won", "of", "low", "high"), [(0, 20, 0.0, 0.1611), (15, 148, 0.0624, 0.1605), (1, 29, 0.0061, 0.1718)]
)
def test_trials_have_wilsons_published_limits(won: int, of: int, low: float, high: float) -> None:
    """The examples of Newcombe (1998), table I, method 3, at any n; all won is the mirror image of none won."""
    trials = np.array([1.0] * won + [0.0] * (of - won))
    limits = pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5)
    assert mean_interval(trials, TRIALS) == (pytest.approx(won / of), *limits, of)
    mirrored = mean_interval(1 - trials, TRIALS)
    assert (1 - mirrored.high, 1 - mirrored.low) == limits
    assert TRIALS == SHARE
    with pytest.raises(BadInput, match=r"one of the trials is .* expected 0 or 1"):
        mean_interval([0.0, 0.5], TRIALS)


def test_published_shares_of_trials_are_taken_as_trials() -> None:
    """Of all committed tables: where each value is 0 or 1, no interval has a width of zero."""
    for name, file in tables().items():
        if file.parent.parent.name != "studies" or name not in {each.stem for each in candidates()}:
            continue
        study, table = find(name), read(file)
        for published in study.published:
            values = {float(value) for value in published.ours(table)} if published.bounds == SHARE else set()
            if values and values <= {0.0, 1.0} and "all" not in published.what:
                assert isinstance(published.bounds, OfTrials), published.what


def test_equal_values_and_single_ones() -> None:
    assert mean_interval([1.0, 1.0], SHARE) == (1, 1, 1, 2)
    assert mean_interval([0.0, 0.0], AMOUNT) == (0, 0, 0, 2)
    assert math.isnan(mean_interval([0.5], SHARE).low)
    assert estimate([math.nan], SHARE).n == 0


@pytest.mark.parametrize("values", [[0.5, 1.1], [-0.1, 0.5]])
def test_values_out_of_bounds_are_refused(values: list[float]) -> None:
    with pytest.raises(BadInput, match="numbers from 0 to 1"):
        mean_interval(values, SHARE)


def coverage(mean: float, spread: float, n: int, bounds: tuple[float, float], samples: int = 4000) -> float:
    """How often the interval of n shares with a Beta distribution covers their mean."""
    rng = np.random.default_rng(0)
    total = mean * (1 - mean) / spread**2 - 1
    drawn = rng.beta(mean * total, (1 - mean) * total, (samples, n))
    found = [mean_interval(values, bounds) for values in drawn]
    return float(np.mean([one.low <= mean <= one.high for one in found]))


@pytest.mark.parametrize(
    ("mean", "spread", "n"), [(0.9, 0.02, 5), (0.5, 0.05, 3), (0.98, 0.01, 5), (0.97, 0.02, 3)]
)
def test_shares_are_covered_as_often_as_is_said(mean: float, spread: float, n: int) -> None:
    """95 % within three standard errors, √(0.95 · 0.05 / 4000) = 0.0034 each, and a hundredth for the skew."""
    assert coverage(mean, spread, n, SHARE) == pytest.approx(0.95, abs=3 * 0.0034 + 0.01)


def test_near_a_bound_students_interval_covers_less() -> None:
    """Why not to clip it: cutting off what lies beyond 1 changes nothing in what is covered."""
    plain, bounded = (coverage(0.98, 0.02, 5, bounds) for bounds in (ANY, SHARE))
    assert plain < 0.95 - 10 * 0.0034
    assert bounded > plain + 10 * 0.0034


def test_metrics_know_their_bounds() -> None:
    known = {"accuracy": SHARE, "free settled": SHARE, "gradient angle": DEGREES, "normalised error": AMOUNT}
    known |= {"multiply-adds per example": AMOUNT, "settling steps": AMOUNT, "change of weight": ANY}
    assert {name: bounds_of(name) for name in known} == known


@pytest.mark.parametrize(
    ("estimate", "expected"),
    [
        (Interval(0.5, 0.4, 0.6, 3), "0.50 ± 0.10"),
        (Interval(0.98, 0.9, 0.999, 3), "0.98 [0.90, 1.00]"),
        (Interval(0.5, math.nan, math.nan, 1), "0.50"),
    ],
)
def test_lopsided_intervals_are_printed_with_both_ends(estimate: Interval, expected: str) -> None:
    assert interval(*estimate[:3], ".2f") == expected


@pytest.mark.parametrize("name", [file.stem for file in candidates()])
def test_published_numbers_in_per_cent_degrees_and_shares_have_bounds(name: str) -> None:
    for published in find(name).published:
        what = published.what.lower()
        if " less " in what or "advantage" in what or "points" in what:
            continue
        if what.endswith("per cent"):
            assert published.bounds == PERCENT, what
        elif what.endswith("degrees"):
            assert published.bounds == DEGREES, what
        elif "share of" in what or "trials solved" in what:
            assert published.bounds == SHARE, what
        elif what.endswith(("epochs", "sweeps")) or what.startswith(
            ("normalised error", "distances", "norm ")
        ):
            assert published.bounds == AMOUNT, what


def test_an_estimate_is_printed_and_scores_are_named_in_one_place() -> None:
    """One printer, one type of estimates and one list of scores."""
    root = Path(__file__).parents[2]
    files = {
        file.name: file.read_text() for file in [*root.glob("plausible/**/*.py"), root / "docs/pages.py"]
    }
    for marked, places in (
        ("} ± {", {"words.py", "published.py"}),  # there also a published number with its tolerance
        ("} [{low", {"words.py"}),
        ("\nSCORES", {"run.py"}),
        ("class Estimate", set()),
    ):
        assert {name for name, text in files.items() if marked in text} <= places, marked
