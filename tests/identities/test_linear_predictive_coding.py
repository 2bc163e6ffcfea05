"""The closed form of predictive coding in linear networks, in which a study measures how near backprop is.

Oracle: the rule of the library, settled to rounding, and backprop.
"""

from __future__ import annotations

import numpy as np
import pytest

from baselines.backprop import Backprop
from plausible.networks.activations import identity
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.rules.predictive.coding import PredictiveCoding
from plausible.rules.predictive.mupc import MuPC
from plausible.settling.relaxation import Relaxation
from studies.when_is_pc_backprop import KINDS, cosine, linear, settled
from tests.oracles import present, propose


@pytest.mark.parametrize("kind", KINDS)
def test_the_closed_form_is_what_the_rule_settles_to(kind: str) -> None:
    """And its gradient is backprop's."""
    rng = np.random.default_rng(0)
    weights, _ = linear(kind, (6, 6, 6, 6, 3), rng)
    params = {f"W{n}": w for n, w in enumerate(weights, 1)}
    network = MLP((6, 6, 6), identity, output("linear"), "float64", bias=False)
    shown = present(rng.normal(size=(2, 6)), rng.normal(size=(2, 3)))
    found = settled(weights, shown.x, shown.y)
    ours = propose(PredictiveCoding(network, Relaxation(60_000, 0.1, tolerance=1e-12)), params, shown)
    theirs = propose(Backprop(network), params, shown)
    for n, (coded, exact) in enumerate(zip(found.coded, found.gradient, strict=True), 1):
        np.testing.assert_allclose(coded / 2, ours[f"W{n}"], rtol=0, atol=1e-8 * abs(coded).max())
        np.testing.assert_allclose(exact / 2, theirs[f"W{n}"], rtol=0, atol=1e-12 * abs(exact).max())


def test_scales_are_those_of_the_network_mupc() -> None:
    _, scales = linear("mupc", (6, 8, 8, 8, 3), np.random.default_rng(0))
    assert scales == pytest.approx([*MuPC(hidden=(8, 8, 8), skips=True).scales(6).values()], rel=1e-15)


def test_a_cosine_is_that_of_all_changes_together() -> None:
    a, b = [np.array([3.0]), np.array([[0.0, 4.0]])], [np.array([1.0]), np.array([[0.0, 0.0]])]
    assert cosine(a, b) == pytest.approx(0.6)
