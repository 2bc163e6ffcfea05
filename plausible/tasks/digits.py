"""Small handwritten digits that come with scikit-learn: a real task that needs no download."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from plausible.tasks.task import Recipe, Split, Task, one_hot

SPLIT_SEED = 0
RECIPE = Recipe(
    hidden=(128, 128), output="softmax", epochs=40, batch_size=32, optimiser="sgd[rate=0.05,momentum=0.9]"
)


def digits(rng: Generator) -> Task:
    """Optical digits [alpaydin1998]: x (1,078 | 359 | 360, 64) from 0 to 1, y one-hot (..., 10).

    These are the 1,797 images of 8 x 8 pixels of scikit-learn's copy, divided by 16, cut into 60, 20 and 20
    per cent with the classes in proportion. The cut is fixed and nothing is drawn from `rng`, so that every
    run has the same splits.
    """
    from sklearn.datasets import load_digits  # here, since it takes a second to import

    pixels, labels = load_digits(return_X_y=True)
    train, validation, test = _cut(labels)

    def split(rows: NDArray[np.intp]) -> Split:
        return Split((pixels[rows] / 16).astype(np.float32), one_hot(labels[rows], 10))

    return Task("digits", split(train), split(validation), split(test), kind="classes", recipe=RECIPE)


def _cut(labels: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Rows of the train, the validation and the test split."""
    from sklearn.model_selection import train_test_split

    rows = np.arange(len(labels))
    train, rest = train_test_split(rows, test_size=0.4, random_state=SPLIT_SEED, stratify=labels)
    validation, test = train_test_split(rest, test_size=0.5, random_state=SPLIT_SEED, stratify=labels[rest])
    return train, validation, test
