"""Feedback of target propagation learns down the slope of its loss, and rests where theory says.

Oracles: central differences of the losses as the papers write them; the damped pseudo-inverse; the transpose.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from plausible.core import Array, Params
from plausible.networks.activations import identity, tanh
from plausible.networks.inits import Gaussian
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.rules.targets.propagation import (
    DifferenceTargetPropagation,
    SimplifiedDifferenceTargetPropagation,
)
from plausible.rules.targets.reconstruction import (
    DifferenceReconstruction,
    DirectDifferenceTargetPropagation,
    LocalDifferenceReconstruction,
)
from tests.oracles import changes, present

NETWORK = MLP((5, 4), tanh, output("softmax"), "float64", Gaussian(0.7), bias_init=Gaussian(0.5))
BATCH, N_IN, N_OUT, SIGMA = 8, 4, 3, 0.3
Loss = Callable[[Params, Array, np.random.Generator], dict[int, float]]


def draw(rng: np.random.Generator, h: Array) -> Array:
    return rng.normal(0, SIGMA, h.shape)


def up(params: Params, layer: int, h: Array, top: Callable[[Array], Array] = identity.value) -> Array:
    z = h @ params[f"W{layer}"] + params[f"b{layer}"]
    return top(z) if layer == NETWORK.depth else np.tanh(z)


def down(params: Params, layer: int, h: Array) -> Array:
    z: Array = np.tanh(h @ params[f"B{layer}"] + params[f"c{layer}"])
    return z


def activities(params: Params, x: Array) -> list[Array]:
    h = [x]
    for layer in range(1, NETWORK.depth + 1):
        h.append(up(params, layer, h[-1]))
    return h


def size(a: Array) -> float:
    """½ |a|², the mean over examples."""
    return float((a * a).sum() / (2 * len(a)))


def reconstruction(top: Callable[[Array], Array], highest: int) -> Loss:
    def loss(params: Params, x: Array, rng: np.random.Generator) -> dict[int, float]:
        h, found = activities(params, x), {}
        for layer in range(2, highest + 1):
            q = h[layer - 1] + draw(rng, h[layer - 1])
            found[layer] = size(down(params, layer, up(params, layer, q, top)) - q)
        return found

    return loss


def difference_reconstruction(params: Params, x: Array, rng: np.random.Generator) -> dict[int, float]:
    h, found = activities(params, x), {}
    for layer in range(2, NETWORK.depth + 1):
        q = noisy = h[layer - 1] + draw(rng, h[layer - 1])
        for n in range(layer, NETWORK.depth + 1):
            q = up(params, n, q)
        for n in range(NETWORK.depth, layer - 1, -1):
            q = h[n - 1] + down(params, n, q) - down(params, n, h[n])
        found[layer] = size(q - noisy) / SIGMA**2 + 0.5 * 0.2 * float((params[f"B{layer}"] ** 2).sum())
    return found


def local_reconstruction(params: Params, x: Array, rng: np.random.Generator) -> dict[int, float]:
    h, found = activities(params, x), {}
    for layer in range(2, NETWORK.depth + 1):
        below = h[layer - 1]
        noise, u = draw(rng, below), up(params, layer, below)
        here, there = down(params, layer, u), down(params, layer, up(params, layer, below + noise))
        near = down(params, layer, u + draw(rng, u))
        found[layer] = (size(near - here) - float((noise * (there - here)).sum() / len(x))) / SIGMA**2
    return found


RULES: dict[str, tuple[Any, Loss]] = {
    "difference": (DifferenceTargetPropagation(NETWORK, noise=SIGMA), reconstruction(identity.value, 2)),
    "output": (
        DifferenceTargetPropagation(NETWORK, noise=SIGMA, top="output"),
        reconstruction(identity.value, 3),
    ),
    "simplified": (
        SimplifiedDifferenceTargetPropagation(NETWORK, noise=SIGMA),
        reconstruction(output("softmax").value, 3),
    ),
    "whole": (DifferenceReconstruction(NETWORK, noise=SIGMA, damping=0.2), difference_reconstruction),
    "local": (LocalDifferenceReconstruction(NETWORK, noise=SIGMA), local_reconstruction),
}


@pytest.mark.parametrize("name", RULES)
def test_feedback_goes_down_the_slope_of_its_loss(name: str) -> None:
    """Central differences of step 1e-5 are off by 1e-10 of the third derivative, and by rounding of 1e-11."""
    rule, loss = RULES[name]
    rng = np.random.default_rng(0)
    params, _ = rule.init(N_IN, N_OUT, rng)
    params |= {n: rng.normal(size=array.shape) for n, array in params.items() if n[0] == "c"}
    shown = present(rng.normal(size=(BATCH, N_IN)), np.eye(N_OUT)[rng.integers(N_OUT, size=BATCH)])
    found = changes(rule.update(params, None, shown, np.random.default_rng(3)))
    names = [n for n in params if n[0] in "Bc"]
    assert names
    for n in names:
        layer, change = int(n[1:]), np.zeros_like(params[n])
        for place in np.ndindex(change.shape):
            ends = []
            for sign in (1, -1):
                moved = params[n].copy()
                moved[place] += sign * 1e-5
                ends.append(loss(params | {n: moved}, shown.x, np.random.default_rng(3))[layer])
            change[place] = (ends[0] - ends[1]) / 2e-5
        if rule.__class__ is DifferenceReconstruction and n[0] == "B":
            assert abs(change).max() > 0.01
        np.testing.assert_allclose(found[n], -change, rtol=1e-6, atol=1e-8, err_msg=n)


class Even:
    """A generator whose normal noise is white in the very sample: ξᵀ ξ / rows = σ² · 1, and of mean zero."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(7)

    def normal(self, mean: float, sigma: float, shape: tuple[int, int]) -> Array:
        drawn = self.rng.normal(size=shape)
        q: Array = np.linalg.qr(drawn - drawn.mean(axis=0))[0]
        return sigma * shape[0] ** 0.5 * q


LINEAR = replace(NETWORK, activation=identity, output=output("linear"))


def at_rest(rule: Any, feedback: Callable[[Params], Params], names: tuple[str, ...]) -> tuple[float, float]:
    """The largest change of feedback as it is said to come to rest, and 1 % away from there."""
    rng = np.random.default_rng(0)
    params, _ = rule.init(N_IN, N_OUT, rng)
    params |= feedback(params)
    shown = present(rng.normal(size=(40, N_IN)), rng.normal(size=(40, N_OUT)))
    sizes = []
    for factor in (1.0, 1.01):
        moved = {n: array * (factor if n in names else 1) for n, array in params.items()}
        found = changes(rule.update(moved, None, shown, Even()))
        sizes.append(max(float(abs(found[n]).max()) for n in names))
    return sizes[0], sizes[1]


@pytest.mark.parametrize("damping", [0.0, 0.1, 1.0])
def test_direct_feedback_rests_at_the_damped_pseudo_inverse(damping: float) -> None:
    """Q_l = (JᵀJ + damping)⁻¹ Jᵀ, J = W_{l+1} ... W_L, the minimum of the difference reconstruction loss."""

    def feedback(params: Params) -> Params:
        jacobians = {"Q1": params["W2"] @ params["W3"], "Q2": params["W3"]}
        eye = damping * np.eye(N_OUT)
        return {name: np.linalg.solve(j.T @ j + eye, j.T) for name, j in jacobians.items()}

    rule = DirectDifferenceTargetPropagation(LINEAR, noise=0.5, damping=damping)
    rest, away = at_rest(rule, feedback, ("Q1", "Q2"))
    assert rest < 1e-12 < 1e-4 < away


def test_feedback_by_the_whole_network_rests_at_a_damped_inverse_of_it() -> None:
    """B_L = (W_Lᵀ W_L + damping)⁻¹ W_Lᵀ; below, B_l = (KᵀK + damping)⁻¹ Kᵀ with K = W_l ... W_L B_L ... B_{l+1}."""
    damping = 0.1

    def inverse(k: Array) -> Array:
        made: Array = np.linalg.solve(k.T @ k + damping * np.eye(k.shape[1]), k.T)
        return made

    def feedback(params: Params) -> Params:
        top = inverse(params["W3"])
        return {"B3": top, "B2": inverse(params["W2"] @ params["W3"] @ top)}

    rule = DifferenceReconstruction(LINEAR, noise=0.5, damping=damping)
    rest, away = at_rest(rule, feedback, ("B2", "B3"))
    assert rest < 1e-12 < 1e-4 < away


def test_feedback_by_the_local_loss_rests_at_the_transpose() -> None:
    def feedback(params: Params) -> Params:
        return {f"B{n}": params[f"W{n}"].T for n in (2, 3)}

    rest, away = at_rest(LocalDifferenceReconstruction(LINEAR, noise=0.5), feedback, ("B2", "B3"))
    assert rest < 1e-12 < 1e-4 < away
