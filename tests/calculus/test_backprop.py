"""Backpropagation is the gradient, and a bias is the weight of a unit that is always on.

Oracles: central differences of `MLP.loss`; the same network with a column of ones in its input and no bias.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from baselines.backprop import Backprop
from plausible.core import Array, Outer, Params, Presentation
from plausible.networks.activations import ACTIVATIONS
from plausible.networks.inits import Gaussian, Glorot, He, Init, Uniform, Zero
from plausible.networks.mlp import MLP
from plausible.networks.outputs import OUTPUTS, output
from plausible.optimise.sgd import SGD
from plausible.probes.differences import central_differences
from plausible.train import train
from tests.oracles import Problem, dense, present, problem, propose, targets

HIDDEN = [(4,), (4, 3)]
NETWORKS = [MLP(hidden=())] + [
    MLP(hidden, activation=f) for f, hidden in product(ACTIVATIONS.values(), HIDDEN)
]
FLOAT64 = {"dtype": "float64", "bias_init": Gaussian(0.5)}


def name(network: MLP) -> str:
    return f"{network.activation}{network.hidden}".replace(" ", "") if network.hidden else "single-layer"


def assert_gradient(network: MLP, given: Problem) -> None:
    """Each weight's update is minus its gradient, to a relative error of 1e-6.

    Central differences are good to 1e-11 of the loss, so this asks for gradients above 1e-5 of it, as these are.
    """
    params, (x, y, *_) = given
    updates = propose(Backprop(network), params, given.shown)
    gradient = central_differences(lambda moved: network.loss(moved, x, y), params)
    assert updates.keys() == gradient.keys() == params.keys()
    for weight, slopes in gradient.items():
        assert np.linalg.norm(updates[weight] + slopes) < 1e-6 * np.linalg.norm(slopes), weight


@pytest.mark.parametrize("bias", [True, False], ids=["bias", "no-bias"])
@pytest.mark.parametrize("reduction", ["mean", "sum", "mean-elements"])
@pytest.mark.parametrize("last", OUTPUTS)
@pytest.mark.parametrize("network", NETWORKS, ids=name)
def test_backprop_is_the_gradient(network: MLP, last: str, reduction: str, bias: bool) -> None:
    network = replace(network, **FLOAT64, output=output(last, reduction), bias=bias, init=Gaussian(0.7))
    assert_gradient(network, problem(network))


@pytest.mark.parametrize("init", [Uniform(), Gaussian(), Glorot(), Glorot("normal"), He()], ids=repr)
@pytest.mark.parametrize("network", NETWORKS, ids=name)
def test_backprop_is_the_gradient_wherever_weights_start(network: MLP, init: Init) -> None:
    network = replace(network, **FLOAT64, init=init)
    assert_gradient(network, problem(network))


def test_backprop_is_stuck_at_zero_weights() -> None:
    """tanh(0) = 0 and Wᵀ = 0, so that only the last bias has a gradient: Σ (y - softmax(0)) / n."""
    network = MLP((4, 3), dtype="float64", init=Zero())
    params, shown = problem(network)
    updates = propose(Backprop(network), params, shown)
    np.testing.assert_allclose(updates.pop("b3"), shown.y.mean(axis=0) - 1 / 3, rtol=1e-14)
    for weight, change in updates.items():
        np.testing.assert_array_equal(change, np.zeros_like(params[weight]))


# --- a bias is the weight of a unit that is always on ---------------------------------------------------


@pytest.mark.parametrize("network", NETWORKS, ids=name)
def test_a_bias_changes_as_the_weight_of_a_unit_that_is_always_on(network: MLP) -> None:
    network = replace(network, **FLOAT64)
    params, shown = problem(network)
    step = Backprop(network).update(params, None, shown, np.random.default_rng(0))
    for layer in range(1, network.depth + 1):
        _, post, scale = step.updates[f"W{layer}"]
        always_on = Outer(np.ones((len(post), 1)), post, scale).dense()[0]
        for change in (step.updates[f"b{layer}"].dense(), dense(step.updates[f"b{layer}"])):
            np.testing.assert_allclose(change, always_on, rtol=1e-14, atol=1e-16)  # sums in another order


def trajectory(network: MLP, params: Params, x: Array, y: Array, rate: float, steps: int) -> list[Array]:
    """Answers before each step, and at the end the weights with the bias as their last row."""
    answers = []
    shown: list[Presentation] = [present(x, y)] * steps
    for tick in train(Backprop(network), SGD(rate), params, None, shown, np.random.default_rng(0)):
        answers.append(network.forward(tick.params, x).activities[-1])
    return [*answers, np.vstack([params[name] for name in params])]


def both_ways(last: str, w: Array, b: Array, x: Array, y: Array, rate: float) -> list[list[Array]]:
    """The trajectory of a single layer with a bias, and of one whose input has a column of ones."""
    network = MLP((), output=output(last), dtype="float64")
    ones = np.hstack([x, np.ones((len(x), 1))])
    return [
        trajectory(network, {"W1": w.copy(), "b1": b.copy()}, x, y, rate, steps=6),
        trajectory(replace(network, bias=False), {"W1": np.vstack([w, b])}, ones, y, rate, steps=6),
    ]


def test_a_bias_learns_exactly_as_a_unit_that_is_always_on() -> None:
    """Every number is a fraction whose denominator is a power of two, and short enough for float64: no rounding.

    A step divides by the batch of 4 and multiplies with the rate 1/4, so it adds four binary digits, and numbers
    stay below 2¹⁰; six steps need 2 + 6·4 + 10 digits of the 53 that there are.
    """
    rng = np.random.default_rng(0)
    x, y, w, b = (rng.integers(-2, 3, shape).astype(float) for shape in [(4, 3), (4, 2), (3, 2), (2,)])
    with_bias, with_ones = both_ways("linear", w / 4, b / 4, x, y, rate=1 / 4)
    for ours, theirs in zip(with_bias, with_ones, strict=True):
        np.testing.assert_array_equal(ours, theirs)
        assert abs(ours).max() < 2**10
    assert (with_bias[0] != with_bias[-2]).any()


@pytest.mark.parametrize("last", OUTPUTS)
def test_a_bias_learns_as_a_unit_that_is_always_on(last: str) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(7, 3)), targets(last, rng, 7, 2)
    with_bias, with_ones = both_ways(last, rng.normal(size=(3, 2)), rng.normal(size=2), x, y, rate=0.3)
    for ours, theirs in zip(with_bias, with_ones, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-13)  # sums in another order, six times
