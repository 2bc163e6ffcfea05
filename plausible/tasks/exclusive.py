"""Exclusive or as a task of trials, which a recurrent network learns from a reward at their end."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from plausible.tasks.elman import positive
from plausible.tasks.rewarded import MATCH
from plausible.tasks.task import Recipe, Split, Task


def recurrent_xor(rng: Generator, *, steps: int = 50) -> Task:
    """Exclusive or [rumelhart1986] in a trial: x (steps, 4, 2), two bits at once, and y (steps, 4, 1).

    Bits are 1 or 0 in the first two fifths of a trial. In the last fifth, whose answers count, 0.98 is wanted if one
    bit alone was 1, and -0.98 if both were or none was. There are four trials, so that nothing can be held out: the
    three splits are the same. Nothing is drawn from `rng`. In `delayed-match` the same is asked of inputs one after
    the other.

    Args:
        steps: of a trial.

    Raises:
        BadInput: for fewer than ten steps.
    """
    positive("steps", steps, 10)
    fifth = steps // 5
    bits = np.array([(0, 0), (0, 1), (1, 0), (1, 1)], np.float32)
    x, mask = np.zeros((steps, 4, 2), np.float32), np.zeros((steps, 4), np.float32)
    x[: 2 * fifth], mask[-fifth:] = bits, 1
    y = np.tile(
        np.where(bits.sum(axis=1) == 1, MATCH, -MATCH).astype(np.float32)[None, :, None], (steps, 1, 1)
    )
    trials = Split(x, y, mask)
    recipe = Recipe((100,), "linear", epochs=500, batch_size=4, optimiser="adam[rate=0.003]", leak=0.2)
    few = "there are four trials, and all are learned"
    return Task("recurrent-xor", trials, trials, trials, kind="values", recipe=recipe, shared=few)
