"""Sign-symmetric feedback, where it must be backprop, and what it may not depend on.

Oracles: backprop with the magnitudes of the weights themselves; the signs of the weights, entry by entry.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import kstest

from baselines.backprop import Backprop
from plausible.core import Array, Optimiser, Params, Presentation, Rule
from plausible.networks.activations import ACTIVATIONS, Activation
from plausible.networks.inits import Gaussian
from plausible.networks.mlp import MLP
from plausible.optimise.adam import Adam
from plausible.optimise.sgd import SGD
from plausible.optimise.wrappers import Manhattan
from plausible.rules.feedback.feedback_alignment import FeedbackAlignment
from plausible.rules.feedback.sign_symmetry import (
    BatchwiseRandomSignFeedback,
    FixedRandomSignFeedback,
    SignSymmetry,
    UniformSignFeedback,
    signed,
)
from plausible.tasks.streams import Minibatches
from plausible.tasks.task import Split
from plausible.train import train
from tests.oracles import assert_same, changes, examples, present, problem, propose

RULES: list[type[SignSymmetry]] = [UniformSignFeedback, BatchwiseRandomSignFeedback, FixedRandomSignFeedback]
NETWORK = MLP((5, 4, 6), dtype="float64", init=Gaussian(1.0), bias_init=Gaussian(0.5))
BATCH, N_IN, N_OUT = 6, 4, 3

every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)


def shown(batch: int = BATCH) -> Presentation:
    return examples(NETWORK, batch, N_IN, N_OUT)


def feedback(rule: Rule, params: Params, seed: int = 0) -> Params:
    """What the rule used, by name."""
    return dict(rule.update(params, None, shown(), np.random.default_rng(seed)).internals)


@pytest.mark.parametrize("f", ACTIVATIONS.values(), ids=repr)
def test_with_the_magnitudes_of_the_weights_it_is_backprop(f: Activation) -> None:
    network = replace(NETWORK, activation=f)
    params, given = problem(network, N_IN, N_OUT)
    magnitudes = {f"M{layer}": abs(params[f"W{layer}"]) for layer in range(2, network.depth + 1)}
    ours = propose(FixedRandomSignFeedback(network), params | magnitudes, given)
    assert_same(ours, propose(Backprop(network), params, given))
    assert all(change.any() for change in ours.values())


@every_rule
def test_it_is_feedback_alignment_at_every_single_step(rule: type[SignSymmetry]) -> None:
    """With the feedback that it says it used."""
    params = rule(NETWORK).init(N_IN, N_OUT, np.random.default_rng(0))[0]
    step = rule(NETWORK).update(params, None, shown(), np.random.default_rng(3))
    assert step.internals.keys() == {"B2", "B3", "B4"}
    assert_same(changes(step), propose(FeedbackAlignment(NETWORK), params | dict(step.internals), shown()))


@pytest.mark.parametrize(
    "optimiser",
    [SGD(0.5), SGD(0.2, momentum=0.9), Adam(0.05), Manhattan(SGD(0.05))],
    ids=lambda o: type(o).__name__,
)
@every_rule
def test_signs_agree_after_every_update(rule: type[SignSymmetry], optimiser: Optimiser) -> None:
    """Rates are so high that weights do change sign on the way."""
    made = rule(NETWORK)
    params, state = made.init(N_IN, N_OUT, np.random.default_rng(0))
    before = {name: np.sign(array) for name, array in params.items() if name in ("W2", "W3", "W4")}
    split = Split(*shown(30)[:2])
    stream = Minibatches(6)(split, "classes", 10, np.random.default_rng(4))
    for tick in train(made, optimiser, params, state, stream, np.random.default_rng(5)):
        for name, back in tick.step.internals.items():
            assert (np.sign(back) == np.sign(tick.params[f"W{name[1:]}"].T)).all()
    assert any((np.sign(params[name]) != signs).any() for name, signs in before.items())


def test_uniform_feedback_has_one_magnitude_a_layer() -> None:
    """c_l = scale · √(2 / (n_{l-1} + n_l)): the standard deviation of Glorot's distribution at scale 1."""
    params = NETWORK.start(N_IN, N_OUT, np.random.default_rng(0))
    for scale in (1.0, 0.3):
        used = feedback(UniformSignFeedback(NETWORK, scale=scale), params)
        for name, sizes in {"B2": (5, 4), "B3": (4, 6), "B4": (6, 3)}.items():
            np.testing.assert_allclose(abs(used[name]), scale * (2 / sum(sizes)) ** 0.5, rtol=1e-15)


@pytest.mark.parametrize(
    ("rule", "changed"),
    [
        (UniformSignFeedback, False),
        (FixedRandomSignFeedback, False),
        (BatchwiseRandomSignFeedback, False),
        (Backprop, True),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_positive_factors_on_weights_above_do_not_matter(rule: Callable[[MLP], Rule], changed: bool) -> None:
    """The signal below a layer depends on the signs of its weights; the forward pass is kept as it was.

    Rescaled are the weights into layer 3, and its biases and slopes are not looked at: units are linear, and the
    error is held by a target that moves with the answer.
    """
    network = MLP((5, 4), ACTIVATIONS["identity"], NETWORK.output, "float64", Gaussian(1.0))
    made = rule(network)
    params = made.init(N_IN, N_OUT, np.random.default_rng(0))[0]
    factors = np.random.default_rng(6).uniform(0.1, 10, params["W3"].shape)
    x, rng = shown().x, np.random.default_rng(7)
    error = rng.normal(size=(BATCH, N_OUT))

    def first_layer(w3: Array) -> Array:
        moved = params | {"W3": w3}
        answer = network.forward(moved, x).activities[-1]
        return changes(made.update(moved, None, present(x, answer - error), np.random.default_rng(8)))["W1"]

    ours, scaled = first_layer(params["W3"]), first_layer(factors * params["W3"])
    assert np.allclose(ours, scaled, rtol=1e-12, atol=1e-14) != changed


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_magnitudes_with_signs_are_those_of_copysign(dtype: str) -> None:
    weights = np.array([[1.5, -2.0, 0.0], [-0.0, -1e-30, np.inf]], dtype)
    for magnitudes in (np.arange(6, dtype=dtype).reshape(2, 3), np.dtype(dtype).type(0.3)):
        np.testing.assert_array_equal(
            signed(magnitudes, weights), np.copysign(magnitudes, weights).astype(dtype)
        )
        np.testing.assert_array_equal(
            signed(magnitudes, weights.T[::-1].T), np.copysign(magnitudes, weights.T[::-1].T).astype(dtype)
        )


def test_batchwise_magnitudes_are_uniform() -> None:
    """From 0 to scale · √(6 / (n_{l-1} + n_l)), by Kolmogorov and Smirnov."""
    network = MLP((100, 80), dtype="float64")
    params = network.start(N_IN, N_OUT, np.random.default_rng(0))
    for scale in (1.0, 0.3):
        used = abs(feedback(BatchwiseRandomSignFeedback(network, scale=scale), params)["B2"]).ravel()
        assert kstest(used, "uniform", (0, scale * (6 / 180) ** 0.5)).pvalue > 0.01


def test_magnitudes_stay_or_are_drawn_anew() -> None:
    params = FixedRandomSignFeedback(NETWORK).init(N_IN, N_OUT, np.random.default_rng(0))[0]
    assert all((params[name] > 0).all() for name in ("M2", "M3", "M4")), "signs are those of the weights"
    for rule, stays in ((FixedRandomSignFeedback, True), (BatchwiseRandomSignFeedback, False)):
        first, second = (feedback(rule(NETWORK), params, seed) for seed in (1, 2))
        assert all((first[name] == second[name]).all() == stays for name in first)
