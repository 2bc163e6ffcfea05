"""Strong control at rest, where what it comes to is known.

Oracles: the controller in time; closed forms of linear networks; central differences; targets that are reached.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from plausible.core import Params, Presentation
from plausible.errors import BadInput
from plausible.networks.activations import identity, tanh
from plausible.networks.inits import Gaussian
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.rules.targets.control import DeepFeedbackControl, SteadyFeedbackControl
from plausible.rules.targets.controlled import resting
from plausible.rules.targets.strong import StrongFeedbackControl, carried, driven, inside
from plausible.settling.relaxation import Relaxation
from tests.oracles import present, propose

NETWORK = MLP((5, 4), tanh, output("softmax"), "float64", Gaussian(0.5), bias_init=Gaussian(0.5))
CLOSE = Relaxation(100, 1.0, tolerance=1e-12)
REST = Relaxation(40000, 0.05, tolerance=1e-11)
N_IN, N_OUT = 4, 3


def given(network: MLP, seed: int = 0) -> tuple[Params, Presentation]:
    """Weights, random feedback, and examples with one-hot targets."""
    rng = np.random.default_rng(seed)
    params, _ = SteadyFeedbackControl(network, feedback=Gaussian(0.3)).init(N_IN, N_OUT, rng)
    return params, present(rng.normal(size=(6, N_IN)), np.eye(N_OUT)[rng.integers(0, N_OUT, 6)])


@pytest.mark.parametrize("name", ["softmax", "logistic", "linear"])
@pytest.mark.parametrize("leak", [0.05, 1.0])
def test_it_is_where_the_controller_in_time_comes_to_rest(name: str, leak: float) -> None:
    network = replace(NETWORK, output=output(name))
    params, shown = given(network)
    strong = StrongFeedbackControl(network, leak=leak, settling=CLOSE, learned=False)
    in_time = DeepFeedbackControl(network, leak=leak, settling=REST, learned=False, strong=True)
    rest = resting(network, params, shown.x)
    (*_, u, how), (*_, other, _) = (
        strong.controlled(params, rest, shown),
        in_time.controlled(params, rest, shown),
    )
    assert how["settled"] == 1
    np.testing.assert_allclose(u, other, rtol=0, atol=1e-9)
    ours, theirs = propose(strong, params, shown), propose(in_time, params, shown)
    for part in ("W1", "b2", "W3"):
        np.testing.assert_allclose(ours[part], theirs[part], rtol=0, atol=1e-9)
        assert abs(ours[part]).max() > 1e-3


@pytest.mark.parametrize("name", ["softmax", "logistic", "linear"])
def test_without_a_leak_the_output_reaches_its_target(name: str) -> None:
    network = replace(NETWORK, output=output(name))
    params, shown = given(network)
    rule = StrongFeedbackControl(network, leak=0.0, settling=CLOSE, confidence=0.9)
    v, _, how = rule.controlled(params, resting(network, params, shown.x), shown)
    off = {"softmax": 0.05, "logistic": 0.1, "linear": 0.0}[name]
    wanted = np.where(shown.y == 1, 1.0 if name == "linear" else 0.9, off)
    assert how["settled"] == 1
    np.testing.assert_allclose(network.output.value(v[-1]), wanted, rtol=0, atol=1e-12)


@pytest.mark.parametrize("leak", [0.0, 0.3])
def test_linear_units_come_to_the_closed_form_in_one_step(leak: float) -> None:
    """u = (y - z_L) (Σ_l Q_l J_l + leak)⁻¹, as weak control by a whole step does."""
    network = replace(NETWORK, activation=identity, output=output("linear"))
    params, shown = given(network)
    rest = resting(network, params, shown.x)
    rule = StrongFeedbackControl(network, leak=leak, settling=replace(CLOSE, steps=2))
    _, u, how = rule.controlled(params, rest, shown)
    through = params["Q1"] @ params["W2"] @ params["W3"] + params["Q2"] @ params["W3"] + np.eye(N_OUT)
    expected = (shown.y - rest[-1]) @ np.linalg.inv(through + leak * np.eye(N_OUT))
    assert how["settling steps"] <= 1
    np.testing.assert_allclose(u, expected, rtol=0, atol=1e-12)
    weak = SteadyFeedbackControl(network, step=1.0, leak=leak).controlled(params, rest, shown)[1]
    np.testing.assert_allclose(u, weak, rtol=0, atol=1e-12)


def test_what_control_moves_is_its_derivative() -> None:
    params, shown = given(NETWORK)
    u = np.random.default_rng(1).normal(size=(6, N_OUT))
    first = resting(NETWORK, params, shown.x)[0]
    ours = carried(NETWORK, params, driven(NETWORK, params, first, u))
    for each in range(N_OUT):
        move = 1e-5 * np.eye(N_OUT)[each]
        high, low = (driven(NETWORK, params, first, u + sign * move)[-1] for sign in (1, -1))
        np.testing.assert_allclose(ours[:, each], (high - low) / 2e-5, rtol=0, atol=1e-9)


def test_control_of_a_softmax_sums_to_nothing_and_stays_where_a_logarithm_is() -> None:
    network = replace(NETWORK, init=Gaussian(4.0))  # confident, and wrong
    params, shown = given(network)
    rule = StrongFeedbackControl(network, leak=0.2, settling=CLOSE, confidence=0.999)
    _, u, how = rule.controlled(params, resting(network, params, shown.x), shown)
    assert np.isfinite(u).all()
    np.testing.assert_allclose(u.sum(axis=1), 0, rtol=0, atol=1e-12)
    assert 0 < how["settled"] <= 1


def test_examples_that_did_not_come_to_rest_teach_nothing() -> None:
    params, shown = given(NETWORK)
    rule = StrongFeedbackControl(NETWORK, learned=False, settling=replace(CLOSE, steps=1))
    changes = propose(rule, params, shown)
    assert rule.controlled(params, resting(NETWORK, params, shown.x), shown)[2]["settled"] == 0
    assert all(not change.any() for name, change in changes.items() if name[0] in "Wb")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"confidence": 1.0}, "below 1"),
        ({"network": replace(NETWORK, output=output("logistic-squared"))}, "softmax or logistic or linear"),
        ({"network": replace(NETWORK, output=output("softmax", weights=(1.0, 2.0, 1.0)))}, "none"),
    ],
)
def test_what_it_cannot_do_is_refused(options: dict, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        StrongFeedbackControl(**{"network": NETWORK, **options})


def test_a_step_goes_no_further_than_a_logarithm_does() -> None:
    p = np.array([[0.2, 0.5, 0.9], [0.2, 0.5, 0.9], [0.2, 0.5, 0.9]])
    move = np.array([[4.0, 0.0, 0.0], [0.0, 0.0, -2.0], [0.01, -0.01, 0.02]])
    ours = inside(move, p, leak=0.1)
    np.testing.assert_allclose(p - 0.1 * ours, [[0.02, 0.5, 0.9], [0.2, 0.5, 0.99], [0.199, 0.501, 0.898]])
