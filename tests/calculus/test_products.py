"""Products in the orders of memory that are fast, and settling by them. Oracle: `@`, and the formulas written out."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from plausible.networks.activations import tanh
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.networks.products import APART, OFTEN, WIDE, arranged, times
from plausible.rules.equilibrium.network import EquilibriumNetwork
from plausible.rules.predictive.network import PredictiveNetwork
from plausible.settling.relaxation import Relaxation

SHAPES = [(5, 7), (WIDE, 3), (WIDE, WIDE // 4), (7, WIDE), (WIDE + 20, WIDE + 3), (WIDE + 20, APART)]
every_shape = pytest.mark.parametrize("shape", SHAPES, ids=str)


@every_shape
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("given", [False, True], ids=["new", "into a given array"])
def test_a_product_is_the_product(shape: tuple[int, int], order: str, given: bool) -> None:
    rng = np.random.default_rng(0)
    rows, matrix = np.array(rng.normal(size=(6, shape[0])), order=order), rng.normal(size=shape)  # type: ignore[call-overload]
    out = np.full((6, shape[1]), np.nan, order=order) if given else None  # type: ignore[call-overload]
    found = times(rows, matrix, out)
    np.testing.assert_allclose(found, rows @ matrix, rtol=1e-12, atol=1e-12)
    assert out is None or np.shares_memory(found, out)


@every_shape
def test_arranged_weights_are_copies_that_give_the_same_products(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    weights, rows = rng.normal(size=shape), np.asfortranarray(rng.normal(size=(6, shape[0])))
    found = arranged(weights, OFTEN)
    np.testing.assert_array_equal(found, weights)
    np.testing.assert_allclose(times(rows, found), rows @ weights, rtol=1e-12, atol=1e-12)
    wide = max(shape) >= WIDE and shape[1] >= shape[0] // 8
    assert (found is weights) == (not wide)
    assert found.flags.f_contiguous or not wide
    assert arranged(weights, OFTEN - 1) is weights  # too few products to repay a copy


SIZES = (4, WIDE + 3, WIDE, 3)
STEPS, RATE = OFTEN + 1, 0.1


def problem(
    sizes: tuple[int, ...] = SIZES,
) -> tuple[MLP, dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """A network of wide layers in double precision, with biases that are not 0, inputs and targets."""
    network, rng = MLP(sizes[1:-1], tanh, output("linear"), "float64"), np.random.default_rng(1)
    params = {f"W{i}": rng.normal(size=(m, n)) / np.sqrt(m) for i, (m, n) in enumerate(pairwise(sizes), 1)}
    params |= {f"b{i}": rng.normal(size=n) for i, n in enumerate(sizes[1:], 1)}
    return network, params, rng.normal(size=(6, sizes[0])), rng.normal(size=(6, sizes[-1]))


@pytest.mark.parametrize("sizes", [SIZES, (4, WIDE, WIDE, 3)], ids=["two sizes", "one size, shared arrays"])
@pytest.mark.parametrize("tolerance", [0.0, 1e-12], ids=["together", "one by one"])
def test_wide_layers_settle_by_predictive_coding_as_the_formula_says(
    sizes: tuple[int, ...], tolerance: float
) -> None:
    network, p, x, y = problem(sizes)
    settled, *_ = PredictiveNetwork(network).settle(p, x, y, Relaxation(STEPS, RATE, tolerance))
    first = x @ p["W1"] + p["b1"]
    states = [first, np.tanh(first) @ p["W2"] + p["b2"]]
    for _ in range(STEPS):
        below, above = (np.tanh(s) for s in states)
        errors = [states[0] - first, states[1] - below @ p["W2"] - p["b2"], y - above @ p["W3"] - p["b3"]]
        pushes = [
            errors[1] @ p["W2"].T * (1 - below**2) - errors[0],
            errors[2] @ p["W3"].T * (1 - above**2) - errors[1],
        ]
        states = [s + RATE * push for s, push in zip(states, pushes, strict=True)]
    for found, state in zip(settled.state, states, strict=True):
        np.testing.assert_allclose(found, state, rtol=1e-10, atol=1e-10)


def test_wide_layers_settle_by_equilibrium_propagation_as_the_formula_says() -> None:
    network, p, x, y = problem()
    net, nudge = EquilibriumNetwork(network), 0.3
    first = net.first(p, x)
    settled = net.settle(p, net.rest(x, SIZES[-1]), (first, y), Relaxation(STEPS, RATE), nudge)
    s = [np.zeros((6, n)) for n in SIZES[1:]]
    for _ in range(STEPS):
        r = [np.tanh(s[0]), np.tanh(s[1]), s[2]]
        drives = [
            first + r[1] @ p["W2"].T,
            r[0] @ p["W2"] + p["b2"] + r[2] @ p["W3"].T,
            r[1] @ p["W3"] + p["b3"],
        ]
        pushes = [
            (1 - r[0] ** 2) * drives[0] - s[0],
            (1 - r[1] ** 2) * drives[1] - s[1],
            drives[2] - s[2] + nudge * (y - s[2]),
        ]
        s = [state + RATE * push for state, push in zip(s, pushes, strict=True)]
    for found, state in zip(settled.state, s, strict=True):
        np.testing.assert_allclose(found, state, rtol=1e-10, atol=1e-10)
