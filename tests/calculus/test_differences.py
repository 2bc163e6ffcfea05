"""Central differences. Oracles: polynomials, whose derivatives are known, and the order of the error."""

from __future__ import annotations

import numpy as np
import pytest

from plausible.core import View, read_only
from plausible.errors import BadInput
from plausible.probes.differences import central_differences


def cubic(params: View) -> float:
    """Σ W³ + 2 Σ b² + W[0, 1] b[0]."""
    w, b = params["W1"], params["b1"]
    return float((w**3).sum() + 2 * (b * b).sum() + w[0, 1] * b[0])


def point() -> View:
    rng = np.random.default_rng(0)
    return read_only({"W1": rng.normal(size=(2, 3)), "b1": rng.normal(size=3), "scale": np.array(2.0)})


def test_a_cubic_has_its_derivatives_and_an_error_of_step_squared() -> None:
    """The third derivative of w³ is 6, so that the error is step² exactly; that of a parabola is nothing."""
    params = point()
    w, b = params["W1"], params["b1"]
    for step in (1e-1, 1e-2, 1e-3):
        found = central_differences(cubic, params, step)
        expected = 3 * w**2 + step**2
        expected[0, 1] += b[0]
        np.testing.assert_allclose(found["W1"], expected, rtol=0, atol=1e-14 / step)  # roundings of 10
        linear = np.array([w[0, 1], 0.0, 0.0])
        np.testing.assert_allclose(found["b1"], 4 * b + linear, rtol=0, atol=1e-14 / step)
        assert found["scale"].shape == ()
        assert found["scale"] == 0


def test_the_error_is_of_second_order() -> None:
    """The slope of log error against log step, of a function that is no polynomial."""
    params, steps = {"W1": np.array([0.3])}, np.array([0.2, 0.1, 0.05, 0.025])
    errors = [
        abs(central_differences(lambda p: float(np.sin(p["W1"][0])), params, step)["W1"][0] - np.cos(0.3))
        for step in steps.tolist()
    ]
    assert np.polyfit(np.log(steps), np.log(errors), 1)[0] == pytest.approx(2, abs=0.01)


def test_nothing_that_was_given_changes() -> None:
    params = {"W1": np.array([1.0, 2.0])}
    central_differences(lambda moved: float(moved["W1"].sum()), params)
    assert params["W1"].tolist() == [1.0, 2.0]


def test_single_precision_and_bad_steps_are_refused() -> None:
    with pytest.raises(BadInput, match="the dtype of 'W1' is 'float32': expected float64"):
        central_differences(lambda moved: 0.0, {"W1": np.zeros(2, "float32")})
    for step in (0.0, -1.0, np.nan):
        with pytest.raises(BadInput, match="the step"):
            central_differences(cubic, point(), step)
