"""Schedules. Oracle: their values, written out."""

from __future__ import annotations

import pytest

from plausible.optimise.schedules import Cosine, Levels, Rate, Steps, rate_at, scheduled

ONE_TENTH, ONE_HUNDREDTH = 0.2 * 0.1, 0.2 * 0.1**2


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        (scheduled("constant", 0.2, 100), {0: 0.2, 50: 0.2, 100: 0.2, 1000: 0.2}),
        (
            scheduled("step", 0.2, 100),
            {0: 0.2, 49: 0.2, 50: ONE_TENTH, 74: ONE_TENTH, 75: ONE_HUNDREDTH, 1000: ONE_HUNDREDTH},
        ),
        (scheduled("cosine", 0.2, 100), {0: 0.2, 50: 0.1, 25: 0.1 + 0.1 * 0.5**0.5, 100: 0, 1000: 0}),
        (Cosine(0.2, 100, end=0.1), {0: 0.2, 50: 0.15, 100: 0.1, 1000: 0.1}),
        (Steps(0.2, (3, 1), 0.5), {0: 0.2, 1: 0.1, 2: 0.1, 3: 0.05}),
        (Levels((0.1, 0.3, 0.2), (1, 3)), {0: 0.1, 1: 0.3, 2: 0.3, 3: 0.2, 100: 0.2}),
        (Levels((0.1, 0.3, 0.2), (10, 30)).shortened(0.1), {0: 0.1, 1: 0.3, 2: 0.3, 3: 0.2}),
    ],
    ids=["constant", "step", "cosine", "cosine to an end", "steps in any order", "levels", "levels, sooner"],
)
def test_a_schedule_has_its_rates(rate: Rate, expected: dict[int, float]) -> None:
    for step, value in expected.items():
        assert rate_at(rate, step) == pytest.approx(value, rel=1e-14, abs=1e-17)  # cos(π/2) is 6e-17


@pytest.mark.parametrize("name", ["constant", "step", "cosine"])
def test_a_schedule_never_rises(name: str) -> None:
    for steps in (0, 1, 2, 7):
        rates = [rate_at(scheduled(name, 0.2, steps), step) for step in range(10)]
        assert rates == sorted(rates, reverse=True)
        assert min(rates) >= 0
