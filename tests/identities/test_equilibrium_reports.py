"""What equilibrium propagation says of its phases, and the settings that it refuses.

Oracle: phases settled one by one; the leak of an output under the opposite nudge.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from baselines.equilibrium_gradient import EquilibriumGradient
from plausible.core import Params, Presentation, Rule
from plausible.errors import BadInput
from plausible.networks.activations import activation
from plausible.networks.outputs import output
from plausible.rules.equilibrium.continual import ContinualEquilibriumPropagation
from plausible.rules.equilibrium.holomorphic import HolomorphicEquilibriumPropagation
from plausible.rules.equilibrium.network import EquilibriumNetwork, together
from plausible.rules.equilibrium.propagation import EquilibriumPropagation
from plausible.rules.equilibrium.vector_field import VectorFieldEquilibriumPropagation
from plausible.settling.relaxation import Relaxation
from plausible.settling.settle import Settled
from tests.identities.equilibrium import NETWORK, REST, problem


def test_what_is_said_of_nudged_phases_is_said_of_all() -> None:
    """The worst residual of each example, the sum of its steps; settled where all are, oscillating where any is."""
    yes, no = np.array([True, True]), np.array([True, False])
    one = Settled([], np.array([1.0, 4.0]), np.array([10, 20]), yes, ~yes)
    other = Settled([], np.array([2.0, 3.0]), np.array([30, 60]), no, ~no)
    assert together([one, other]).internals("nudged ") == {
        "nudged residual": 4.0,
        "nudged settling steps": 60.0,
        "nudged settled": 0.5,
        "nudged oscillating": 0.5,
    }
    found = together([one._replace(amplified=0.1), other._replace(amplified=0.2)])
    assert found.amplified == 0.2
    assert found.residual.tolist() == [2, 4]
    assert found.steps.tolist() == [40, 80]


def alone(rule: Any, params: Params, shown: Presentation, nudges: list[complex], **more: Any) -> list[float]:
    """The residual of each nudged phase by itself, from the free state."""
    net = EquilibriumNetwork(rule.network)
    given = net.first(params, shown.x), shown.y
    free = net.settle(params, net.rest(shown.x, 3), given, rule.free, 0.0, **more)
    start = [s.astype(complex) if isinstance(nudges[0], complex) else s for s in free.state]
    return [
        float(net.settle(params, start, given, rule.nudged, nudge, **more).residual.max()) for nudge in nudges
    ]


def test_the_phase_that_is_farther_from_rest_is_the_one_that_is_reported() -> None:
    """Nudged by -0.95 an output leaks at the rate 0.05, and is far from rest when that nudged by 0.95 has settled."""
    params, shown = problem(NETWORK)
    turns = [complex(0.95 * np.exp(2j * np.pi * k / 5)) for k in range(5)]
    back = {f"B{layer}": params[f"W{layer}"].T for layer in (2, 3)}
    cases: list[tuple[Any, list[complex], dict[str, Any]]] = [
        (EquilibriumPropagation, [0.95, -0.95], {}),
        (VectorFieldEquilibriumPropagation, [0.95, -0.95], {"feedback": back}),
        (HolomorphicEquilibriumPropagation, turns, {}),
    ]
    for kind, nudges, more in cases:
        points = {"points": 5} if kind is HolomorphicEquilibriumPropagation else {}
        rule = kind(NETWORK, REST, Relaxation(40, 0.5, tolerance=1e-6), 0.95, **points)
        _, state = rule.init(4, 3, np.random.default_rng(0))
        seen = rule.update(params | back, state, shown, np.random.default_rng(0)).internals
        each = alone(rule, params, shown, nudges, **more)
        assert seen["nudged residual"] == pytest.approx(max(each), rel=1e-9)
        assert max(each) > 1e3 * each[0]
        assert max(each) > 1.01 * each[-1] or kind is not HolomorphicEquilibriumPropagation
        assert seen["nudged settled"] < 1


@pytest.mark.parametrize("rate", [0.1, 1.5])
def test_continual_changes_tell_of_themselves_what_settling_does(rate: float) -> None:
    """With hardly any plasticity it is a nudged phase: at a small rate it comes to rest, at a large one it swings."""
    params, shown = problem(NETWORK)
    how = Relaxation(20, rate)
    seen = []
    for rule in (
        EquilibriumPropagation(NETWORK, REST, how, nudging="one-sided"),
        ContinualEquilibriumPropagation(NETWORK, REST, how, plasticity=1e-13),
    ):
        _, state = rule.init(4, 3, np.random.default_rng(0))
        seen.append(dict(rule.update(params, state, shown, np.random.default_rng(0)).internals))
    del seen[0]["nudged amplified error"]  # of states that move together with their weights none is told
    assert seen[1] == pytest.approx(seen[0])
    assert (seen[0]["nudged oscillating"] > 0.5) == (rate > 1)


CLIPPED = replace(NETWORK, activation=activation("hard-sigmoid"))
SOFTMAX = replace(NETWORK, output=output("softmax"))
LOGISTIC = replace(NETWORK, output=output("logistic-squared"))
DEAD = replace(NETWORK, activation=activation("relu"))
START = 4, 3, np.random.default_rng(0)


@pytest.mark.parametrize(
    "rule",
    [
        EquilibriumPropagation(NETWORK, nudge=1.0),
        EquilibriumPropagation(NETWORK, nudge=2.0, nudging="random"),
        EquilibriumPropagation(LOGISTIC, nudge=1.0, form="prototypical"),
        EquilibriumPropagation(CLIPPED, nudge=1.0, form="prototypical"),  # whose states have no bounds
        VectorFieldEquilibriumPropagation(NETWORK, nudge=1.0),
        HolomorphicEquilibriumPropagation(NETWORK, nudge=1.0),
    ],
    ids=repr,
)
def test_a_nudge_that_would_run_away_is_refused(rule: Rule) -> None:
    with pytest.raises(
        BadInput, match=r"^nudge is [12]\.0: expected a number below 1.*leaks at the rate 1 - nudge"
    ):
        rule.init(*START)


@pytest.mark.parametrize(
    "rule",
    [
        EquilibriumPropagation(NETWORK, nudge=1.5, nudging="one-sided"),
        EquilibriumPropagation(NETWORK, nudge=0.99),
        EquilibriumPropagation(CLIPPED, nudge=2.0, nudging="random"),  # as in [scellier2017]
        EquilibriumPropagation(SOFTMAX, nudge=1.0),
        VectorFieldEquilibriumPropagation(SOFTMAX, nudge=1.0),
        HolomorphicEquilibriumPropagation(SOFTMAX, nudge=1.0),
        EquilibriumPropagation(DEAD, form="prototypical"),
        EquilibriumPropagation(replace(DEAD, hidden=())),
        EquilibriumGradient(NETWORK, window=3),
    ],
    ids=repr,
)
def test_what_comes_to_rest_is_not_refused(rule: Rule) -> None:
    rule.init(*START)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (
            EquilibriumPropagation(DEAD),
            "^activation is 'relu': expected another, such as leaky-relu.*form=prototypical",
        ),
        (EquilibriumGradient(DEAD), "^activation is 'relu'"),
        (ContinualEquilibriumPropagation(nudged=Relaxation(5, 0.5, tolerance=1e-3)), "^nudged is euler"),
        (
            ContinualEquilibriumPropagation(nudged=Relaxation(5, 0.5, momentum=0.5)),
            r"expected euler\(5, 0.5\), as weights change",
        ),
        (ContinualEquilibriumPropagation(nudged=Relaxation(5, 0.5, halving=True)), "^nudged is euler"),
        (EquilibriumGradient(steps=0), "^the number of settling steps is 0"),
        (EquilibriumGradient(steps="many"), "^the number of settling steps is 'many'"),  # type: ignore[arg-type]
        (EquilibriumGradient(rate=3), "^the settling rate is 3"),
        (EquilibriumGradient(rate="fast"), "^the settling rate is 'fast'"),  # type: ignore[arg-type]
        (EquilibriumGradient(window=-1), "^window is -1: expected a whole number"),
        (EquilibriumGradient(window="1"), "^window is '1'"),  # type: ignore[arg-type]
        (EquilibriumGradient(window=1.5), "^window is 1.5"),  # type: ignore[arg-type]
        (EquilibriumGradient(form="other"), "^form is 'other'"),  # type: ignore[arg-type]
    ],
    ids=repr,
)
def test_what_cannot_learn_is_refused(rule: Rule, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        rule.init(*START)
