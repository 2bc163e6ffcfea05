"""Completion: the missing part of a pattern, from the part that is left."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from plausible.errors import require_number
from plausible.tasks.digits import digits
from plausible.tasks.task import Recipe, Split, Task


def completion(rng: Generator, *, missing: float = 0.5) -> Task:
    """Completion of digits, as by a continuous Hopfield network [liao2018]: x and y (1,078 | 359 | 360, 64).

    y is an image of `digits` with pixels from 0 to 1, x the same with a drawn half of the pixels set to 0: the answer
    shall be the whole image. Which pixels are missing is drawn for every image by itself.

    Args:
        missing: the fraction of pixels that are missing.

    Raises:
        BadInput: for a fraction outside of [0, 1).
    """
    require_number("missing", missing, 0, 0.99)
    recipe = Recipe((100,), "logistic", 30, 32, "sgd[rate=0.02,momentum=0.9]")

    def split(whole: Split) -> Split:
        left = rng.random(whole.x.shape) >= missing
        return Split((whole.x * left).astype(np.float32), whole.x)

    train, validation, test = map(split, digits(rng).splits.values())
    return Task("completion", train, validation, test, "values", recipe)
