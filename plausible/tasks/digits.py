"""Small handwritten digits that come with scikit-learn: a real task that needs no download."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from plausible.errors import require
from plausible.tasks.task import Recipe, Split, Task, one_hot

SPLIT_SEED = 0  # of the cut that is the same for all runs
RECIPE = Recipe(
    hidden=(128, 128), output="softmax", epochs=40, batch_size=32, optimiser="sgd[rate=0.05,momentum=0.9]"
)


def digits(rng: Generator, *, split: Literal["fixed", "seed"] = "fixed") -> Task:
    """Optical digits [alpaydin1998]: x (1,078 | 359 | 360, 64) from 0 to 1, y one-hot (..., 10).

    These are the 1,797 images of 8 x 8 pixels of scikit-learn's copy, divided by 16, cut into 60, 20 and 20
    per cent with the classes in proportion.

    Args:
        split: "fixed" cuts them in the same way for every run, and draws nothing from `rng`. "seed" draws the cut from
            `rng`: every seed has a test split of its own, so that means and intervals over seeds tell of the images,
            too, and no choice of settings wears out the same 360 of them. Rules stay paired by seed. Training splits of
            two seeds share most images: differences over them are less independent than `n` says [nadeau2003].

    Raises:
        BadInput: for another split.
    """
    from sklearn.datasets import load_digits  # here, since it takes a second to import

    require(split in ("fixed", "seed"), "split", split, "fixed or seed")
    pixels, labels = load_digits(return_X_y=True)
    seed = SPLIT_SEED if split == "fixed" else int(rng.integers(2**32))
    train, validation, test = _cut(labels, seed)

    def part(rows: NDArray[np.intp]) -> Split:
        return Split((pixels[rows] / 16).astype(np.float32), one_hot(labels[rows], 10))

    return Task("digits", part(train), part(validation), part(test), kind="classes", recipe=RECIPE)


def _cut(labels: NDArray[np.intp], seed: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Rows of the train, the validation and the test split."""
    from sklearn.model_selection import train_test_split

    rows = np.arange(len(labels))
    train, rest = train_test_split(rows, test_size=0.4, random_state=seed, stratify=labels)
    validation, test = train_test_split(rest, test_size=0.5, random_state=seed, stratify=labels[rest])
    return train, validation, test
