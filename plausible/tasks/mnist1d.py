"""Digits of one dimension, which tell linear networks, perceptrons and convolutions apart."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from plausible.core import Array
from plausible.errors import require_whole
from plausible.tasks.task import Recipe, Split, Task, one_hot

DIGITS = (  # heights of a pen that draws each digit from top to bottom
    (5, 6, 6.5, 6.75, 7, 7, 7, 7, 6.75, 6.5, 6, 5),
    (5, 3, 3, 3.4, 3.8, 4.2, 4.6, 5, 5.4, 5.8, 5, 5),
    (5, 6, 6.5, 6.5, 6, 5.25, 4.75, 4, 3.5, 3.5, 4, 5),
    (5, 6, 6.5, 6.5, 6, 5, 5, 6, 6.5, 6.5, 6, 5),
    (5, 4.4, 3.8, 3.2, 2.6, 2.6, 5, 5, 5, 5, 5, 5),
    (5, 3, 3, 3, 3, 5, 6, 6.5, 6.5, 6, 4.5, 5),
    (5, 4, 3.5, 3.25, 3, 3, 3, 3, 3.25, 3.5, 4, 5),
    (5, 7, 7, 6.6, 6.2, 5.8, 5.4, 5, 4.6, 4.2, 5, 5),
    (5, 4, 3.5, 3.5, 4, 5, 5, 4, 3.5, 3.5, 4, 5),
    (5, 4, 3.5, 3.5, 4, 5, 5, 5, 5, 4.7, 4.3, 5),
)
POINTS, LENGTH = len(DIGITS[0]), 40
FEWEST, MOST = 36, 60  # zeros after a digit
SHIFT, SCALE, SHEAR, SMOOTH, NOISE = 48, 0.4, 0.75, 0.25, 0.02
RECIPE = Recipe(hidden=(100, 100), output="softmax", epochs=100, batch_size=100, optimiser="adam[rate=0.001]")


def templates() -> Array:
    """The ten digits, (10, 12), each at standard deviation 1/6, beginning at 0."""
    heights = np.array(DIGITS)
    standard = (heights - heights.mean(axis=1, keepdims=True)) / heights.std(axis=1, keepdims=True)
    result: Array = (standard - standard[:, :1]) / 6
    return result


def resampled(series: Array, points: int) -> Array:
    """A series at so many points, evenly spaced, on the lines between its own."""
    return np.interp(np.linspace(0, 1, points), np.linspace(0, 1, len(series)), series)


def drawn(rng: Generator, digit: Array) -> Array:
    """A digit, (12,), padded, stretched, scaled, moved round, in noise, sheared, at 40 points."""
    zeros = np.zeros(int(rng.integers(FEWEST, MOST + 1)))
    series = resampled(np.concatenate([digit + 1e-8, zeros]), POINTS + MOST)
    series = np.roll(series * (1 + SCALE * (rng.random() - 0.5)), int(rng.integers(SHIFT)))
    smooth = gaussian_filter(SMOOTH * rng.standard_normal(len(series)), 2)
    series = np.where(series == 0, smooth, series) + NOISE * rng.standard_normal(len(series))
    tilt = SHEAR * (rng.random() - 0.5) * np.linspace(-0.5, 0.5, len(series))
    return resampled(series - tilt, LENGTH)


def mnist1d(rng: Generator, *, examples: int = 4000) -> Task:
    """MNIST-1D [greydanus2024], drawn: x (examples | 1,000 | 1,000, 40), y one-hot (..., 10).

    Ten pen strokes of 12 points, each padded by 36 to 60 zeros, stretched to 72 points, scaled by 0.8 to 1.2, moved by
    up to 47 points around the ends; zeros become correlated noise, all points independent noise, and a random line is
    taken away. Of that, 40 points; all examples together have mean 0 and standard deviation 1, by those of training.
    The published set has 4000 examples and 1000 of test; the validation split here is drawn beside them. Published test
    accuracies: logistic regression 32 %, a perceptron 68 %, a convolutional network 94 %.

    Args:
        examples: of the train split, a tenth of each digit.

    Raises:
        BadInput: for fewer examples than digits.
    """
    require_whole("examples", examples, 10)
    digits = templates()
    splits = []
    for count in (examples, 1000, 1000):
        labels: NDArray[np.intp] = rng.permutation(np.arange(count) % 10)
        series = np.stack([drawn(rng, digits[label]) for label in labels])
        splits.append((series, labels))
    mean, deviation = splits[0][0].mean(), splits[0][0].std()
    train, validation, test = (
        Split(((series - mean) / deviation).astype(np.float32), one_hot(labels, 10))
        for series, labels in splits
    )
    return Task("mnist1d", train, validation, test, "classes", RECIPE)
