"""The delta rule and the perceptron rule, and backprop with Fahlman's offset.

Oracles: backprop without hidden layers, or without offset; the least-squares solution; Novikoff's bound; central
differences of the loss that the arc tangent of the error stands for.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from baselines.backprop import Backprop
from baselines.delta_rule import DeltaRule
from baselines.offset_backprop import OffsetBackprop
from baselines.perceptron import Perceptron
from plausible.core import Array, Params, View
from plausible.errors import BadInput
from plausible.networks.activations import logistic
from plausible.networks.inits import Gaussian, Zero
from plausible.networks.mlp import MLP
from plausible.networks.outputs import OUTPUTS, output
from plausible.optimise.sgd import SGD
from plausible.probes.differences import central_differences
from plausible.study.course import execute
from plausible.study.run import Run
from plausible.train import train
from tests.oracles import present, problem, propose, trained

NETWORK = MLP((5, 4), dtype="float64", init=Gaussian(1.0), bias_init=Gaussian(0.5))
every_output = pytest.mark.parametrize("name", OUTPUTS)


# --- the delta rule -------------------------------------------------------------------------------------


@every_output
def test_the_delta_rule_is_backprop_without_hidden_layers(name: str) -> None:
    """Bitwise, over some steps; whatever hidden layers its network had."""
    single = replace(NETWORK, hidden=(), output=output(name))
    start, shown = problem(single)
    ours, theirs = (
        trained(rule, {weight: array.copy() for weight, array in start.items()}, [shown] * 5, 0.3)
        for rule in (DeltaRule(replace(single, hidden=(7, 6))), Backprop(single))
    )
    assert ours.keys() == theirs.keys() == {"W1", "b1"}
    for weight, array in theirs.items():
        np.testing.assert_array_equal(ours[weight], array)
        assert (array != start[weight]).all()


@pytest.mark.parametrize(("name", "slope"), [("linear", False), ("logistic-squared", True)])
def test_the_delta_rule_by_hand(name: str, slope: bool) -> None:
    """x = (1, 2), w = (0, 0), b = 0: h is 0, or 1/2 with a slope of 1/4; y = 1."""
    rule = DeltaRule(MLP((), output=output(name), dtype="float64", init=Zero()))
    params, _ = rule.init(2, 1, np.random.default_rng(0))
    change = propose(rule, params, present(np.array([[1.0, 2.0]]), np.array([[1.0]])))
    wanted = 0.5 * 0.25 if slope else 1.0
    assert change["W1"].ravel().tolist() == [wanted, 2 * wanted]
    assert change["b1"].tolist() == [wanted]


def test_the_linear_delta_rule_finds_the_least_squares() -> None:
    """Full batches at the rate 1/λ, λ the largest eigenvalue of the inputs: the error shrinks by 1 - λ_min/λ a step."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 3)), rng.normal(size=(40, 2))
    rule = DeltaRule(MLP((), output=output("linear"), dtype="float64", bias=False))
    eigenvalues = np.linalg.eigvalsh(x.T @ x / len(x))
    params, _ = rule.init(3, 2, rng)
    trained(rule, params, [present(x, y)] * 300, 1 / eigenvalues[-1].item())
    assert (1 - eigenvalues[0] / eigenvalues[-1]) ** 300 < 1e-13
    np.testing.assert_allclose(params["W1"], np.linalg.lstsq(x, y, rcond=None)[0], rtol=0, atol=1e-12)


# --- the perceptron -------------------------------------------------------------------------------------


def separable(rng: np.random.Generator, n_out: int, margin: float) -> tuple[Array, Array, Array]:
    """Examples, targets, and the unit vectors, (n_in, n_out), that separate them by at least `margin`."""
    planes = rng.normal(size=(6, n_out))
    planes /= np.linalg.norm(planes, axis=0)
    x = rng.normal(size=(400, 6))
    x = x[(abs(x @ planes) > margin).all(axis=1)]
    return x, (x @ planes > 0).astype(float), planes


@pytest.mark.parametrize("rate", [1.0, 0.3])
@pytest.mark.parametrize("n_out", [1, 3])
@pytest.mark.parametrize("margin", [0.05, 0.2])
def test_the_perceptron_errs_no_more_often_than_novikoff_allows(
    margin: float, n_out: int, rate: float
) -> None:
    """From zero weights without a bias, one example at a time, until a whole epoch passes without a mistake."""
    x, y, planes = separable(np.random.default_rng(0), n_out, margin)
    assert len(x) > 20
    rule = Perceptron(MLP((), dtype="float64", init=Zero(), bias=False))
    params, _ = rule.init(6, n_out, np.random.default_rng(0))
    mistakes = np.zeros(n_out)
    for _ in range(200):
        before = mistakes.copy()
        stream = [present(x[[i]], y[[i]]) for i in range(len(x))]
        for tick in train(rule, SGD(rate), params, None, stream, np.random.default_rng(0)):
            mistakes += tick.step.updates["W1"].dense().any(axis=0)  # type: ignore[union-attr]
        if (mistakes == before).all():
            break
    else:
        raise AssertionError("no epoch without a mistake")
    bound = (x * x).sum(axis=1).max() / abs(x @ planes).min(axis=0) ** 2
    assert (mistakes > 0).all()
    assert (mistakes <= bound).all()
    answer = rule.respond(params, None, x, np.random.default_rng(0))[-1]
    np.testing.assert_array_equal(answer > 0.5, y > 0.5)


def test_the_perceptron_by_hand() -> None:
    """z = (1, -1, 0): fires, silent, silent; targets (0, 1, 0): takes x away, adds x, leaves alone."""
    rule = Perceptron(MLP((8,), dtype="float64"))
    params: Params = {"W1": np.array([[1.0, -1.0, 0.0], [0.0, 0.0, 0.0]]), "b1": np.zeros(3)}
    change = propose(rule, params, present(np.array([[1.0, 3.0]]), np.array([[0.0, 1.0, 0.0]])))
    assert change["W1"].tolist() == [[-1, 1, 0], [-3, 3, 0]]
    assert change["b1"].tolist() == [-1, 1, 0]


@pytest.mark.parametrize("rule", ["delta-rule", "perceptron"])
def test_a_single_layer_runs_beside_networks_with_hidden_ones(rule: str) -> None:
    """The angle to the gradient of a single layer is measured: 0 for the delta rule, and not for the perceptron."""
    outcome = execute(Run("two-moons[examples=100]", rule, MLP((4,)), SGD(0.1), epochs=20, batch_size=10))
    assert (outcome.status, outcome.reason) == ("done", "")
    angles = [row.value for row in outcome.rows if row.metric == "gradient angle" and row.layer == "W1"]
    assert max(angles) < 1e-3 if rule == "delta-rule" else np.nanmin(angles) > 1
    (accuracy,) = [row.value for row in outcome.rows if (row.metric, row.split) == ("accuracy", "test")]
    assert accuracy > 0.75  # a line separates 87 per cent of two moons


# --- backprop with an offset ----------------------------------------------------------------------------

LOGISTIC = replace(NETWORK, activation=logistic, output=output("logistic-squared"))


def test_without_offset_and_arc_tangent_it_is_backprop() -> None:
    params, shown = problem(LOGISTIC)
    ours = propose(OffsetBackprop(LOGISTIC, offset=0.0, atanh=False), params, shown)
    for name, change in propose(Backprop(LOGISTIC), params, shown).items():
        np.testing.assert_array_equal(ours[name], change)


def test_without_offset_the_arc_tangent_is_the_gradient_of_a_loss() -> None:
    """Of Σ 2 d artanh d + ln(1 - d²), d = h_L - y, whose derivative by d is 2 artanh d."""
    params, (x, y, *_) = problem(LOGISTIC)
    y = (y > 0) * 0.9 + 0.05
    network = replace(LOGISTIC, output=output("logistic-squared", "sum"))

    def loss(moved: View) -> float:
        d = network.forward(moved, x).activities[-1] - y
        return float((2 * d * np.arctanh(d) + np.log1p(-d * d)).sum())

    gradient = central_differences(loss, params)
    for name, change in propose(OffsetBackprop(network, offset=0.0), params, present(x, y)).items():
        assert np.linalg.norm(change + gradient[name]) < 1e-6 * np.linalg.norm(gradient[name])


def test_the_offset_is_added_to_every_slope() -> None:
    """In the last layer the change is linear in the offset: it grows by offset · e, and e is artanh's or the error."""
    params, shown = problem(LOGISTIC)
    error = LOGISTIC.forward(params, shown.x).activities[-1] - shown.y
    error = np.clip(error, -0.9, 0.9)
    shown = shown._replace(y=LOGISTIC.forward(params, shown.x).activities[-1] - error)
    for atanh, e in ((True, 2 * np.arctanh(error)), (False, error)):
        without, with_offset = (
            propose(OffsetBackprop(LOGISTIC, offset, atanh), params, shown) for offset in (0.0, 0.1)
        )
        np.testing.assert_allclose(with_offset["b3"] - without["b3"], -0.1 * e.mean(axis=0), atol=1e-14)
        assert (with_offset["W1"] != without["W1"]).all()
    blind = replace(
        LOGISTIC, init=Gaussian(1.0), hidden=(5,)
    )  # hidden slopes alone: e through W2ᵀ, times offset
    params, shown = problem(blind)
    passed = blind.forward(params, shown.x)
    last = (passed.activities[-1] - shown.y) * (logistic.slope(passed.activities[-1]) + 0.2)
    expected = -((last @ params["W2"].T) * (logistic.slope(passed.activities[1]) + 0.2)).mean(axis=0)
    change = propose(OffsetBackprop(blind, 0.2, atanh=False), params, shown)
    np.testing.assert_allclose(change["b1"], expected, rtol=1e-13, atol=1e-15)


def test_a_unit_that_is_wrong_and_saturated_still_learns() -> None:
    """Its slope is 0, so backprop leaves it; the error is 17 at most, which 2 artanh(1) is not.

    There the slope of 2 artanh is 6e6, and a rounding of d is as many times larger.
    """
    network = MLP((), output=output("logistic-squared"), dtype="float64")
    params: Params = {"W1": np.array([[1000.0]]), "b1": np.zeros(1)}
    shown = present(np.ones((1, 1)), np.zeros((1, 1)))
    assert propose(Backprop(network), params, shown)["b1"] == 0
    np.testing.assert_allclose(propose(OffsetBackprop(network), params, shown)["b1"], -1.7, rtol=1e-8)


def test_small_errors_may_count_as_none() -> None:
    network = MLP((), output=output("logistic-squared"), dtype="float64", init=Zero())
    rule = OffsetBackprop(network, offset=0.0, atanh=False, tolerance=0.25)
    params, _ = rule.init(1, 3, np.random.default_rng(0))
    change = propose(rule, params, present(np.ones((1, 1)), np.array([[0.5 + 0.2, 0.5 - 0.25, 0.5 + 0.5]])))
    assert change["b1"].tolist() == [0.0, -0.25 / 4, 0.5 / 4]


def test_bad_settings_of_the_offset() -> None:
    for settings in ({"offset": -0.1}, {"tolerance": np.nan}, {"network": MLP(output=output("linear"))}):
        with pytest.raises(BadInput, match="expected"):
            OffsetBackprop(**settings)  # type: ignore[arg-type]
