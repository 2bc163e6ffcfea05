"""Feedback alignment, direct feedback alignment and shallow learning, where one must be another.

Oracle: backprop, or each other, in the limit in which they coincide; for the first step from zero weights, the
formula written out. Equalities are bitwise unless sums or products are taken in another order.
"""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

import numpy as np
import pytest

from baselines.backprop import Backprop
from baselines.shallow import Shallow
from plausible.core import Params, Presentation, Rule
from plausible.networks.activations import ACTIVATIONS, Activation, activation
from plausible.networks.inits import Gaussian, Zero
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.rules.feedback.direct_feedback_alignment import DirectFeedbackAlignment
from plausible.rules.feedback.feedback_alignment import FeedbackAlignment
from tests.oracles import examples, present, problem, propose, trained

RULES = [Backprop, Shallow, FeedbackAlignment, DirectFeedbackAlignment]
NETWORK = MLP((5, 4), dtype="float64", init=Gaussian(1.0), bias_init=Gaussian(0.5))
BATCH, N_IN, N_OUT = 6, 4, 3

every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
every_depth = pytest.mark.parametrize("hidden", [(), (5,), (5, 4), (5, 5), (5, 4, 6, 3)], ids=str)
every_activation = pytest.mark.parametrize("f", ACTIVATIONS.values(), ids=repr)


def start(rule: Rule, seed: int = 0) -> Params:
    return rule.init(N_IN, N_OUT, np.random.default_rng(seed))[0]


def shown(network: MLP, batch: int = BATCH) -> Presentation:
    return examples(network, batch, N_IN, N_OUT)


def assert_same(a: Params, b: Params) -> None:
    """Bitwise, where both have a weight of that name; at least the forward weights."""
    assert {name for name in a if name[0] in "Wb"} == {name for name in b if name[0] in "Wb"}
    for name in a.keys() & b.keys():
        np.testing.assert_array_equal(a[name], b[name], err_msg=name)


# --- feedback alignment ---------------------------------------------------------------------------------


@every_activation
@every_depth
def test_with_the_transpose_it_is_backprop(hidden: tuple[int, ...], f: Activation) -> None:
    network = replace(NETWORK, hidden=hidden, activation=f)
    params, given = problem(network)
    transposes = {f"B{layer}": params[f"W{layer}"].T for layer in range(2, network.depth + 1)}
    ours = propose(FeedbackAlignment(network), params | transposes, given)
    assert_same(ours, propose(Backprop(network), params, given))
    assert all(change.any() for change in ours.values())


@every_activation
@every_depth
def test_without_feedback_it_is_shallow(hidden: tuple[int, ...], f: Activation) -> None:
    """Hidden weights get changes of zero here and none there; after training they are the same."""
    network = replace(NETWORK, hidden=hidden, activation=f)
    silent, control = FeedbackAlignment(network, feedback=Zero()), Shallow(network)
    given, params = shown(network), start(silent)
    ours = trained(silent, start(silent), [given] * 5, 0.3)
    assert_same(ours, trained(control, start(control), [given] * 5, 0.3))
    for layer in range(1, network.depth + 1):
        learned = (ours[f"W{layer}"] != params[f"W{layer}"]).any()
        assert learned == (layer == network.depth)


@every_depth
def test_shallow_is_the_last_layer_of_backprop(hidden: tuple[int, ...]) -> None:
    network = replace(NETWORK, hidden=hidden)
    params, given = problem(network)
    last = {f"W{network.depth}", f"b{network.depth}"}
    ours, theirs = propose(Shallow(network), params, given), propose(Backprop(network), params, given)
    assert ours.keys() == last
    assert_same(ours, {name: theirs[name] for name in last})


# --- direct feedback alignment --------------------------------------------------------------------------


@every_activation
def test_with_one_hidden_layer_it_is_feedback_alignment(f: Activation) -> None:
    """At one seed both draw the same numbers, so B2 = Q1 from the start; and both stay as they are."""
    network = replace(NETWORK, hidden=(5,), activation=f)
    direct, layerwise = DirectFeedbackAlignment(network), FeedbackAlignment(network)
    params, given = start(direct), shown(network)
    np.testing.assert_array_equal(params["Q1"], start(layerwise)["B2"])
    ours = trained(direct, start(direct), [given] * 5, 0.3)
    assert_same(ours, trained(layerwise, start(layerwise), [given] * 5, 0.3))
    np.testing.assert_array_equal(ours["Q1"], params["Q1"])
    assert (ours["W1"] != params["W1"]).any()


def with_products_of_transposes(network: MLP, params: Params) -> Params:
    """`params` with Q_l = W_Lᵀ ... W_{l+1}ᵀ."""
    transposes = {layer: params[f"W{layer}"].T for layer in range(1, network.depth + 1)}
    products = {
        f"Q{layer}": reduce(np.matmul, (transposes[above] for above in range(network.depth, layer, -1)))
        for layer in range(1, network.depth)
    }
    return params | products


def distances(f: Activation) -> dict[str, float]:
    """How far direct feedback through products of transposes is from backprop, relative to it, by weight."""
    network = replace(NETWORK, hidden=(5, 5, 6), activation=f)  # Q1 and Q2 might be mixed up
    params, given = problem(network)
    ours = propose(DirectFeedbackAlignment(network), with_products_of_transposes(network, params), given)
    theirs = propose(Backprop(network), params, given)
    return {
        name: float(np.linalg.norm(ours[name] - change) / np.linalg.norm(change))
        for name, change in theirs.items()
    }


def test_in_a_linear_network_products_of_transposes_are_backprop() -> None:
    assert max(distances(activation("identity")).values()) < 1e-14  # products in another order


@pytest.mark.parametrize("name", ["tanh", "logistic", "relu", "softplus"])
def test_in_a_nonlinear_network_products_of_transposes_are_not_backprop(name: str) -> None:
    """The slopes of the layers between are missing below the last hidden layer, and only there."""
    apart = distances(activation(name))
    for layer in (1, 2):
        assert apart[f"W{layer}"] > 0.1
        assert apart[f"b{layer}"] > 0.1
    for layer in (3, 4):
        assert apart[f"W{layer}"] < 1e-14
        assert apart[f"b{layer}"] < 1e-14


@pytest.mark.parametrize("last", ["softmax", "logistic"])
@pytest.mark.parametrize(
    ("name", "slope", "silent"),  # f'(0), and whether f(0) = 0
    [("tanh", 1, True), ("identity", 1, True), ("logistic", 1 / 4, False), ("softplus", 1 / 2, False)],
)
def test_from_zero_weights_the_first_step_is_known(name: str, slope: float, silent: bool, last: str) -> None:
    """[noekland2016]: all z are 0, so that the error is f_L(0) - y, and hidden units are f(0) with slope f'(0).

    ΔW_1 = -xᵀ (e Q_1) f'(0) / n, Δb_l = -1ᵀ (e Q_l) f'(0) / n, and ΔW_l = 0 above the first layer if f(0) = 0.
    """
    network = MLP((5, 4), activation(name), output(last), dtype="float64", init=Zero())
    rule = DirectFeedbackAlignment(network)
    params, (x, y, *_) = start(rule), shown(network)
    updates = propose(rule, params, shown(network))
    error = (1 / N_OUT if last == "softmax" else 1 / 2) - y
    close = {"rtol": 1e-13, "atol": 1e-15}  # sums in another order
    np.testing.assert_allclose(updates["W1"], -(x.T @ (error @ params["Q1"])) * slope / BATCH, **close)
    for layer in (1, 2):
        np.testing.assert_allclose(
            updates[f"b{layer}"], -(error @ params[f"Q{layer}"]).mean(axis=0) * slope, **close
        )
    assert updates["W2"].any() == updates["W3"].any() == (not silent)


# --- all of them ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("bias", [True, False], ids=["bias", "no-bias"])
@every_depth
@every_rule
def test_at_one_seed_rules_start_from_the_same_weights(
    rule: type[Rule], hidden: tuple[int, ...], bias: bool
) -> None:
    network = replace(NETWORK, hidden=hidden, bias=bias)
    ours = start(rule(network), seed=3)
    assert_same(ours, start(Backprop(network), seed=3))
    assert (ours["W1"] != start(rule(network), seed=4)["W1"]).all()


@every_rule
def test_feedback_is_drawn_as_the_weights_along_its_path(rule: type[Rule]) -> None:
    """B_l has the shape of W_lᵀ, Q_l leads from the answer to layer l; the suite's names and no others."""
    params = start(rule(NETWORK))
    extra = {name: array.shape for name, array in params.items() if name[0] not in "Wb"}
    assert (
        extra
        == {
            Backprop: {},
            Shallow: {},
            FeedbackAlignment: {"B2": (4, 5), "B3": (N_OUT, 4)},
            DirectFeedbackAlignment: {"Q1": (N_OUT, 5), "Q2": (N_OUT, 4)},
        }[rule]
    )


@pytest.mark.parametrize(("reduction", "factor"), [("mean", 1), ("sum", 2), ("mean-elements", 1)])
@every_rule
def test_showing_a_batch_twice_over(rule: type[Rule], reduction: str, factor: int) -> None:
    """A mean stays, a sum doubles."""
    network = replace(NETWORK, output=output("softmax", reduction))
    params, once = start(rule(network)), shown(network)
    twice = present(np.vstack([once.x, once.x]), np.vstack([once.y, once.y]))
    expected = propose(rule(network), params, once)
    for name, change in propose(rule(network), params, twice).items():
        np.testing.assert_allclose(
            change, factor * expected[name], rtol=0, atol=1e-14
        )  # sums in another order


@pytest.mark.parametrize(("reduction", "factor"), [("mean", 1), ("sum", BATCH), ("mean-elements", 1 / N_OUT)])
@every_rule
def test_reductions_differ_by_a_factor(rule: type[Rule], reduction: str, factor: float) -> None:
    network = replace(NETWORK, output=output("softmax", reduction))
    params, given = start(rule(network)), shown(network)
    expected = propose(rule(NETWORK), params, given)
    for name, change in propose(rule(network), params, given).items():
        np.testing.assert_allclose(change, factor * expected[name], rtol=1e-14)
