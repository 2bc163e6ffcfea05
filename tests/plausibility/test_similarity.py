"""Measures of how alike layers are. Oracle: closed forms, invariances, and signals that were planted."""

from __future__ import annotations

from collections.abc import Callable
from math import acos, pi

import numpy as np
import pytest

from plausible.core import Array
from plausible.errors import BadInput
from plausible.plausibility.similarity import (
    MEASURES,
    class_information,
    effective_rank,
    gaussian_information,
    information,
    linear_cka,
    matrix,
    procrustes,
    rsa,
)


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


# --- many layers at once ------------------------------------------------------------------------------------


@pytest.mark.parametrize("measure", MEASURES)
def test_a_matrix_has_what_the_measure_says_of_each_pair(measure: str) -> None:
    layers = [X, Y, X + 0.3 * drawn(6, *X.shape), drawn(7, 40, 3)]
    found = matrix(measure, layers)
    expected = [[MEASURES[measure](one, other) for other in layers] for one in layers]
    assert found == pytest.approx(np.array(expected), abs=1e-7)  # arccos of 1 - eps, on the diagonal


def test_a_matrix_refuses_what_the_measures_refuse() -> None:
    with pytest.raises(BadInput, match="of the same examples"):
        matrix("linear CKA", [X, Y[:30]])
    with pytest.raises(BadInput, match="'CKA'"):
        matrix("CKA", [X, Y])
    with pytest.raises(BadInput, match="three or more"):
        matrix("RSA", [X[:2], Y[:2]])


# --- information --------------------------------------------------------------------------------------------


def test_information_of_normal_layers_is_that_of_their_correlations() -> None:
    """y = ρ x + √(1 - ρ²) z of columns that are orthonormal in the sample: -½ log2(1 - ρ²) bits each, 1 bit at √3/2."""
    columns = np.linalg.qr(np.hstack([np.ones((30, 1)), drawn(8, 30, 4)]))[0][:, 1:]
    x, z = columns[:, :2], columns[:, 2:]
    rho = np.sqrt([3 / 4, 15 / 16])
    y = rho * x + np.sqrt(1 - rho**2) * z
    assert gaussian_information(x, y) == pytest.approx(1 + 2, abs=1e-9)
    assert gaussian_information(x, z) == pytest.approx(0, abs=1e-9)
    assert gaussian_information(x, x) == np.inf
    mixed = np.array([[2.0, 5.0], [0.0, 1.0]])
    assert gaussian_information(x @ mixed + 7, y[:, ::-1] @ mixed) == pytest.approx(3, abs=1e-9)
    silent = np.hstack([y, np.zeros((30, 3)), y[:, :1]])  # nothing is told twice
    assert gaussian_information(x, silent) == pytest.approx(3, abs=1e-9)


def test_unrelated_layers_share_what_so_few_examples_make_up() -> None:
    """Σ ρ² of p and q unrelated normal units in n examples is p q / (n - 1) on average, and a bit is 2 ln 2 of it."""
    p, q, n = 2, 3, 400
    found = [gaussian_information(drawn(seed, n, p), drawn(1000 + seed, n, q)) for seed in range(200)]
    expected = p * q / (2 * (n - 1) * np.log(2))
    spread = np.sqrt(2 * p * q) / (2 * n * np.log(2)) / 200**0.5  # n Σ ρ² is about χ² of p q
    assert np.mean(found) == pytest.approx(expected, abs=4 * spread)


def test_information_needs_more_examples_than_directions() -> None:
    with pytest.raises(BadInput, match="17 or more, as 15 directions vary"):
        gaussian_information(X[:16], Y[:16])


def test_information_of_tables() -> None:
    """A binary symmetric channel that errs once in four tells 1 - H(1/4) bits."""
    noise = -(0.25 * np.log2(0.25) + 0.75 * np.log2(0.75))
    assert information(np.array([[3.0, 1.0], [1.0, 3.0]])) == pytest.approx(1 - noise)
    assert information(np.outer([1.0, 2.0], [3.0, 1.0, 4.0])) == pytest.approx(0)
    assert information(np.diag([1.0, 1.0, 2.0])) == pytest.approx(1.5)
    with pytest.raises(BadInput, match="of which one is positive"):
        information(np.zeros((2, 2)))


@pytest.mark.parametrize("how", SAME)
def test_classes_that_are_planted_are_told(how: str) -> None:
    """Far clusters tell log2 of their number, wherever they lie, however they are rotated and scaled."""
    classes = np.arange(40) % 4
    planted = {"X": X + 50 * np.eye(4, 6)[classes]}
    change = {
        "rotated": lambda x: x @ ROTATION,
        "exchanged": lambda x: x[:, ::-1],
        "multiplied": lambda x: -7 * x,
        "moved": lambda x: x + np.arange(6),
        "with silent units": lambda x: np.hstack([x, np.zeros((40, 3))]),
    }[how]
    assert class_information(change(planted["X"]), classes) == pytest.approx(2)
    near = X + np.eye(4, 6)[classes]
    assert class_information(change(near), classes) == pytest.approx(class_information(near, classes))
    assert 0 < class_information(near, classes) < 2


def test_an_example_does_not_vote_for_its_own_class() -> None:
    """Of noise in as many units as examples, an example would be nearest to a mean with itself in it; held out, not."""
    classes = np.arange(40) % 2
    told = [class_information(drawn(seed, 40, 200), classes) for seed in range(50)]
    assert np.mean(told) < 3 / (2 * 40 * np.log(2))  # 1 / 2n ln 2 of nothing


def test_classes_of_one_example_are_refused() -> None:
    with pytest.raises(BadInput, match="two or more"):
        class_information(X, np.arange(40))
    with pytest.raises(BadInput, match="the shape of classes"):
        class_information(X, np.arange(39))
