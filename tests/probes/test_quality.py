"""What a rule's changes do. Oracles: linear networks by hand, quadratic losses, and noise of known size."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.random import Generator

from baselines.backprop import Backprop
from plausible.core import Array, Presentation, Rule, Step, View, randomness
from plausible.errors import BadInput
from plausible.networks.activations import identity
from plausible.networks.inits import Glorot
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.sgd import SGD
from plausible.probes.alignment import angle, dense
from plausible.probes.probe import Probe
from plausible.probes.quality import (
    Descent,
    Moments,
    Spread,
    TargetAlignment,
    answering,
    common,
    cosine,
    decrease,
    norm,
    products,
    target_alignment,
)
from plausible.registry import registry
from plausible.rules.feedback.feedback_alignment import FeedbackAlignment
from plausible.study.course import Course, execute
from plausible.study.experiment import Experiment, perform
from plausible.study.intervals import bounds_of, mean_interval
from plausible.study.run import Row, Run
from tests.oracles import present

LINEAR = MLP((5,), identity, output("linear"), "float64", bias=False)


def problem(network: MLP, batch: int, n_in: int = 4, n_out: int = 3) -> tuple[dict[str, Array], Presentation]:
    """Weights with feedback beside them, and a batch of normal inputs and targets."""
    rng = np.random.default_rng(1)
    params, _ = FeedbackAlignment(network).init(n_in, n_out, rng)
    return params, present(rng.normal(size=(batch, n_in)), rng.normal(size=(batch, n_out)))


def proposed(rule: Rule, params: View, shown: Presentation) -> Step:
    """What a rule proposes."""
    return rule.update(params, None, shown, np.random.default_rng(2))


def aligned(rule: Rule, params: View, shown: Presentation, size: float, *names: str) -> float:
    """The target alignment of what a rule proposes, of the weights that are named, or all of them."""
    changes = common(proposed(rule, params, shown), proposed(Backprop(rule.network), params, shown))  # type: ignore[attr-defined]
    answer = answering(rule, None, shown, np.random.default_rng(0))
    some = {name: changes[name] for name in names or changes}
    return target_alignment(answer, params, some, shown.y - answer(params), size)


def test_one_layer_moves_one_answer_straight_to_its_target() -> None:
    """ΔW = xᵀ e moves the answer by |x|² e, whatever the size of the step."""
    network = replace(LINEAR, hidden=())
    params, shown = problem(network, 1)
    assert aligned(Backprop(network), params, shown, 0.5) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("batch", [1, 7])
def test_two_linear_layers_move_answers_by_their_kernel(batch: int) -> None:
    """a = x W1 W2 moves by x ΔW1 W2 + h ΔW2, with ΔW2 = hᵀ e, and ΔW1 = xᵀ e W2ᵀ, or xᵀ e B2 by random feedback."""
    params, shown = problem(LINEAR, batch)
    w1, w2, b2, x = params["W1"], params["W2"], params["B2"], shown.x
    h = x @ w1
    e = shown.y - h @ w2
    for rule, back in ((Backprop(LINEAR), w2.T), (FeedbackAlignment(LINEAR), b2)):
        first, second = x @ x.T @ e @ back @ w2, h @ h.T @ e
        expected = [
            float((move * e).sum() / np.linalg.norm(move) / np.linalg.norm(e))
            for move in (first + second, first, second)
        ]
        found = [aligned(rule, params, shown, 1e-5, *names) for names in ((), ("W1",), ("W2",))]
        assert found == pytest.approx(expected, abs=1e-9)  # s² = 1e-10
        assert found[0] < 1


def test_the_error_of_a_step_is_of_its_square() -> None:
    network = MLP((6, 5), dtype="float64")
    params, shown = problem(network, 9)
    sizes = np.array([0.04, 0.02, 0.01])
    found = np.array([aligned(FeedbackAlignment(network), params, shown, size) for size in (*sizes, 1e-4)])
    slope = np.polyfit(np.log(sizes), np.log(abs(found[:-1] - found[-1])), 1)[0]
    assert slope == pytest.approx(2, abs=0.1)  # the next order, s⁴, is 0.0016 of it at most times a factor


@pytest.mark.parametrize("seed", range(3))
def test_it_is_the_measure_of_the_study_that_it_is_from(seed: int) -> None:
    """Two linear layers of 64 units and one example, as [song2024] in Fig. 3e, by a step of rate 1e-3."""
    network, roles = MLP((64,), identity, output("linear"), "float64", Glorot(), bias=False), randomness(seed)
    params, (x, y) = network.start(64, 64, roles.weights), roles.data.standard_normal((2, 1, 64))
    found = aligned(Backprop(network), params, present(x, y), 1e-6)
    taken = perform(Experiment("studies.song2024:alignment", (("rule", "backprop"), ("depth", 2)), seed))
    assert found == pytest.approx(
        taken.rows[0].value, abs=0.01
    )  # the step is 1e-3 (|x|² + |h|²), an eighth, of the error


def test_what_does_not_move_the_answer_has_no_alignment() -> None:
    params, shown = problem(LINEAR, 3)
    answer = answering(Backprop(LINEAR), None, shown, np.random.default_rng(0))
    still = {"W1": np.zeros((4, 5))}
    assert np.isnan(target_alignment(answer, params, still, shown.y, 0.1))
    assert decrease(lambda params: 1.0, params, still, 0.1) == 0


def test_a_quadratic_loss_falls_as_its_gradient_and_curvature_say() -> None:
    """L = |x W - y|² / 2n: a step s U takes away -s ∇L·U - s² |x U|² / 2n."""
    network = replace(LINEAR, hidden=())
    params, shown = problem(network, 6)
    answer = answering(Backprop(network), None, shown, np.random.default_rng(0))

    def loss(params: View) -> float:
        return float(network.output.loss(answer(params), shown.y).mean())

    change = np.random.default_rng(0).normal(size=(4, 3))
    gradient = -shown.x.T @ (shown.y - shown.x @ params["W1"]) / 6
    s = 0.3 * np.linalg.norm(params["W1"]) / np.linalg.norm(change)
    lost = -s * (gradient * change).sum() - s**2 * (shown.x @ change).__pow__(2).sum() / 12
    assert decrease(loss, params, {"W1": change}, 0.3) == pytest.approx(
        lost / s / np.linalg.norm(change), rel=1e-12
    )


def test_short_steps_bring_the_cosine_of_the_angle_to_the_gradient() -> None:
    network = MLP((6, 5), dtype="float64", output=output("linear"))
    params, shown = problem(network, 9)
    rule = FeedbackAlignment(network)
    exact = proposed(Backprop(network), params, shown)
    changes, gradient = common(proposed(rule, params, shown), exact), common(exact, None)
    answer = answering(rule, None, shown, np.random.default_rng(0))

    def off(size: float) -> float:
        share = [
            decrease(lambda p: float(network.output.loss(answer(p), shown.y).mean()), params, of, size)
            for of in (changes, gradient)
        ]
        flat = [np.concatenate([of[name].ravel() for name in sorted(gradient)]) for of in (changes, gradient)]
        return abs(share[0] / share[1] - cosine(*flat))

    errors = [off(size) for size in (1e-3, 1e-4)]
    assert errors[0] < 0.01
    assert errors[1] == pytest.approx(errors[0] / 10, rel=0.02)  # of the first order in the step


# --- spread -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Noisy:
    """Backprop with normal noise of a known size on each change."""

    network: MLP = MLP((5, 4), dtype="float64")
    noise: float = 0.0
    reference = "backprop"

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[dict[str, Array], None]:
        return self.network.start(n_in, n_out, rng), None

    def update(self, params: View, state: None, shown: Presentation, rng: Generator) -> Step:
        exact = {
            name: dense(change)
            for name, change in Backprop(self.network).update(params, state, shown, rng).updates.items()
        }
        return Step(
            {name: change + self.noise * rng.normal(size=change.shape) for name, change in exact.items()}
        )

    def respond(self, params: View, state: None, x: Array, rng: Generator) -> list[Array]:
        return self.network.respond(params, x)


def measured(probe: Probe, rule: str, network: MLP, **options: object) -> dict[tuple[str, str], float]:
    """What a probe says of a run before its first change, by metric and layer."""
    run = Run("two-moons[examples=60]", rule, network, SGD(0.1), 1, 10, probes=(probe,), **options)  # type: ignore[arg-type]
    outcome = execute(run)
    assert (outcome.status, outcome.reason) == ("done", "")
    return {(row.metric, row.layer): row.value for row in reversed(outcome.rows)}


SMALL = MLP((5, 4), dtype="float64")


def course(rule: str) -> Course:
    """A run before its first change."""
    run, roles = Run("two-moons[examples=60]", rule, SMALL, SGD(0.1), 1, 10), randomness(0)
    return Course(run, registry.task(run.task, roles.data), registry.rule(rule, SMALL), roles)


def test_batches_of_one_spread_as_the_gradients_of_examples() -> None:
    """The mean over examples is the gradient, so that backprop has no bias, and its variance is mean |g_i|² - |g|²."""
    at = course("backprop")
    shown, backprop = at.probed.shown, Backprop(SMALL)
    each = [
        products(proposed(backprop, at.params, present(shown.x[i : i + 1], shown.y[i : i + 1])), None)
        for i in range(len(shown.x))
    ]
    found = measured(Spread(batch=1), "backprop", SMALL)
    for name in ("W1", "W2", "W3"):
        gradients = np.array([of[name] for of in each])
        g = gradients.mean(axis=0)
        variance = (gradients**2).sum(axis=(1, 2)).mean() / (g**2).sum() - 1
        assert found["update spread", name] == pytest.approx(variance**0.5, rel=1e-9)
        assert found["bias angle", name] == pytest.approx(
            0, abs=1e-5
        )  # arccos near 1, as for the gradient angle
        assert found["own spread", name] == 0


def test_the_bias_of_a_rule_that_sums_over_examples_is_its_gradient_angle() -> None:
    at = course("feedback-alignment")
    exact, ours = (
        products(proposed(rule, at.params, at.probed.shown), None)
        for rule in (Backprop(SMALL), FeedbackAlignment(SMALL))
    )
    size = len(at.probed.shown.x) // 3
    assert size * 3 == len(at.probed.shown.x)
    found = measured(Spread(batch=size), "feedback-alignment", SMALL)
    for name in ("W1", "W2", "W3"):
        assert found["bias angle", name] == pytest.approx(angle(ours[name], exact[name]), abs=1e-5)
    assert found["bias angle", "W1"] > 20


def test_noise_of_a_known_size_is_found() -> None:
    """Of n draws of D numbers of variance σ² around g: Σ off² / (n - 1) is σ² D to 1/√(2 D (n - 1)), in its root."""
    rng, moments = np.random.default_rng(3), Moments()
    g = np.full((50, 80), 3.0)
    for _ in range(40):
        moments.add({"W1": g + 0.5 * rng.normal(size=g.shape)})
    expected = 0.5 * 4000**0.5 / norm({"W1": moments.mean["W1"]})
    assert moments.spread(lost=1) == pytest.approx(expected, rel=4 / (2 * 4000 * 39) ** 0.5)
    assert moments.angle({"W1": g}) < np.degrees(0.5 / 3 / 40**0.5) * 1.1  # tan of the angle is σ / 3√n


def test_own_draws_are_told_from_batches() -> None:
    """Noise of one size on W1: with batches of all examples, what spreads is what the rule draws."""
    still, noisy = (
        measured(Spread(batch=1000, draws=400), f"{__file__}:Noisy[noise={noise}]", SMALL)
        for noise in (0.0, 0.01)
    )
    at = course("backprop")
    gradient = products(proposed(Backprop(SMALL), at.params, at.probed.shown), None)
    assert still["own spread", ""] == still["update spread", ""] == 0
    numbers, length = 2 * 5 + 5 * 4 + 4 * 2, norm(gradient)
    expected = 0.01 * numbers**0.5 / (length**2 + 1e-4 * numbers / 400) ** 0.5
    assert noisy["own spread", ""] == pytest.approx(
        expected, rel=4 / (2 * numbers * 399) ** 0.5 + 4 * 0.01 / 20 / length
    )


# --- as probes --------------------------------------------------------------------------------------------


def test_the_gradient_has_its_own_share_of_the_descent() -> None:
    found = measured(Descent(), "backprop", SMALL)
    assert found["loss decrease share", ""] == 1
    assert 0 < measured(Descent(), "feedback-alignment", SMALL)["loss decrease share", ""] < 1


def test_probes_look_where_they_are_told_to() -> None:
    network = MLP((4,))

    def epochs(probe: Probe) -> set[float]:
        rows: list[Row] = execute(
            Run("two-moons[examples=60]", "fa", network, SGD(0.1), 2, 12, probes=(probe,))
        ).rows
        return {row.epoch for row in rows}

    assert epochs(TargetAlignment(at=(0, 6))) == {0.0, 2.0}
    assert len(epochs(TargetAlignment())) > 2


def test_shallow_learning_moves_nothing_below_its_readout() -> None:
    found = measured(TargetAlignment(), "shallow", replace(SMALL, bias=False))
    assert found["target alignment", ""] == found["target alignment", "W3"] > 0
    assert ("target alignment", "W1") not in found


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: TargetAlignment(size=0.0), "size is 0"),
        (lambda: Descent(size=2.0), "size is 2"),
        (lambda: Spread(batch=0), "batch is 0"),
        (lambda: Spread(draws=1), "draws is 1"),
        (lambda: Spread(at=(0.5,)), "at is"),
    ],
)
def test_settings_that_make_no_sense(make: object, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        make()  # type: ignore[operator]


@pytest.mark.parametrize("metric", ["target alignment", "loss decrease per length", "loss decrease share"])
def test_what_may_be_negative_has_an_interval_that_may(metric: str) -> None:
    """A metric's bounds follow from the end of its name; one that ends with `norm` is refused numbers below 0."""
    assert mean_interval([-0.5, 0.1, 0.2, 0.0, -0.1], bounds_of(metric)).low < 0
