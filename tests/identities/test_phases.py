"""Contrastive Hebbian learning and dual propagation, in the limits in which they are backprop.

Oracle: backprop, feedback alignment, the delta rule, and what rounding leaves.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits

from baselines.backprop import Backprop
from plausible.core import Outer, Params
from plausible.networks.activations import activation, relu
from plausible.networks.inits import Gaussian
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.probes.alignment import distance
from plausible.probes.differences import central_differences
from plausible.registry import registry
from plausible.rules.dendritic.microcircuit import SelfPredictingMicrocircuit
from plausible.rules.equilibrium.contrastive_hebbian import ContrastiveHebbian, RandomContrastiveHebbian
from plausible.rules.equilibrium.dual_propagation import DualPropagation
from plausible.rules.feedback.feedback_alignment import FeedbackAlignment
from plausible.settling.relaxation import Relaxation
from plausible.study.course import reference_of
from tests.identities.phases import NETWORK, REST, every_output, farthest, order, transposes
from tests.oracles import changes, present, problem, propose

# --- contrastive Hebbian learning -------------------------------------------------------------------------


@every_output
def test_contrastive_hebbian_learning_is_backprop_as_the_feedback_vanishes(last: str) -> None:
    """To first order in the gain; every one of these outputs has the error x_L - y."""
    network = replace(NETWORK, output=output(last))
    params, shown = problem(network)
    theirs, gains = propose(Backprop(network), params, shown), [0.02, 0.01, 0.005]
    apart = [farthest(propose(ContrastiveHebbian(network, REST, g), params, shown), theirs) for g in gains]
    assert order(apart, gains) == pytest.approx(1, abs=0.1)
    assert apart[-1] < 0.05


def test_random_contrastive_hebbian_learning_is_feedback_alignment_as_the_feedback_vanishes() -> None:
    params, shown = problem(NETWORK)
    rng = np.random.default_rng(3)
    params = params | {name: rng.normal(size=b.shape) for name, b in transposes(NETWORK, params).items()}
    theirs, gains = propose(FeedbackAlignment(NETWORK), params, shown), [4e-3, 2e-3, 1e-3]
    rules = [RandomContrastiveHebbian(NETWORK, REST, g) for g in gains]
    apart = [farthest(propose(rule, params, shown), theirs) for rule in rules]
    assert order(apart, gains) == pytest.approx(1, abs=0.1)


def test_contrastive_hebbian_learning_without_hidden_layers_is_the_delta_rule() -> None:
    network = replace(NETWORK, hidden=(), output=output("softmax"))
    params, shown = problem(network)
    ours, theirs = (propose(rule(network), params, shown) for rule in (ContrastiveHebbian, Backprop))
    assert farthest(ours, theirs) < 1e-14


@pytest.mark.parametrize("rule", [ContrastiveHebbian, RandomContrastiveHebbian])
@pytest.mark.parametrize("hidden", [(5,), (5, 4), (5, 4, 6), (30, 30, 30)], ids=str)
def test_by_default_a_phase_settles_until_what_is_left_is_small_against_the_change(
    rule: Any, hidden: tuple[int, ...]
) -> None:
    """What is left is below a hundredth of x̂_1 - x̌_1, to first order the error of layer 1 times γ^(L-1).

    So the changes are those at rest, but for some hundredths: less than what the gain 0.1 itself takes them off by.
    """
    network = replace(NETWORK, hidden=hidden, init=Gaussian(2 / max(hidden) ** 0.5 / 3))
    shown = problem(network).shown
    params, _ = rule(network).init(4, 3, np.random.default_rng(0))
    step = rule(network).update(params, None, shown, np.random.default_rng(0))
    signal = lowest_change(network, params | step_feedback(rule(network), params), shown, 0.1)
    for phase in ("free", "clamped"):
        assert step.internals[f"{phase} settled"] == 1
        assert step.internals[f"{phase} residual"] < 0.01 * signal * 1.2
        assert step.internals[f"{phase} amplified error"] == pytest.approx(
            step.internals[f"{phase} residual"] / signal, rel=0.2
        )
    assert farthest(changes(step), propose(rule(network, REST), params, shown)) < 0.05


def step_feedback(rule: Any, params: Params) -> Params:
    return dict(rule.feedback(params))


def lowest_change(network: MLP, params: Params, shown: Any, gain: float) -> float:
    """The mean over examples of the largest |γ^(L-1) e_1|, the errors of feedback alignment through B, written out."""
    found = FeedbackAlignment(network).update(params, None, shown, np.random.default_rng(0)).updates["W1"]
    assert isinstance(found, Outer)
    return float(abs(found.post).max(axis=1).mean()) * gain ** (network.depth - 1)


def test_a_tolerance_of_contrastive_changes_is_a_share_of_them() -> None:
    """Half the tolerance, half of what is left; half the gain, a quarter of it in two hidden layers."""
    params, shown = problem(NETWORK)
    for gain, tolerance in ((0.1, 1e-3), (0.1, 1e-5), (0.05, 1e-3)):
        rule = ContrastiveHebbian(NETWORK, Relaxation(1000, 0.5, tolerance), gain)
        seen = rule.update(params, None, shown, np.random.default_rng(0)).internals
        signal = lowest_change(NETWORK, params | transposes(NETWORK, params), shown, gain)
        assert 0.1 < seen["free residual"] / (tolerance * signal) < 1


def of_digits(name: str, layers: int, dtype: str) -> tuple[MLP, Params, Any]:
    """Layers of 128 units as they start, and 32 rows of digits."""
    x, y = load_digits(return_X_y=True)
    network = MLP((128,) * layers, activation(name), output("softmax"), dtype)
    shown = present((x[:32] / 16).astype(dtype), np.eye(10, dtype=dtype)[y[:32]])
    return network, network.start(64, 10, np.random.default_rng(1)), shown


@pytest.mark.parametrize("layers", [3, 4])
@pytest.mark.parametrize(("name", "gain"), [("logistic", 0.1), ("tanh", 0.01)])
def test_contrastive_changes_of_digits_are_the_gradient_in_double_precision(
    name: str, gain: float, layers: int
) -> None:
    """At the default settling, where logistic slopes make the lowest difference small, and where the gain does."""
    network, params, shown = of_digits(name, layers, "float64")
    step = ContrastiveHebbian(network, gain=gain).update(params, None, shown, np.random.default_rng(0))
    assert step.internals["free settled"] == step.internals["clamped settled"] == 1
    assert farthest(changes(step), propose(Backprop(network), params, shown)) < 0.05


@pytest.mark.parametrize("layers", [3, 4])
def test_contrastive_changes_of_digits_are_those_at_rest_at_the_default_gain(layers: int) -> None:
    """Of tanh units the gain itself takes them farther off the gradient than 0.05."""
    network, params, shown = of_digits("tanh", layers, "float64")
    step = ContrastiveHebbian(network).update(params, None, shown, np.random.default_rng(0))
    assert step.internals["free settled"] == step.internals["clamped settled"] == 1
    rest = propose(ContrastiveHebbian(network, Relaxation(600, 0.7)), params, shown)
    assert farthest(changes(step), rest) < 0.05


@pytest.mark.parametrize(
    ("name", "layers", "gain", "settles"),
    [("logistic", 3, 0.1, 0), ("logistic", 4, 0.1, 0), ("tanh", 3, 0.01, 0), ("tanh", 3, 0.1, 1)],
)
def test_what_rounding_hides_is_not_called_settled(name: str, layers: int, gain: float, settles: int) -> None:
    """In single precision, however long it takes: the distance to double precision is as the amplified error says."""
    network, params, shown = of_digits(name, layers, "float32")
    exact, _, shown_wide = of_digits(name, layers, "float64")
    wide = {key: array.astype(float) for key, array in params.items()}
    rest = propose(ContrastiveHebbian(exact, Relaxation(200, 0.7), gain), wide, shown_wide)
    for steps in (100, 400):
        rule = ContrastiveHebbian(
            network, Relaxation(steps, 0.7, ContrastiveHebbian.settling.tolerance), gain
        )
        step = rule.update(params, None, shown, np.random.default_rng(0))
        apart = distance(changes(step)["W1"], rest["W1"])
        for phase in ("free", "clamped"):
            assert step.internals[f"{phase} settled"] == settles
            told = step.internals[f"{phase} amplified error"]
            assert (apart < 0.02) if settles else (0.2 < apart / told < 5)


def test_a_microcircuit_calls_settled_what_it_can_resolve() -> None:
    """Changes of logistic units through three layers: as at rest in double precision; under rounding in single."""
    for dtype, nudge, settles in (("float64", 1e-4, 1), ("float32", 1e-4, 0)):
        network, params, shown = of_digits("logistic", 3, dtype)
        params |= transposes(network, params)
        rule = SelfPredictingMicrocircuit(network, nudge=nudge)
        step = rule.update(params, None, shown, np.random.default_rng(0))
        assert step.internals["settled"] == settles
        if settles:
            rest = propose(replace(rule, settling=Relaxation(600, 0.3)), params, shown)
            assert farthest(changes(step), rest) < 0.05
        else:
            assert step.internals["amplified error"] > rule.settling.tolerance


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_a_squared_error_of_logistic_units_becomes_the_binary_cross_entropy(reduction: Any) -> None:
    """The clamped phase imposes x_L - y; its reference is the gradient of the loss that has it, by differences."""
    network = replace(NETWORK, output=output("logistic-squared", reduction))
    params, shown = problem(network)
    shown = shown._replace(y=(shown.y > 0).astype(float))
    reference = registry.rule(reference_of(ContrastiveHebbian(network)), network)

    def entropy(moved: Any) -> float:
        return output("logistic", reduction).total(network.forward(moved, shown.x).activities[-1], shown.y)

    slopes, theirs = central_differences(entropy, params), propose(reference, params, shown)
    assert farthest({name: -slope for name, slope in slopes.items()}, theirs) < 1e-7
    judged = reference.update(params, None, shown, np.random.default_rng(0)).loss
    assert judged is not None
    assert judged() == pytest.approx(entropy(params), rel=1e-12)
    gains = [0.02, 0.01, 0.005]
    apart = [farthest(propose(ContrastiveHebbian(network, REST, g), params, shown), theirs) for g in gains]
    assert order(apart, gains) == pytest.approx(1, abs=0.1)
    squared = propose(Backprop(network), params, shown)
    assert farthest(propose(ContrastiveHebbian(network, REST, 0.005), params, shown), squared) > 0.5


@pytest.mark.parametrize("rule", [ContrastiveHebbian, RandomContrastiveHebbian])
def test_with_any_other_output_the_reference_is_backprop(rule: Any) -> None:
    for last in ("linear", "softmax", "logistic"):
        assert reference_of(rule(replace(NETWORK, output=output(last)))) == "backprop"
    squared = rule(replace(NETWORK, output=output("logistic-squared")))
    assert reference_of(squared) == "backprop[matching=True]"


# --- dual propagation --------------------------------------------------------------------------------------


@every_output
@pytest.mark.parametrize("hidden", [(), (5,), (5, 4), (6, 5, 4)], ids=str)
def test_dual_propagation_in_rectified_units_is_backprop(hidden: tuple[int, ...], last: str) -> None:
    """Exactly, while no unit crosses its kink: then both states of a unit lie on one straight line."""
    network = replace(NETWORK, hidden=hidden, activation=relu, output=output(last))
    params, shown = problem(network)
    for nudge in (1e-3, 1e-5):
        ours = propose(DualPropagation(network, nudge), params, shown)
        assert farthest(ours, propose(Backprop(network), params, shown)) < 1e-16 / nudge * 100
    crossed = propose(DualPropagation(network, 100.0), params, shown)
    assert not hidden or farthest(crossed, propose(Backprop(network), params, shown)) > 1e-3


def test_dual_propagation_in_smooth_units_has_a_bias_of_second_order() -> None:
    params, shown = problem(NETWORK)
    theirs, nudges = propose(Backprop(NETWORK), params, shown), [0.08, 0.04, 0.02]
    apart = [farthest(propose(DualPropagation(NETWORK, b), params, shown), theirs) for b in nudges]
    assert order(apart, nudges) == pytest.approx(2, abs=0.1)
