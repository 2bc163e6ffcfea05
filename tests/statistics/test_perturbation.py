"""Rules that perturb: their expectation is the gradient, and their variance grows as theory says.

Oracle: backpropagation for the expectation, within five standard errors of the mean of independent draws; for the
second moment E[ξξᵀ|ξ|²] = (N + 2) I of N standard normal numbers, from which [werfel2005] takes its learning curves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pytest

from baselines.backprop import Backprop
from plausible.core import Array, Outer, Presentation
from plausible.errors import BadInput
from plausible.networks.activations import tanh
from plausible.networks.mlp import MLP
from plausible.networks.noisy import noise_like, noisy
from plausible.networks.outputs import output
from plausible.probes.cost import multiply_adds
from plausible.rules.perturbation.activity import ActivityPerturbation
from plausible.rules.perturbation.forward_gradient import ForwardGradient
from plausible.rules.perturbation.nodes import NodePerturbation
from plausible.rules.perturbation.weights import WeightPerturbation
from tests.oracles import changes, problem, propose

NETWORK = MLP((4, 3), tanh, output("softmax"), "float64")
COPIES = 20_000
ERRORS = 5.0  # standard errors, of some 60 weights: passed by chance with a probability of 1 - 4e-5


def repeated(shown: Presentation, copies: int) -> Presentation:
    """The first example, as many times over: each copy has noise of its own."""
    x, y = (np.tile(array[:1], (copies, 1)) for array in (shown.x, shown.y))
    return Presentation(x, y, shown.reward)


def is_unbiased(rule: Any) -> bool:
    """Whether the mean of many proposals lies within its error of the gradient, weight by weight."""
    params, shown = problem(rule.network)
    many = repeated(shown, COPIES)
    step = rule.update(params, None, many, np.random.default_rng(3))
    wanted = propose(Backprop(rule.network), params, repeated(shown, 1))
    for name, update in step.updates.items():
        assert isinstance(update, Outer)
        pre = np.ones((COPIES, 1)) if update.pre is None else update.pre
        mean = (update.scale * pre.T @ update.post).reshape(wanted[name].shape)
        square = update.scale**2 * COPIES * ((pre**2).T @ update.post**2).reshape(wanted[name].shape)
        error = np.sqrt((square - mean**2) / COPIES)
        if (abs(mean - wanted[name]) > ERRORS * error).any():
            return False
    return True


class WrongSize(NodePerturbation):
    """A broken copy: it divides by σ alone."""

    def signal(
        self, gained: Array, noise: Mapping[int, Array], moved: Mapping[int, Array]
    ) -> dict[int, Array]:
        return {layer: -gained * xi / self.sigma for layer, xi in noise.items()}


class Unmeasured(ActivityPerturbation):
    """A broken copy: it counts a unit too few."""

    def signal(
        self, gained: Array, noise: Mapping[int, Array], moved: Mapping[int, Array]
    ) -> dict[int, Array]:
        right = super().signal(gained, noise, moved)
        return {n: change * (1 - 1 / change.shape[1]) for n, change in right.items()}


SMALL = {"sigma": 1e-4, "antithetic": True}


@pytest.mark.parametrize(
    ("rule", "unbiased"),
    [
        (NodePerturbation(NETWORK, **SMALL), True),
        (NodePerturbation(NETWORK, **SMALL, single=True), True),
        (ActivityPerturbation(NETWORK, **SMALL, single=True), True),
        (ForwardGradient(NETWORK), True),
        (NodePerturbation(NETWORK, **SMALL, noise="signs"), True),
        (ActivityPerturbation(NETWORK, **SMALL, single=True, noise="signs"), True),
        (ForwardGradient(NETWORK, noise="signs"), True),
        (WrongSize(NETWORK, **SMALL, noise="signs"), False),
        (WrongSize(NETWORK, **SMALL), False),
        (Unmeasured(NETWORK, **SMALL, single=True), False),
        (ActivityPerturbation(NETWORK, **SMALL), False),  # noise from below is part of what it measures
    ],
    ids=lambda given: type(given).__name__ if not isinstance(given, bool) else str(given),
)
def test_the_expectation_is_the_gradient(rule: Any, unbiased: bool) -> None:
    assert is_unbiased(rule) == unbiased


@pytest.mark.parametrize(
    "rule",
    [
        *(WeightPerturbation(NETWORK, **SMALL, noise=kind) for kind in ("normal", "signs")),
        *(ForwardGradient(NETWORK, over="weights", noise=kind) for kind in ("normal", "signs")),
    ],
)
def test_the_expectation_over_weights_is_the_gradient(rule: Any) -> None:
    """One draw a batch, so each proposal is one sample."""
    params, shown = problem(NETWORK)
    wanted, rng = propose(Backprop(NETWORK), params, shown), np.random.default_rng(4)
    drawn, seen = [changes(rule.update(params, None, shown, rng)) for _ in range(3000)], False
    for name, gradient in wanted.items():
        sample = np.stack([one[name] for one in drawn])
        error = sample.std(axis=0) / len(drawn) ** 0.5
        assert (abs(sample.mean(axis=0) - gradient) < ERRORS * error).all(), name
        seen |= (abs(sample.mean(axis=0) / 2 - gradient) > ERRORS * error).any()
    assert seen  # a broken copy, of half the size


def moments(make: Callable[[MLP], Any], outputs: int, draws: int, over_weights: bool) -> Array:
    """|ΔW|² / |gradient|² of independent draws, in a linear layer without biases, of 5 inputs."""
    network = MLP((), output=output("linear"), dtype="float64", bias=False)
    rng = np.random.default_rng(outputs)
    params = network.start(5, outputs, rng)
    x, y = rng.normal(size=(1, 5)), rng.normal(size=(1, outputs))
    shown = Presentation(x, y, lambda answer: answer[:, 0])
    size = float((propose(Backprop(network), params, shown)["W1"] ** 2).sum())
    rule = make(network)
    if over_weights:
        found = [changes(rule.update(params, None, shown, rng))["W1"] for _ in range(draws)]
        return np.array([(one**2).sum() for one in found]) / size
    update = rule.update(params, None, repeated(shown, draws), rng).updates["W1"]
    return (update.scale * draws) ** 2 * (update.pre**2).sum(axis=1) * (update.post**2).sum(axis=1) / size


@pytest.mark.parametrize(
    ("make", "numbers", "over_weights"),
    [
        (lambda net: NodePerturbation(net, **SMALL), 1, False),
        (lambda net: ForwardGradient(net), 1, False),
        (lambda net: WeightPerturbation(net, **SMALL), 5, True),
        (lambda net: ForwardGradient(net, over="weights"), 5, True),
    ],
    ids=["nodes", "forward activities", "weights", "forward weights"],
)
def test_the_second_moment_grows_with_what_is_perturbed(
    make: Callable[[MLP], Any], numbers: int, over_weights: bool
) -> None:
    """It is N + 2 for N perturbed numbers: the slope over log(N + 2) is 1, that of a copy without its noise 0."""
    sizes = np.array([2, 4, 8, 16, 32])
    samples = [moments(make, n, 1500 if over_weights else 20_000, over_weights) for n in sizes]
    means = np.array([sample.mean() for sample in samples])
    errors = np.array([sample.std() / len(sample) ** 0.5 for sample in samples])
    wanted = numbers * sizes + 2.0
    assert (abs(means - wanted) < 4 * errors).all()
    (slope, _), covariance = np.polyfit(np.log(wanted), np.log(means), 1, w=means / errors, cov="unscaled")
    error = covariance[0, 0] ** 0.5
    assert error < 0.03
    assert abs(slope - 1) < 4 * error


@pytest.mark.parametrize(
    ("make", "numbers", "over_weights"),
    [
        (lambda net, kind: NodePerturbation(net, **SMALL, noise=kind), 1, False),
        (lambda net, kind: ForwardGradient(net, noise=kind), 1, False),
        (lambda net, kind: WeightPerturbation(net, **SMALL, noise=kind), 5, True),
    ],
    ids=["nodes", "forward activities", "weights"],
)
def test_the_second_moment_of_signs_lacks_what_the_kurtosis_of_normal_numbers_adds(
    make: Callable[[MLP, str], Any], numbers: int, over_weights: bool
) -> None:
    """E[ξξᵀ|ξ|²] is N I of N signs, as |ξ|² is N in every draw; a single one tells the slope exactly."""
    for n in (2, 16):
        draws = 1500 if over_weights else 20_000
        signs, normal = (
            moments(partial(make, kind=kind), n, draws, over_weights) for kind in ("signs", "normal")
        )
        error = signs.std() / draws**0.5
        assert abs(signs.mean() - numbers * n) < 4 * error
        assert (
            abs(normal.mean() - numbers * n) > 4 * error or n > 2
        )  # as a copy would whose signs were normal
    if numbers == 1:
        np.testing.assert_allclose(moments(partial(make, kind="signs"), 1, 50, over_weights), 1, rtol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_signs_are_fair_coins_at_every_place(dtype: str) -> None:
    """Means and products of places are 0 within five standard errors; places of a matrix in columns, too."""
    rng, many = np.random.default_rng(5), 4000
    arrays = {"W1": np.zeros((3, 5), dtype), "z": np.zeros((7, 4), dtype).T, "b": np.zeros(3, dtype)}
    drawn = [noise_like(arrays, rng, 0.25, "signs") for _ in range(many)]
    for name, like in arrays.items():
        for one in drawn[:5]:
            assert (one[name].shape, one[name].dtype) == (like.shape, like.dtype)
            assert one[name].flags.c_contiguous == like.flags.c_contiguous
    flat = np.stack([np.concatenate([one[name].ravel() for name in arrays]) for one in drawn]) / 0.25
    np.testing.assert_array_equal(abs(flat), 1)
    assert abs(flat.mean(axis=0)).max() < 5 * many**-0.5
    products = flat.T @ flat / many
    assert abs(products - np.eye(len(products))).max() < 5 * many**-0.5
    assert noise_like({}, rng, 1.0, "signs") == {}


def test_normal_noise_is_one_draw_after_another() -> None:
    arrays = {"W1": np.zeros((3, 5), "float32"), "z": np.zeros((7, 4), "float32").T}
    made, rng = noise_like(arrays, np.random.default_rng(6), 0.1), np.random.default_rng(6)
    for name, like in arrays.items():
        wanted = np.float32(0.1) * rng.standard_normal(like.shape, "float32")
        np.testing.assert_array_equal(made[name], wanted)


@pytest.mark.parametrize("rule", [NodePerturbation, WeightPerturbation, ForwardGradient])
def test_noise_of_another_kind_is_refused(rule: Any) -> None:
    with pytest.raises(BadInput, match="noise"):
        rule(NETWORK, noise="uniform")


@pytest.mark.parametrize("rule", [NodePerturbation(NETWORK), ActivityPerturbation(NETWORK)])
@pytest.mark.parametrize("antithetic", [False, True])
def test_what_enters_the_lowest_noisy_layer_is_computed_once(rule: Any, antithetic: bool) -> None:
    """Products of 2, or 3, passes but for a first one each, and of the changes; 4, 4, 3 and 3 units a layer."""
    params, shown = problem(NETWORK)
    n_in = shown.x.shape[1]
    first, rest = n_in * 4, 4 * 3 + 3 * 3
    used = replace(rule, antithetic=antithetic)
    counted = multiply_adds(used, params, None, shown, np.random.default_rng(0))
    assert counted == (2 * first + (3 + antithetic) * rest)


def test_activity_perturbation_needs_no_knowledge_of_the_noise() -> None:
    """The same noise, ten times as large and never told, teaches the same; what is told a wrong size does not."""
    params, shown = problem(NETWORK)
    made = {"antithetic": True, "network": NETWORK}
    small, large = (
        propose(ActivityPerturbation(sigma=sigma, **made), params, shown) for sigma in (1e-5, 1e-4)
    )
    for name, change in small.items():
        np.testing.assert_allclose(large[name], change, rtol=1e-5, atol=1e-8)

    @dataclass(frozen=True)
    class Misled(NodePerturbation):
        def signal(
            self, gained: Array, noise: Mapping[int, Array], moved: Mapping[int, Array]
        ) -> dict[int, Array]:
            return replace(NodePerturbation(self.network), sigma=1e-5).signal(gained, noise, moved)

    small, large = (propose(Misled(sigma=sigma, **made), params, shown) for sigma in (1e-5, 1e-4))
    assert np.allclose(large["W1"], 100 * small["W1"], rtol=1e-4)


def test_what_is_measured_alone_decides_activity_perturbation() -> None:
    rule, rng = ActivityPerturbation(NETWORK), np.random.default_rng(0)
    gained, moved = rng.normal(size=(5, 1)), {1: rng.normal(size=(5, 4)), 3: rng.normal(size=(5, 3))}
    one, two = (
        rule.signal(gained, {n: rng.normal(size=m.shape) for n, m in moved.items()}, moved) for _ in "ab"
    )
    wanted = -7 * gained / sum((m**2).sum(axis=1) for m in moved.values())[:, None]
    for n, change in one.items():
        np.testing.assert_array_equal(change, two[n])
        np.testing.assert_allclose(change, wanted * moved[n], rtol=1e-12)


def test_the_rate_of_a_forward_gradient_is_that_of_the_loss_along_it() -> None:
    """ΔW = -ℓ̇ V: the loss along V by central differences."""
    params, shown = problem(NETWORK)
    made = propose(ForwardGradient(NETWORK, over="weights"), params, shown)
    direction = {name: change / np.linalg.norm(made["W1"]) for name, change in made.items()}
    step = 1e-5
    ahead, back = (
        NETWORK.loss({n: w + side * step * direction[n] for n, w in params.items()}, shown.x, shown.y)
        for side in (1, -1)
    )
    rng = np.random.default_rng(0)
    drawn = {name: rng.standard_normal(w.shape) for name, w in params.items()}
    rate = -made["W1"][0, 0] / drawn["W1"][0, 0]
    along = {name: -rate * v / np.linalg.norm(made["W1"]) for name, v in drawn.items()}
    for name, v in along.items():
        np.testing.assert_allclose(direction[name], v, rtol=1e-10)
    assert (ahead - back) / (2 * step) == pytest.approx(-(rate**2) / np.linalg.norm(made["W1"]), rel=1e-6)


def test_noise_that_is_the_same_for_all_examples_is_a_bias() -> None:
    params, shown = problem(NETWORK)
    quiet = noisy(NETWORK, params, shown.x, {})
    for ours, theirs in zip(quiet.activities, NETWORK.forward(params, shown.x).activities, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    for layer, units in enumerate((4, 3, 3), 1):
        shift = np.random.default_rng(layer).normal(size=units)
        moved = {**params, f"b{layer}": params[f"b{layer}"] + shift}
        whole = noisy(NETWORK, params, shown.x, {layer: np.tile(shift, (len(shown.x), 1))})
        spared = noisy(NETWORK, params, shown.x, {layer: np.tile(shift, (len(shown.x), 1))}, quiet)
        np.testing.assert_allclose(whole.answer, NETWORK.forward(moved, shown.x).activities[-1], rtol=1e-13)
        for ours, theirs in zip(spared.activities, whole.activities, strict=True):
            np.testing.assert_array_equal(ours, theirs)
        for ours, theirs in zip(spared.potentials, whole.potentials, strict=True):
            np.testing.assert_array_equal(ours, theirs)
        lean = noisy(NETWORK, params, shown.x, {layer: np.tile(shift, (len(shown.x), 1))}, quiet, keep=False)
        np.testing.assert_array_equal(lean.answer, whole.answer)
