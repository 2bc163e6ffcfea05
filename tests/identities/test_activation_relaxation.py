"""Activation relaxation: a sweep from the top is backprop, and smaller steps come near it geometrically.

Oracle: backprop; the powers of what a step leaves over.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from baselines.backprop import Backprop
from plausible.errors import BadInput
from plausible.networks.activations import ACTIVATIONS, Activation, identity
from plausible.networks.inits import Gaussian
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.rules.feedback.feedback_alignment import FeedbackAlignment
from plausible.rules.predictive.activation_relaxation import ActivationRelaxation
from plausible.settling.relaxation import Relaxation
from tests.oracles import changes, problem, propose

NETWORK = MLP((5, 4, 6), dtype="float64", init=Gaussian(0.7), bias_init=Gaussian(0.5))
ONCE = Relaxation(1, 1.0)


@pytest.mark.parametrize("last", ["linear", "softmax", "logistic-squared"])
@pytest.mark.parametrize("f", ACTIVATIONS.values(), ids=repr)
@pytest.mark.parametrize("hidden", [(), (5,), (5, 4, 6)], ids=str)
def test_one_sweep_at_the_rate_1_is_backprop(hidden: tuple[int, ...], f: Activation, last: str) -> None:
    network = replace(NETWORK, hidden=hidden, activation=f, output=output(last))
    params, shown = problem(network)
    ours = propose(ActivationRelaxation(network, ONCE), params, shown)
    for name, change in propose(Backprop(network), params, shown).items():
        np.testing.assert_allclose(ours[name], change, rtol=0, atol=1e-14, err_msg=name)


def test_the_layer_below_the_read_out_comes_near_by_what_a_step_leaves_over() -> None:
    """x_{L-1} starts at h_{L-1}; after T steps of the rate r the share (1 - r)^T of that is left."""
    params, shown = problem(NETWORK)
    exact, rate = propose(Backprop(NETWORK), params, shown)["W3"], 0.3
    apart = [
        propose(ActivationRelaxation(NETWORK, Relaxation(steps, rate)), params, shown)["W3"] - exact
        for steps in (5, 10, 20)
    ]
    np.testing.assert_allclose(apart[1], (1 - rate) ** 5 * apart[0], atol=1e-14)
    np.testing.assert_allclose(apart[2], (1 - rate) ** 15 * apart[0], atol=1e-14)
    assert abs(apart[0]).max() > 1e-3


def test_learned_feedback_is_that_of_feedback_alignment_and_has_the_transposed_change() -> None:
    rule, theirs = ActivationRelaxation(NETWORK, ONCE, learned=True), FeedbackAlignment(NETWORK)
    params, _ = rule.init(4, 3, np.random.default_rng(0))
    shown = problem(NETWORK).shown
    ours = changes(rule.update(params, None, shown, np.random.default_rng(0)))
    for name, change in propose(theirs, params, shown).items():
        np.testing.assert_allclose(ours[name], change, rtol=0, atol=1e-15)
    for layer in (2, 3, 4):
        np.testing.assert_array_equal(ours[f"B{layer}"], ours[f"W{layer}"].T)


def test_slopes_may_be_left_out_of_what_comes_down_alone() -> None:
    """In a linear network nothing changes; elsewhere the two highest signals alone are backprop's."""
    linear = replace(NETWORK, activation=identity)
    params, shown = problem(linear)
    with_slopes, without = (
        propose(ActivationRelaxation(linear, ONCE, slopes=each), params, shown) for each in (True, False)
    )
    for name, change in with_slopes.items():
        np.testing.assert_array_equal(without[name], change)
    params, shown = problem(NETWORK)
    exact = propose(Backprop(NETWORK), params, shown)
    ours = propose(ActivationRelaxation(NETWORK, ONCE, slopes=False), params, shown)
    for name in ("W4", "W3"):
        np.testing.assert_allclose(ours[name], exact[name], rtol=0, atol=1e-15)
    for name in ("W2", "W1"):
        assert abs(ours[name] - exact[name]).max() > 1e-3


def test_sweeps_are_counted_and_not_judged() -> None:
    with pytest.raises(BadInput, match="tolerance"):
        ActivationRelaxation(NETWORK, Relaxation(5, tolerance=1e-3)).init(4, 3, np.random.default_rng(0))
