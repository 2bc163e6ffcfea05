"""Feedback by what it does, units one by one, signals that meet slopes. Oracle: closed forms, planted arrays."""

from __future__ import annotations

from collections import deque
from pathlib import Path

import numpy as np
import pytest

from plausible.plausibility.gains import gains
from plausible.plausibility.gains_driven import curves, drives, is_slope, vanishes
from plausible.plausibility.neighbours import elsewhere
from plausible.plausibility.ratios import between, far, multiplied
from plausible.plausibility.responses import along, responses
from plausible.plausibility.subject import Subject
from plausible.plausibility.world import world
from tests.plausibility.planted import local, written

Generator = np.random.Generator
DRIVE = np.linspace(-6, 6, 13)
ACTIVE, SLOPES = np.tanh(DRIVE), 1 - np.tanh(DRIVE) ** 2


@pytest.mark.parametrize(("noise", "share"), [(0.0, 1.0), (0.2, 1 / 1.04), (0.5, 1 / 1.25)])
def test_what_comes_down_along_weights_is_the_square_of_their_correlation(
    noise: float, share: float, rng: Generator
) -> None:
    """W + s ξ has a squared cosine of 1 / (1 + s²) with W, whatever gain each unit has; told of 20 of 60 directions."""
    weight, above = rng.normal(size=(400, 60)), rng.normal(size=(20, 60))
    feedback = (weight + noise * rng.normal(size=weight.shape)).T * rng.uniform(0.5, 2, 400)
    assert along(above @ feedback, above, weight) == pytest.approx(share, abs=0.01)


def test_signs_of_normal_weights_lie_along_them_by_two_over_pi(rng: Generator) -> None:
    weight, above = rng.normal(size=(400, 60)), rng.normal(size=(20, 60))
    assert along(above @ np.sign(weight).T, above, weight) == pytest.approx(2 / np.pi, abs=0.02)


def test_feedback_of_its_own_lies_nowhere_and_one_unit_of_many_is_told(rng: Generator) -> None:
    weight, above = rng.normal(size=(40, 11)), rng.normal(size=(5, 11))
    feedback = rng.normal(size=(11, 40))
    assert along(above @ feedback, above, weight) is None
    assert along(above[:1] @ feedback, above[:1], weight) is None, "one direction tells nothing"
    feedback[:, 3] = weight[3]
    assert along(above @ feedback, above, weight) is not None


@pytest.mark.parametrize(
    ("rule", "weights"),
    [("backprop", {"W2", "W3"}), ("uniform-sign-feedback", {"W2"}), ("target-propagation", {"W3"}),
     ("fa", set()), ("low-rank-direct-feedback", set()), ("pepita", set()), ("dual-propagation", {"W2", "W3"})],
)  # fmt: skip
def test_what_rules_send_down(rule: str, weights: set[str]) -> None:
    assert {each.weight for each in responses(world(rule))} == weights


@pytest.mark.parametrize(
    ("factor", "slope", "gone"),
    [(SLOPES, True, True), (3 * SLOPES, True, True), (SLOPES * (2 + ACTIVE), False, True),
     (SLOPES * ACTIVE, False, True),
     (1 - ACTIVE, False, False), (ACTIVE, False, False), (np.ones(13), False, False), (ACTIVE**2, False, False)],
)  # fmt: skip
def test_a_unit_s_gains_are_slopes_or_vanish_where_it_saturates(
    factor: np.ndarray, slope: bool, gone: bool
) -> None:  # type: ignore[type-arg]
    assert is_slope(factor, SLOPES) is slope
    assert vanishes(factor, SLOPES, ACTIVE) is gone


@pytest.mark.parametrize(
    ("rule", "share"), [("fa", 1.0), ("dfa", 1.0), ("bptt", 1.0), ("node-perturbation", 0.0)]
)
def test_units_that_are_driven_one_by_one_have_the_gains_of_their_rule(rule: str, share: float) -> None:
    here = world(rule)
    found = curves(here, gains(here))
    assert found
    assert {each.are_slopes for each in found} == {each.vanish for each in found} == {share}


def test_units_are_driven_by_their_biases_or_else_by_their_weights() -> None:
    here, units = world("fa"), np.arange(13) % 2 == 0
    by_bias = drives(here, 1, units)
    assert all(np.array_equal(each["W1"], here.params["W1"]) for each in by_bias)
    assert all((each["b1"] != here.params["b1"]).tolist() == units.tolist() for each in by_bias)
    by_weight = drives(here._replace(params={n: a for n, a in here.params.items() if n != "b1"}), 1, units)
    moved = [(each["W1"] != here.params["W1"]).any(axis=0).tolist() for each in by_weight]
    assert all(each == units.tolist() for each in moved)
    assert min(len(by_bias), len(by_weight)) > 8


def test_a_signal_that_becomes_another_times_a_slope_is_told(rng: Generator) -> None:
    slopes = rng.uniform(0.1, 1, (2, 208))
    watched = deque([("1", slopes[0]), ("2", slopes[1])])
    signal, other = np.sign(rng.normal(size=208)), rng.normal(size=208)
    before = np.stack([other, signal])
    assert set(between(before, -3 * signal * slopes[1], watched)) == {"slope 2"}
    assert not set(between(before, signal * slopes[1] * (1 + 1e-3 * other), watched))
    assert not set(between(before, 2 * signal, watched))
    half = signal * (np.arange(208) % 2)
    assert set(between(np.stack([half]), half * slopes[0], watched)) == {"slope 1"}
    assert not set(between(np.stack([signal]), signal * 0.7, deque([("1", np.full(208, 0.5))])))


@pytest.mark.parametrize("rule", ["contrastive-hebbian", "dual-propagation", "relaxed-predictive-coding"])
def test_neurons_that_settle_multiply_by_no_slope_where_targets_are_far(rule: str) -> None:
    here = world(rule)
    assert abs(far(here).shown[0].y).max() > 4
    assert not [t for tokens in multiplied(here).tokens.values() for t in tokens if t.startswith("slope")]


def test_units_that_are_driven_strongly_send_on_what_they_sent() -> None:
    """In each of six ways and four patterns of units, of two layers; one unit's sign is turned in some of them."""
    here = world("fa")
    alone = here._replace(shown=tuple(each._replace(x=each.x[:1], y=each.y[:1]) for each in here.shown))
    before = alone.respond()
    several = list(elsewhere(alone, 1, strongly=True))
    assert len(several) == 24
    signs = set()
    for units, params in several:
        after = alone.respond(params)
        assert after[1] == pytest.approx(before[1], abs=1e-9)
        signs |= {np.sign(after[0][0, 0])} if 0 in range(13)[units] else set()
    assert signs == {-1.0, 1.0}


@pytest.mark.parametrize(("told", "left"), [("v[0] > 0", 0), ("v[0] > 1e-300 - 2", 1)])
def test_a_decision_that_nothing_turns_leaves_it_open(told: str, left: int, tmp_path: Path) -> None:
    """An activity of tanh is above -2 wherever it is driven."""
    name = written(local(f"np.stack([v if {told} else -v for v in h])", "untraceable"), tmp_path)
    it = Subject(lambda seed: world(name, seed))
    assert len(it.by_single_units) == 1
    assert len(it.unturned) == left
