"""GAIT-prop, where its targets are backprop's, and counter-current learning, whose layers know nothing of each other.

Oracles: backprop; the pseudo-inverse in the place of the transpose; central differences of the layers' own losses.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from baselines.backprop import Backprop
from plausible.core import Array, Params, Presentation
from plausible.errors import BadInput
from plausible.networks.activations import ACTIVATIONS, leaky_relu, relu, tanh
from plausible.networks.inits import Gaussian, Orthogonal
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.probes.alignment import distance
from plausible.rules.targets.counter_current import CounterCurrentLearning
from plausible.rules.targets.gait import INVERSES, GaitProp, crookedness
from tests.oracles import present, problem, propose

SQUARE = MLP((4, 4, 4), leaky_relu, output("linear"), "float64", Orthogonal(), bias_init=Gaussian(0.3))
GAIT = GaitProp(SQUARE, orthogonality=0.0)


@pytest.mark.parametrize("f", sorted(INVERSES))
def test_inverses_undo_activations(f: str) -> None:
    z = np.linspace(-4, 4, 41)
    np.testing.assert_allclose(INVERSES[f](ACTIVATIONS[f].value(z)), z, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("increment", [1e-1, 1e-2, 1e-3])
def test_orthogonal_weights_make_it_backprop(increment: float) -> None:
    """To rounding, where no unit crosses its kink: leaky units are linear there. The rounding is 1e-16 / γ³."""
    params, shown = problem(SQUARE, 4, 4)
    ours = propose(replace(GAIT, increment=increment), params, shown)
    for name, change in propose(Backprop(SQUARE), params, shown).items():
        assert distance(ours[name], change) < 1e-14 / increment**3, name


def test_curved_units_leave_a_difference_in_proportion_to_the_square_of_the_increment() -> None:
    """The first curved layer from above is L - 1, by which t_{L-2} is γ² away: relative to that, its bend is γ²."""
    network = replace(SQUARE, activation=tanh)
    params, shown = problem(network, 4, 4)
    exact, by = propose(Backprop(network), params, shown)["W2"], np.array([3e-2, 1e-2, 3e-3])
    apart = [distance(propose(GaitProp(network, g, 0.0), params, shown)["W2"], exact) for g in by]
    slope = np.polyfit(np.log(by), np.log(apart), 1)[0]
    assert abs(slope - 2) < 0.02, apart


def test_other_weights_make_it_backprop_through_pseudo_inverses() -> None:
    """δ_{l-1} = (δ_l W_l⁺) ⊙ f'(z_{l-1}), far from backprop's; also where layers narrow."""
    network = replace(SQUARE, hidden=(6, 5), init=Gaussian(0.5))
    params, shown = problem(network, 4, 3)
    passed = network.forward(params, shown.x)
    error = network.output.error(passed.activities[-1], shown.y)
    below = error @ np.linalg.pinv(params["W3"]) * passed.slope(2)
    below = below @ np.linalg.pinv(params["W2"]) * passed.slope(1)
    ours = propose(GaitProp(network, 1e-3, 0.0), params, shown)["W1"]
    assert distance(ours, -shown.x.T @ below / len(shown.x)) < 1e-6
    assert distance(ours, propose(Backprop(network), params, shown)["W1"]) > 0.5


@pytest.mark.parametrize("shape", [(4, 4), (3, 5), (6, 4)])
def test_the_regulariser_goes_down_the_slope_of_what_is_not_orthogonal(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    weights = rng.normal(size=shape)

    def loss(w: Array) -> float:
        products = w @ w.T if shape[0] <= shape[1] else w.T @ w
        return float((products**2).sum() - (np.diag(products) ** 2).sum())

    for place in [(0, 0), (2, 1), (1, 3)]:
        ends = []
        for sign in (1, -1):
            moved = weights.copy()
            moved[place] += sign * 1e-5
            ends.append(loss(moved))
        assert crookedness(weights)[place] == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-6)
    np.testing.assert_allclose(crookedness(Orthogonal().draw(rng, *shape)), 0, atol=1e-13)


def test_the_regulariser_is_added_to_the_changes_of_weights_alone() -> None:
    params, shown = problem(replace(SQUARE, init=Gaussian(0.5)), 4, 4)
    with_it, without = (propose(replace(GAIT, orthogonality=each), params, shown) for each in (0.2, 0.0))
    for name, change in without.items():
        pull = 0.2 * crookedness(params[name]) if name[0] == "W" else 0.0
        np.testing.assert_allclose(with_it[name], change - pull, atol=1e-13)


def test_units_without_an_inverse_are_refused() -> None:
    with pytest.raises(BadInput, match="activation is 'relu': expected one that can be inverted"):
        GaitProp(MLP((4,), relu)).init(3, 2, np.random.default_rng(0))


NETWORK = MLP((6, 5), tanh, output("softmax"), "float64", Gaussian(0.6), bias_init=Gaussian(0.4))
RULE = CounterCurrentLearning(NETWORK)


def classes(batch: int = 8) -> tuple[Params, Presentation]:
    rng = np.random.default_rng(0)
    params, _ = RULE.init(4, 3, rng)
    return params, present(rng.normal(size=(batch, 4)), np.eye(3)[rng.integers(3, size=batch)])


def own_losses(params: Params, below: list[Array], above: list[Array], y: Array) -> dict[str, float]:
    """R_l of each hidden layer, where what comes into either network's layer is held."""
    found = {}
    for layer in (1, 2):
        h = np.tanh(below[layer - 1] @ params[f"W{layer}"] + params[f"b{layer}"])
        c = np.tanh(above[layer + 1] @ params[f"B{layer + 1}"])
        loss = 128 / h.shape[1] * float(np.mean((h @ c.T - y) ** 2))
        found |= {f"W{layer}": loss, f"b{layer}": loss, f"B{layer + 1}": loss}
    return found


def test_each_layer_goes_down_the_slope_of_its_own_loss() -> None:
    """Central differences; what comes from the next layer is held, as no gradient goes between layers."""
    params, shown = classes()
    below = NETWORK.forward(params, shown.x).activities
    c = np.tanh(params["B3"])
    above = [np.empty(0), np.tanh(c @ params["B2"]), c, np.eye(3)]
    found = propose(RULE, params, shown)
    for name in ("W1", "b1", "B2", "W2", "b2", "B3"):
        change = np.zeros_like(params[name])
        for place in np.ndindex(change.shape):
            ends = []
            for sign in (1, -1):
                moved = params[name].copy()
                moved[place] += sign * 1e-5
                ends.append(own_losses(params | {name: moved}, below, above, shown.y)[name])
            change[place] = (ends[0] - ends[1]) / 2e-5
        np.testing.assert_allclose(found[name], -change, rtol=1e-6, atol=1e-7, err_msg=name)
    output_alone = propose(Backprop(NETWORK), params, shown)
    np.testing.assert_array_equal(found["W3"], output_alone["W3"])


def test_a_layer_learns_the_same_whatever_weights_are_above_it() -> None:
    """To the last bit: forward weights above layer 1 change nothing that W_1 learns, nor what B_2 learns."""
    params, shown = classes()
    other = params | {name: params[name] + 1 for name in ("W2", "b2", "W3", "b3")}
    ours, theirs = propose(RULE, params, shown), propose(RULE, other, shown)
    for name in ("W1", "b1", "B2"):
        np.testing.assert_array_equal(ours[name], theirs[name])
    assert not np.array_equal(ours["W2"], theirs["W2"])
    lower = params | {"B2": params["B2"] + 1}
    np.testing.assert_array_equal(ours["W2"], propose(RULE, lower, shown)["W2"])
    assert not np.array_equal(ours["W1"], propose(RULE, lower, shown)["W1"])
