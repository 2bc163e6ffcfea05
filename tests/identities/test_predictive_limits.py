"""The newest kin of predictive coding: errors that settle, multipliers, and a parameterisation.

Oracle: predictive coding at its equilibrium and step by step; backprop; the closed form of a linear network's energy.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from baselines.backprop import Backprop
from plausible.core import Array, Params
from plausible.errors import BadInput
from plausible.networks.activations import activation, identity, tanh
from plausible.networks.inits import Gaussian
from plausible.networks.mlp import MLP, into
from plausible.networks.outputs import output
from plausible.optimise.sgd import SGD
from plausible.optimise.wrappers import Grouped
from plausible.probes.alignment import distance
from plausible.probes.differences import central_differences
from plausible.rules.predictive.augmented import AugmentedPredictiveCoding
from plausible.rules.predictive.coding import PredictiveCoding
from plausible.rules.predictive.error_based import ErrorNetwork, ErrorPredictiveCoding
from plausible.rules.predictive.mupc import MuPC
from plausible.rules.predictive.network import PredictiveNetwork
from plausible.settling.relaxation import Relaxation
from plausible.train import train
from tests.oracles import assert_same, examples, problem, propose

NETWORK = MLP((5, 4), tanh, output("linear"), "float64", Gaussian(0.7), bias_init=Gaussian(0.5))
LINEAR = MLP((16, 16, 16), identity, output("linear"), "float64", Gaussian(0.15), bias=False)
REST = Relaxation(20_000, 0.1, tolerance=1e-13)

every_form = pytest.mark.parametrize("form", ["pre", "post"])
every_output = pytest.mark.parametrize("last", ["linear", "softmax"])


# --- errors that settle ---------------------------------------------------------------------------------


@every_form
@every_output
def test_errors_settle_to_the_equilibrium_of_predictive_coding(last: str, form: str) -> None:
    network = replace(NETWORK, output=output(last))
    params, shown = problem(network)
    ours = propose(ErrorPredictiveCoding(network, REST, form), params, shown)  # type: ignore[arg-type]
    theirs = propose(PredictiveCoding(network, REST, form), params, shown)  # type: ignore[arg-type]
    for name, change in theirs.items():
        np.testing.assert_allclose(ours[name], change, rtol=0, atol=2e-12, err_msg=name)
    assert distance(theirs["W1"], propose(Backprop(network), params, shown)["W1"]) > 0.05


@every_form
@every_output
def test_the_force_on_errors_is_minus_the_gradient_of_the_energy(last: str, form: str) -> None:
    net = ErrorNetwork(replace(NETWORK, output=output(last)), form, 0.7)  # type: ignore[arg-type]
    params, (x, y, *_) = problem(net.network)
    rng, given = np.random.default_rng(3), (into(net.network, params, 1, x), y)
    errors = {"1": 0.3 * rng.normal(size=(len(x), 5)), "2": 0.3 * rng.normal(size=(len(x), 4))}
    slopes = central_differences(
        lambda moved: float(net.height(params, [moved["1"], moved["2"]], given).sum()), errors
    )
    for name, push in zip("12", net.downhill(params, [*errors.values()], given), strict=True):
        np.testing.assert_allclose(push, -slopes[name], atol=1e-8)


@every_output
def test_the_first_step_of_errors_is_backprop(last: str) -> None:
    """From ε = 0 one step leaves ε_1 = -rate ∂loss/∂z_1, and below layer 1 nothing has moved."""
    network = replace(NETWORK, output=output(last))
    params, shown = problem(network)
    ours = propose(ErrorPredictiveCoding(network, Relaxation(1, 0.01)), params, shown)["W1"]
    np.testing.assert_allclose(
        ours, 0.01 * propose(Backprop(network), params, shown)["W1"], rtol=0, atol=1e-15
    )


# --- multipliers ----------------------------------------------------------------------------------------


@every_output
@pytest.mark.parametrize("penalty", [1.0, 2.5])
@pytest.mark.parametrize("bias", [True, False])
def test_without_dual_steps_it_is_predictive_coding(bias: bool, penalty: float, last: str) -> None:
    """Bit for bit; the penalty is the variance of the output."""
    network, how = replace(NETWORK, output=output(last), bias=bias), Relaxation(15, 0.2)
    params, shown = problem(network)
    ours = propose(AugmentedPredictiveCoding(network, how, 0.0, penalty), params, shown)
    assert_same(ours, propose(PredictiveCoding(network, how, variance=penalty), params, shown))


def test_in_a_linear_network_multipliers_lead_to_backprop() -> None:
    """Of four layers, sixteen wide; predictive coding ends elsewhere."""
    params, shown = problem(LINEAR, 16, 16, batch=8)
    exact = propose(Backprop(LINEAR), params, shown)
    ours = propose(AugmentedPredictiveCoding(LINEAR, Relaxation(4000, 0.25)), params, shown)
    theirs = propose(PredictiveCoding(LINEAR, Relaxation(4000, 0.25)), params, shown)
    for name, change in exact.items():
        np.testing.assert_allclose(ours[name], change, rtol=0, atol=1e-10 * abs(change).max(), err_msg=name)
    assert max(distance(theirs[name], exact[name]) for name in exact) > 0.3


def test_multipliers_collect_errors_as_the_definition_says() -> None:
    """Three steps and two dual ones written out, in a network of one hidden layer."""
    network, rate, dual, rho = replace(NETWORK, hidden=(5,)), 0.3, 0.7, 1.5
    params, shown = problem(network)
    z: Array = shown.x @ params["W1"] + params["b1"]
    x, multiplier = z.copy(), 0 * z
    for step in range(3):
        error = x - z
        multiplier = multiplier + dual * error * (step > 0)
        h = np.tanh(x)
        last = (shown.y - h @ params["W2"] - params["b2"]) / rho
        x = x + rate * ((last @ params["W2"].T) * (1 - h**2) - error - multiplier)
    taught = rho * (x - z + multiplier)
    ours = propose(AugmentedPredictiveCoding(network, Relaxation(3, rate), dual, rho), params, shown)
    np.testing.assert_allclose(ours["W1"], shown.x.T @ taught / len(shown.x), rtol=0, atol=1e-14)


# --- a parameterisation ---------------------------------------------------------------------------------


def linear(params: Params, depth: int) -> tuple[Array, list[Array]]:
    """W_1 ... W_L, and of each hidden layer the product of what is above it."""
    above: list[Array] = [np.eye(params[f"W{depth}"].shape[1])]
    for n in range(depth, 1, -1):
        above.insert(0, params[f"W{n}"] @ above[0])
    return params["W1"] @ above[0], above[:-1]


@pytest.mark.parametrize("skips", [False, True])
def test_the_energy_of_a_linear_network_at_rest_has_a_closed_form(skips: bool) -> None:
    """F* = ½ rᵀ S⁻¹ r, S = I + Σ P_lᵀ P_l, r = y - answer, P_l the product of the layers above l."""
    network = MuPC(hidden=(8, 8, 8), dtype="float64", skips=skips)
    params, shown = network.start(6, 3, np.random.default_rng(0)), examples(network, 5, 6, 3)
    whole, above = linear(params, 4)
    left = shown.y - shown.x @ whole
    spread = np.eye(3) + sum((p.T @ p for p in above), np.zeros((3, 3)))
    exact = 0.5 * (left @ np.linalg.inv(spread) * left).sum(axis=1)
    net = PredictiveNetwork(network)
    settled, _, _ = net.settle(params, shown.x, shown.y, Relaxation(50_000, 0.2, tolerance=1e-12))
    energy = net.energy(params, settled.state, (into(network, params, 1, shown.x), shown.y))
    np.testing.assert_allclose(energy, exact, rtol=1e-10)


@pytest.mark.parametrize("f", ["identity", "tanh"])
def test_learning_is_that_of_gradient_descent_in_the_unscaled_weights(f: str) -> None:
    """Written out for V_l, with W_l = a_l V_l and ΔV_l = a_l ΔW_l, over five steps of learning."""
    network = MuPC(hidden=(8, 8), activation=activation(f), dtype="float64")
    rule, scales = (
        PredictiveCoding(network, Relaxation(30, 0.1)),
        {"W1": 6**-0.5, "W2": 8**-0.5, "W3": 1 / 8},
    )
    params, shown = network.start(6, 3, np.random.default_rng(0)), examples(network, 5, 6, 3)
    unscaled = {name: params[name] / a for name, a in scales.items()}
    for _ in range(5):
        change = propose(rule, {name: a * unscaled[name] for name, a in scales.items()}, shown)
        unscaled = {name: unscaled[name] + 0.5 * a * change[name] for name, a in scales.items()}
    rates = Grouped(tuple((name, SGD(rate)) for name, rate in network.rates(0.5, 6).items()))
    for _ in train(rule, rates, params, None, [shown] * 5, np.random.default_rng(0)):
        pass
    for name, a in scales.items():
        np.testing.assert_allclose(params[name], a * unscaled[name], rtol=1e-10)


def test_weights_start_as_they_are_scaled() -> None:
    """a = 1/√D, 1/√(N L), 1/N of standard normal numbers; a skip is 1 on the diagonal."""
    network = MuPC(hidden=(200, 200), dtype="float64", skips=True)
    params = network.start(100, 200, np.random.default_rng(0))
    sizes = [float(w.std()) for w in (params["W1"], params["W2"] - np.eye(200), params["W3"])]
    np.testing.assert_allclose(sizes, [100**-0.5, (200 * 3) ** -0.5, 1 / 200], rtol=0.03)


def test_skips_of_bent_units_and_of_layers_of_other_widths_are_refused() -> None:
    with pytest.raises(BadInput, match="skips"):
        MuPC(activation=tanh, skips=True)
    with pytest.raises(BadInput, match="one width"):
        MuPC(hidden=(8, 7))
