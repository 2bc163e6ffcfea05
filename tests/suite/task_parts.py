"""Splits that make a task, which tests spoil."""

from __future__ import annotations

from typing import Any

import numpy as np

from plausible.tasks.task import Recipe, Split, Task, one_hot

RECIPE = Recipe((3,), "softmax", 1, 2, "sgd")
LINEAR = RECIPE._replace(output="linear")
_RNG = np.random.default_rng(0)
WHOLE = Split(_RNG.normal(size=(300, 4)), one_hot(np.arange(300) // 2 % 3, 3))
LONG = _RNG.normal(size=(9, 300, 4))


def made(
    train: Split,
    validation: Split,
    test: Split,
    kind: Any = "classes",
    recipe: Any = RECIPE,
    shared: str = "",
) -> Task:
    return Task("mine", train, validation, test, kind, recipe, shared=shared)


def parts(split: Split = WHOLE) -> list[Split]:
    """Three splits of 100 examples each, in memories of their own."""
    found = [split.some(np.arange(start, start + 100)) for start in (0, 100, 200)]
    return [Split(one.x.copy(), one.y.copy(), one.mask) for one in found]


def sequences(lengths: np.ndarray) -> Split:
    """300 sequences of these lengths, with other numbers after their ends."""
    mask = (np.arange(9)[:, None] < lengths).astype(float)
    return Split(LONG, np.eye(3)[np.arange(300) % 3] * np.ones((9, 1, 1)), mask)
