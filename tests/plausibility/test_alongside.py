"""Rules that ride along. Oracles: rules that are equal by theory, and the trainer itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.random import Generator

from baselines.backprop import Backprop
from plausible.core import Array, Presentation, Rule, State, Step, Tick, View, randomness
from plausible.errors import BadInput
from plausible.networks.mlp import MLP
from plausible.optimise.adam import Adam
from plausible.plausibility.alongside import Rider, alongside, cosines
from plausible.registry import registry
from plausible.rules.feedback.kolen_pollack import KolenPollack
from plausible.study.learner import Learner
from plausible.tasks.streams import Minibatches
from plausible.tasks.task import Split
from tests.oracles import examples

NETWORK = MLP((6, 5), dtype="float64")
SIZES = (4, 3)


@dataclass(frozen=True)
class Bounded(KolenPollack):
    """Kolen-Pollack whose feedback is held within bounds."""

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        return super().update(params, state, shown, rng)._replace(bounds={"B2": (-0.3, 0.2)})


def ride(driver: Rule, riders: dict[str, Rule], looked: Callable[[Tick, dict[str, Rider]], None]) -> Learner:
    """Forty changes by a rule, with others alongside, all of them at one seed."""
    roles = randomness(5)
    learner = Learner.new(driver, Adam(0.01), *SIZES, roles)
    forward = NETWORK.shapes(*SIZES)
    weights = {name: learner.params[name] for name in forward}
    all_of = {name: Rider.new(rule, weights, Adam(0.01), SIZES, 5) for name, rule in riders.items()}
    x, y, *_ = examples(NETWORK, 40, *SIZES)
    stream = Minibatches(10)(Split(x, y), "classes", 10, roles.order)
    for tick in alongside(all_of, learner.ticks(stream), forward):
        looked(tick, all_of)
    looked(Tick(40, learner.params, examples(NETWORK, 9, *SIZES), Step({})), all_of)
    return learner


def test_a_rule_that_is_backprop_says_the_same_all_the_way() -> None:
    """Errors with fixed predictions settle to those of backprop [millidge2022], at any weights."""
    rules = ["backprop", "fixed-prediction-coding[settling=euler(200,0.5)]", "zero-divergence-learning"]
    found: list[float] = []

    def looked(tick: Tick, riders: dict[str, Rider]) -> None:
        forward = {name: tick.params[name] for name in NETWORK.shapes(*SIZES)}
        rng = np.random.default_rng(0)
        steps = {name: rider.proposes(forward, tick.shown, rng) for name, rider in riders.items()}
        found.extend(cosines(steps).values())
        found.extend(cosines(steps, "W1").values())

    ride(Backprop(NETWORK), {rule: registry.rule(rule, NETWORK) for rule in rules}, looked)
    assert len(found) == 41 * 3 * 2
    assert found == pytest.approx([1] * len(found), abs=1e-9)


@pytest.mark.parametrize("kind", [KolenPollack, Bounded])
def test_what_a_rider_has_besides_learns_as_by_the_trainer(kind: type[KolenPollack]) -> None:
    """A rule that rides with itself has its own feedback, decay and bounds included, to the last bit."""
    held: list[float] = []

    def looked(tick: Tick, riders: dict[str, Rider]) -> None:
        own = riders["same"].own
        assert [*own] == ["B2", "B3"]
        for name, array in own.items():
            np.testing.assert_array_equal(array, tick.params[name])
        held.append(float(own["B2"].min()))

    ride(kind(NETWORK), {"same": kind(NETWORK)}, looked)
    assert len(set(held)) > 1 or kind is Bounded
    assert (held[-1] >= -0.3) or kind is KolenPollack


def test_riders_leave_the_driver_alone() -> None:
    names = ("kolen-pollack", "weight-mirror", "self-predicting-microcircuit", "pepita")
    riders = {name: registry.rule(name, NETWORK) for name in names}
    alone, driven = (ride(Backprop(NETWORK), rules, lambda tick, riders: None) for rules in ({}, riders))
    for name, array in alone.params.items():
        np.testing.assert_array_equal(array, driven.params[name])


def test_random_feedback_does_not_align_where_weights_follow_backprop() -> None:
    """The weight mirror and Kolen-Pollack say what feedback alignment says before any change, as B is drawn alike."""
    first: list[dict[tuple[str, str], float]] = []

    def looked(tick: Tick, riders: dict[str, Rider]) -> None:
        forward = {name: tick.params[name] for name in NETWORK.shapes(*SIZES)}
        steps = {n: r.proposes(forward, tick.shown, np.random.default_rng(0)) for n, r in riders.items()}
        first.append(cosines(steps, "W1"))

    names = ("feedback-alignment", "kolen-pollack", "weight-mirror")
    ride(Backprop(NETWORK), {name: registry.rule(name, NETWORK) for name in names}, looked)
    assert [*first[0].values()] == pytest.approx([1, 1, 1])
    assert max(first[-1].values()) < 0.999  # feedback that learns has left the fixed one


def test_cosines_by_hand() -> None:
    def step(w1: list[float], w2: list[float], **others: Array) -> Step:
        return Step({"W1": np.array(w1), "W2": np.array(w2), **others})

    steps = {"a": step([1, 0], [0]), "b": step([1, 1], [1], B2=np.ones(3)), "c": step([0, 0], [0])}
    assert cosines(steps) == pytest.approx(
        {("a", "b"): 3**-0.5, ("a", "c"): np.nan, ("b", "c"): np.nan}, nan_ok=True
    )
    assert cosines(steps, "W1")["a", "b"] == pytest.approx(2**-0.5)


def test_networks_of_another_size_do_not_ride() -> None:
    weights = Backprop(NETWORK).init(*SIZES, np.random.default_rng(0))[0]
    with pytest.raises(BadInput, match="give both the same network"):
        Rider.new(Backprop(MLP((7, 5), dtype="float64")), weights, Adam(), SIZES, 0)
    with pytest.raises(BadInput, match="expected some of"):
        Rider.new(Backprop(NETWORK), {"V1": np.ones((2, 2))}, Adam(), SIZES, 0)
