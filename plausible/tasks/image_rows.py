"""Images that are read row by row: the digits of other tasks, as sequences."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.random import Generator

from plausible.tasks import digits as small
from plausible.tasks import images as large
from plausible.tasks.task import Recipe, Split, Task

SMALL = Recipe((64,), "softmax", 40, 32, "adam[rate=0.003]")
LARGE = Recipe((128,), "softmax", 20, 64, "adam[rate=0.001]")


def digit_rows(rng: Generator, *, split: Literal["fixed", "seed"] = "fixed") -> Task:
    """Optical digits row by row [alpaydin1998]: x (8, 1,078 | 359 | 360, 8) from the top, y one-hot (8, ..., 10).

    The answer to the last row counts. The splits are those of `digits`, which are fixed, or drawn from `rng`.
    """
    return by_rows("digit-rows", small.digits(rng, split=split), SMALL)


def mnist_rows(rng: Generator) -> Task:
    """Handwritten digits row by row [lecun1998]: x (28, 50,000 | 10,000 | 10,000, 28), y one-hot (28, ..., 10).

    The answer to the last row counts. The splits are those of `mnist`, and nothing is drawn from `rng`.

    Raises:
        BadInput: as `mnist` does.
    """
    return by_rows("mnist-rows", large.mnist(rng), LARGE)


def by_rows(name: str, task: Task, recipe: Recipe) -> Task:
    """The square images of a task, row after row."""
    train, validation, test = (rows(split) for split in task.splits.values())
    return Task(name, train, validation, test, task.kind, recipe)


def rows(split: Split) -> Split:
    """Images (examples, side²) as (side, examples, side); the last answer counts."""
    n, pixels = split.x.shape
    side = round(pixels**0.5)
    x = np.ascontiguousarray(split.x.reshape(n, side, side).swapaxes(0, 1))
    mask = np.zeros((side, n), np.float32)
    mask[-1] = 1
    return Split(x, np.broadcast_to(split.y, (side, *split.y.shape)), mask)
