"""Target propagation, where its targets are known: by inverses, by transposes, and where nothing is left to learn.

Oracles: products of inverses; backprop; direct feedback alignment; the first order of the difference of two inverses.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from baselines.backprop import Backprop
from plausible.core import Array, Params, Presentation
from plausible.networks.activations import identity, tanh
from plausible.networks.inits import Gaussian
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.probes.alignment import distance
from plausible.rules.feedback.direct_feedback_alignment import DirectFeedbackAlignment
from plausible.rules.targets.network import TargetRule
from plausible.rules.targets.propagation import (
    DifferenceTargetPropagation,
    FixedWeightDifferenceTargetPropagation,
    SimplifiedDifferenceTargetPropagation,
    TargetPropagation,
)
from plausible.rules.targets.reconstruction import (
    DifferenceReconstruction,
    DirectDifferenceTargetPropagation,
    LocalDifferenceReconstruction,
)
from tests.oracles import assert_same, present, propose

NETWORK = MLP((5, 4), tanh, output("linear"), "float64", Gaussian(0.7), bias_init=Gaussian(0.5))
SQUARE = MLP((4, 4, 4), identity, output("linear"), "float64", Gaussian(0.7), bias_init=Gaussian(0.5))
DIFFERENCES: list[type[TargetRule]] = [
    DifferenceTargetPropagation,
    SimplifiedDifferenceTargetPropagation,
    FixedWeightDifferenceTargetPropagation,
    DifferenceReconstruction,
    LocalDifferenceReconstruction,
]


def given(network: MLP, rule: object, batch: int = 6) -> tuple[Params, Presentation]:
    """Weights with feedback and its biases drawn, and normal examples of four inputs and outputs."""
    rng = np.random.default_rng(0)
    params, _ = replace(rule, network=network).init(4, 4, rng)  # type: ignore[type-var]
    params |= {name: rng.normal(size=array.shape) for name, array in params.items() if name[0] == "c"}
    return params, present(rng.normal(size=(batch, 4)), rng.normal(size=(batch, 4)))


def forward_changes(rule: TargetRule, params: Params, shown: Presentation) -> Params:
    return {name: change for name, change in propose(rule, params, shown).items() if name[0] in "Wb"}


def aims(rule: TargetRule, params: Params, shown: Presentation) -> tuple[list[Array], list[Array], Array]:
    """h_0 ... h_L, t_1 ... t_{L-1}, and the error."""
    passed = rule.network.forward(params, shown.x)
    error = rule.network.output.error(passed.activities[-1], shown.y)
    return passed.activities, rule.aims(params, passed, error, shown.y, rule.own(params, passed)), error


@pytest.mark.parametrize("kind", DIFFERENCES)
def test_the_target_is_the_activity_where_the_target_above_is(kind: type[TargetRule]) -> None:
    """To the last bit, for any feedback: no layer changes where the answer is right."""
    rule = kind(NETWORK)
    params, shown = given(NETWORK, rule)
    right = present(shown.x, rule.network.forward(params, shown.x).activities[-1])
    assert not any(change.any() for change in forward_changes(rule, params, right).values())
    assert all(change.any() for change in forward_changes(rule, params, shown).values())


def test_without_the_difference_a_right_answer_is_unlearned() -> None:
    rule = TargetPropagation(NETWORK)
    params, shown = given(NETWORK, rule)
    right = present(shown.x, rule.network.forward(params, shown.x).activities[-1])
    assert abs(forward_changes(rule, params, right)["W1"]).max() > 0.1


def inverse(params: Params, network: MLP) -> Params:
    """Feedback that inverts each layer of a linear network."""
    layers = range(2, network.depth + 1)
    back = {f"B{n}": np.linalg.inv(params[f"W{n}"]) for n in layers}
    return params | back | {f"c{n}": -params[f"b{n}"] @ back[f"B{n}"] for n in layers}


@pytest.mark.parametrize("kind", [TargetPropagation, DifferenceTargetPropagation])
@pytest.mark.parametrize("step", [0.1, 2.0])
def test_exact_inverses_give_the_targets_of_gauss_and_newton(
    kind: type[DifferenceTargetPropagation], step: float
) -> None:
    """t_l - h_l = -step · error (W_{l+1} ... W_L)⁻¹; rounding is some 1e-13 of the largest entry of an inverse."""
    rule = kind(SQUARE, step=step, top="output")
    params, shown = given(SQUARE, rule)
    params = inverse(params, SQUARE)
    h, found, error = aims(rule, params, shown)
    for layer, target in enumerate(found, 1):
        above = np.linalg.multi_dot(
            [np.eye(4), *(params[f"W{n}"] for n in range(layer + 1, SQUARE.depth + 1))]
        )
        exact = -step * error @ np.linalg.inv(above)
        np.testing.assert_allclose(target - h[layer], exact, rtol=1e-9, atol=1e-10 * abs(exact).max())


def test_inverses_of_the_weights_alone_invert_no_layer_of_tanh_units() -> None:
    network = replace(SQUARE, activation=tanh)
    rule = DifferenceTargetPropagation(network, top="output")
    params, shown = given(network, rule)
    params = inverse(params, network)
    h, found, error = aims(rule, params, shown)
    above = params["W2"] @ params["W3"] @ params["W4"]
    assert distance(found[0] - h[1], -rule.step * error @ np.linalg.inv(above)) > 0.3


@pytest.mark.parametrize("kind", [DifferenceTargetPropagation, DifferenceReconstruction])
@pytest.mark.parametrize("step", [0.01, 3.0])
def test_transposed_feedback_is_backprop_where_units_are_linear_and_only_there(
    kind: type[DifferenceTargetPropagation], step: float
) -> None:
    """With tanh units the slopes of feedback are those of other units than the forward path's."""
    for f, same in ((identity, True), (tanh, False)):
        network = replace(NETWORK, activation=f)
        rule = kind(network, step=step, top="output")  # type: ignore[arg-type]
        params, shown = given(network, rule)
        params |= {f"B{n}": params[f"W{n}"].T for n in range(2, network.depth + 1)}
        ours, exact = forward_changes(rule, params, shown), propose(Backprop(network), params, shown)
        assert (distance(ours["W1"], exact["W1"]) < 1e-12) == same
        assert same or distance(ours["W1"], exact["W1"]) > 0.1
        assert distance(ours["W3"], exact["W3"]) == 0


def test_small_steps_send_errors_through_feedback_and_its_slopes() -> None:
    """As the step shrinks, δ_{l-1} = (δ_l / f'(z_l)) ⊙ g'(h_l) B_l ⊙ f'(z_{l-1}), to first order in the step."""
    rule = DifferenceTargetPropagation(NETWORK)
    params, shown = given(NETWORK, rule)
    passed = NETWORK.forward(params, shown.x)
    error = NETWORK.output.error(passed.activities[-1], shown.y)
    top = error @ params["W3"].T
    through = tanh.slope(tanh.value(passed.activities[2] @ params["B2"] + params["c2"]))
    exact = -shown.x.T @ (top @ params["B2"] * through * passed.slope(1)) / len(shown.x)
    steps = np.array([1e-2, 1e-3, 1e-4])
    apart = [distance(forward_changes(replace(rule, step=s), params, shown)["W1"], exact) for s in steps]
    slope = np.polyfit(np.log(steps), np.log(apart), 1)[0]
    assert abs(slope - 1) < 0.02, apart


def test_the_first_target_is_a_step_down_the_gradient() -> None:
    """So the last hidden layer learns as by backprop, at any step, whatever feedback there is."""
    for step in (0.01, 1.0):
        rule = FixedWeightDifferenceTargetPropagation(NETWORK, step=step, top="penultimate")
        params, shown = given(NETWORK, rule)
        ours, exact = forward_changes(rule, params, shown), propose(Backprop(NETWORK), params, shown)
        assert distance(ours["W2"], exact["W2"]) < 1e-13
        assert distance(ours["W1"], exact["W1"]) > 0.1


def test_simplified_targets_are_labels_sent_down_and_need_no_weight() -> None:
    """t_{L-1} = h_{L-1} + g_L(y) - g_L(answer), the answer a softmax."""
    network = replace(NETWORK, output=output("softmax"))
    rule = SimplifiedDifferenceTargetPropagation(network)
    params, shown = given(network, rule)
    shown = present(shown.x, np.eye(4)[[0, 1, 2, 3, 0, 1]])
    h, found, _ = aims(rule, params, shown)
    label, answer = (np.tanh(each @ params["B3"] + params["c3"]) for each in (shown.y, h[-1]))
    np.testing.assert_allclose(found[1], h[2] + label - answer, rtol=0, atol=1e-15)
    other = {name: array + (name == "W3") for name, array in params.items()}
    hidden = network.forward(params, shown.x)._replace(activities=h)  # the same answer
    for weights in (params, other):
        again = rule.aims(weights, hidden, np.zeros_like(shown.y), shown.y, rule.own(weights, hidden))
        np.testing.assert_array_equal(again[0], found[0])


def test_linear_direct_feedback_is_direct_feedback_alignment() -> None:
    """To the last bit: the step cancels, and what is new is how the feedback learns."""
    rule = DirectDifferenceTargetPropagation(NETWORK)
    params, shown = given(NETWORK, rule)
    ours = {name: change for name, change in propose(rule, params, shown).items() if name[0] != "Q"}
    assert_same(ours, propose(DirectFeedbackAlignment(NETWORK), params, shown))


def test_fixed_weights_stay() -> None:
    params, shown = given(NETWORK, FixedWeightDifferenceTargetPropagation(NETWORK))
    assert {"B2", "c2"} <= params.keys()
    found = propose(FixedWeightDifferenceTargetPropagation(NETWORK), params, shown)
    assert {name[0] for name in found} == {"W", "b"}


@pytest.mark.parametrize("kind", [DifferenceTargetPropagation, LocalDifferenceReconstruction])
def test_local_feedback_learns_from_its_own_layer_alone(kind: type[TargetRule]) -> None:
    """To the last bit: what B_2 learns does not depend on any weight above layer 2, nor on the targets."""
    rule = kind(NETWORK)
    params, shown = given(NETWORK, rule)
    other = {name: array + (name in ("W3", "b3", "B3", "c3")) for name, array in params.items()}
    ours, theirs = propose(rule, params, shown), propose(rule, other, present(shown.x, shown.y + 1))
    for name in ("B2", "c2"):
        np.testing.assert_array_equal(ours[name], theirs[name])


def test_feedback_by_the_whole_network_depends_on_all_of_it() -> None:
    rule = DifferenceReconstruction(NETWORK)
    params, shown = given(NETWORK, rule)
    ours, theirs = (propose(rule, {**params, "W3": params["W3"] + more}, shown)["B2"] for more in (0, 1))
    assert not np.array_equal(ours, theirs)
