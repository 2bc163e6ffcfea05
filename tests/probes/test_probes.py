"""Probes read what is there. Oracles: geometry, and products whose size is known from the shapes."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from plausible import contract
from plausible.core import Array, Measurement, Outer, Presentation, Rule, Step, Tick, randomness, read_only
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.sgd import SGD
from plausible.probes.alignment import (
    aligned,
    angle,
    backward_product,
    delta_angles,
    row_angles,
    weight_angles,
)
from plausible.probes.cost import multiply_adds
from plausible.probes.performance import performance
from plausible.probes.traced import Ledger, Traced, sources, traced_arguments
from plausible.registry import registry
from plausible.settling.relaxation import Relaxation
from plausible.study.course import reference_of
from plausible.tasks.streams import Minibatches
from plausible.tasks.task import Split
from plausible.train import train

REST = Relaxation(4000, 0.5, tolerance=1e-14)


def test_angles_are_those_of_geometry() -> None:
    a = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 0.0], [0.0, 0.0]])
    b = np.array([[0.0, 2.0], [3.0, 0.0], [-5.0, 0.0], [1.0, 1.0]])
    assert row_angles(a, b) == pytest.approx([90, 45, 180, np.nan], nan_ok=True)
    assert angle(a[:1], a[:1]) == 0


def test_random_directions_are_at_right_angles_within_their_spread() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 4000, 100))
    angles = row_angles(a, b)
    spread = 57.2958 / 10  # 180/π / √d, to first order in 1/d
    assert abs(angles.mean() - 90) < 4 * spread / 4000**0.5
    assert angles.std() == pytest.approx(
        spread, rel=0.05
    )  # the spread's own error is 1/√8000, the order 1/d 0.01


def test_a_signal_is_compared_with_its_sign_whichever_way_the_scale_carries_it() -> None:
    post = np.array([[1.0, 2.0], [3.0, -1.0]])
    pre = np.ones((2, 3))
    negative, positive = Step({"W1": Outer(pre, post, -0.5)}), Step({"W1": Outer(pre, -post, 2.0)})
    assert [m.value for m in delta_angles(negative, positive, 2)] == pytest.approx([0], abs=1e-5)
    assert [m.value for m in delta_angles(negative, Step({"W1": Outer(pre, post)}), 2)] == pytest.approx(
        [180]
    )
    assert not list(delta_angles(negative, positive, 1))  # of one example, these are not signals but phases


def test_feedback_is_compared_with_the_weights_that_it_stands_for() -> None:
    rng = np.random.default_rng(1)
    w1, w2, w3 = rng.normal(size=(5, 4)), rng.normal(size=(4, 3)), rng.normal(size=(3, 2))
    params = {"W1": w1, "W2": w2, "W3": w3, "B2": 2 * w2.T, "B3": -w3.T, "Q1": (w2 @ w3).T, "Q2": w3.T}
    found = {m.layer: m.value for m in weight_angles(params)}
    assert found == pytest.approx({"B2": 0, "B3": 180, "Q1": 0, "Q2": 0}, abs=1e-5)
    assert np.allclose(backward_product(params, 1), (w2 @ w3).T)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [  # of 6-7-4-3 units: forward 6·7 + 7·4 + 4·3 = 82; changes as many; backward 3·4 + 4·7 = 40, or 3·4 + 3·7 = 33
        ("backprop", 82 + 40 + 82),
        ("feedback-alignment", 82 + 40 + 82),
        ("direct-feedback-alignment", 82 + 33 + 82),
        ("shallow", 82 + 12),
        ("kolen-pollack", 82 + 40 + 82 + 40),  # changes of feedback, 7·4 + 4·3
        ("weight-mirror", 82 + 40 + 82 + 2 * 40),  # the same, and noise through the weights
        ("direct-random-target-projection", 82 + 33 + 82),
        ("indirect-feedback-alignment", 82 + 3 * 7 + 7 * 4 + 82),
        ("uniform-sign-feedback", 82 + 40 + 82),
        ("pepita", 2 * 82 + 3 * 6 + 82),
        ("forward-forward", 2 * 2 * ((6 + 3) * 7 + 7 * 4)),  # two labels; forward and changes, no read-out
    ],
)
def test_multiply_adds_are_those_of_the_shapes(rule: str, expected: int) -> None:
    it = contract.case(rule, batch=9)
    assert multiply_adds(it.rule, it.params, it.state, it.shown, it.roles.noise) == expected


def test_every_kind_of_product_is_booked() -> None:
    ledger = Ledger()
    a, b = Traced(np.ones((3, 4)), "a", ledger), np.ones((4, 5))
    products = (np.matmul, np.dot, lambda a, b: a @ b, lambda a, b: a.dot(b), partial(np.einsum, "ij,jk->ik"))
    for product in products:
        assert np.array_equal(product(a, b), np.full((3, 5), 4.0))
        assert ledger.multiply_adds == 60
        ledger.multiply_adds = 0
    stacked = np.matmul(Traced(np.ones((2, 3, 4)), "a", ledger), b)
    assert stacked.shape == (2, 3, 5)
    assert ledger.multiply_adds == 120


def test_sources_follow_every_operation() -> None:
    a, b, c = (Traced(np.arange(6.0).reshape(2, 3) + 1, (name,)) for name in "abc")
    for result, expected in (
        (a + b, "ab"),
        (a.T @ c, "ac"),
        (np.where(a > 2, b, 0), "ab"),
        (np.concatenate([a, b]), "ab"),
        (np.tanh(a).sum(axis=0, keepdims=True), "a"),
        (a[:, 1:].copy(), "a"),
        (np.ones(3) * c, "c"),
        (np.maximum(a, 0).mean(), "a"),
    ):
        assert isinstance(result, Traced)
        assert result.sources == frozenset(expected)
    total = np.exp(a)
    total += b
    assert total.sources == frozenset("ab")


@pytest.mark.parametrize(
    ("rule", "used", "unused"),
    [
        ("backprop", {"W2", "W3"}, {"B2", "B3"}),
        ("feedback-alignment", {"W2", "W3", "B2", "B3"}, set()),
        ("direct-feedback-alignment", {"Q1"}, {"Q2"}),
    ],
)
def test_a_change_knows_which_feedback_it_was_made_of(rule: str, used: set[str], unused: set[str]) -> None:
    it = contract.case(rule)
    step = it.rule.update(*traced_arguments(it.params, it.state, it.shown), it.roles.noise)
    found = sources(step.updates["W1"])
    assert used | {"x", "y", "W1"} <= found
    assert not unused & found


def test_no_probe_changes_a_trajectory() -> None:
    """Learning with probes at every step, and without any, ends in the same weights to the last bit."""

    def learned(probed: bool) -> dict[str, Array]:
        network = MLP(hidden=(7, 4))
        rule, reference = registry.rule("feedback-alignment", network), registry.rule("backprop", network)
        roles = randomness(3)
        params, state = rule.init(contract.N_IN, contract.N_OUT, roles.weights)
        split = contract.examples(60, "float32")
        shown = next(Minibatches(20)(split, "classes", 1, roles.probes))
        stream = Minibatches(8)(split, "classes", 3, roles.order)
        for tick in train(rule, SGD(0.1, momentum=0.9), params, state, stream, roles.noise):
            if probed:
                assert len(list(aligned(tick, rule, reference, shown, roles.probes))) > 10
                list(performance(rule, tick.params, tick.step.state, split, "classes", None, roles.probes))
                multiply_adds(rule, tick.params, tick.step.state, shown, roles.probes)
        return params

    plain, probed = learned(False), learned(True)
    assert all(np.array_equal(plain[name], probed[name]) for name in plain)


def test_backprop_has_no_angle_to_itself() -> None:
    it = contract.case("backprop", "float64")
    tick = Tick(0, read_only(it.params), it.shown, it.step())
    found = list(aligned(tick, it.rule, it.rule, it.shown, it.roles.probes))
    angles = [m.value for m in found if m.metric in ("gradient angle", "delta angle")]
    assert len(angles) == 6
    # arccos near 1 turns a rounding error of ε = 2.2e-16 into √(2 ε n) radians, here below 1e-5 degrees
    assert angles == pytest.approx([0] * 6, abs=1e-5)
    norms = {m.layer: m.value for m in found if m.metric == "norm"}
    assert norms["W1"] == pytest.approx(np.sqrt((it.params["W1"] ** 2).sum()))


def test_feedback_that_is_made_on_the_way_is_compared_too() -> None:
    """Signs of weights are below 90° from them, and not in the weights that the rule keeps."""
    it = contract.case("uniform-sign-feedback", "float64")
    tick = Tick(0, read_only(it.params), it.shown, it.step())
    found = {
        m.layer: m.value
        for m in aligned(tick, it.rule, None, it.shown, it.roles.probes)
        if m.metric == "weight angle"
    }
    assert found.keys() == {"B2", "B3"}
    assert all(0 < degrees < 60 for degrees in found.values())


@pytest.mark.parametrize("rule", ["forward-forward", "global-error-vector-broadcasting", "vector-backprop"])
def test_rules_with_a_network_of_their_own_name_their_reference(rule: str) -> None:
    """The gradient in that network, where there is one; no angles to the gradient where there is none."""
    it = contract.case(rule, "float64")
    name = reference_of(it.rule)
    reference = registry.rule(name, MLP(hidden=(7, 4), dtype="float64")) if name else None
    tick = Tick(0, read_only(it.params), it.shown, it.step())
    found = [m for m in aligned(tick, it.rule, reference, it.shown, it.roles.probes) if "angle" in m.metric]
    assert bool(found) == bool(name)
    assert all((m.value < 1e-5) == (rule == "vector-backprop") for m in found if m.layer == "W1")


def seen_beside(
    rule: Rule, reference: Rule | None, params: dict[str, Array], it: contract.Case
) -> list[Measurement]:
    """What the probe finds."""
    tick = Tick(0, read_only(params), it.shown, it.step())
    return list(aligned(tick, rule, reference, it.shown, it.roles.probes))


def test_phases_are_not_compared_with_signals() -> None:
    """Of two phases, as of complex parts, there are two rows for an example, and no teaching signal among them."""
    it = contract.case("equilibrium-propagation[nudge=1e-4]", "float64")
    rule = replace(it.rule, free=REST, nudged=REST)  # type: ignore[type-var]
    reference = registry.rule(reference_of(rule), rule.network)  # type: ignore[attr-defined]
    found = seen_beside(rule, reference, it.params, it)
    angles = {(m.metric, m.layer): m.value for m in found if m.metric in ("delta angle", "gradient angle")}
    # the first layer's change has one row for an example: its input does not move
    assert angles.keys() == {("delta angle", "W1"), *(("gradient angle", f"W{layer}") for layer in (1, 2, 3))}
    assert max(angles.values()) < 0.01


def test_a_sequence_has_a_signal_for_every_example_and_time() -> None:
    it = contract.case("bptt", "float64")
    found = {
        m.layer: m.value for m in seen_beside(it.rule, it.rule, it.params, it) if m.metric == "delta angle"
    }
    assert found == pytest.approx({"R1": 0, "W1": 0, "W2": 0}, abs=1e-5)


def test_a_reference_that_does_not_settle_says_so() -> None:
    """With weights so large that some states go back and forth for ever; those examples have no gradient."""
    it = contract.case("equilibrium-propagation", "float64", batch=40)
    reference = registry.rule("equilibrium-gradient", it.rule.network)  # type: ignore[attr-defined]

    def settled(scale: float) -> float:
        params = {name: scale * array for name, array in it.params.items()}
        found = [m for m in seen_beside(it.rule, reference, params, it) if m.metric == "reference settled"]
        step = reference.update(params, None, it.shown, np.random.default_rng(0))
        (one,) = found
        assert one.value == min(step.internals["free settled"], step.internals["adjoint settled"])
        return one.value

    assert settled(1) == 1
    assert 0 < settled(6) < 1
    names = {
        m.metric for m in seen_beside(it.rule, registry.rule("backprop", it.rule.network), it.params, it)
    }  # type: ignore[attr-defined]
    assert "reference settled" not in names  # backpropagation has nothing to settle


class Fixed:
    """A rule that answers with what it is shown."""

    def init(self, n_in: int, n_out: int, rng: np.random.Generator) -> tuple[dict[str, Array], None]:
        return {}, None

    def update(self, params: object, state: object, shown: Presentation, rng: np.random.Generator) -> Step:
        return Step({})

    def respond(self, params: object, state: object, x: Array, rng: np.random.Generator) -> list[Array]:
        return [x]


def test_performance_is_what_is_written_by_hand() -> None:
    rng = np.random.default_rng(0)
    answers = np.array([[0.7, 0.2, 0.1], [0.3, 0.4, 0.3], [0.2, 0.3, 0.5], [0.6, 0.3, 0.1]])
    y = np.eye(3)[[0, 1, 0, 0]]
    softmax = output("softmax").loss
    found = {
        m.metric: m.value for m in performance(Fixed(), {}, None, Split(answers, y), "classes", softmax, rng)
    }
    assert found["accuracy"] == 0.75
    assert found["loss"] == pytest.approx(-np.log([0.7, 0.4, 0.2, 0.6]).mean())
    targets = np.array([[0.0], [1.0], [2.0], [3.0]])
    answer = np.array([[0.0], [1.0], [2.0], [1.0]])  # squared error 4, variance around 1.5: 5
    found = {
        m.metric: m.value for m in performance(Fixed(), {}, None, Split(answer, targets), "values", None, rng)
    }
    assert found == {"normalised error": pytest.approx(0.8)}


def test_an_answer_that_is_not_a_number_is_not_correct() -> None:
    answers = np.array([[np.nan, 0.0], [1.0, 0.0]])
    split = Split(answers, np.eye(2)[[0, 0]])
    (accuracy,) = performance(Fixed(), {}, None, split, "classes", None, np.random.default_rng(0))
    assert accuracy.value == 0.5


def test_feedback_through_the_pseudoinverse_has_no_angle_to_pseudo_backprop() -> None:
    it = contract.case("feedback-alignment", "float64")
    depth = it.rule.network.depth  # type: ignore[attr-defined]
    inverse = {f"B{depth}": np.linalg.pinv(it.params[f"W{depth}"])}
    reference = registry.rule("backprop", it.rule.network)  # type: ignore[attr-defined]

    def measured(params: dict[str, Array]) -> list[float]:
        tick = Tick(0, read_only(params), it.shown, it.step())
        found = aligned(tick, it.rule, reference, it.shown, it.roles.probes)
        return [m.value for m in found if m.metric == "pseudo-backprop angle" and m.layer == f"W{depth - 1}"]

    assert measured(it.params | inverse) == pytest.approx([0], abs=1e-5)  # as above
    assert measured(it.params)[0] > 10
