"""Local losses: each hidden layer descends its own loss, with what the layer is given held.

Oracles: central differences of losses that are written out here anew, from [noekland2019], [mostafa2018], [pogodin2020]
and [papachristodoulou2024]: numpy's correlation coefficients for S, loops over pairs for kernels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from plausible.core import Array, Params, Presentation, View
from plausible.networks.activations import tanh
from plausible.networks.blocks import Blocks
from plausible.networks.inits import Gaussian, Zero
from plausible.networks.mlp import MLP
from plausible.probes.differences import central_differences
from plausible.rules.local.bottleneck import KernelisedBottleneck
from plausible.rules.local.competition import ClasswiseCompetition
from plausible.rules.local.loss import LocalLoss
from plausible.rules.local.prediction import FixedClassifiers, LayerwiseClassifiers
from plausible.rules.local.similarity import LocalSimilarity, PredSim, matched
from tests.oracles import changes, present

BATCH, N_IN, N_OUT = 6, 5, 3
NETWORK = MLP((8, 12), tanh, dtype="float64", init=Gaussian(0.7), bias_init=Gaussian(0.3))
NEAR = 1e-6  # relative; central differences are good to 1e-9 of slopes as large as these


def given() -> Presentation:
    rng = np.random.default_rng(3)
    labels = [0, 1, 2, 0, 1, 0]
    return present(rng.normal(size=(BATCH, N_IN)), np.eye(N_OUT)[labels])


# --- the losses, written out ----------------------------------------------------------------------------


def softmax(z: Array) -> Array:
    e = np.exp(z)
    return e / e.sum(axis=1, keepdims=True)


def cross_entropy(z: Array, y: Array) -> float:
    return float(-(y * np.log(softmax(z))).sum() / len(y))


def prediction(p: View, i: int, h: Array, y: Array) -> float:
    return cross_entropy(h @ p[f"H{i}"] + p[f"c{i}"], y)


def coded(p: View, i: int, h: Array, y: Array) -> float:
    code, z = y @ p[f"P{i}"] > 0, h @ p[f"H{i}"] + p[f"c{i}"]
    return float(np.where(code, np.logaddexp(0, -z), np.logaddexp(0, z)).mean())


def alike(a: Array, b: Array) -> float:
    return float(((np.corrcoef(a) - np.corrcoef(b)) ** 2).mean())


def kernel_of(kind: str, width: float) -> Callable[[Array, Array], float]:
    return {
        "cosine": lambda a, b: a @ b / np.sqrt((a @ a) * (b @ b)),
        "gaussian": lambda a, b: np.exp(-((a - b) @ (a - b)) / (2 * width**2)),
        "linear": lambda a, b: a @ b,
    }[kind]


def pairs(rows: Array, k: Callable[[Array, Array], float]) -> Array:
    return np.array([[k(a, b) for b in rows] for a in rows])


def bottleneck(rule: KernelisedBottleneck, h: Array, y: Array) -> float:
    u = h
    if rule.groups:
        parts = np.stack(np.split(h, rule.groups, axis=1), axis=1)
        c = parts.shape[2]
        u = (parts.var(axis=2) + rule.smoothing / c) ** rule.power
        u = u - u.mean(axis=1, keepdims=True)
    k = pairs(u, kernel_of(rule.kernel, rule.width))
    labels = pairs(y - y.mean(axis=1, keepdims=True), kernel_of("cosine", 0))

    def p(a: Array, b: Array) -> float:
        return float(np.trace((a - a.mean()) @ (b - b.mean())) / len(a) ** 2)

    return p(k, k) - rule.balance * p(labels, k)


def competition(h: Array, y: Array) -> float:
    goodness = np.stack([(h[:, c::N_OUT] ** 2).mean(axis=1) for c in range(N_OUT)], axis=1)
    return cross_entropy(goodness, y)


Loss = Callable[[Any, View, int, Array, Array], float]
LOSSES: Mapping[str, tuple[LocalLoss, Loss]] = {
    "prediction": (LayerwiseClassifiers(NETWORK), lambda r, p, i, h, y: prediction(p, i, h, y)),
    "fixed": (FixedClassifiers(NETWORK), lambda r, p, i, h, y: cross_entropy(h @ p[f"H{i}"], y)),
    "similarity": (LocalSimilarity(NETWORK), lambda r, p, i, h, y: alike(h @ p[f"K{i}"], y)),
    "similarity, bio": (LocalSimilarity(NETWORK, bio=True), lambda r, p, i, h, y: alike(h, y @ p[f"P{i}"])),
    "both": (
        PredSim(NETWORK, share=0.7),
        lambda r, p, i, h, y: 0.3 * prediction(p, i, h, y) + 0.7 * alike(h @ p[f"K{i}"], y),
    ),
    "cosine": (KernelisedBottleneck(NETWORK), lambda r, p, i, h, y: bottleneck(r, h, y)),
    "gaussian": (KernelisedBottleneck(NETWORK, "gaussian", 2.0), lambda r, p, i, h, y: bottleneck(r, h, y)),
    "linear": (KernelisedBottleneck(NETWORK, "linear", balance=1.3), lambda r, p, i, h, y: bottleneck(r, h, y)),
    "cosine, grouped": (KernelisedBottleneck(NETWORK, groups=4), lambda r, p, i, h, y: bottleneck(r, h, y)),
    "gaussian, grouped": (
        KernelisedBottleneck(NETWORK, "gaussian", 0.5, groups=4, power=0.8, smoothing=0.4),
        lambda r, p, i, h, y: bottleneck(r, h, y),
    ),
    "competition": (ClasswiseCompetition(NETWORK), lambda r, p, i, h, y: competition(h, y)),
}  # fmt: skip


def worst(rule: LocalLoss, loss: Loss, params: Params) -> float:
    """How far, relative to it, the change of any weight is from minus the gradient of its layer's loss."""
    shown, far = given(), 0.0
    found = changes(rule.update(params, rule.form.rest(), shown, np.random.default_rng(0)))
    trace, _ = rule.form.forward(params, shown.x, None, None)
    for layer, block in enumerate(trace.blocks, 1):
        mine = [name for name in found if name[1:] == str(layer)]
        assert {f"W{layer}", f"b{layer}"} <= {*mine}

        def local(moved: View, layer: int = layer, below: Array = block.below) -> float:
            h = np.tanh(below @ moved[f"W{layer}"] + moved[f"b{layer}"])
            return loss(rule, {**params, **moved}, layer, h, shown.y)

        slopes = central_differences(local, {name: params[name] for name in mine})
        for name, slope in slopes.items():
            assert np.linalg.norm(slope) > 1e-5, name
            far = max(far, float(np.linalg.norm(found[name] + slope) / np.linalg.norm(slope)))
    return far


@pytest.mark.parametrize("name", LOSSES)
def test_each_layer_descends_the_gradient_of_its_own_loss(name: str) -> None:
    rule, loss = LOSSES[name]
    assert worst(rule, loss, rule.init(N_IN, N_OUT, np.random.default_rng(0))[0]) < NEAR


def test_the_bio_head_is_the_gradient_where_feedback_is_its_transpose() -> None:
    rule = LayerwiseClassifiers(NETWORK, bio=True)
    params, _ = rule.init(N_IN, N_OUT, np.random.default_rng(0))
    tied = params | {f"F{layer}": params[f"H{layer}"].T.copy() for layer in (1, 2)}
    loss: Loss = lambda r, p, i, h, y: coded(p, i, h, y)  # noqa: E731
    assert worst(rule, loss, tied) < NEAR
    assert worst(rule, loss, params) > 0.1  # random feedback is another direction


def test_similarity_is_followed_through_both_of_its_factors() -> None:
    """Half of the derivative, which passes through one factor of S alone, is off by half."""
    rng = np.random.default_rng(0)
    h, y = rng.normal(size=(BATCH, 4)), given().y
    slope = central_differences(lambda moved: alike(moved["h"], y), {"h": h})["h"]
    derivative = matched(h, np.corrcoef(y)) / BATCH
    np.testing.assert_allclose(derivative, slope, rtol=1e-6, atol=1e-9)
    assert np.linalg.norm(derivative / 2 - slope) > 0.49 * np.linalg.norm(slope)


@pytest.mark.parametrize("norm", ["batch", "layer"])
def test_in_blocks_the_loss_is_followed_through_normalisation(norm: Any) -> None:
    network = Blocks((8, 6), tanh, dtype="float64", init=Gaussian(0.7), norm=norm)
    rule, shown = LocalSimilarity(network), given()
    params, running = rule.init(N_IN, N_OUT, np.random.default_rng(0))
    params |= {name: array + 0.2 * np.arange(len(array)) for name, array in params.items() if name[0] == "g"}
    found = changes(rule.update(params, running, shown, np.random.default_rng(0)))
    below = rule.form.forward(params, shown.x, running, None)[0].blocks[1].below

    def local(moved: View) -> float:
        z = below @ moved["W2"]
        axis = 0 if norm == "batch" else 1
        z = (z - z.mean(axis, keepdims=True)) / np.sqrt(z.var(axis, keepdims=True) + 1e-5)
        return alike(np.tanh(z * moved["g2"] + moved["b2"]) @ moved["K2"], shown.y)

    for name, slope in central_differences(local, {n: params[n] for n in ("W2", "b2", "g2", "K2")}).items():
        np.testing.assert_allclose(found[name], -slope, rtol=1e-5, atol=1e-8, err_msg=name)


def test_a_silent_example_and_a_batch_of_one_teach_nothing_and_raise_nothing() -> None:
    h = np.zeros((3, 4))
    assert not matched(h, np.eye(3)).any()
    for rule in (KernelisedBottleneck(NETWORK), LocalSimilarity(NETWORK, bio=True)):
        params, _ = rule.init(N_IN, N_OUT, np.random.default_rng(0))
        shown = present(given().x[:1], given().y[:1])
        found = changes(rule.update(params, None, shown, np.random.default_rng(0)))
        assert abs(found["W1"]).max() < 1e-12
        assert all(np.isfinite(each).all() for each in found.values())


def test_a_head_of_zeros_lets_the_hidden_layer_wait_one_step() -> None:
    """As the authors start it: the head learns first."""
    rule = replace(LayerwiseClassifiers(NETWORK), head=Zero())
    params, _ = rule.init(N_IN, N_OUT, np.random.default_rng(0))
    found = changes(rule.update(params, None, given(), np.random.default_rng(0)))
    assert not found["W1"].any()
    assert found["H1"].any()


@pytest.mark.parametrize("name", LOSSES)
def test_the_loss_is_of_the_activity_before_dropout(name: str) -> None:
    """So the first layer, which is given no silenced unit, learns what it learns without dropout, to the last bit."""
    rule, _ = LOSSES[name]
    found = []
    for dropout in (0.0, 0.5):
        network = replace(Blocks.of(NETWORK), dropout=dropout)
        params, running = replace(rule, network=network).init(N_IN, N_OUT, np.random.default_rng(0))
        step = replace(rule, network=network).update(params, running, given(), np.random.default_rng(3))
        found.append(changes(step))
    assert all(np.array_equal(found[0][each], found[1][each]) for each in ("W1", "b1"))
    assert not np.array_equal(found[0]["W2"], found[1]["W2"])
