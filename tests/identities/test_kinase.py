"""The kinase rule [oreilly2026]: its three identities, and what constant rates leave. Oracle: algebra."""

from __future__ import annotations

import numpy as np
import pytest

from plausible.spiking.calcium import SLOT, cascade, contrast, left
from tests.spiking.rate_steppers import constants

BEFORE = np.full(SLOT, 0.1)
OUTCOME = 150


def stepping(start: float, end: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """A rate that steps where the outcome begins."""
    return np.repeat([start, end], [OUTCOME, SLOT - OUTCOME])


@pytest.mark.parametrize("rates", [(0.1, 0.1), (0.02, 0.2), (0.0, 0.3)])
def test_constant_rates_change_nothing(rates: tuple[float, float]) -> None:
    changed = contrast(np.full(SLOT, rates[0]), np.full(SLOT, rates[1]), rates)
    assert abs(float(changed)) < 1e-13


def test_the_change_is_linear_in_a_step_on_one_side() -> None:
    """With the slope that the equations have at 0.1 spikes per ms and 5 ms, 2.283908; steps of both are not linear."""
    slopes = [
        float(contrast(BEFORE, stepping(0.1, 0.1 + size), (0.1, 0.1))) / size for size in (0.01, 0.02, 0.04)
    ]
    np.testing.assert_allclose(slopes, slopes[0], rtol=1e-12)
    assert slopes[0] == pytest.approx(2.283908, abs=5e-7)
    both = [float(contrast(*(stepping(0.1, 0.1 + size),) * 2, (0.1, 0.1))) / size for size in (0.01, 0.04)]
    assert abs(both[1] / both[0] - 1) > 0.1


def test_the_opposite_order_flips_the_sign() -> None:
    up = float(contrast(BEFORE, stepping(0.1, 0.13), (0.1, 0.1)))
    down = float(contrast(BEFORE, stepping(0.13, 0.1), (0.1, 0.13)))
    assert up > 0.01
    assert down == pytest.approx(-up, rel=1e-12)


def test_calcium_settles_at_the_gain_times_the_rate() -> None:
    np.testing.assert_allclose(cascade(np.full(2000, 0.1))[:, -1], 0.8, rtol=1e-12)


def test_what_a_constant_rate_leaves_is_its_impulses_in_a_row() -> None:
    np.testing.assert_allclose(left(), constants(), rtol=1e-12)
    assert left()[1] < left()[0] < 1
