"""Momentum while a state settles. Oracle: each example alone, and one number by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from plausible.settling.relaxation import Relaxation
from plausible.settling.settle import settle


@pytest.mark.parametrize("halving", [False, True])
def test_momentum_is_each_examples_own(halving: bool) -> None:
    """Examples that stop one after the other make the steps, with the velocity, that each makes alone."""
    rng = np.random.default_rng(0)
    state, goal = rng.normal(size=(6, 3)), rng.normal(size=(6, 3))
    stiff = np.geomspace(0.3, 1.9, 6)[:, None]
    how = Relaxation(200, 0.9, 1e-6, momentum=0.5, halving=halving)

    def force(now: Any, given: Any) -> list[Any]:
        return [given[1] * (given[0] - now[0])]

    together = settle(force, [state], [goal, stiff], how)
    assert len({*together.steps.tolist()}) > 3
    for n in range(len(state)):
        one = slice(n, n + 1)
        alone = settle(force, [state[one]], [goal[one], stiff[one]], how)
        assert alone.steps == together.steps[one]
        np.testing.assert_array_equal(alone.state[0], together.state[0][one])


def test_a_step_that_is_taken_back_leaves_no_velocity() -> None:
    """Oracle: the same by hand, one number, with a force that is too stiff for its first rates."""
    stiff, how = 5.0, Relaxation(12, 1.0, 1e-12, momentum=0.5, halving=True)
    x, rate, velocity = 1.0, 1.0, 0.0
    for _ in range(how.steps):
        velocity = 0.5 * velocity + rate * -stiff * x
        if abs(stiff * (x + velocity)) <= abs(stiff * x):
            x += velocity
        else:
            rate, velocity = rate / 2, 0.0
    found = settle(lambda now, given: [-stiff * now[0]], [np.ones((1, 1))], [np.ones((1, 1))], how)
    np.testing.assert_allclose(found.state[0], [[x]], rtol=1e-12)
