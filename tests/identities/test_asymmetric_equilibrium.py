"""Equilibrium propagation without an energy.

Oracle: central differences of the loss at the free equilibrium, and the order in the nudge in which they are neared.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import pytest

from plausible.core import Params, View
from plausible.networks.inits import Gaussian
from plausible.networks.outputs import output
from plausible.probes.alignment import distance
from plausible.probes.differences import central_differences
from plausible.rules.equilibrium.asymmetric import AsymmetricEquilibriumPropagation
from plausible.rules.equilibrium.vector_field import VectorFieldEquilibriumPropagation
from plausible.settling.relaxation import Relaxation
from tests.identities.equilibrium import NETWORK, REST, every_output, problem
from tests.oracles import propose

NUDGES = np.array([0.1, 0.05, 0.025])
RULE = AsymmetricEquilibriumPropagation(NETWORK, REST, REST, feedback=Gaussian(0.4))


def drawn(rule: AsymmetricEquilibriumPropagation) -> Params:
    """The weights of a problem far from trouble, with feedback of their own."""
    given, _ = problem(rule.network)
    return {**rule.init(4, 3, np.random.default_rng(0))[0], **given}


def gradient(rule: AsymmetricEquilibriumPropagation, params: Params) -> Params:
    """Minus the derivative of the mean loss of the free equilibrium by every weight."""
    _, shown = problem(rule.network)
    free = replace(rule, free=Relaxation(80, 0.8))  # as many steps for every example, which is faster

    def loss(moved: View) -> float:
        answer = free.respond(moved, None, shown.x, np.random.default_rng(0))[-1]
        return rule.network.output.total(answer, shown.y)

    return {name: -slope for name, slope in central_differences(loss, params).items()}


def far(rule: AsymmetricEquilibriumPropagation, params: Params, exact: Params) -> list[float]:
    """The largest distance to the gradient of the weights of either direction, by nudge."""
    _, shown = problem(rule.network)
    ours = [propose(replace(rule, nudge=float(nudge)), params, shown) for nudge in NUDGES]
    assert ours[0].keys() == exact.keys()
    return [max(distance(each[n], exact[n]) for n in exact if n[0] in "WB") for each in ours]


@every_output
@pytest.mark.parametrize(("nudging", "order"), [("one-sided", 1), ("symmetric", 2)])
def test_the_bias_falls_as_a_power_of_the_nudge(
    nudging: Literal["one-sided", "symmetric"], order: int, last: str
) -> None:
    rule = replace(RULE, network=replace(NETWORK, output=output(last)), nudging=nudging)
    params = drawn(rule)
    off = far(rule, params, gradient(rule, params))
    assert np.polyfit(np.log(NUDGES), np.log(off), 1)[0] == pytest.approx(order, abs=0.1)


def test_without_the_correction_the_bias_stays() -> None:
    """As in vector-field equilibrium propagation, whose fixed feedback gives the same direction."""
    rule = replace(RULE, correction=False)
    params = drawn(rule)
    off = far(rule, params, gradient(rule, params))
    assert min(off) > 0.1
    assert off[-1] / off[0] == pytest.approx(1, abs=0.1)
    theirs = VectorFieldEquilibriumPropagation(NETWORK, REST, REST, 1e-3, learned=False)
    _, shown = problem(NETWORK)
    ours = propose(replace(rule, nudge=1e-3), params, shown)
    for name, change in propose(theirs, params, shown).items():
        np.testing.assert_allclose(ours[name], change, rtol=0, atol=1e-5 * abs(change).max(), err_msg=name)


def test_where_weights_are_the_same_in_both_directions_there_is_nothing_to_correct() -> None:
    params = drawn(RULE)
    params |= {f"B{n}": params[f"W{n}"].T for n in (2, 3)}
    _, shown = problem(NETWORK)
    ours, without = (propose(replace(RULE, correction=each), params, shown) for each in (True, False))
    for name, change in ours.items():
        np.testing.assert_allclose(change, without[name], rtol=0, atol=1e-12)
