"""Recurrent backpropagation is the gradient at a fixed point, by any of three adjoints that say how far they got.

Oracles: central differences of the loss of a network that settles anew for every moved weight; the adjoint's linear
equation, solved directly; backpropagation through as many steps at the fixed point as there are terms of the series;
backpropagation through all steps of the relaxation, written out, with slopes at what goes into the units; two units by
hand.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from baselines.bptt import BPTT
from baselines.fixed_point import Adjoint, conjugate_gradient, neumann, relaxation
from baselines.recurrent_backprop import METHODS, RecurrentBackprop
from plausible.core import Array, Params, Presentation
from plausible.errors import BadInput
from plausible.networks.activations import ACTIVATIONS, hard_sigmoid, logistic, relu, softplus, tanh
from plausible.networks.inits import Gaussian, Uniform
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.networks.rnn import RNN
from plausible.optimise.sgd import SGD
from plausible.probes.differences import central_differences
from plausible.study.course import execute
from plausible.study.run import Run
from tests.oracles import dense, present, targets

N_IN, N, N_OUT, BATCH = 4, 6, 3, 5
TIGHT: dict[str, Any] = {"tolerance": 1e-13, "most": 5000}
every_method = pytest.mark.parametrize("method", METHODS)


def network(**options: Any) -> MLP:
    return MLP((N,), dtype="float64", init=Gaussian(0.5), bias_init=Gaussian(0.3), **options)


def world(rule: RecurrentBackprop, seed: int = 0) -> tuple[Params, Presentation]:
    rng = np.random.default_rng(seed)
    params, _ = rule.init(N_IN, N_OUT, rng)
    y = targets(rule.network.output.name, rng, BATCH, N_OUT)
    return params, present(rng.normal(size=(BATCH, N_IN)), y)


def proposed(rule: RecurrentBackprop, params: Params, shown: Presentation) -> tuple[Params, dict[str, Any]]:
    step = rule.update(params, None, shown, np.random.default_rng(0))
    return {name: dense(update) for name, update in step.updates.items()}, dict(step.internals)


def test_the_pool_starts_as_its_network_says_biases_too() -> None:
    params, _ = world(RecurrentBackprop(network()))
    drawn = network().start(N_IN, N_OUT, np.random.default_rng(0))
    for name in ("W1", "W2", "b1", "b2"):
        np.testing.assert_array_equal(params[name], drawn[name])
    assert params["b1"].all()


@every_method
@pytest.mark.parametrize("f", [tanh, logistic, softplus], ids=repr)
@pytest.mark.parametrize("last", ["softmax", "logistic", "linear"])
def test_it_is_the_gradient_at_the_fixed_point(method: Any, f: Any, last: str) -> None:
    rule = RecurrentBackprop(network(activation=f, output=output(last)), method, Uniform(0.25), **TIGHT)
    params, shown = world(rule)

    def loss(moved: Any) -> float:
        return rule.network.output.total(
            rule.respond(moved, None, shown.x, np.random.default_rng(0))[-1], shown.y
        )

    gradient = central_differences(loss, params)
    updates, seen = proposed(rule, params, shown)
    assert seen["converged"] == 1
    for name, slopes in gradient.items():
        assert np.linalg.norm(updates[name] + slopes) < 1e-6 * np.linalg.norm(slopes), name


@every_method
@pytest.mark.parametrize("f", [relu, hard_sigmoid], ids=repr)
def test_a_unit_that_is_silenced_in_the_end_has_no_slope(method: Any, f: Any) -> None:
    """Units 1 and 2 are driven by 0.9 and 0.2, and 1 inhibits 2: it starts, and falls silent as z_2 → 0.2 - 0.9.

    Only 2 is read, and h_2 → 0, so that the answer is 0 for all W_1 near this one: its gradient is 0. The activity of 2
    is halved at every step, and never 0: with a slope that is read off it, 1, the change would be [-1, 1].
    """
    network = MLP((2,), f, output("linear"), "float64", bias=False)
    rule = RecurrentBackprop(network, method, **TIGHT)
    params = {
        "W1": np.array([[0.9, 0.2]]),
        "R1": np.array([[0.0, -1.0], [0.0, 0.0]]),
        "W2": np.array([[0.0], [1.0]]),
    }
    found, seen = proposed(rule, params, present(np.ones((1, 1)), np.ones((1, 1))))
    assert seen["converged"] == 1
    np.testing.assert_array_equal(found["W1"], 0)
    np.testing.assert_array_equal(found["R1"], 0)


SLOPES: dict[str, Any] = {
    "identity": np.ones_like,
    "tanh": lambda z: 1 / np.cosh(z) ** 2,
    "logistic": lambda z: 1 / (2 + 2 * np.cosh(z)),
    "relu": lambda z: 1.0 * (z > 0),
    "leaky-relu": lambda z: np.where(z > 0, 1.0, 0.01),
    "softplus": lambda z: 1 / (1 + np.exp(-z)),
    "hard-sigmoid": lambda z: 1.0 * ((z > 0) & (z < 1)),
}


def unrolled(
    rule: RecurrentBackprop, params: Params, shown: Presentation, steps: int
) -> tuple[Params, Array, Array]:
    """The gradient of the loss by backpropagation through every step of h ← h + ½ (f(z) - h), from h = 0; h and z."""
    f, slope = rule.network.activation.value, SLOPES[rule.network.activation.name]
    x, r = shown.x, params["R1"]
    states = [np.zeros((BATCH, N))]
    for _ in range(steps):
        h = states[-1]
        states.append(h + 0.5 * (f(x @ params["W1"] + h @ r + params["b1"]) - h))
    answer = rule.network.output.value(states[-1] @ params["W2"] + params["b2"])
    error = rule.network.output.error(answer, shown.y) / BATCH
    found = {name: np.zeros_like(array) for name, array in params.items()}
    found |= {"W2": states[-1].T @ error, "b2": error.sum(axis=0)}
    back = error @ params["W2"].T
    for h in states[-2::-1]:
        at_z = 0.5 * back * slope(x @ params["W1"] + h @ r + params["b1"])
        for name, pre in (("W1", x), ("R1", h), ("b1", None)):
            found[name] += at_z.sum(axis=0) if pre is None else pre.T @ at_z
        back = 0.5 * back + at_z @ r.T
    return found, states[-1], x @ params["W1"] + states[-1] @ r + params["b1"]


@every_method
@pytest.mark.parametrize("f", ACTIVATIONS.values(), ids=repr)
def test_it_is_backpropagation_through_the_whole_relaxation(method: Any, f: Any) -> None:
    """Units inhibit each other, so that some that start are silenced, which `kinks` counts."""
    rule = RecurrentBackprop(network(activation=f), method, Uniform(0.1), **TIGHT)
    params, shown = world(rule, seed=2)
    params["R1"] -= 0.12
    expected, h, z = unrolled(rule, params, shown, 600)
    read_off, kinks = f.slope(h), {"relu": 1, "hard-sigmoid": 1}
    assert np.sum(abs(read_off - SLOPES[f.name](z)) > 0.5) >= kinks.get(f.name, 0)
    found, seen = proposed(rule, params, shown)
    assert seen["converged"] == 1
    for name, gradient in expected.items():
        np.testing.assert_allclose(
            found[name], -gradient, rtol=0, atol=1e-11 * abs(gradient).max(), err_msg=name
        )


@every_method
def test_two_symmetric_weights_are_one_that_moves_by_half_its_gradient(method: Any) -> None:
    rule = RecurrentBackprop(network(), method, Uniform(0.25), symmetric=True, **TIGHT)
    params, shown = world(rule)
    assert np.array_equal(params["R1"], params["R1"].T)
    assert not params["R1"].diagonal().any()
    upper = np.triu_indices(N, 1)

    def loss(moved: Any) -> float:
        r = np.zeros((N, N))
        r[upper] = moved["upper"]
        answer = rule.respond({**params, "R1": r + r.T}, None, shown.x, np.random.default_rng(0))[-1]
        return rule.network.output.total(answer, shown.y)

    slopes = central_differences(loss, {"upper": params["R1"][upper]})["upper"]
    change = proposed(rule, params, shown)[0]["R1"]
    assert np.array_equal(change, change.T)
    assert not change.diagonal().any()
    assert np.linalg.norm(2 * change[upper] + slopes) < 1e-6 * np.linalg.norm(slopes)


def equation(radius: float, seed: int = 0) -> tuple[Adjoint, Array]:
    """An adjoint's equation whose loop has a spectral radius, and its solution: y (I - Jᵀ) = e, row by row."""
    rng = np.random.default_rng(seed)
    slope, error = rng.uniform(0.2, 1, (BATCH, N)), rng.normal(size=(BATCH, N))
    recurrent = rng.normal(size=(N, N))
    jacobians = [recurrent * s for s in slope]  # y ↦ (y ⊙ s) Rᵀ is y (R diag(s))ᵀ
    recurrent *= radius / max(abs(np.linalg.eigvals(j)).max() for j in jacobians)
    solved = [np.linalg.solve(np.eye(N) - recurrent * s, e) for s, e in zip(slope, error, strict=True)]
    return Adjoint(error, slope, recurrent), np.array(solved)


@pytest.mark.parametrize("solve", [relaxation, neumann, conjugate_gradient], ids=lambda f: f.__name__)
@pytest.mark.parametrize("radius", [0.0, 0.5, 0.95])
def test_adjoints_solve_their_equation(solve: Any, radius: float) -> None:
    adjoint, solved = equation(radius)
    found = solve(adjoint, 5000, 1e-13)
    assert found.converged
    assert found.residual <= 1e-13
    np.testing.assert_allclose(
        found.value, solved, rtol=0, atol=1e-10
    )  # 1e-13 over 1 - radius, and more if J is skew


@pytest.mark.parametrize("solve", [relaxation, neumann], ids=lambda f: f.__name__)
def test_loops_that_amplify_are_told(solve: Any) -> None:
    adjoint, _ = equation(1.2)
    found = solve(adjoint, 300, 1e-6)
    assert not found.converged
    assert found.residual > 1
    assert found.steps == 300


def test_conjugate_gradients_need_no_radius_below_one() -> None:
    adjoint, solved = equation(1.2)
    found = conjugate_gradient(adjoint, 300, 1e-10)
    assert found.converged
    np.testing.assert_allclose(found.value, solved, rtol=0, atol=1e-6 * abs(solved).max())


def test_conjugate_gradients_end_after_as_many_steps_as_units() -> None:
    """In exact arithmetic: here they may take some more, of which rounding is the reason."""
    adjoint, _ = equation(0.5)
    assert conjugate_gradient(adjoint, 5000, 1e-10).steps <= N + 2


@pytest.mark.parametrize("solve", [relaxation, neumann, conjugate_gradient], ids=lambda f: f.__name__)
def test_too_few_steps_are_told(solve: Any) -> None:
    adjoint, _ = equation(0.9)
    found = solve(adjoint, 2, 1e-10)
    assert not found.converged
    assert found.steps == 2
    assert found.residual == pytest.approx(
        abs(adjoint.error + adjoint.back(found.value) - found.value).max() / abs(adjoint.error).max()
    )


def test_the_error_of_neumanns_series_falls_by_the_spectral_radius_a_term() -> None:
    """One example, so that there is one radius; over 100 terms, of which the slowest mode leaves nothing but itself."""
    rng = np.random.default_rng(3)
    symmetric = rng.normal(size=(N, N))
    symmetric = symmetric + symmetric.T  # real eigenvalues: no oscillation in the error
    symmetric *= 0.9 / abs(np.linalg.eigvalsh(symmetric)).max()
    adjoint = Adjoint(rng.normal(size=(1, N)), np.ones((1, N)), symmetric)
    solved = np.linalg.solve(np.eye(N) - symmetric, adjoint.error[0])
    error = [np.linalg.norm(neumann(adjoint, terms, 0.0).value - solved) for terms in (100, 200)]
    assert (error[1] / error[0]) ** (1 / 100) == pytest.approx(0.9, abs=1e-3)


@pytest.mark.parametrize("terms", [1, 2, 5, 20])
def test_as_many_terms_are_as_many_steps_of_truncated_bptt_at_the_fixed_point(terms: int) -> None:
    exact = RecurrentBackprop(network(), "neumann", Uniform(0.25), **TIGHT)
    params, shown = world(exact)
    h = exact.respond(params, None, shown.x, np.random.default_rng(0))[0]
    mask = np.zeros((terms, BATCH))
    mask[-1] = 1
    window = Presentation(
        np.tile(shown.x, (terms, 1, 1)), np.tile(shown.y, (terms, 1, 1)), shown.reward, mask, first=False
    )
    unrolled = RNN((N,), output=exact.network.output, dtype="float64")
    step = BPTT(unrolled).update(params, (h, None), window, np.random.default_rng(0))

    (settled,) = exact.settling.settle(params, shown.x).state
    error = exact.network.output.error(exact.settling.answer(params, h), shown.y)
    slope = exact.network.activation.slope(h)
    adjoint = neumann(Adjoint(error @ params["W2"].T, slope, params["R1"]), terms, 0.0)
    ours = exact.settling.updates(shown.x, settled, adjoint.value * slope, error, shown.y)
    for name, update in step.updates.items():
        theirs = dense(update)
        np.testing.assert_allclose(dense(ours[name]), theirs, rtol=0, atol=1e-11 * abs(theirs).max())


@pytest.mark.parametrize(("recurrent", "settles"), [("uniform(0.05)", 1.0), ("gaussian(1)", 0.0)])
def test_a_run_writes_down_whether_it_settled(recurrent: str, settles: float) -> None:
    """Normal weights have a spectral radius of about √20 here: units go on changing, and the table says so."""
    rule = f"recurrent-backprop[recurrent={recurrent},most=30]"
    outcome = execute(Run("two-moons[examples=100]", rule, MLP((20,)), SGD(0.0), epochs=1, batch_size=20))
    assert outcome.status == "done", outcome.reason
    found = {row.metric: row.value for row in outcome.rows if row.split == "train"}
    assert found["converged"] == settles
    assert (found["residual"] < 1e-4) == bool(settles)
    assert {"adjoint residual", "adjoint steps", "settling steps"} <= found.keys()


@pytest.mark.parametrize("adjoint", METHODS)
def test_a_network_without_bounds_that_never_settles_is_no_result(adjoint: str) -> None:
    """Rectified units whose loops amplify grow until numbers end; no traceback, but a status."""
    rule = f"recurrent-backprop[recurrent=gaussian(3),adjoint={adjoint},most=500]"
    network = MLP((20,), activation=relu)
    outcome = execute(Run("two-moons[examples=100]", rule, network, SGD(0.1), epochs=1, batch_size=20))
    assert outcome.status == "diverged", outcome.reason


@pytest.mark.parametrize(
    "options", [{"adjoint": "magic"}, {"tolerance": 0.0}, {"tolerance": float("nan")}], ids=repr
)
def test_bad_settings_are_refused(options: Any) -> None:
    with pytest.raises(BadInput):
        replace(RecurrentBackprop(), **options)


@pytest.mark.parametrize(
    "options", [{"most": 0}, {"most": 1.5}, {"recurrent": Uniform(0.1), "network": MLP(())}]
)
def test_settings_of_the_network_are_refused_at_init(options: Any) -> None:
    with pytest.raises(BadInput):
        RecurrentBackprop(**options).init(N_IN, N_OUT, np.random.default_rng(0))
