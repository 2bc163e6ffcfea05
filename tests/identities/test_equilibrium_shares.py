"""A tolerance of equilibrium propagation is a share of the change, which divides what is left of a force by the nudge.

Oracle: the changes of phases that take so many steps that nothing but rounding is left of their force.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from plausible.core import Params, Presentation
from plausible.networks.activations import activation
from plausible.networks.inits import Gaussian
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.probes.alignment import distance
from plausible.rules.equilibrium.continual import ContinualEquilibriumPropagation
from plausible.rules.equilibrium.holomorphic import HolomorphicEquilibriumPropagation
from plausible.rules.equilibrium.network import EquilibriumNetwork
from plausible.rules.equilibrium.propagation import EquilibriumPropagation
from plausible.rules.equilibrium.vector_field import VectorFieldEquilibriumPropagation
from plausible.settling.relaxation import Relaxation
from tests.identities.equilibrium import NETWORK, Form, farthest, problem
from tests.identities.test_phases import of_digits
from tests.oracles import changes, present

TOLERANT = Relaxation(1000, 0.5, tolerance=1e-2)
LONG = Relaxation(80, 0.5)


def deep(dtype: str) -> tuple[MLP, Params, Presentation]:
    """Three layers of 128 logistic units as they start, whose slopes make the lowest change small; a few digits."""
    network, params, shown = of_digits("logistic", 3, dtype)
    return network, params, present(shown.x[:8], shown.y[:8])


def told(rule: Any, params: Params, shown: Presentation) -> tuple[Params, dict[str, float]]:
    """The changes of a rule, and what it says of its phases; feedback is the forward weights' transposes."""
    _, state = rule.init(shown.x.shape[1], shown.y.shape[1], np.random.default_rng(0))
    back = {f"B{layer}": params[f"W{layer}"].T for layer in range(2, rule.network.depth + 1)}
    step = rule.update(params | back, state, shown, np.random.default_rng(0))
    return changes(step), dict(step.internals)


RULES = [
    EquilibriumPropagation(nudging="one-sided"),
    EquilibriumPropagation(nudging="random"),
    EquilibriumPropagation(),
    EquilibriumPropagation(nudging="one-sided", form="prototypical"),
    EquilibriumPropagation(form="prototypical"),
    EquilibriumPropagation(nudge=1e-3),
    HolomorphicEquilibriumPropagation(points=3),
    VectorFieldEquilibriumPropagation(),
    VectorFieldEquilibriumPropagation(form="prototypical", learned=False),
]


def named(rule: Any) -> str:
    parts = [getattr(rule, name, "") for name in ("nudging", "form", "nudge")]
    return "-".join([type(rule).__name__.removesuffix("EquilibriumPropagation"), *map(str, parts)])


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_what_is_called_settled_is_settled_as_a_share_of_the_change(rule: Any) -> None:
    """At a hundredth of it; of the force alone, the lowest change would not even have begun."""
    network, params, shown = deep("float64")
    rule = replace(rule, network=network)
    ours, seen = told(replace(rule, free=TOLERANT, nudged=TOLERANT), params, shown)
    for phase in ("free", "nudged"):
        assert seen[f"{phase} settled"] == 1
        assert seen[f"{phase} amplified error"] < TOLERANT.tolerance
        assert seen[f"{phase} settling steps"] < 80
    rest, _ = told(replace(rule, free=LONG, nudged=LONG), params, shown)
    assert farthest(ours, rest) < 0.06


def test_a_continual_change_divides_what_the_free_phase_leaves() -> None:
    """Its nudged phase has no tolerance; all that the free one leaves moves on in it, and is divided by the nudge."""
    network, params, shown = deep("float64")
    rule = ContinualEquilibriumPropagation(network, TOLERANT, Relaxation(40, 0.5), plasticity=1e-9)
    ours, seen = told(rule, params, shown)
    assert seen["free settled"] == 1
    rest, _ = told(replace(rule, free=LONG), params, shown)
    assert farthest(ours, rest) < 0.06


def test_a_tolerance_of_the_nudged_phase_alone_is_a_share_too() -> None:
    network, params, shown = deep("float64")
    ours, seen = told(EquilibriumPropagation(network, LONG, TOLERANT), params, shown)
    assert seen["free settled"] == 0  # without a tolerance nothing is known to be
    assert seen["nudged settled"] == 1
    rest, _ = told(EquilibriumPropagation(network, LONG, LONG), params, shown)
    assert farthest(ours, rest) < 0.06


def test_a_tolerance_is_of_the_size_that_the_nudge_has() -> None:
    """A tenth of the tolerance, or of the nudge, a tenth of the force that is left."""
    params, shown = problem(NETWORK)
    left = {}
    for nudge, tolerance in ((0.1, 1e-3), (0.1, 1e-4), (0.01, 1e-3)):
        how = Relaxation(1000, 0.1, tolerance)
        _, seen = told(EquilibriumPropagation(NETWORK, how, how, nudge), params, shown)
        left[nudge, tolerance] = np.array([seen["free residual"], seen["nudged residual"]])
    for smaller in ((0.1, 1e-4), (0.01, 1e-3)):
        np.testing.assert_allclose(left[smaller] / left[0.1, 1e-3], 0.1, rtol=0.2)


CASES = [
    ("tanh", "softmax", "prototypical"),
    ("identity", "linear", "energy"),
    ("relu", "linear", "prototypical"),
]


@pytest.mark.parametrize(("name", "last", "form"), CASES)
def test_the_signal_is_what_the_nudge_moves_the_lowest_layer_by(name: str, last: str, form: Form) -> None:
    """But for the loops: half the weights, a quarter of the difference, and less where the top leaks by β."""
    apart, nudge = [], 1e-5
    for spread in (0.08, 0.04, 0.02):
        network = replace(
            NETWORK,
            activation=activation(name),
            output=output(last),
            init=Gaussian(spread),
            bias_init=Gaussian(0.2),
        )
        params, shown = problem(network)
        net = EquilibriumNetwork(network, form)
        given = net.first(params, shown.x), shown.y
        free = net.settle(params, net.rest(shown.x, 3), given, LONG).state
        nudged = net.settle(params, free, given, LONG, nudge).state
        moved = float(abs(nudged[0] - free[0]).max(axis=1).mean())
        apart.append(abs(net.signal(params, free, given, nudge) / moved - 1))
    assert apart[0] < 0.5
    assert np.polyfit(np.log([0.08, 0.04, 0.02]), np.log(apart), 1)[0] == pytest.approx(2, abs=0.4)


@pytest.mark.parametrize("form", ["energy", "prototypical"])
@pytest.mark.parametrize("name", ["logistic", "tanh", "hard-sigmoid", "leaky-relu"])
@pytest.mark.parametrize("last", ["linear", "softmax"])
def test_the_signal_has_the_size_of_what_moves_whatever_the_units(name: str, last: str, form: Form) -> None:
    """Within a factor of two, slopes of slopes and loops being left out."""
    network = replace(
        NETWORK, activation=activation(name), output=output(last), hidden=(6, 5, 4), init=Gaussian(0.1)
    )
    params, shown = problem(network)
    middle = 0.5 if name == "hard-sigmoid" else 0.0  # between the bounds
    params |= {key: array + middle for key, array in params.items() if key[0] == "b"}
    net = EquilibriumNetwork(network, form)
    given = net.first(params, shown.x), shown.y
    free = net.settle(params, net.rest(shown.x, 3), given, LONG).state
    nudged = net.settle(params, free, given, LONG, 1e-3).state
    moved = float(abs(nudged[0] - free[0]).max(axis=1).mean())
    assert 0.5 < net.signal(params, free, given, 1e-3) / moved < 2


@pytest.mark.parametrize(
    "rule",
    [EquilibriumPropagation(nudge=0.03), HolomorphicEquilibriumPropagation(nudge=0.03, points=2)],
    ids=named,
)
def test_what_rounding_hides_is_not_called_settled(rule: Any) -> None:
    """In single precision, however long it takes; the change is ten times farther off than a settled one may be."""
    exact, wide_params, wide = deep("float64")
    network, params, shown = deep("float32")
    wide_params = {name: array.astype(float) for name, array in params.items()}
    rest, _ = told(replace(rule, network=exact, free=LONG, nudged=LONG), wide_params, wide)
    for steps in (50, 200):
        how = replace(TOLERANT, steps=steps)
        ours, seen = told(replace(rule, network=network, free=how, nudged=how), params, shown)
        for phase in ("free", "nudged"):
            assert seen[f"{phase} settled"] == 0
            assert seen[f"{phase} amplified error"] > TOLERANT.tolerance
        assert distance(ours["W1"], rest["W1"]) > 10 * TOLERANT.tolerance


def test_steps_that_do_not_suffice_are_said() -> None:
    """The free phase takes no more steps than it has, though it first settles as far as its signal can be told."""
    network, params, shown = deep("float64")
    for steps in (1, 2, 12):
        how = replace(TOLERANT, steps=steps)
        _, seen = told(EquilibriumPropagation(network, how, TOLERANT), params, shown)
        assert seen["free settling steps"] == steps
        assert seen["free settled"] == 0
        assert seen["free amplified error"] > TOLERANT.tolerance
    _, seen = told(EquilibriumPropagation(network, replace(TOLERANT, steps=30), TOLERANT), params, shown)
    assert seen["free settled"] == 1


@pytest.mark.parametrize("rule", [EquilibriumPropagation, HolomorphicEquilibriumPropagation])
def test_without_hidden_layers_the_change_is_settled_too(rule: Any) -> None:
    network = MLP((), output=output("linear"), dtype="float64")
    params, shown = problem(network)
    ours, seen = told(rule(network, TOLERANT, TOLERANT), params, shown)
    assert seen["nudged settled"] == 1
    assert farthest(ours, told(rule(network, LONG, LONG), params, shown)[0]) < 0.03


def test_without_a_tolerance_no_signal_is_asked_for() -> None:
    """Fixed phases cost what they did."""
    params, shown = problem(NETWORK)
    _, seen = told(EquilibriumPropagation(NETWORK), params, shown)
    assert not any("amplified" in name for name in seen)
