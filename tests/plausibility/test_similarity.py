"""Measures of how alike layers are. Oracle: closed forms, invariances, and signals that were planted."""

from __future__ import annotations

from collections.abc import Callable
from math import acos, pi

import numpy as np
import pytest

from plausible.core import Array
from plausible.errors import BadInput
from plausible.plausibility.similarity import effective_rank, linear_cka, procrustes, rsa


def drawn(seed: int, *shape: int) -> Array:
    """Normal numbers of a generator of their own."""
    return np.random.default_rng(seed).normal(size=shape)


X, Y = drawn(0, 40, 6), drawn(1, 40, 9)
ROTATION = np.linalg.qr(drawn(2, 6, 6))[0]
ALIKE = {linear_cka: 1.0, rsa: 1.0, procrustes: 0.0}
SAME = {
    "rotated": X @ ROTATION,
    "exchanged": X[:, ::-1],
    "multiplied": -7 * X,
    "moved": X + np.arange(6),
    "with silent units": np.hstack([X, np.zeros((40, 3))]),
}


@pytest.mark.parametrize("measure", ALIKE)
@pytest.mark.parametrize("how", SAME)
def test_layers_that_differ_by_no_more_are_alike(measure: Callable[[Array, Array], float], how: str) -> None:
    other = SAME[how]
    assert measure(X, other) == pytest.approx(ALIKE[measure], abs=1e-7)  # arccos of 1 - eps is √(2 eps)
    assert measure(other, Y) == pytest.approx(measure(X, Y), abs=1e-12)
    assert measure(X, Y) == pytest.approx(measure(Y, X), abs=1e-12)


def test_closed_forms() -> None:
    """Orthonormal columns: X of a and b, Y of a and c share one direction of two."""
    a, b, c = np.linalg.qr(np.hstack([np.ones((12, 1)), drawn(3, 12, 3)]))[0].T[1:]
    x, y = np.stack([a, b], axis=1), np.stack([a, c], axis=1)
    assert linear_cka(x, y) == pytest.approx(1 / 2)  # |XᵀY|² = 1, |XᵀX| = |YᵀY| = √2
    assert procrustes(x, y) == pytest.approx(acos(1 / 2))
    assert (linear_cka(x[:, 1:], y[:, 1:]), procrustes(x[:, 1:], y[:, 1:])) == pytest.approx((0, pi / 2))
    assert effective_rank(x) == pytest.approx(2)
    assert effective_rank(np.stack([3 * a, b], axis=1)) == pytest.approx(4 / 3**0.75)  # shares 3/4 and 1/4
    assert effective_rank(np.outer(a, np.ones(5))) == pytest.approx(1)


def test_distances_that_are_planted() -> None:
    """On a line the distances of 0, 1, 3 are 1, 3, 2, those of 0, 2, 3 are 2, 3, 1: their correlation is 1/2."""
    x, y = np.array([[0.0], [1.0], [3.0]]), np.array([[0.0], [2.0], [3.0]])
    assert rsa(x, y) == pytest.approx(0.5)


@pytest.mark.parametrize(("measure", "falls"), [(linear_cka, True), (rsa, True), (procrustes, False)])
def test_noise_on_a_planted_signal_is_seen_in_its_order(
    measure: Callable[[Array, Array], float], falls: bool
) -> None:
    noise = drawn(4, *X.shape)
    found = [measure(X, X + size * noise) for size in (0.0, 0.3, 1.0, 3.0)]
    assert sorted(found, reverse=falls) == pytest.approx(found)


def test_procrustes_is_a_metric() -> None:
    z = drawn(5, 40, 4)
    assert procrustes(X, z) <= procrustes(X, Y) + procrustes(Y, z)


@pytest.mark.parametrize(
    ("x", "y", "told"),
    [
        (X, Y[:30], "of the same examples"),
        (X, np.ones((40, 2)), "other for some example"),
        (X, np.full((40, 2), np.nan), "finite"),
        (X[0], Y[0], r"expected \(examples, units\)"),
    ],
)
def test_bad_input(x: Array, y: Array, told: str) -> None:
    for measure in ALIKE:
        with pytest.raises(BadInput, match=told):
            measure(x, y)


def test_two_examples_have_one_distance() -> None:
    with pytest.raises(BadInput, match="three or more"):
        rsa(X[:2], Y[:2])
