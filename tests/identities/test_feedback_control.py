"""Controllers, where the control that they come to is known.

Oracles: closed forms of linear networks; the Moore-Penrose inverse; backprop; predictive coding; a minimiser of scipy.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

from baselines.backprop import Backprop
from plausible.core import Array, Params, Presentation
from plausible.networks.activations import identity, tanh
from plausible.networks.inits import Gaussian
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.probes.alignment import distance
from plausible.rules.predictive.coding import PredictiveCoding
from plausible.rules.targets.control import DeepFeedbackControl, SteadyFeedbackControl
from plausible.rules.targets.controlled import Controlled, relearned, resting
from plausible.rules.targets.least_control import LeastControl
from plausible.settling.relaxation import Relaxation
from tests.oracles import present, propose

NETWORK = MLP((5, 4), tanh, output("linear"), "float64", Gaussian(0.5), bias_init=Gaussian(0.5))
LINEAR = replace(NETWORK, activation=identity)
REST = Relaxation(20000, 0.05, tolerance=1e-11)
N_OUT = 3


def given(network: MLP, spread: float = 0.3, batch: int = 6) -> tuple[Params, Presentation]:
    """Weights, random feedback, and normal examples."""
    rng = np.random.default_rng(0)
    params, _ = SteadyFeedbackControl(network, feedback=Gaussian(spread)).init(4, N_OUT, rng)
    return params, present(rng.normal(size=(batch, 4)), rng.normal(size=(batch, N_OUT)))


def jacobians(params: Params) -> list[Array]:
    """The change of z_L with v_1 ... v_L of a linear network, each (n_l, n_L)."""
    return [params["W2"] @ params["W3"], params["W3"], np.eye(N_OUT)]


def transposed(params: Params) -> Params:
    """Feedback by the transposed Jacobians of a linear network."""
    return params | {f"Q{n}": j.T for n, j in enumerate(jacobians(params)[:-1], 1)}


def control(rule: Controlled, params: Params, shown: Presentation) -> tuple[list[Array], Array]:
    """By how much control moves what drives each layer, v_l - r_{l-1} W_l - b_l, and v_L."""
    network, f = rule.network, rule.network.activation.value
    v = rule.controlled(params, resting(network, params, shown.x), shown)[0]
    r = [shown.x, *map(f, v[:-1])]
    driven = [h @ params[f"W{n}"] + params[f"b{n}"] for n, h in enumerate(r, 1)]
    return [a - b for a, b in zip(v, driven, strict=True)], v[-1]


def goal(rule: Controlled, params: Params, shown: Presentation) -> tuple[Array, Array]:
    """z_L without control, and what it shall move by."""
    z = resting(rule.network, params, shown.x)[-1]
    return z, rule.step * (shown.y - z)


@pytest.mark.parametrize("leak", [0.0, 0.1, 2.0])
def test_linear_units_come_to_the_closed_form(leak: float) -> None:
    """u = δ (Σ Q_l J_l + leak)⁻¹, the output's Q J being 1; the controller in time gets there, too."""
    params, shown = given(LINEAR)
    steady = SteadyFeedbackControl(LINEAR, leak=leak)
    z, delta = goal(steady, params, shown)
    feedback = [params["Q1"], params["Q2"], np.eye(N_OUT)]
    through = sum(q @ j for q, j in zip(feedback, jacobians(params), strict=True))
    u = delta @ np.linalg.inv(through + leak * np.eye(N_OUT))
    for rule, close in ((steady, 1e-13), (DeepFeedbackControl(LINEAR, leak=leak, settling=REST), 1e-9)):
        moves, reached = control(rule, params, shown)
        for move, q in zip(moves, feedback, strict=True):
            np.testing.assert_allclose(move, u @ q, rtol=0, atol=close)
        np.testing.assert_allclose(reached - z, u @ through, rtol=0, atol=close)


@pytest.mark.parametrize("kind", [DeepFeedbackControl, SteadyFeedbackControl])
def test_without_a_leak_linear_units_reach_the_target_by_the_least_control(kind: type[Controlled]) -> None:
    """With Q = Jᵀ the control of all layers is δ J⁺, J stacked: of all that reach the target, the smallest."""
    options = {"settling": REST} if kind is DeepFeedbackControl else {}
    rule = kind(LINEAR, leak=0.0, **options)
    params, shown = given(LINEAR)
    params = transposed(params)
    z, delta = goal(rule, params, shown)
    moves, reached = control(rule, params, shown)
    np.testing.assert_allclose(reached, z + delta, atol=1e-10)
    np.testing.assert_allclose(
        np.hstack(moves), delta @ np.linalg.pinv(np.vstack(jacobians(params))), atol=1e-10
    )


def test_other_feedback_reaches_the_target_by_more_control() -> None:
    rule = SteadyFeedbackControl(LINEAR, leak=0.0)
    params, shown = given(LINEAR)
    z, delta = goal(rule, params, shown)
    moves, reached = control(rule, params, shown)
    least, _ = control(rule, transposed(params), shown)
    np.testing.assert_allclose(reached, z + delta, atol=1e-12)
    assert np.linalg.norm(np.hstack(moves)) > 1.05 * np.linalg.norm(np.hstack(least))


def slope(by: Array, distances: list[float]) -> float:
    found: float = np.polyfit(np.log(by), np.log(distances), 1)[0]
    return found


def test_the_leak_keeps_the_output_from_the_target_in_proportion() -> None:
    params, shown = given(LINEAR)
    leaks, apart = np.array([1e-2, 1e-3, 1e-4]), []
    for leak in leaks:
        rule = SteadyFeedbackControl(LINEAR, leak=leak)
        z, delta = goal(rule, params, shown)
        apart.append(distance(control(rule, params, shown)[1], z + delta))
    assert abs(slope(leaks, apart) - 1) < 0.02, apart


def test_the_controller_in_time_comes_to_the_steady_state_as_nudges_shrink() -> None:
    """With tanh units the steady state is of first order in the step: relative to it, the rest is."""
    params, shown = given(NETWORK)
    steps, apart = np.array([0.1, 0.01, 0.001]), []
    for step in steps:
        there = propose(DeepFeedbackControl(NETWORK, step=step, settling=REST, learned=False), params, shown)
        here = propose(SteadyFeedbackControl(NETWORK, step=step, learned=False), params, shown)
        apart.append(distance(there["W1"], here["W1"]))
    assert abs(slope(steps, apart) - 1) < 0.05, apart


def test_where_a_controller_rests_does_not_depend_on_its_way_there() -> None:
    params, shown = given(NETWORK)
    rule = DeepFeedbackControl(NETWORK, settling=REST, learned=False)
    ours, theirs = (
        propose(replace(rule, gain=g, lag=lag), params, shown) for g, lag in ((0.0, 0.2), (1.0, 0.5))
    )
    for name, change in ours.items():
        np.testing.assert_allclose(change, theirs[name], atol=1e-7, err_msg=name)


def test_a_large_leak_with_transposed_feedback_is_backprop_where_units_are_linear() -> None:
    """u = δ / leak to first order, so that u Q_l is backprop's signal: the distance falls as 1 / leak."""
    params, shown = given(LINEAR)
    params, exact = transposed(params), propose(Backprop(LINEAR), params, shown)["W1"]
    leaks = np.array([1e2, 1e3, 1e4])
    apart = [
        distance(propose(SteadyFeedbackControl(LINEAR, leak=leak), params, shown)["W1"] * leak, exact)
        for leak in leaks
    ]
    assert abs(slope(leaks, apart) + 1) < 0.05, apart
    other = propose(SteadyFeedbackControl(LINEAR, leak=1e4), given(LINEAR)[0], shown)["W1"] * 1e4
    assert distance(other, exact) > 0.3


@pytest.mark.parametrize("strong", [False, True])
def test_a_right_answer_is_left_alone(strong: bool) -> None:
    params, shown = given(NETWORK)
    right = present(shown.x, NETWORK.forward(params, shown.x).activities[-1])
    for rule in (DeepFeedbackControl(NETWORK, strong=strong), SteadyFeedbackControl(NETWORK)):
        found = propose(replace(rule, learned=False), params, right)
        assert max(float(abs(change).max()) for change in found.values()) < 1e-14
        assert propose(replace(rule, learned=False), params, shown)["W1"].any()


@pytest.mark.parametrize("confidence", [0.9, 0.99])
def test_strong_control_takes_the_answer_to_the_class(confidence: float) -> None:
    """Without a leak the answer under control is the class at this probability, whatever it was."""
    network = replace(NETWORK, output=output("softmax"))
    params, shown = given(network)
    shown = present(shown.x, np.eye(N_OUT)[[0, 1, 2, 0, 1, 2]])
    long = Relaxation(100000, 0.1, tolerance=1e-6)
    rule = DeepFeedbackControl(network, strong=True, leak=0.0, confidence=confidence, settling=long)
    answer = network.output.value(control(rule, params, shown)[1])
    other = (1 - confidence) / (N_OUT - 1)
    np.testing.assert_allclose(answer, np.where(shown.y > 0, confidence, other), atol=1e-5)


class Even:
    """A generator whose draws are white and uncorrelated with each other in the very sample, and of mean zero."""

    def __init__(self, rows: int) -> None:
        drawn = np.random.default_rng(7).normal(size=(rows, rows // 2))
        self.basis, self.used = np.linalg.qr(drawn - drawn.mean(axis=0))[0], 0

    def normal(self, mean: float, sigma: float, shape: tuple[int, int]) -> Array:
        self.used += shape[1]
        found: Array = sigma * shape[0] ** 0.5 * self.basis[:, self.used - shape[1] : self.used]
        return found


@pytest.mark.parametrize("damping", [0.0, 0.1, 1.0])
def test_feedback_rests_at_the_damped_pseudo_inverse_of_the_whole_jacobian(damping: float) -> None:
    params, shown = given(LINEAR, batch=40)
    rule = SteadyFeedbackControl(LINEAR, damping=damping, noise=0.4)
    jacobian = np.vstack(jacobians(params)[:-1])
    q = np.linalg.solve(jacobian.T @ jacobian + damping * np.eye(N_OUT), jacobian.T)
    rest = resting(LINEAR, params, shown.x)
    for factor, still in ((1.0, True), (1.01, False)):
        held = params | {"Q1": factor * q[:, :5], "Q2": factor * q[:, 5:]}
        rng: Any = Even(40)
        found = relearned(rule, held, rest, 1 / 40, rng)
        sizes = [abs(np.asarray(c if isinstance(c, np.ndarray) else c.dense())).max() for c in found.values()]
        assert len(sizes) == 2
        assert (max(sizes) < 1e-12) == still
        assert still or min(sizes) > 1e-5


def test_feedback_learns_the_rows_of_the_jacobian_from_noise() -> None:
    """From random feedback, at a rate of 1/2, in 400 presentations of 50 examples; noise leaves a degree or so."""
    params, shown = given(LINEAR, batch=50)
    rule, rng = SteadyFeedbackControl(LINEAR, damping=0.0), np.random.default_rng(0)
    jacobian, rest = np.vstack(jacobians(params)[:-1]), resting(LINEAR, params, shown.x)
    span = np.linalg.qr(jacobian)[0]

    def outside() -> float:
        q = np.hstack([params["Q1"], params["Q2"]])
        return float(np.linalg.norm(q - q @ span @ span.T) / np.linalg.norm(q))

    before = outside()
    for _ in range(400):
        for name, change in relearned(rule, params, rest, 1 / 50, rng).items():
            params[name] = params[name] + 0.5 * (change if isinstance(change, np.ndarray) else change.dense())
    assert before > 0.5
    assert outside() < 0.2


@pytest.mark.parametrize("leak", [0.3, 3.0])
def test_least_control_of_linear_units_is_the_closed_form(leak: float) -> None:
    """e_l = u J_lᵀ with u (Σ J_lᵀ J_l + leak) = y - z_L."""
    params, shown = given(LINEAR)
    params = {name: array for name, array in params.items() if name[0] != "Q"}
    z, (j1, j2, j3) = resting(LINEAR, params, shown.x), jacobians(params)
    inside = j1.T @ j1 + j2.T @ j2 + j3.T @ j3 + leak * np.eye(N_OUT)
    u = (shown.y - z[-1]) @ np.linalg.inv(inside)
    ours = propose(LeastControl(LINEAR, REST, leak), params, shown)
    np.testing.assert_allclose(ours["W1"], (1 + leak) * shown.x.T @ (u @ j1.T) / len(shown.x), atol=1e-9)
    h = z[0] + u @ j1.T
    np.testing.assert_allclose(ours["W2"], (1 + leak) * h.T @ (u @ j2.T) / len(shown.x), atol=1e-9)


@pytest.mark.parametrize("leak", [0.2, 1.0])
def test_least_control_is_predictive_coding_with_an_uncertain_output(leak: float) -> None:
    """With half the squared error the output's error is (y - prediction) / (1 + leak): a variance of 1 + leak."""
    params, shown = given(NETWORK)
    params = {name: array for name, array in params.items() if name[0] != "Q"}
    ours = propose(LeastControl(NETWORK, REST, leak), params, shown)
    theirs = propose(PredictiveCoding(NETWORK, REST, variance=1 + leak), params, shown)
    ratios = {name: float((ours[name] * theirs[name]).sum() / (theirs[name] ** 2).sum()) for name in ours}
    for name, change in ours.items():
        np.testing.assert_allclose(change, ratios["W1"] * theirs[name], atol=1e-7, err_msg=name)


def test_least_control_goes_down_the_slope_of_the_least_energy() -> None:
    """The principle: ΔW = -leak (1 + leak) / leak · ∂/∂W min_v (½ Σ |e_l|² + loss / leak), by central differences."""
    leak = 0.5
    network = replace(NETWORK, hidden=(3, 2), output=output("softmax"))
    rng = np.random.default_rng(3)
    params = network.start(4, N_OUT, rng)
    shown = present(rng.normal(size=(1, 4)), np.eye(N_OUT)[[1]])
    ours = propose(LeastControl(network, REST, leak), params, shown)

    def least(params: Params) -> float:
        def energy(flat: Array) -> float:
            v, r, total = np.split(flat, [3, 5]), shown.x[0], 0.0
            for n, potential in enumerate(v, 1):
                total += 0.5 * float(((potential - r @ params[f"W{n}"] - params[f"b{n}"]) ** 2).sum())
                r = np.tanh(potential)
            answer = network.output.value(v[-1][None])
            return total + float(network.output.loss(answer, shown.y)[0]) / leak

        start = np.concatenate([z[0] for z in resting(network, params, shown.x)])
        found: float = minimize(energy, start, options={"gtol": 1e-9}).fun
        return found

    for name, place in (("W1", (0, 1)), ("W2", (2, 0)), ("W3", (1, 2)), ("b1", (2,))):
        ends = []
        for sign in (1, -1):
            moved = params[name].copy()
            moved[place] += sign * 1e-3
            ends.append(least(params | {name: moved}))
        assert ours[name][place] == pytest.approx(
            -(1 + leak) * (ends[0] - ends[1]) / 2e-3, rel=1e-4, abs=1e-6
        )


def test_least_control_becomes_the_gradient_as_the_leak_grows() -> None:
    params, shown = given(NETWORK)
    params = {name: array for name, array in params.items() if name[0] != "Q"}
    exact, leaks = propose(Backprop(NETWORK), params, shown)["W1"], np.array([30.0, 300.0, 3000.0])
    quick = Relaxation(20000, 1e-4, tolerance=1e-9)
    apart = []
    for leak in leaks:
        how = replace(quick, rate=min(0.05, 1 / leak))
        apart.append(distance(propose(LeastControl(NETWORK, how, leak), params, shown)["W1"], exact))
    assert abs(slope(leaks, apart) + 1) < 0.1, apart


@pytest.mark.parametrize("strong", [False, True])
def test_the_read_out_learns_from_control_at_its_own_scale(strong: bool) -> None:
    """ΔW_L is r_{L-1}ᵀ u over the batch; where control is weak, and the target a step away, that over the step."""
    params, shown = given(NETWORK)
    rule = DeepFeedbackControl(NETWORK, strong=strong, step=0.25, learned=False, settling=REST)
    v = rule.controlled(params, resting(NETWORK, params, shown.x), shown)[0]
    u = control(rule, params, shown)[0][-1]
    expected = np.tanh(v[-2]).T @ u / len(shown.x) * (1 if strong else 4)
    found = propose(rule, params, shown)["W3"]
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9)


def test_strong_control_has_no_step() -> None:
    """The target is the class itself, whatever the step of weak control is."""
    params, shown = given(NETWORK)
    rules = (DeepFeedbackControl(NETWORK, strong=True, step=step, learned=False) for step in (0.1, 0.5))
    one, other = (propose(rule, params, shown) for rule in rules)
    assert all(np.array_equal(one[name], other[name]) for name in one)
