"""Dendritic microcircuits, in the limits in which they are backprop, and in time.

Oracle: backprop, feedback alignment, or nothing at all where there is no error.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from baselines.backprop import Backprop
from plausible.core import Outer, Rule
from plausible.networks.activations import activation, identity, logistic
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.sgd import SGD
from plausible.optimise.wrappers import Grouped
from plausible.probes.alignment import row_angles
from plausible.rules.dendritic.microcircuit import DendriticMicrocircuit, SelfPredictingMicrocircuit
from plausible.rules.dendritic.network import Microcircuit, resting
from plausible.rules.feedback.feedback_alignment import FeedbackAlignment
from plausible.settling.relaxation import Relaxation
from plausible.train import train
from tests.identities.phases import NETWORK, REST, every_output, farthest, order, transposes
from tests.oracles import changes, present, problem, propose


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
