"""Optimisers, schedules, and the addition of a change in one pass over memory.

Oracles: each optimiser's formula, written once more as plain numpy on whole arrays and in float64; minima and fixed
points known in closed form; the product formed by `einsum` for `accumulate`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from itertools import pairwise
from math import pi
from typing import NamedTuple

import numpy as np
import pytest

from plausible.core import Array, Optimiser, Outer, Params, Update
from plausible.errors import BadInput
from plausible.optimise.accumulate import ONE_THREAD, accumulate, blas_of_numpy, squared_norm
from plausible.optimise.adam import Adam
from plausible.optimise.schedules import Cosine, Rate, Steps, rate_at, scheduled
from plausible.optimise.sgd import SGD
from plausible.optimise.wrappers import Clipped, Decay, Grouped
from tests.oracles import angle, dense

every_dtype = pytest.mark.parametrize("dtype", ["float32", "float64"])

# --- the formulas ---------------------------------------------------------------------------------------
#
# A reference takes the first weights and all the changes to come, by name, and returns the last weights.

Changes = list[Params]
Reference = Callable[[Params, Changes], Params]


def each(formula: Callable[[Array, list[Array]], Array]) -> Reference:
    """The reference for an optimiser that treats each weight by itself."""
    return lambda params, changes: {
        name: formula(array, [change[name] for change in changes]) for name, array in params.items()
    }


def plain(w: Array, changes: list[Array], rate: float = 0.3) -> Array:
    return w + rate * sum(changes)


def halved_after_two(w: Array, changes: list[Array]) -> Array:
    return plain(w, changes[:2]) + plain(0, changes[2:], rate=0.15)


def classical(w: Array, changes: list[Array]) -> Array:
    v = np.zeros_like(w)
    for u in changes:
        v = 0.9 * v + 0.2 * u
        w = w + v
    return w


def nesterov(w: Array, changes: list[Array]) -> Array:
    v = np.zeros_like(w)
    for u in changes:
        v = 0.9 * v + 0.2 * u
        w = w + 0.9 * v + 0.2 * u
    return w


def classical_with_cosine(w: Array, changes: list[Array]) -> Array:
    v = np.zeros_like(w)
    for t, u in enumerate(changes):
        v = 0.5 * v + 0.2 * np.cos(pi * min(t / 8, 1) / 2) ** 2 * u  # (1 + cos 2a) / 2 = cos² a
        w = w + v
    return w


def adam(w: Array, changes: list[Array]) -> Array:
    m, s = np.zeros_like(w), np.zeros_like(w)
    for t, u in enumerate(changes, 1):
        m = 0.8 * m + 0.2 * u
        s = 0.95 * s + 0.05 * u**2
        w = w + 0.1 * (m / (1 - 0.8**t)) / (np.sqrt(s / (1 - 0.95**t)) + 1e-6)
    return w


def decayed(params: Params, changes: Changes) -> Params:
    ends = {}
    for name, w in params.items():
        for change in changes:
            w = (0.9 if name == "W2" else 1.0) * w + 0.3 * change[name]
        ends[name] = w
    return ends


def clipped(params: Params, changes: Changes) -> Params:
    for change in changes:
        norm = np.sqrt(sum(np.sum(array**2) for array in change.values()))
        factor = 0.3 * min(1, 2 / norm)
        params = {name: w + factor * change[name] for name, w in params.items()}
    return params


def grouped(params: Params, changes: Changes) -> Params:
    frozen, slow, rest = {"W1": params["W1"]}, ("b1", "b2"), ("W2",)
    slowly = {name: plain(params[name], [change[name] for change in changes], 0.01) for name in slow}
    return frozen | slowly | each(adam)({name: params[name] for name in rest}, changes)


class Row(NamedTuple):
    optimiser: Optimiser
    reference: Reference


ADAM = Adam(0.1, mean=0.8, square=0.95, epsilon=1e-6)
TABLE = {
    "plain": Row(SGD(0.3), each(plain)),
    "plain, halved after two steps": Row(SGD(Steps(0.3, (2,), 0.5)), each(halved_after_two)),
    "classical momentum": Row(SGD(0.2, momentum=0.9), each(classical)),
    "classical momentum, cosine": Row(SGD(Cosine(0.2, steps=8), momentum=0.5), each(classical_with_cosine)),
    "nesterov": Row(SGD(0.2, momentum=0.9, nesterov=True), each(nesterov)),
    "adam": Row(ADAM, each(adam)),
    "decay": Row(Decay(SGD(0.3), 0.1, names=("W2",)), decayed),
    "clipped": Row(Clipped(SGD(0.3), 2.0), clipped),
    "grouped": Row(Grouped((("b*", SGD(0.01)), ("W1", SGD(0.0))), ADAM), grouped),
}
every_row = pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
every_optimiser = pytest.mark.parametrize("optimiser", [row.optimiser for row in TABLE.values()], ids=TABLE)

SHAPES = [(1, 1, 1, 1), (3, 2, 4, 1), (5, 7, 3, 20), (70, 70, 5, 70)]  # n_in, n_hidden, n_out, rows


def drawn(rng: np.random.Generator, size: tuple[int, ...], dtype: str = "float64") -> Array:
    """Normal numbers that both dtypes hold exactly."""
    return rng.normal(size=size).astype("float32").astype(dtype)


def weights(shape: tuple[int, ...], dtype: str = "float64") -> Params:
    n_in, n_hidden, n_out, _ = shape
    rng = np.random.default_rng(0)
    sizes = {"W1": (n_in, n_hidden), "W2": (n_hidden, n_out), "b1": (n_hidden,), "b2": (n_out,)}
    return {name: drawn(rng, size, dtype) for name, size in sizes.items()}


def outer_updates(shape: tuple[int, ...], steps: int = 5, dtype: str = "float64") -> list[Mapping[str, Update]]:
    """Changes of size one or so, as the factors of which they are made."""
    n_in, n_hidden, n_out, rows = shape
    rng = np.random.default_rng(1)
    updates: list[Mapping[str, Update]] = []
    for _ in range(steps):
        h0, h1, d1, d2 = (drawn(rng, (rows, n), dtype) for n in (n_in, n_hidden, n_hidden, n_out))
        changes = {"W1": (h0, d1), "W2": (h1, d2), "b1": (None, d1), "b2": (None, d2)}
        updates.append({name: Outer(pre, post, -(rows**-0.5)) for name, (pre, post) in changes.items()})
    return updates


def formed(updates: list[Mapping[str, Update]]) -> Changes:
    """The same changes, each as one array."""
    return [{name: dense(update) for name, update in step.items()} for step in updates]


def applied(optimiser: Optimiser, params: Params, updates: list[Mapping[str, Update]]) -> Params:
    memory = optimiser.init(params)
    for step in updates:
        optimiser.apply(params, step, memory)
    return params


@pytest.mark.parametrize("form", ["outer", "dense"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize(("dtype", "close"), [("float64", 1e-12), ("float32", 1e-5)])  # some hundred roundings
@every_row
def test_it_is_its_formula(row: Row, dtype: str, close: float, shape: tuple[int, ...], form: str) -> None:
    updates = outer_updates(shape, dtype=dtype)
    ours = applied(row.optimiser, weights(shape, dtype), updates if form == "outer" else formed(updates))
    expected = row.reference(weights(shape), formed(outer_updates(shape)))
    for name, array in ours.items():
        assert array.dtype == dtype
        np.testing.assert_allclose(array, expected[name], rtol=close, atol=close, err_msg=name)
