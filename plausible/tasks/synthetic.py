"""Drawn functions and classes of 256 inputs, on which direct random target projection was introduced [frenkel2021]."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from plausible.core import Array
from plausible.errors import is_whole, require
from plausible.tasks.task import Recipe, Split, Task, one_hot

INPUTS, OUTPUTS = 256, 10


def cosines(rng: Generator, *, examples: int = 5000) -> Task:
    """Ten shifted cosines of the mean input [frenkel2021]: x (examples | 1,000 | 1,000, 256), y (..., 10).

        y_i = cos(mean x + π (i - 4.5) / 9),   x_j ~ N(m, 1),   m uniform on ±π for each example

    Args:
        examples: of the train split.

    Raises:
        BadInput: for no examples.
    """
    require(is_whole(examples) and examples > 0, "examples", examples, "a positive whole number")
    validation, test, train = (cosines_of(rng, n) for n in (1000, 1000, examples))
    recipe = Recipe((100,), "linear", epochs=50, batch_size=50, optimiser="sgd[rate=0.003,momentum=0.9]")
    return Task("cosines", train, validation, test, kind="values", recipe=recipe)


def cosines_of(rng: Generator, examples: int) -> Split:
    """Newly drawn examples."""
    middle = rng.uniform(-np.pi, np.pi, (examples, 1))
    x: Array = rng.standard_normal((examples, INPUTS)) + middle
    shifts = np.pi * (np.arange(OUTPUTS) - 4.5) / 9
    y = np.cos(x.mean(axis=1, keepdims=True) + shifts)
    return Split(x.astype(np.float32), y.astype(np.float32))


def clusters(rng: Generator, *, examples: int = 25_000) -> Task:
    """Ten classes of five clusters each [frenkel2021]: x (examples | 5,000 | 5,000, 256), y one-hot (..., 10).

    scikit-learn's `make_classification` [pedregosa2011]: clusters are normal, of drawn covariance, around corners of
    a cube of side 9 in 128 of the inputs; the others are noise. One label in a hundred is drawn at random.

    Args:
        examples: of the train split.

    Raises:
        BadInput: for fewer examples than classes.
    """
    good = is_whole(examples) and examples >= OUTPUTS
    require(good, "examples", examples, f"a whole number of at least the {OUTPUTS} classes")
    from sklearn.datasets import make_classification  # here, since it takes a second to import

    x, labels = make_classification(
        examples + 10_000,
        INPUTS,
        n_informative=128,
        n_redundant=0,
        n_classes=OUTPUTS,
        n_clusters_per_class=5,
        class_sep=4.5,
        random_state=int(rng.integers(2**31)),
    )
    x, y = x.astype(np.float32), one_hot(labels, OUTPUTS)
    parts = (slice(10_000, None), slice(5000), slice(5000, 10_000))
    train, validation, test = (Split(x[part], y[part]) for part in parts)
    recipe = Recipe((500, 500), "softmax", epochs=20, batch_size=50, optimiser="sgd[rate=0.001,momentum=0.9]")
    return Task("clusters", train, validation, test, kind="classes", recipe=recipe)
