"""Angles between weights and their signs, against the expectation and its error.

Oracle: for independent weights, cos = E|w| / √E[w²] as their number grows: √(2/π) for normal weights, which is 37.1°,
and √3/2 for uniform ones, which is 30.0°.
"""

from __future__ import annotations

import numpy as np
import pytest

from plausible.core import Tick
from plausible.networks.inits import Gaussian, Init, Uniform
from plausible.networks.mlp import MLP
from plausible.probes.alignment import aligned
from plausible.rules.feedback.sign_symmetry import UniformSignFeedback
from tests.oracles import present

UNITS = 500


@pytest.mark.parametrize(
    ("init", "cosine", "expected", "spread"),
    [
        (Gaussian(0.3), np.sqrt(2 / np.pi), 37.1, 0.6),
        (Uniform(0.3), np.sqrt(3) / 2, 30.0, 0.5),
    ],
    ids=["gaussian", "uniform"],
)
def test_weights_and_their_signs_are_at_a_known_angle(
    init: Init, cosine: float, expected: float, spread: float
) -> None:
    """cos is a ratio of means over N = 250,000 weights: its standard error is below spread / √N, and the angle's that
    over sin; the spread of |w| / √E[w²] is √(1 - cos²), 0.60 and 0.50, which bounds it.
    """
    assert np.degrees(np.arccos(cosine)) == pytest.approx(expected, abs=0.05)
    assert spread == pytest.approx(np.sqrt(1 - cosine**2), abs=0.005)
    network = MLP((UNITS, UNITS), init=init, dtype="float64")
    rule = UniformSignFeedback(network)
    params, _ = rule.init(3, 2, np.random.default_rng(0))
    shown = present(np.ones((2, 3)), np.eye(2))
    step = rule.update(params, None, shown, np.random.default_rng(2))
    found = aligned(Tick(0, params, shown, step), rule, None, shown, np.random.default_rng(1))
    angles = {m.layer: m.value for m in found if m.metric == "weight angle"}
    error = np.degrees(spread / UNITS / np.sqrt(1 - cosine**2))  # 0.11°
    assert abs(angles["B2"] - np.degrees(np.arccos(cosine))) < 4 * error
    assert error < 0.12
