"""Contrastive Hebbian learning, dual propagation and dendritic microcircuits, in the limits in which they are backprop.

Oracle: backprop, feedback alignment, or nothing at all where there is no error.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits

from baselines.backprop import Backprop
from plausible.core import Outer, Params, Rule
from plausible.networks.activations import activation, identity, logistic, relu, tanh
from plausible.networks.inits import Gaussian
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.sgd import SGD
from plausible.optimise.wrappers import Grouped
from plausible.probes.alignment import distance, row_angles
from plausible.probes.differences import central_differences
from plausible.registry import registry
from plausible.rules.dendritic.microcircuit import DendriticMicrocircuit, SelfPredictingMicrocircuit
from plausible.rules.dendritic.network import Microcircuit, resting
from plausible.rules.equilibrium.contrastive_hebbian import ContrastiveHebbian, RandomContrastiveHebbian
from plausible.rules.equilibrium.dual_propagation import DualPropagation
from plausible.rules.feedback.feedback_alignment import FeedbackAlignment
from plausible.settling.relaxation import Relaxation
from plausible.study.course import reference_of
from plausible.train import train
from tests.oracles import changes, present, problem, propose

NETWORK = MLP((5, 4), tanh, output("linear"), "float64", Gaussian(0.5), bias_init=Gaussian(0.3))
REST = Relaxation(1000, 0.5, tolerance=1e-6)  # of the change
every_output = pytest.mark.parametrize("last", ["linear", "softmax", "logistic"])


def farthest(ours: Params, theirs: Params) -> float:
    """The largest relative distance over weights and biases."""
    return max(distance(ours[name], theirs[name]) for name in theirs)


def order(apart: list[float], sizes: list[float]) -> float:
    """The fitted slope on two logarithmic axes."""
    return float(np.polyfit(np.log(sizes), np.log(apart), 1)[0])


def transposes(network: MLP, params: Params) -> Params:
    return {f"B{layer}": params[f"W{layer}"].T for layer in range(2, network.depth + 1)}


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


# --- dendritic microcircuits ---------------------------------------------------------------------------------


@every_output
def test_the_steady_state_of_a_microcircuit_is_backprop_as_the_nudge_vanishes(last: str) -> None:
    network = replace(NETWORK, activation=logistic, output=output(last))
    params, shown = problem(network)
    theirs, nudges = propose(Backprop(network), params, shown), [0.02, 0.01, 0.005]
    params = params | transposes(network, params)
    rules = [SelfPredictingMicrocircuit(network, REST, b) for b in nudges]
    apart = [farthest(propose(rule, params, shown), theirs) for rule in rules]
    assert order(apart, nudges) == pytest.approx(1, abs=0.1)


def test_with_random_feedback_it_is_feedback_alignment_as_the_nudge_vanishes() -> None:
    params, shown = problem(NETWORK)
    rng = np.random.default_rng(3)
    params = params | {
        name: 0.3 * rng.normal(size=b.shape) for name, b in transposes(NETWORK, params).items()
    }
    theirs, nudges = propose(FeedbackAlignment(NETWORK), params, shown), [0.004, 0.002, 0.001]
    rules = [SelfPredictingMicrocircuit(NETWORK, REST, b) for b in nudges]
    apart = [farthest(propose(rule, params, shown), theirs) for rule in rules]
    assert order(apart, nudges) == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize(
    ("hidden", "gain"), [((5,), 1.0), ((5,), 3.0), ((5, 4), 1.0), ((5, 4), 3.0), ((5, 4, 6), 1.0)], ids=str
)
def test_by_default_a_microcircuit_comes_to_its_steady_state(hidden: tuple[int, ...], gain: float) -> None:
    """With the feedback Wᵀ, and with three times that, where a rate of 1 would swing; to two in a hundred."""
    network = replace(NETWORK, hidden=hidden)
    params, shown = problem(network)
    params |= {name: gain * back for name, back in transposes(network, params).items()}
    rule = SelfPredictingMicrocircuit(network)
    step = rule.update(params, None, shown, np.random.default_rng(0))
    assert step.internals["settled"] == 1
    assert step.internals["amplified error"] < rule.settling.tolerance
    exact = replace(rule, settling=Relaxation(4000, 0.2, tolerance=1e-9))
    assert farthest(changes(step), propose(exact, params, shown)) < 0.02


@pytest.mark.parametrize("rate", [1.0, 0.5, 0.3])
def test_steps_of_a_microcircuit_overshoot_where_the_loop_says(rate: float) -> None:
    """1-1-1-1 linear units with g = κ W_2 B_2: u_1 ← g (u_2 - u_1), u_2 ← u_1, if what is constant is left out.

    Its eigenvalues are those of λ² + g λ - g = 0, and 1 - r + r λ = -1 where g = r/2 (2/r - 1)².
    """
    network = MLP((1, 1), identity, output("linear"), "float64", bias=False)
    one, shown = np.ones((1, 1)), present(np.ones((1, 1)), np.full((1, 1), 2.0))
    bound = rate / 2 * (2 / rate - 1) ** 2
    for g, settles in ((0.9 * bound, 1), (1.1 * bound, 0)):
        params = {"W1": one, "W2": one, "W3": one, "B2": g * one, "B3": 1e-3 * one}
        rule = SelfPredictingMicrocircuit(network, Relaxation(400, rate, 1e-6))
        seen = rule.update(params, None, shown, np.random.default_rng(0)).internals
        assert seen["settled"] == settles
        assert seen["oscillating"] == 1 - settles


def test_without_an_error_a_microcircuit_learns_nothing() -> None:
    """The target being the answer itself, apical potentials are 0, exactly."""
    rule = SelfPredictingMicrocircuit(NETWORK)
    params, _ = rule.init(4, 3, np.random.default_rng(0))
    x = problem(NETWORK).shown.x
    shown = present(x, rule.respond(params, None, x, np.random.default_rng(0))[-1])
    assert not any(change.any() for change in propose(rule, params, shown).values())


def test_a_self_predicting_circuit_in_time_is_silent_without_a_target() -> None:
    """Its apical potentials go to 0, its somata to the attenuated forward pass, and no synapse changes any more."""
    circuit = Microcircuit(NETWORK, step=0.2)
    params = circuit.start(4, 3, np.random.default_rng(0), predicting=True)
    x, rng = problem(NETWORK).shown.x, np.random.default_rng(0)
    u, v = ([0 * part for part in side] for side in circuit.rest(params, x))
    for _ in range(1000):
        circuit.advance(u, v, circuit.dendrites(params, x, u, v), None, rng)
    assert max(abs(a).max() for a in circuit.dendrites(params, x, u, v)[1]) < 1e-12
    expected = x
    for layer in (1, 2, 3):
        weights = circuit.attenuation(layer)
        soma = weights * (expected @ params[f"W{layer}"] + params[f"b{layer}"])
        np.testing.assert_allclose(u[layer - 1], soma, atol=1e-12)
        expected = np.tanh(soma)
    assert resting(NETWORK, params, x)[0].shape == u[0].shape


def test_interneurons_learn_to_predict_what_is_above() -> None:
    """While the targets are hidden, random I and P come to cancel a_l."""
    network = replace(NETWORK, hidden=(5,), activation=activation("softplus"))
    rule = DendriticMicrocircuit(network, duration=5.0, predicting=False, taught=False)
    params, _ = rule.init(4, 3, np.random.default_rng(0))
    x, y = np.random.default_rng(1).uniform(0, 1, (20, 4)), np.full((20, 3), 100.0)
    still = Grouped((("I*", SGD(1.0)), ("c*", SGD(1.0)), ("P*", SGD(1.0))), SGD(0.0))
    apical = [
        tick.step.internals["apical potential"]
        for tick in train(rule, still, params, None, [present(x, y)] * 400, np.random.default_rng(0))
    ]
    assert apical[-1] < 0.1 * apical[0]
    assert apical[-1] < apical[200] < apical[100] < apical[0]


def test_a_circuit_that_predicts_learns_nothing_while_nothing_is_taught() -> None:
    rule = DendriticMicrocircuit(NETWORK, taught=False)
    params, _ = rule.init(4, 3, np.random.default_rng(0))
    changes = propose(rule, params, problem(NETWORK).shown)
    assert {name[0] for name in changes} == {*"WbIcP"}
    assert max(abs(change).max() for change in changes.values()) < 1e-14
    taught = propose(replace(rule, taught=True), params, problem(NETWORK).shown)
    assert min(abs(change).max() for change in taught.values()) > 1e-4


def test_what_apical_dendrites_feel_is_backprops_error_as_the_nudge_vanishes() -> None:
    """In time, with B = Wᵀ, in every layer and example: to first order in the conductance of the nudge."""
    params = Microcircuit(NETWORK).start(4, 3, np.random.default_rng(0), predicting=True)
    tied, shown = transposes(NETWORK, params), problem(NETWORK).shown
    params |= tied | {f"P{layer - 1}": -tied[f"B{layer}"] for layer in (2, 3)}
    felt = {name: Microcircuit(NETWORK).attenuation(int(name[1:])) * array for name, array in params.items()}
    passed = NETWORK.forward(felt, shown.x)
    exact = Backprop(NETWORK).update(felt, None, shown, np.random.default_rng(0)).updates
    conductances = [0.04, 0.02, 0.01]
    apart: list[list[float]] = [[], []]
    for conductance in conductances:
        circuit = Microcircuit(NETWORK, somatic=conductance, step=0.4)
        u, v = circuit.rest(params, shown.x)
        for _ in range(500):
            dendrites = circuit.dendrites(params, shown.x, u, v)
            circuit.advance(u, v, dendrites, shown.y, np.random.default_rng(0))
        for layer, apical in enumerate(dendrites[1], 1):
            signal = exact[f"W{layer}"]
            assert isinstance(signal, Outer)
            away = np.sign(signal.scale) * signal.post / passed.slope(layer)
            apart[layer - 1].append(float(row_angles(apical, away).max()))
    for angles in apart:
        assert order(angles, conductances) == pytest.approx(1, abs=0.1)
        assert angles[-1] < 2


@pytest.mark.parametrize("rule", [DendriticMicrocircuit(NETWORK, duration=40.0, predicting=True)])
def test_a_circuit_in_time_turns_errors_into_changes(rule: Rule) -> None:
    """With B = Wᵀ its changes are within 30° of the gradient in every layer."""
    params, _ = rule.init(4, 3, np.random.default_rng(0))
    tied = transposes(NETWORK, params)
    params |= tied | {f"P{layer - 1}": -tied[f"B{layer}"] for layer in (2, 3)}
    shown = problem(NETWORK).shown
    near = present(shown.x, rule.respond(params, None, shown.x, np.random.default_rng(0))[-1] + 0.1 * shown.y)
    circuit = Microcircuit(NETWORK)
    felt = {name: circuit.attenuation(int(name[1:])) * array for name, array in params.items()}  # by somata
    ours, theirs = propose(rule, params, near), propose(Backprop(NETWORK), felt, near)
    for name in ("W1", "W2", "W3"):
        cosine = (ours[name] * theirs[name]).sum() / np.linalg.norm(ours[name]) / np.linalg.norm(theirs[name])
        assert cosine > np.cos(np.radians(30)), name


def test_a_circuit_in_time_follows_the_reduction_of_its_output() -> None:
    """A sum over examples is their mean, times how many there are."""
    _, shown = problem(NETWORK)
    rules = [
        DendriticMicrocircuit(replace(NETWORK, output=output("linear", how)), 2.0)  # type: ignore[arg-type]
        for how in ("mean", "sum")
    ]
    params, _ = rules[0].init(shown.x.shape[1], shown.y.shape[1], np.random.default_rng(0))
    mean, total = (propose(rule, params, shown) for rule in rules)
    assert abs(mean["W1"]).max() > 1e-6
    for name, change in mean.items():
        np.testing.assert_allclose(total[name], len(shown.x) * change, rtol=1e-12, err_msg=name)
