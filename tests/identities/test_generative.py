"""Generative predictive coding. Oracle: central differences of its energy, and images made of few causes."""

from __future__ import annotations

import numpy as np
import pytest

from plausible.core import Params
from plausible.functions import Gaussian, identity, output, tanh
from plausible.networks import MLP
from plausible.optimise.sgd import SGD
from plausible.probes.differences import central_differences
from plausible.rules.generative_predictive_coding import (
    GenerativePredictiveCoding,
    energy,
    energy_terms,
    pushes,
)
from plausible.settle import Relaxation
from plausible.train import train
from tests.oracles import present

NETWORK = MLP((5, 3), tanh, output("linear"), "float64", Gaussian(0.5), bias_init=Gaussian(0.3))


@pytest.mark.parametrize("labelled", [True, False])
def test_the_force_is_minus_the_gradient_of_the_energy(labelled: bool) -> None:
    """With respect to causes, hidden layers and pixels, and to the weights."""
    rule, rng = GenerativePredictiveCoding(NETWORK), np.random.default_rng(0)
    params, _ = rule.init(6, 2, rng)
    down, image, label = rule.down(), rng.normal(size=(4, 6)), rng.normal(size=(4, 2))
    free = [rng.normal(size=(4, n)) for n in ([] if labelled else [2]) + [3, 5]]
    given = label if labelled else None

    def height(moved: Params) -> float:
        states = [array for name, array in moved.items() if name.isdigit()]
        return float(energy(down, moved, states[:-1], states[-1], given, 0.3).sum())

    named = {str(n): array for n, array in enumerate([*free, image])}
    slopes = central_differences(height, {**params, **named})
    force = pushes(down, params, free, image, given, 0.3)
    assert len(force) == len(named)
    for n, push in enumerate(force):
        np.testing.assert_allclose(push, -slopes[str(n)], atol=1e-8)
    for layer, (pre, post) in enumerate(zip(*energy_terms(down, params, free, image, given), strict=True), 1):
        np.testing.assert_allclose(pre.T @ post, -slopes[f"W{layer}"], atol=1e-8)


def test_images_of_two_causes_are_completed_from_a_half() -> None:
    """Learned without labels; a linear network with as many causes as there are leaves a small part of the variance."""
    rng = np.random.default_rng(1)
    mixing = rng.normal(size=(2, 10))
    x = rng.normal(size=(200, 2)) @ mixing
    network = MLP((), identity, output("linear"), "float64", Gaussian(0.3))
    rule = GenerativePredictiveCoding(network, Relaxation(100, 0.05), prior=0.01, labels=False)
    params, state = rule.init(10, 2, rng)
    shown = present(x[:100], np.zeros((100, 2)))
    for _ in train(rule, SGD(0.05), params, state, [shown] * 150, rng):
        pass
    known = np.repeat([1.0, 0.0], 5)
    there = GenerativePredictiveCoding(network, Relaxation(2000, 0.05, 1e-6), prior=0.01, labels=False)
    completed = there.completed(params, x[100:], known, 2)
    np.testing.assert_array_equal(completed[:, :5], x[100:, :5])
    missing = x[100:, 5:]
    assert ((completed[:, 5:] - missing) ** 2).sum() < 0.05 * (missing**2).sum()
