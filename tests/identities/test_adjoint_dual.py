"""Adjoint dual propagation, at every share of its two states.

Oracle: backprop, at any nudge while no rectified unit crosses its kink; dual propagation at the share ½; the order of
the distance in the nudge where units are smooth.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from baselines.backprop import Backprop
from plausible.errors import BadInput
from plausible.networks.activations import activation, tanh
from plausible.networks.inits import Gaussian
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.probes.alignment import distance
from plausible.rules.equilibrium.adjoint_dual import AdjointDualPropagation
from plausible.rules.equilibrium.dual_propagation import DualPropagation
from tests.oracles import problem, propose

NETWORK = MLP((7, 6), activation("relu"), output("linear"), "float64", Gaussian(0.7), bias_init=Gaussian(0.5))
every_share = pytest.mark.parametrize("share", [0.0, 0.5, 1.0])


@every_share
@pytest.mark.parametrize("sweeps", [1, 4])
@pytest.mark.parametrize("last", ["linear", "softmax"])
def test_of_rectified_units_off_their_kinks_it_is_backprop(last: str, sweeps: int, share: float) -> None:
    network = replace(NETWORK, output=output(last))
    params, shown = problem(network)
    ours = propose(AdjointDualPropagation(network, 1e-3, sweeps, share), params, shown)
    for name, change in propose(Backprop(network), params, shown).items():
        np.testing.assert_allclose(ours[name], change, rtol=0, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("sweeps", [1, 3])
def test_at_equal_shares_it_is_dual_propagation(sweeps: int) -> None:
    network = replace(NETWORK, activation=tanh)
    params, shown = problem(network)
    ours = propose(AdjointDualPropagation(network, 0.4, sweeps, 0.5), params, shown)
    for name, change in propose(DualPropagation(network, 0.4, sweeps), params, shown).items():
        np.testing.assert_allclose(ours[name], change, rtol=0, atol=1e-14, err_msg=name)


@pytest.mark.parametrize(("share", "order"), [(0.0, 1), (0.5, 2), (1.0, 1)])
def test_of_smooth_units_the_distance_falls_as_a_power_of_the_nudge(share: float, order: int) -> None:
    """Of the second order where both states are as far from the forward pass, of the first elsewhere."""
    network = replace(NETWORK, activation=tanh)
    params, shown = problem(network)
    exact, nudges = propose(Backprop(network), params, shown), np.array([0.08, 0.04, 0.02, 0.01])
    far = [
        distance(propose(AdjointDualPropagation(network, nudge, 1, share), params, shown)["W1"], exact["W1"])
        for nudge in nudges
    ]
    assert np.polyfit(np.log(nudges), np.log(far), 1)[0] == pytest.approx(order, abs=0.1)


def test_a_share_is_a_share() -> None:
    with pytest.raises(BadInput, match="share"):
        AdjointDualPropagation(NETWORK, share=1.5).init(4, 3, np.random.default_rng(0))
