"""Generative predictive coding. Oracle: central differences of its energy, closed forms, and images of few causes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from plausible.core import Params
from plausible.errors import BadInput
from plausible.networks.activations import ACTIVATIONS, Activation, identity, tanh
from plausible.networks.inits import Gaussian, Glorot
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.sgd import SGD
from plausible.optimise.wrappers import Decay
from plausible.probes.differences import central_differences
from plausible.rules.predictive.generative import (
    GenerativePredictiveCoding,
    energy,
    energy_terms,
    generated,
    pushes,
)
from plausible.settling.relaxation import Relaxation
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


LINEAR = MLP((), identity, output("linear"), "float64", Gaussian(0.5), bias_init=Gaussian(0.3))
AT_REST = Relaxation(
    20_000, 0.1, 1e-11
)  # what is left of the force, over the prior, bounds the error of the causes
PRIOR = 0.2


def test_a_linear_network_reconstructs_by_ridge_regression() -> None:
    """Without hidden layers F is quadratic: x_0 = (x - b) Wᵀ (W Wᵀ + λ)⁻¹, and μ = x_0 W + b."""
    rule, rng = GenerativePredictiveCoding(LINEAR, AT_REST, PRIOR, labels=False), np.random.default_rng(2)
    params, n_out = rule.init(7, 3, rng)
    x, w, b = rng.normal(size=(5, 7)), params["W1"], params["b1"]
    causes = np.linalg.solve(w @ w.T + PRIOR * np.eye(3), w @ (x - b).T).T
    found = rule.reconstructed(params, x, n_out)
    assert found.shape == x.shape
    np.testing.assert_allclose(found, causes @ w + b, atol=1e-9)
    np.testing.assert_allclose(generated(rule.down(), params, causes), causes @ w + b, atol=1e-12)


def test_a_linear_network_completes_by_ridge_regression_on_the_known_pixels() -> None:
    """Unknown pixels settle where they have no error, so that only the known columns of W and b find the causes."""
    rule, rng = GenerativePredictiveCoding(LINEAR, AT_REST, PRIOR, labels=False), np.random.default_rng(3)
    params, n_out = rule.init(7, 3, rng)
    x, known = rng.normal(size=(5, 7)), np.array([1.0, 0, 1, 1, 0, 1, 0])
    here = known > 0
    w, b = params["W1"][:, here], params["b1"]
    causes = np.linalg.solve(w @ w.T + PRIOR * np.eye(3), w @ (x[:, here] - b[here]).T).T
    expected = np.where(here, x, causes @ params["W1"] + b)
    np.testing.assert_allclose(rule.completed(params, x, known, n_out), expected, atol=1e-9)


def test_with_hidden_layers_the_reconstruction_minimises_the_energy() -> None:
    """Linear layers, so that one system of equations gives x_0 and x_1 together."""
    network = MLP((4,), identity, output("linear"), "float64", Gaussian(0.5), bias=False)
    rule, rng = GenerativePredictiveCoding(network, AT_REST, PRIOR, labels=False), np.random.default_rng(4)
    params, n_out = rule.init(7, 3, rng)
    x, w1, w2 = rng.normal(size=(5, 7)), params["W1"], params["W2"]
    curvature = np.block([[PRIOR * np.eye(3) + w1 @ w1.T, -w1], [-w1.T, np.eye(4) + w2 @ w2.T]])
    both = np.linalg.solve(curvature, np.vstack([np.zeros((3, 5)), w2 @ x.T])).T
    np.testing.assert_allclose(rule.reconstructed(params, x, n_out), both[:, 3:] @ w2, atol=1e-9)


def test_images_that_causes_generate_have_no_error() -> None:
    """The energy is that of the causes alone where hidden layers, and the image, are as they are predicted."""
    network = replace(NETWORK, output=output("softmax"))
    rule, rng = GenerativePredictiveCoding(network, prior=PRIOR), np.random.default_rng(7)
    params, _ = rule.init(6, 2, rng)
    causes = rng.normal(size=(4, 2))
    first = causes @ params["W1"] + params["b1"]
    second = np.tanh(first) @ params["W2"] + params["b2"]
    image = generated(rule.down(), params, causes)
    height = energy(rule.down(), params, [causes, first, second], image, None, PRIOR)
    np.testing.assert_allclose(height, 0.5 * PRIOR * (causes**2).sum(axis=1), rtol=1e-12)


def test_with_decay_a_linear_network_learns_principal_components_shrunk_by_one_threshold() -> None:
    """min over causes C and W of |X - C W|²/2n + λ |C|²/2n + γ |W|²/2 is that of the nuclear norm of C W.

    So the singular values of the reconstruction are those of X less √(n λ γ), or none; 2 causes keep the first two.
    """
    rng = np.random.default_rng(5)
    u, v = (np.linalg.qr(rng.normal(size=(n, 6)))[0] for n in (40, 6))
    x = u * np.array([8.0, 6.0, 3.0, 1.0, 0.5, 0.2]) @ v.T
    network = MLP((), identity, output("linear"), "float64", Gaussian(0.3), bias=False)
    rule = GenerativePredictiveCoding(network, Relaxation(2000, 0.2, 1e-9), 0.5, labels=False)
    params, n_out = rule.init(6, 2, rng)
    rate, decay = 0.3, 0.2
    shown = [present(x, np.zeros((40, 2)))] * 600
    for _ in train(rule, Decay(SGD(rate), rate * decay), params, n_out, shown, rng):
        pass
    shrunk = np.array([8.0, 6.0, 0, 0, 0, 0]) - np.sqrt(40 * 0.5 * decay) * np.array([1, 1, 0, 0, 0, 0])
    np.testing.assert_allclose(rule.reconstructed(params, x, n_out), u * shrunk @ v.T, atol=1e-6)


@pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=str)
def test_every_activation_learns_without_biases(activation: Activation) -> None:
    """From layers at 0 relu and hard-sigmoid learn nothing: their slope there is 0, and so is what they send."""
    network = MLP((8,), activation, output("linear"), "float64", Glorot("normal"), bias=False)
    rule, rng = (
        GenerativePredictiveCoding(network, Relaxation(50, 0.1), labels=False),
        np.random.default_rng(6),
    )
    params, n_out = rule.init(10, 2, rng)
    x = rng.normal(size=(50, 2)) @ rng.normal(size=(2, 10))
    before = {name: weights.copy() for name, weights in params.items()}
    for _ in train(rule, SGD(0.02), params, n_out, [present(x, np.zeros((50, 2)))] * 100, rng):
        pass
    assert all(np.abs(params[name] - weights).max() > 1e-2 for name, weights in before.items())
    assert ((rule.reconstructed(params, x, n_out) - x) ** 2).sum() < 0.5 * (x**2).sum()


def test_labels_are_true_or_false() -> None:
    with pytest.raises(BadInput, match="labels is 'no': expected True or False"):
        GenerativePredictiveCoding(NETWORK, labels="no").init(6, 2, np.random.default_rng(0))  # type: ignore[arg-type]
