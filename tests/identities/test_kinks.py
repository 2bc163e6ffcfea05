"""Slopes of states that settle are taken at what goes into a unit, never read off an activity that lags behind it.

Oracle: the derivative at the net input, where the state is on the other side of a kink, or on it but for rounding.
Recurrent backpropagation, whose oracle is an unrolled relaxation, is in tests/calculus/test_fixed_point.py.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from baselines.equilibrium_gradient import adjoints
from plausible.core import Array
from plausible.networks.activations import Activation, activation, hard_sigmoid, relu
from plausible.networks.mlp import MLP, into
from plausible.networks.outputs import output
from plausible.registry import registry
from plausible.rules.equilibrium.network import EquilibriumNetwork
from plausible.rules.predictive.network import PredictiveNetwork
from plausible.settling.relaxation import Relaxation
from tests.identities.equilibrium import NETWORK, problem
from tests.oracles import present


def never(h: Array, out: Array | None = None) -> Array:
    raise AssertionError("a slope was asked for")


@pytest.mark.parametrize(
    "rule",
    [
        "contrastive-hebbian",
        "random-contrastive-hebbian",
        "dual-propagation",
        "self-predicting-microcircuit",
        "dendritic-microcircuit[duration=1]",
        "equilibrium-propagation[form=prototypical]",
        "vector-field-equilibrium-propagation[form=prototypical]",
    ],
)
def test_these_rules_have_no_slopes_at_all(rule: str) -> None:
    """They contrast activities, so that there is nothing that could be read off a settled state."""
    network = MLP((5, 4), Activation("tanh", np.tanh, never), output("softmax"), "float64")
    made: Any = registry.rule(rule, network)
    params, state = made.init(3, 2, np.random.default_rng(0))
    shown = present(np.random.default_rng(1).normal(size=(4, 3)), np.eye(2)[[0, 1, 1, 0]])
    assert made.update(params, state, shown, np.random.default_rng(0)).updates


@pytest.mark.parametrize(("state", "drive"), [(1e-9, -0.7), (1 - 1e-9, 1.7), (0.3, 0.3), (1e-9, 1e-9)])
def test_a_clipped_unit_has_the_slope_of_its_drive(state: float, drive: float) -> None:
    """On its way to a bound, and as near as a tolerance asks, it is within its bounds, where a slope would be 1."""
    network = MLP((1,), hard_sigmoid, output("linear"), "float64", bias=False)
    net, weights = EquilibriumNetwork(network), np.array([[0.5]])
    params, answer = {"W1": np.ones((1, 1)), "W2": weights}, np.array([[0.4]])
    first = np.array([[drive]]) - answer @ weights.T  # with what comes down it is the drive
    states = [np.array([[state]]), answer]
    _, passed = adjoints(net, params, states, first, np.ones((1, 1)), Relaxation(500, 0.5, 1e-13))
    below = 0 < drive < 1
    # λ_1 = ρ'(a_1) W_2 λ_2; λ_2 = ρ'(a_2) (1 + W_2 λ_1), with a_2 = W_2 s_1 between the bounds where s_1 > 0
    expected = [0.5 / (1 - 0.25), 1 / (1 - 0.25)] if below else [0.0, 1.0]
    np.testing.assert_allclose([float(v.item()) for v in passed], expected, rtol=1e-9)


def test_clipped_units_leave_their_bounds_when_they_are_pushed_inwards() -> None:
    """ρ' counts as 1 at 0 and at 1, as in the author's program: with a slope of 0 a state of 0 would stay for ever."""
    network = replace(NETWORK, activation=activation("hard-sigmoid"))
    net = EquilibriumNetwork(network)
    params, (x, y, *_) = problem(network)
    given = net.first(params, x), y
    for bound in (0.0, 1.0):
        states = [bound + 0 * s for s in net.rest(x, 3)]
        force = net.force(params, states, given, net.transposes(params))
        drives = [net.drive(params, n, states, given[0], net.transposes(params)) for n in (1, 2, 3)]
        for push, drive in zip(force, drives, strict=True):
            np.testing.assert_array_equal(push, drive - bound)
            assert abs(push).min() > 1e-3


def test_in_the_energy_form_a_slope_is_that_of_the_state() -> None:
    """s_l is what goes into ρ, so that ρ'(s_l) is a derivative at the input, on whichever side of 0 a_l may be."""
    network = MLP((1,), activation("leaky-relu"), output("linear"), "float64", bias=False)
    net, params = EquilibriumNetwork(network), {"W1": np.ones((1, 1)), "W2": np.zeros((1, 1))}
    for state, slope in ((1e-12, 1.0), (-1e-12, 0.01)):
        for drive in (-1.0, 1.0):
            states = [np.array([[state]]), np.zeros((1, 1))]
            given = np.array([[drive]]), np.zeros((1, 1))
            push = net.force(params, states, given, net.transposes(params))[0]
            np.testing.assert_allclose(push, slope * drive - state, rtol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("f", "inputs"), [(hard_sigmoid, 3.0), (hard_sigmoid, -3.0), (relu, -3.0)], ids=str)
def test_post_activation_errors_of_saturated_units_send_nothing_down(
    f: Activation, inputs: float, dtype: str
) -> None:
    """f'(z_l) is 0 wherever z_l is beyond a kink, whatever x_l has settled to: d_l = 0 and -∂F/∂x_{l-1} = -e_{l-1}.

    x_l - e_l is f(z_l) but for rounding, on the one side of 1 or the other, where the slope is 1 or even -1.
    """
    network = replace(NETWORK, hidden=(5, 40), activation=f, dtype=dtype)
    net, rng = PredictiveNetwork(network, "post"), np.random.default_rng(0)
    params, (x, y, *_) = problem(network)
    params["b2"] = 0 * params["b2"] + np.asarray(inputs, dtype)
    params["W2"] *= np.asarray(0.1, dtype)  # so that z_2 stays beyond the kink
    states = [rng.uniform(-2, 3, (len(x), n)).astype(dtype) for n in network.hidden]
    given = into(net.network, params, 1, x), y
    assert (np.sign(inputs) * into(net.network, params, 2, states[0])).min() > 1
    errors, signals = net.errors(params, states, states, *given)
    assert abs(errors[1]).max() > 0.1
    np.testing.assert_array_equal(signals[1], 0)
    first, _ = (part.copy() for part in net.force(params)(states, given))
    np.testing.assert_array_equal(first, -errors[0])
    np.testing.assert_array_equal(net.pushes(params, states, errors, signals)[0], -errors[0])
