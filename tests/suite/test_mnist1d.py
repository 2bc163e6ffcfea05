"""MNIST-1D as drawn here. Oracles: the published description, and what it publishes of linear classifiers."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.random import Generator

from plausible.errors import BadInput
from plausible.tasks.mnist1d import drawn, mnist1d, resampled, templates


def test_digits_begin_at_zero_with_the_deviation_of_the_description() -> None:
    digits = templates()
    assert digits.shape == (10, 12)
    np.testing.assert_array_equal(digits[:, 0], np.zeros(10))
    np.testing.assert_allclose(digits.std(axis=1), np.full(10, 1 / 6), rtol=1e-12)
    assert len({tuple(digit) for digit in digits.tolist()}) == 10


def test_a_series_is_resampled_on_the_lines_between_its_points() -> None:
    np.testing.assert_allclose(resampled(np.array([0.0, 2.0, 6.0]), 5), [0, 1, 2, 4, 6], rtol=1e-15)


def test_a_digit_of_nothing_is_correlated_noise_and_a_line(rng: Generator) -> None:
    """Neighbours of smooth noise (a Gaussian of 2 points, every 72/40) correlate by e^(-(1.8 / 4)²) = 0.82, or more."""
    nothing = np.full(12, -1e-8)  # which is 0 after the description's shift of 1e-8
    series = np.stack([drawn(rng, nothing) for _ in range(300)])
    slope = np.linspace(-0.5, 0.5, 40)
    left = series - np.outer(series @ slope / (slope @ slope), slope)
    pairs = np.corrcoef(left[:, 10:30].ravel(), left[:, 11:31].ravel())[0, 1]
    assert 0.7 < pairs < 0.95


def test_linear_classifiers_come_to_what_is_published(rng: Generator) -> None:
    """32 % in the paper; 1,000 answers have a standard error of 1.5 points, and so had theirs: 4 of both."""
    from sklearn.linear_model import LogisticRegression

    task = mnist1d(rng)
    for split, count in ((task.train, 4000), (task.validation, 1000), (task.test, 1000)):
        assert split.x.shape == (count, 40)
        np.testing.assert_array_equal(split.y.sum(axis=0), np.full(10, count / 10))
    assert abs(task.train.x.mean()) < 1e-3 > abs(task.train.x.std() - 1)
    fitted = LogisticRegression(max_iter=2000).fit(task.train.x, task.train.y.argmax(axis=1))
    right = fitted.score(task.test.x, task.test.y.argmax(axis=1))
    assert abs(right - 0.32) < 4 * 0.015 * 2**0.5


def test_too_few_examples_are_refused(rng: Generator) -> None:
    with pytest.raises(BadInput, match="examples is 9"):
        mnist1d(rng, examples=9)
