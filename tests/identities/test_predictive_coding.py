"""Predictive coding: its energy, its relations to backprop, and the numbers of prospective configuration.

Oracle: central differences of the energy; backprop in the limits in which they coincide; the solution of a linear
system; arithmetic by hand.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from baselines.backprop import Backprop
from plausible.core import Array, Params, Rule
from plausible.errors import BadInput
from plausible.networks.activations import Activation, activation, identity, tanh
from plausible.networks.inits import Gaussian
from plausible.networks.mlp import MLP, into
from plausible.networks.outputs import output
from plausible.optimise.sgd import SGD
from plausible.probes.alignment import distance
from plausible.probes.differences import central_differences
from plausible.rules.predictive.coding import PredictiveCoding
from plausible.rules.predictive.exact import FixedPredictionCoding, ZeroDivergenceLearning
from plausible.rules.predictive.incremental import IncrementalPredictiveCoding
from plausible.rules.predictive.network import PredictiveNetwork
from plausible.rules.predictive.relaxed import RelaxedPredictiveCoding
from plausible.settling.relaxation import Relaxation
from plausible.train import train
from tests.oracles import changes, present, problem, propose

NETWORK = MLP((5, 4), tanh, output("linear"), "float64", Gaussian(0.7), bias_init=Gaussian(0.5))
EQUILIBRIUM = Relaxation(20_000, 0.1, tolerance=1e-12)

every_form = pytest.mark.parametrize("form", ["pre", "post"])
every_depth = pytest.mark.parametrize("hidden", [(), (5,), (5, 4), (5, 4, 6, 3)], ids=str)
smooth = pytest.mark.parametrize("f", [tanh, activation("logistic"), activation("softplus")], ids=repr)
every_output = pytest.mark.parametrize("last", ["linear", "softmax", "logistic-squared"])


def assert_close(ours: Params, theirs: Params, tolerance: float) -> None:
    assert ours.keys() == theirs.keys()
    for name, change in theirs.items():
        np.testing.assert_allclose(ours[name], change, rtol=0, atol=tolerance, err_msg=name)


# --- the energy -----------------------------------------------------------------------------------------


@every_form
@every_output
@smooth
def test_the_force_is_minus_the_gradient_of_the_energy(form: str, last: str, f: Activation) -> None:
    """At a state far from the forward pass, with respect to states and to weights."""
    network = replace(NETWORK, activation=f, output=output(last))
    net = PredictiveNetwork(network, form, variance=0.7)  # type: ignore[arg-type]
    params, (x, y, *_) = problem(network)
    rng = np.random.default_rng(3)
    states, _ = net.start(params, x)
    states = [s + 0.3 * rng.normal(size=s.shape) for s in states]

    def energy(moved: Params) -> float:
        weights = {name: array for name, array in moved.items() if name[0] in "Wb"}
        return float(
            net.energy(weights, [moved["1"], moved["2"]], (into(net.network, weights, 1, x), y)).sum()
        )

    named = dict(zip("12", states, strict=True))
    slopes = central_differences(energy, {**params, **named})
    given = into(net.network, params, 1, x), y
    force = [part.copy() for part in net.force(params)(states, given)]
    for layer, push in zip("12", force, strict=True):
        np.testing.assert_allclose(push, -slopes[layer], atol=1e-8)
    h = net.outgoing(states)
    _, signals = net.errors(params, states, h, *given)
    for layer, (pre, post) in enumerate(zip([x, *h], signals, strict=True), 1):
        np.testing.assert_allclose(pre.T @ post, -slopes[f"W{layer}"], atol=1e-8)
        np.testing.assert_allclose(post.sum(axis=0), -slopes[f"b{layer}"], atol=1e-8)


@every_form
def test_the_energy_never_rises_while_it_settles(form: str) -> None:
    net = PredictiveNetwork(NETWORK, form, variance=0.1)  # type: ignore[arg-type]
    params, (x, y, *_) = problem(NETWORK)
    for halving, rate in ((False, 0.02), (True, 1.0)):
        levels = []
        for steps in range(1, 60):
            settled, _, _ = net.settle(params, x, y, Relaxation(steps, rate, halving=halving))
            levels.append(net.energy(params, settled.state, (into(net.network, params, 1, x), y)))
        assert (np.diff(levels, axis=0) <= 1e-12).all()
        assert (levels[0] > levels[-1] + 1e-3).all()  # it does fall


@every_form
def test_errors_balance_at_equilibrium(form: str) -> None:
    net = PredictiveNetwork(NETWORK, form)  # type: ignore[arg-type]
    params, (x, y, *_) = problem(NETWORK)
    settled, _, _ = net.settle(params, x, y, EQUILIBRIUM)
    assert settled.converged.all()
    f, slope = np.tanh, lambda v: 1 - np.tanh(v) ** 2
    x1, x2 = settled.state
    if form == "pre":  # e_l = (e_{l+1} W_{l+1}ᵀ) ⊙ f'(x_l), with e_l = x_l - f(x_{l-1}) W_l - b_l
        e1, e2 = x1 - x @ params["W1"] - params["b1"], x2 - f(x1) @ params["W2"] - params["b2"]
        e3 = y - f(x2) @ params["W3"] - params["b3"]
        above = [slope(x1) * (e2 @ params["W2"].T), slope(x2) * (e3 @ params["W3"].T)]
    else:  # e_l = (e_{l+1} ⊙ f'(z_{l+1})) W_{l+1}ᵀ, with e_l = x_l - f(z_l)
        z1, z2 = x @ params["W1"] + params["b1"], x1 @ params["W2"] + params["b2"]
        e1, e2, e3 = x1 - f(z1), x2 - f(z2), y - x2 @ params["W3"] - params["b3"]
        above = [(e2 * slope(z2)) @ params["W2"].T, e3 @ params["W3"].T]
    assert min(abs(e1).max(), abs(e2).max()) > 1e-3  # there is something to balance
    np.testing.assert_allclose(e1, above[0], atol=1e-11)
    np.testing.assert_allclose(e2, above[1], atol=1e-11)


@every_form
def test_a_linear_network_settles_to_the_solution_of_a_linear_system(form: str) -> None:
    """x1 - z1 = (x2 - x1 W2) W2ᵀ and x2 - x1 W2 = (y - x2 W3) W3ᵀ, biases left out."""
    network = replace(NETWORK, activation=identity, bias=False)
    params, (x, y, *_) = problem(network)
    w1, w2, w3 = (params[f"W{layer}"] for layer in (1, 2, 3))
    system = np.block([[np.eye(5) + w2 @ w2.T, -w2], [-w2.T, np.eye(4) + w3 @ w3.T]])
    right = np.hstack([x @ w1, y @ w3.T])
    net = PredictiveNetwork(network, form)  # type: ignore[arg-type]
    settled, _, _ = net.settle(params, x, y, EQUILIBRIUM)
    np.testing.assert_allclose(np.hstack(settled.state), np.linalg.solve(system, right.T).T, atol=1e-10)


# --- relations to backprop ------------------------------------------------------------------------------


@every_output
@smooth
@every_depth
def test_zero_divergence_learning_is_backprop(hidden: tuple[int, ...], f: Activation, last: str) -> None:
    network = replace(NETWORK, hidden=hidden, activation=f, output=output(last))
    params, given = problem(network)
    theirs = propose(Backprop(network), params, given)
    assert_close(propose(ZeroDivergenceLearning(network), params, given), theirs, 1e-14)
    slow = propose(ZeroDivergenceLearning(network, rate=0.5), params, given)
    for layer in range(1, network.depth + 1):
        factor = 0.5 ** (network.depth - layer)
        np.testing.assert_allclose(slow[f"W{layer}"], factor * theirs[f"W{layer}"], rtol=0, atol=1e-14)


@every_output
@smooth
@every_depth
def test_fixed_predictions_settle_to_backprop(hidden: tuple[int, ...], f: Activation, last: str) -> None:
    """In L - 1 steps of rate 1, and not in fewer; at the rate 1/2 in the limit."""
    network = replace(NETWORK, hidden=hidden, activation=f, output=output(last))
    params, given = problem(network)
    theirs = propose(Backprop(network), params, given)
    steps = max(network.depth - 1, 1)
    rule = FixedPredictionCoding(network, Relaxation(steps, 1.0))
    assert_close(propose(rule, params, given), theirs, 1e-14)
    if len(hidden) > 1:
        early = propose(FixedPredictionCoding(network, Relaxation(steps - 1, 1.0)), params, given)
        assert not early["W1"].any()
    limit = FixedPredictionCoding(network, Relaxation(500, 0.5, 1e-14))
    assert_close(propose(limit, params, given), theirs, 1e-13)


@every_form
def test_the_distance_to_backprop_falls_as_the_output_variance_grows(form: str) -> None:
    """Slope -1 from 10² to 10⁴, over every layer below the last but for what is of second order."""
    params, given = problem(NETWORK)
    theirs = propose(Backprop(NETWORK), params, given)
    variances = np.array([1e2, 1e3, 1e4])
    for layer in ("W1", "W2", "W3"):
        apart = []
        for variance in variances:
            rule = PredictiveCoding(NETWORK, EQUILIBRIUM, form, float(variance))  # type: ignore[arg-type]
            apart.append(distance(propose(rule, params, given)[layer], theirs[layer]))
        slope = np.polyfit(np.log(variances), np.log(apart), 1)[0]
        assert slope == pytest.approx(-1, abs=0.05), layer


@every_form
def test_the_distance_to_backprop_stays_where_errors_vanish(form: str) -> None:
    """With a clamped target near the answer predictive coding is a Gauss-Newton-like step, and not the gradient."""
    params, (x, y, *_) = problem(NETWORK)
    answer = NETWORK.forward(params, x).activities[-1]
    apart = []
    for size in (1e-2, 1e-3):
        given = present(x, answer + size * (y - answer))
        ours = propose(PredictiveCoding(NETWORK, EQUILIBRIUM, form), params, given)  # type: ignore[arg-type]
        apart.append(distance(ours["W1"], propose(Backprop(NETWORK), params, given)["W1"]))
    assert min(apart) > 0.1
    assert apart[0] == pytest.approx(apart[1], rel=0.05)


# --- prospective configuration [song2024] -----------------------------------------------------------------


def test_the_interference_of_one_output_with_another() -> None:
    """1-1-2 linear units, all weights 1, x = 1, target (0, 1), one step of rate 0.2.

    Backprop: e = (1, 0), δ = 1, so W = (.8; .8, 1) and the answer (.64, .8). Predictive coding settles where
    x1 - 1 = (0 - x1) + (1 - x1), x1 = 2/3: W1 = 1 - .2/3, W2 = (1 - .2 · 4/9, 1 + .2 · 2/9).
    """
    network = MLP((1,), identity, output("linear"), "float64", bias=False)
    given = present(np.ones((1, 1)), np.array([[0.0, 1.0]]))

    def learned(rule: Backprop | PredictiveCoding) -> Array:
        params = {"W1": np.ones((1, 1)), "W2": np.ones((1, 2))}
        for _ in train(rule, SGD(0.2), params, None, [given], np.random.default_rng(0)):
            pass
        return network.forward(params, given.x).activities[-1][0]

    np.testing.assert_allclose(learned(Backprop(network)), [0.64, 0.80], atol=1e-12)
    theirs = np.array([(1 - 0.2 / 3) * (1 - 0.2 * 4 / 9), (1 - 0.2 / 3) * (1 + 0.2 * 2 / 9)])
    ours = learned(PredictiveCoding(network, EQUILIBRIUM))
    np.testing.assert_allclose(ours, theirs, atol=1e-10)
    np.testing.assert_allclose(ours, [0.8504, 0.9748], atol=5e-5)  # as derived in another place


# --- feedback of its own, and weights that change on the way --------------------------------------------------


@every_form
def test_with_the_transpose_and_slopes_it_is_predictive_coding(form: str) -> None:
    params, given = problem(NETWORK)
    how = Relaxation(20, 0.1)
    transposes = {f"B{layer}": params[f"W{layer}"].T for layer in (2, 3)}
    rule = RelaxedPredictiveCoding(NETWORK, how, form, slopes=True)  # type: ignore[arg-type]
    ours = propose(rule, params | transposes, given)
    theirs = propose(PredictiveCoding(NETWORK, how, form), params, given)  # type: ignore[arg-type]
    for name, change in theirs.items():
        np.testing.assert_array_equal(ours[name], change)
    for layer in (2, 3):
        np.testing.assert_allclose(ours[f"B{layer}"], ours[f"W{layer}"].T, atol=1e-15)


@pytest.mark.parametrize("slopes", [False, True])
def test_learned_feedback_comes_as_near_as_the_decay_says(slopes: bool) -> None:
    """|W - Bᵀ| falls by 1 - λ a step, whatever is learned; random feedback stays."""
    decay, steps = 0.01, 200
    for learned in (True, False):
        rule = RelaxedPredictiveCoding(NETWORK, decay=decay, learned=learned, slopes=slopes)
        params, _ = rule.init(4, 3, np.random.default_rng(0))
        drawn = {name: array.copy() for name, array in params.items()}
        given = problem(NETWORK).shown
        for _ in train(
            rule, SGD(0.05, momentum=0.5), params, None, [given] * steps, np.random.default_rng(1)
        ):
            pass
        for layer in (2, 3):
            gap = params[f"W{layer}"] - params[f"B{layer}"].T
            before = drawn[f"W{layer}"] - drawn[f"B{layer}"].T
            if learned:
                np.testing.assert_allclose(gap, (1 - decay) ** steps * before, rtol=1e-9, atol=1e-13)
            else:
                np.testing.assert_array_equal(params[f"B{layer}"], drawn[f"B{layer}"])


@every_form
@pytest.mark.parametrize(("order", "first"), [("parallel", 0), ("sequential", 1)])
def test_incremental_changes_are_those_on_the_way(order: str, first: int, form: str) -> None:
    """For a small plasticity, the sum of predictive coding's changes in the T states before, or after, T steps.

    To first order in the plasticity. In the state before any step all errors but the output's are 0.
    """
    params, given = problem(NETWORK)
    total = {name: np.zeros_like(array) for name, array in params.items()}
    for steps in range(first, first + 5):
        if steps == 0:
            total |= {name: propose(Backprop(NETWORK), params, given)[name] for name in ("W3", "b3")}
            continue
        rule = PredictiveCoding(NETWORK, Relaxation(steps, 0.2), form)  # type: ignore[arg-type]
        for name, change in propose(rule, params, given).items():
            total[name] += change
    apart = []
    for plasticity in (1e-3, 1e-4):
        ours = propose(incremental(5, form, order, plasticity), params, given)
        apart.append(max(distance(ours[name], total[name]) for name in total))
    assert apart[1] < 1e-2
    assert apart[0] / apart[1] == pytest.approx(10, rel=0.1)


def incremental(steps: int, form: str, order: str, plasticity: float) -> IncrementalPredictiveCoding:
    how = Relaxation(steps, 0.2)
    return IncrementalPredictiveCoding(NETWORK, how, form, plasticity=plasticity, order=order)  # type: ignore[arg-type]


@every_form
def test_in_parallel_states_and_weights_descend_the_energy_as_one(form: str) -> None:
    """Euler's steps of (x, W) down F(x, W), by central differences of F; after one, only the last layer has learned."""
    params, (x, y, *_) = problem(NETWORK)
    net, plasticity = PredictiveNetwork(NETWORK, form), 0.05  # type: ignore[arg-type]
    now = dict(params) | dict(zip("12", net.start(params, x)[0], strict=True))

    def energy(moved: Params) -> float:
        given = into(net.network, moved, 1, x), y
        return float(net.energy(moved, [moved["1"], moved["2"]], given).sum())

    for steps in (1, 2, 3):
        slopes = central_differences(energy, now)
        rates = {name: 0.2 if name in "12" else plasticity / len(x) for name in now}
        now = {name: array - rates[name] * slopes[name] for name, array in now.items()}
        found = propose(incremental(steps, form, "parallel", plasticity), params, present(x, y))
        for name, change in found.items():
            expected = (now[name] - params[name]) / plasticity
            np.testing.assert_allclose(change, expected, rtol=0, atol=1e-7, err_msg=f"{name}, {steps}")
        reached = [layer for layer in (1, 2, 3) if found[f"W{layer}"].any()]
        assert reached == list(range(4 - steps, 4))


def test_one_incremental_step_by_hand() -> None:
    """1-1-1 linear units, W = (1, 2), x = 1, y = 5, steps of 0.1: the forward pass is (1, 2), the error e_2 = 3.

    In parallel: ΔW_2 = h_1 e_2 = 3, ΔW_1 = h_0 e_1 = 0. In sequence x_1 moves first, to 1 + 0.1 · 2 · 3 = 1.6, so
    that e_1 = 0.6 and e_2 = 5 - 2 · 1.6 = 1.8: ΔW_1 = 0.6, ΔW_2 = 1.6 · 1.8.
    """
    network = MLP((1,), identity, output("linear"), "float64", bias=False)
    params, shown = (
        {"W1": np.array([[1.0]]), "W2": np.array([[2.0]])},
        present(np.ones((1, 1)), np.full((1, 1), 5.0)),
    )
    for order, expected in (("parallel", (0.0, 3.0)), ("sequential", (0.6, 1.6 * 1.8))):
        rule = IncrementalPredictiveCoding(network, Relaxation(1, 0.1), order=order)  # type: ignore[arg-type]
        found = propose(rule, params, shown)
        np.testing.assert_allclose((found["W1"].item(), found["W2"].item()), expected, rtol=0, atol=1e-10)


def test_what_settling_saw_is_offered() -> None:
    params, given = problem(NETWORK)
    step = PredictiveCoding(NETWORK, Relaxation(7, 0.1)).update(params, None, given, np.random.default_rng(0))
    assert step.internals["settling steps"] == 7
    assert step.internals["residual"] > 0
    assert changes(step)


@pytest.mark.parametrize("rate", [0.1, 1.6])
def test_incremental_settling_tells_of_itself_what_settling_does(rate: float) -> None:
    """With hardly any plasticity they are one: at a small rate it comes to rest, at a large one it swings."""
    params, (x, y, *_) = problem(NETWORK)
    how = Relaxation(20, rate)
    _, seen = told(PredictiveCoding(NETWORK, how), params, x, y)
    _, ours = told(IncrementalPredictiveCoding(NETWORK, how, plasticity=1e-12), params, x, y)
    assert ours == pytest.approx(seen)
    assert seen["oscillating"] == (rate > 1)


def test_zero_divergence_learning_tells_how_long_it_took() -> None:
    params, (x, y, *_) = problem(NETWORK)
    _, seen = told(ZeroDivergenceLearning(NETWORK), params, x, y)
    assert seen["settling steps"] == 2  # of three layers
    assert seen["residual"] > 0


def told(rule: Rule, params: Params, x: Array, y: Array) -> tuple[Params, dict[str, Any]]:
    """What a rule proposes, and what it saw."""
    step = rule.update(params, None, present(x, y), np.random.default_rng(0))
    return changes(step), dict(step.internals)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (IncrementalPredictiveCoding(settling=Relaxation(20, 0.1, tolerance=0.5)), r"euler\(20, 0.1\)"),
        (IncrementalPredictiveCoding(settling=Relaxation(20, 0.1, momentum=0.5)), r"euler\(20, 0.1\)"),
        (IncrementalPredictiveCoding(settling=Relaxation(20, 0.1, halving=True)), r"euler\(20, 0.1\)"),
        (IncrementalPredictiveCoding(order="both"), "order is 'both'"),  # type: ignore[arg-type]
        (ZeroDivergenceLearning(rate=3.0), "settling rate is 3.0"),
        (RelaxedPredictiveCoding(slopes="no"), "slopes is 'no'"),  # type: ignore[arg-type]
    ],
)
def test_settings_that_cannot_work_are_refused(rule: Rule, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        rule.init(4, 3, np.random.default_rng(0))
