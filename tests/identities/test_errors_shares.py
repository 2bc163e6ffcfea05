"""A tolerance of predictive coding, whichever way it goes, is a share of the lowest error, and so of the change.

Oracle: the changes of as many steps as leave nothing but rounding of the force.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from plausible.core import Outer, Params
from plausible.rules.predictive.coding import PredictiveCoding
from plausible.rules.predictive.exact import FixedPredictionCoding
from plausible.rules.predictive.generative import GenerativePredictiveCoding
from plausible.rules.predictive.relaxed import RelaxedPredictiveCoding
from plausible.settling.relaxation import Relaxation
from tests.identities.equilibrium import farthest
from tests.identities.test_equilibrium_shares import deep, told
from tests.identities.test_phases import transposes
from tests.oracles import changes

TOLERANT = Relaxation(2000, 0.5, tolerance=1e-2)
RULES = [
    PredictiveCoding(),
    PredictiveCoding(form="post"),
    PredictiveCoding(variance=10.0),
    PredictiveCoding(settling=replace(TOLERANT, halving=True)),
    RelaxedPredictiveCoding(),
    RelaxedPredictiveCoding(form="post", variance=10.0, slopes=True),
    FixedPredictionCoding(),
]


def named(rule: Any) -> str:
    parts = [getattr(rule, name, "") for name in ("form", "variance", "slopes")]
    return "-".join([type(rule).__name__, *map(str, parts), "halving" * rule.settling.halving])


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_errors_are_settled_as_a_share_of_the_lowest(rule: Any) -> None:
    """Through three layers of logistic units, whose slopes make it small, and an output of any variance."""
    network, params, shown = deep("float64")
    params |= transposes(network, params)
    how = replace(TOLERANT, halving=rule.settling.halving)
    ours, seen = told(replace(rule, network=network, settling=how), params, shown)
    assert seen["settled"] == 1
    assert seen["amplified error"] < TOLERANT.tolerance
    rest, _ = told(replace(rule, network=network, settling=Relaxation(150, 0.5)), params, shown)
    assert farthest(ours, rest) < 0.03


@pytest.mark.parametrize("labels", [True, False])
def test_errors_of_the_generative_direction_are_settled_as_a_share_of_the_least(labels: bool) -> None:
    """Changes are products of two that settle, each to a hundredth or so."""
    network, _, shown = deep("float64")
    rule = GenerativePredictiveCoding(network, replace(TOLERANT, rate=0.2), prior=1.0, labels=labels)
    params, state = rule.init(64, 10, np.random.default_rng(1))

    def of(how: Relaxation) -> tuple[Params, dict[str, float]]:
        step = replace(rule, settling=how).update(params, state, shown, np.random.default_rng(0))
        return changes(step), dict(step.internals)

    ours, seen = of(rule.settling)
    assert seen["settled"] == 1
    assert seen["amplified error"] < TOLERANT.tolerance
    assert farthest(ours, of(Relaxation(1500, 0.2))[0]) < 0.1


def test_a_tenth_of_an_error_is_a_tenth_of_what_is_left_of_the_force() -> None:
    """Ten times the variance of the output makes every error a tenth."""
    network, params, shown = deep("float64")
    left = []
    for variance in (10.0, 100.0):
        rule = PredictiveCoding(network, replace(TOLERANT, rate=0.1), variance=variance)
        left.append(told(rule, params, shown)[1]["residual"])
    assert left[1] / left[0] == pytest.approx(0.1, rel=0.1)


@pytest.mark.parametrize(
    "rule", [PredictiveCoding(variance=1e5), RelaxedPredictiveCoding(variance=1e5, slopes=True)]
)
def test_an_error_below_rounding_is_not_called_settled(rule: Any) -> None:
    network, params, shown = deep("float32")
    _, seen = told(replace(rule, network=network, settling=replace(TOLERANT, steps=100)), params, shown)
    assert seen["settled"] == 0
    assert seen["amplified error"] > TOLERANT.tolerance


def test_an_answer_settles_to_a_force() -> None:
    """It is not divided by anything: the tolerance is what no force is above."""
    network, _, shown = deep("float64")
    rule = GenerativePredictiveCoding(network, Relaxation(2000, 0.2, tolerance=1e-3), prior=0.5)
    params, _ = rule.init(64, 10, np.random.default_rng(1))
    settled = rule.causes(params, shown.x, 10, None)
    assert settled.converged.all()
    assert 1e-4 < settled.residual.max() < 1e-3
    assert settled.amplified is None


@pytest.mark.parametrize(
    "rule",
    [
        PredictiveCoding(),
        RelaxedPredictiveCoding(slopes=True),
        RelaxedPredictiveCoding(form="post"),
        FixedPredictionCoding(),
    ],
    ids=named,
)
def test_a_share_is_of_the_lowest_error(rule: Any) -> None:
    """Of e_1 at rest, which is what W_1 learns from, but for what its output's variance takes off, as its inverse."""
    network, params, shown = deep("float64")
    params |= transposes(network, params)
    apart, fixed = [], isinstance(rule, FixedPredictionCoding)
    for variance in (10.0, 100.0, 1000.0):
        of = replace(rule, network=network) if fixed else replace(rule, network=network, variance=variance)
        seen = told(replace(of, settling=TOLERANT), params, shown)[1]
        step = replace(of, settling=Relaxation(150, 0.5)).update(
            params, None, shown, np.random.default_rng(0)
        )
        change = step.updates["W1"]
        assert isinstance(change, Outer)
        lowest = float(abs(change.post).max(axis=1).mean())
        apart.append(abs(seen["residual"] / seen["amplified error"] / lowest - 1))
    if fixed:
        assert max(apart) < 1e-12
    else:
        assert np.polyfit(np.log([10.0, 100.0, 1000.0]), np.log(apart), 1)[0] == pytest.approx(-1, abs=0.1)
