"""Equilibrium propagation: its energy, the laws of its bias, and its relation to gradients in time.

Oracle: central differences; the delta rule; the gradient at the equilibrium, itself held against
central differences of the loss.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from baselines.backprop import Backprop
from baselines.equilibrium_gradient import EquilibriumGradient
from plausible.core import Array, Params
from plausible.networks.activations import activation
from plausible.networks.inits import Gaussian
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.probes.differences import central_differences
from plausible.registry import registry
from plausible.rules.equilibrium.continual import ContinualEquilibriumPropagation
from plausible.rules.equilibrium.holomorphic import HolomorphicEquilibriumPropagation
from plausible.rules.equilibrium.network import EquilibriumNetwork
from plausible.rules.equilibrium.propagation import EquilibriumPropagation
from plausible.settling.relaxation import Relaxation
from plausible.study.course import execute, reference_of
from plausible.study.keys.key import key
from plausible.study.run import Run
from tests.identities.equilibrium import (
    NETWORK,
    REST,
    Form,
    binary,
    every_output,
    farthest,
    problem,
    proposed,
)
from tests.oracles import present
from tests.oracles import problem as drawn

# --- the energy -----------------------------------------------------------------------------------------


@every_output
@pytest.mark.parametrize("nudge", [0.0, 0.4])
@pytest.mark.parametrize("f", ["tanh", "logistic", "softplus", "hard-sigmoid"])
def test_the_force_is_minus_the_gradient_of_the_energy(f: str, nudge: float, last: str) -> None:
    """With respect to every state, in the nudged energy too."""
    net = EquilibriumNetwork(replace(NETWORK, activation=activation(f), output=output(last)))
    params, (x, y, *_) = problem(net.network)
    rng = np.random.default_rng(3)
    states = [rng.uniform(0.1, 0.9, s.shape) for s in net.rest(x, 3)]
    given = net.first(params, x), y
    slopes = central_differences(
        lambda moved: float(net.energy(params, list(moved.values()), given, nudge).sum()),
        dict(zip("123", states, strict=False)),
    )
    force = net.force(params, states, given, net.transposes(params), nudge)
    for push, slope in zip(force, slopes.values(), strict=True):
        np.testing.assert_allclose(push, -slope, atol=1e-8)


@every_output
def test_the_energy_never_rises_while_it_settles(last: str) -> None:
    net = EquilibriumNetwork(replace(NETWORK, output=output(last)))
    params, (x, y, *_) = problem(net.network)
    given, states, levels = (net.first(params, x), y), net.rest(x, 3), []
    for _ in range(50):
        levels.append(net.energy(params, states, given))
        states = net.settle(params, states, given, Relaxation(1, 0.1)).state
    assert (np.diff(levels, axis=0) <= 1e-13).all()
    assert (levels[0] > levels[-1] + 1e-3).all()


def test_hard_sigmoid_states_stay_within_their_bounds() -> None:
    network = replace(NETWORK, activation=activation("hard-sigmoid"), init=Gaussian(3.0))
    params, (x, *_) = problem(network)
    rule = EquilibriumPropagation(network)
    for layer in rule.respond(params, (3, None), x, np.random.default_rng(0)):
        assert layer.min() >= 0
        assert layer.max() <= 1
    assert {0.0, 1.0} & set(layer.ravel())


# --- the gradient ---------------------------------------------------------------------------------------


CASES = [
    (f, last, "energy")
    for f in ("tanh", "logistic", "softplus", "leaky-relu")
    for last in ("linear", "softmax")
]
CASES += [
    (f, last, "prototypical")
    for f in ("tanh", "logistic", "relu")
    for last in ("linear", "softmax", "logistic-squared")
]


@pytest.mark.parametrize(("f", "last", "form"), CASES)
def test_the_gradient_at_the_equilibrium_is_that_of_the_loss(f: str, last: str, form: Form) -> None:
    """Of the binary cross-entropy for a logistic output, which is nudged outside of ρ: ∂C/∂z = y - s."""
    network = replace(NETWORK, activation=activation(f), output=output(last))
    params, shown = problem(network)
    shown = shown._replace(y=binary(shown)) if last == "logistic-squared" else shown
    rule, used = EquilibriumGradient(network, form=form), output(last.removesuffix("-squared"))

    def loss(moved: Params) -> float:
        return used.total(rule.respond(moved, 3, shown.x, np.random.default_rng(0))[-1], shown.y)

    slopes = central_differences(loss, params)  # type: ignore[arg-type]
    found = proposed(rule, params, shown)
    for name, change in found.items():
        np.testing.assert_allclose(change, -slopes[name], atol=2e-8, err_msg=name)
    assert abs(found["W1"]).max() > 1e-5  # hundreds of times what is tolerated: it is not that nothing learns
    step = rule.update(params, None, shown, np.random.default_rng(0))
    assert step.loss is not None
    assert step.loss() == pytest.approx(loss(params), rel=1e-9)


@pytest.mark.parametrize("last", ["linear", "softmax", "logistic-squared"])
def test_the_prototypical_form_tends_to_the_gradient_that_it_names(last: str) -> None:
    """As the square of the nudge; the energy form's equilibria, and gradients, are others."""
    network = replace(NETWORK, output=output(last))
    params, shown = problem(network)
    shown = shown._replace(y=binary(shown)) if last == "logistic-squared" else shown
    rules = [
        EquilibriumPropagation(network, REST, REST, nudge, form="prototypical") for nudge in (0.04, 0.02)
    ]
    exact = registry.rule(reference_of(rules[0]), network)
    apart = [farthest(proposed(rule, params, shown), proposed(exact, params, shown)) for rule in rules]
    assert apart[1] < 1e-2
    assert apart[0] / apart[1] == pytest.approx(4, rel=0.1)
    if last != "logistic-squared":
        other = EquilibriumGradient(network)
        assert farthest(proposed(other, params, shown), proposed(exact, params, shown)) > 0.05


def test_each_form_names_its_own_gradient() -> None:
    for kind in (EquilibriumPropagation, ContinualEquilibriumPropagation, EquilibriumGradient):
        for form in ("energy", "prototypical"):
            rule = kind(NETWORK, form=form)  # type: ignore[operator]
            assert registry.rule(reference_of(rule), NETWORK) == EquilibriumGradient(NETWORK, form=form)
    assert registry.rule(reference_of(HolomorphicEquilibriumPropagation()), NETWORK) == EquilibriumGradient(
        NETWORK
    )
    run = Run("two-moons[examples=20]", "equilibrium-propagation[form=prototypical]", MLP((4,)), epochs=1)
    assert "baselines.equilibrium_gradient" in dict(key(run).code)
    outcome = execute(run)
    assert outcome.status == "done"
    angles = [row.value for row in outcome.rows if row.metric == "gradient angle"]
    assert 0 <= min(angles) <= max(angles) < 10


@pytest.mark.parametrize(("nudging", "order"), [("one-sided", 1), ("symmetric", 2)])
@every_output
def test_the_bias_has_the_order_that_the_nudge_says(nudging: str, order: int, last: str) -> None:
    network = replace(NETWORK, output=output(last))
    params, shown = problem(network)
    exact = proposed(EquilibriumGradient(network), params, shown)
    nudges = np.array([0.04, 0.02, 0.01])
    apart = [
        farthest(proposed(EquilibriumPropagation(network, REST, REST, nudge, nudging), params, shown), exact)  # type: ignore[arg-type]
        for nudge in nudges.tolist()
    ]
    slope = np.polyfit(np.log(nudges), np.log(apart), 1)[0]
    assert slope == pytest.approx(order, abs=0.1)


def test_a_random_sign_is_one_side_or_the_other() -> None:
    params, shown = problem(NETWORK)
    rule = EquilibriumPropagation(NETWORK, REST, REST, 0.1, "random")
    sides = {round(float(proposed(rule, params, shown, seed)["W1"][0, 0]), 12) for seed in range(9)}
    both = replace(rule, nudging="symmetric")
    assert len(sides) == 2
    assert np.mean(list(sides)) == pytest.approx(proposed(both, params, shown)["W1"][0, 0], abs=1e-11)


@pytest.mark.parametrize("nudge", [0.1, 0.5])
def test_without_hidden_layers_it_is_the_delta_rule(nudge: float) -> None:
    """s^β = (z + β y) / (1 + β), which is the delta rule over 1 + β, or 1 - β² in symmetry; a read-out is exact."""
    for last, nudging, factor in (
        ("linear", "one-sided", 1 / (1 + nudge)),
        ("linear", "symmetric", 1 / (1 - nudge**2)),
        ("softmax", "one-sided", 1.0),
        ("softmax", "symmetric", 1.0),
    ):
        network = replace(NETWORK, hidden=(), output=output(last))
        params, shown = problem(network)
        ours = proposed(EquilibriumPropagation(network, REST, REST, nudge, nudging), params, shown)  # type: ignore[arg-type]
        theirs, exact = (
            proposed(Backprop(network), params, shown),
            proposed(EquilibriumGradient(network), params, shown),
        )
        for name, change in theirs.items():
            np.testing.assert_allclose(ours[name], factor * change, rtol=1e-9, atol=1e-13)
            np.testing.assert_allclose(exact[name], change, rtol=1e-9, atol=1e-12)


def test_the_nudge_starts_exactly_at_the_free_state() -> None:
    """After one nudged step only the answer has moved, by rate · β (y - s_L); hidden layers have not heard of it."""
    params, shown = problem(NETWORK)
    rule = EquilibriumPropagation(NETWORK, REST, Relaxation(1, 0.25), 0.3, "one-sided")
    ours = proposed(rule, params, shown)
    *_, below, answer = rule.respond(params, (3, None), shown.x, np.random.default_rng(0))
    expected = 0.25 * below.T @ (shown.y - answer) / len(answer)
    np.testing.assert_allclose(ours["W3"], expected, atol=1e-12)
    assert max(abs(ours[name]).max() for name in ("W1", "b1", "W2", "b2")) < 1e-12


# --- in time --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["energy", "prototypical"])
def test_increments_are_gradients_through_time(form: Form) -> None:
    """After K nudged steps EP has the gradient of the loss by the weights of the last K free steps [ernoult2019].

    Oracle: the free dynamics written out, with weights W + ΔW in the last K steps and W before, by central differences.
    """
    network = replace(NETWORK, hidden=(3,))
    net = EquilibriumNetwork(network, form)
    params, shown = problem(network, n_in=2, n_out=2, batch=3)
    given = net.first(params, shown.x), shown.y
    rest = net.settle(params, net.rest(shown.x, 2), given, REST).state
    rate, before = 0.2, {name: np.zeros_like(array) for name, array in params.items()}
    for window in (1, 2, 3, 6):

        def loss(moved: Params, window: int = window) -> float:
            states: list[Array] = rest
            for _ in range(window):
                at = net.first(moved, shown.x), shown.y
                states = net.settle(moved, states, at, Relaxation(1, rate)).state
            return network.output.total(states[-1], shown.y)

        slopes = central_differences(loss, params)  # type: ignore[arg-type]
        nudged = Relaxation(window, rate)
        ours = proposed(EquilibriumPropagation(network, REST, nudged, 1e-4, "symmetric", form), params, shown)
        theirs = proposed(EquilibriumGradient(network, rate=rate, window=window, form=form), params, shown)
        for name in params:
            np.testing.assert_allclose(ours[name], -slopes[name], atol=3e-8, err_msg=f"{name}, {window}")
            np.testing.assert_allclose(theirs[name], -slopes[name], atol=3e-8, err_msg=f"{name}, {window}")
        assert max(abs(ours[name] - before[name]).max() for name in ours) > 1e-4  # each step adds something
        before = ours


@pytest.mark.parametrize("form", ["energy", "prototypical"])
@every_output
def test_continual_changes_add_up_to_those_of_two_phases(form: str, last: str) -> None:
    """As the plasticity vanishes; the rest is of first order in it."""
    network = replace(NETWORK, output=output(last))
    params, shown = problem(network)
    nudged = Relaxation(15, 0.5)
    whole = EquilibriumPropagation(network, REST, nudged, 0.1, "one-sided", form)  # type: ignore[arg-type]
    apart = []
    for plasticity in (1e-5, 1e-6):
        rule = ContinualEquilibriumPropagation(network, REST, nudged, 0.1, plasticity, form)  # type: ignore[arg-type]
        apart.append(farthest(proposed(rule, params, shown), proposed(whole, params, shown)))
    assert apart[1] < 1e-3
    assert apart[0] / apart[1] == pytest.approx(10, rel=0.1)


# --- what comes to no rest ------------------------------------------------------------------------------


def test_examples_that_stop_one_by_one_have_the_gradients_that_they_have_alone() -> None:
    """Of clipped units, whose mask has to follow the examples that still move."""
    network = MLP((5,), activation("hard-sigmoid"), output("linear"), "float64")
    params, given = drawn(network, seed=3)
    rule = EquilibriumGradient(network)
    whole = proposed(rule, params, given)
    rows = range(len(given.x))
    alone = [proposed(rule, params, given._replace(x=given.x[r : r + 1], y=given.y[r : r + 1])) for r in rows]
    for name, change in whole.items():
        np.testing.assert_allclose(change, np.mean([a[name] for a in alone], axis=0), atol=1e-10)


def test_an_example_without_an_equilibrium_is_left_out_of_the_gradient() -> None:
    """With large weights some states go back and forth for ever; where they do, adjoints would grow without bound."""
    network, rng = replace(NETWORK, dtype="float32"), np.random.default_rng(0)
    params, (small, *_) = problem(network)
    params = {name: array * np.float32(6 if name.startswith("W") else 1) for name, array in params.items()}
    x = 3 * rng.normal(size=(40, small.shape[1])).astype(np.float32)
    y = np.eye(3, dtype=np.float32)[rng.integers(0, 3, 40)]
    rule, net = EquilibriumGradient(network), EquilibriumNetwork(network)
    rests = net.settle(params, net.rest(x, 3), (net.first(params, x), y), rule.free()).converged
    assert 0 < rests.sum() < 40
    whole, part = proposed(rule, params, present(x, y)), proposed(rule, params, present(x[rests], y[rests]))
    for name, change in whole.items():
        np.testing.assert_allclose(change, rests.mean() * part[name], atol=1e-5, err_msg=name)


def test_units_at_a_bound_do_not_hide_the_gradient() -> None:
    """Equilibrium propagation with a weak nudge finds the same, where some of the clipped units are at 0 or 1."""
    network = replace(NETWORK, activation=activation("hard-sigmoid"), init=Gaussian(0.4))
    params, shown = problem(network)
    exact = proposed(EquilibriumGradient(network), params, shown)
    rule = EquilibriumPropagation(network, Relaxation(400, 0.5), Relaxation(400, 0.5), 1e-5)
    assert np.linalg.norm(exact["W1"]) > 1e-3
    assert farthest(proposed(rule, params, shown), exact) < 1e-3
