"""Tasks in which a reward comes late, or is all that there is to learn from: what was shown has to be remembered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.random import Generator

from plausible.tasks.digits import digits
from plausible.tasks.elman import positive
from plausible.tasks.task import Recipe, Split, Task

MATCH = 0.98  # the value that is asked for, with its sign: a rate of tanh units that is near their end


def delayed_match(rng: Generator, *, steps: int = 100) -> Task:
    """Delayed non-match to sample [miconi2017], which is exclusive or in time: x (steps, 4, 2) and y (steps, 4, 1).

    One of two channels is 1 in the first fifth of a trial, and one of the two again in the third. In the last fifth,
    whose answers count, -0.98 is wanted if they were the same channel and 0.98 if they were not. There are four trials,
    so that nothing can be held out: the three splits are the same. Nothing is drawn from `rng`. The paper has 1000
    steps, of a millisecond.

    Args:
        steps: of a trial.

    Raises:
        BadInput: for fewer than ten steps.
    """
    positive("steps", steps, 10)
    fifth = steps // 5
    x, y = np.zeros((steps, 4, 2), np.float32), np.zeros((steps, 4, 1), np.float32)
    for trial, (first, second) in enumerate(((0, 0), (0, 1), (1, 0), (1, 1))):
        x[:fifth, trial, first] = x[2 * fifth : 3 * fifth, trial, second] = 1
        y[:, trial] = -MATCH if first == second else MATCH
    mask = np.zeros((steps, 4), np.float32)
    mask[-fifth:] = 1
    trials = Split(x, y, mask)
    recipe = Recipe((100,), "linear", epochs=500, batch_size=4, optimiser="adam[rate=0.003]", leak=0.2)
    few = "there are four trials, and all are learned"
    return Task("delayed-match", trials, trials, trials, kind="values", recipe=recipe, shared=few)


def delayed_reward(rng: Generator, *, delay: int = 5, shown: int = 1) -> Task:
    """The digits as a task of a late reward: x (shown + delay, examples, 64), y one-hot, and one answer that counts.

    An image is there for `shown` steps, then nothing; the answer of the last step alone counts, and is rewarded. Splits
    are those of `digits`.

    Args:
        delay: steps between the image and the end.
        shown: steps with the image.

    Raises:
        BadInput: for a number that is not positive.
    """
    positive("delay", delay)
    positive("shown", shown)
    still = digits(rng)
    steps = shown + delay

    def late(split: Split) -> Split:
        x = np.zeros((steps, *split.x.shape), split.x.dtype)
        x[:shown] = split.x
        mask = np.zeros((steps, len(split.x)), np.float32)
        mask[-1] = 1
        return Split(x, np.tile(split.y, (steps, 1, 1)), mask)

    parts: dict[str, Any] = {name: late(split) for name, split in still.splits.items()}
    recipe = still.recipe._replace(hidden=(64,), activation="tanh", epochs=30, optimiser="adam[rate=0.003]")
    return replace(still, name="delayed-reward", recipe=recipe, encoding=None, report=None, **parts)


def yin_yang(rng: Generator, *, examples: int = 7000) -> Task:
    """The yin-yang task [kriener2022]: x (examples, 4) holds a, b, 1 - a, 1 - b of points (a, b), y three classes.

    Classes are yin, yang and the dots, as likely as each other; five of seven examples are for training, one for
    validation and one for the test. Points are drawn from `rng`, uniformly within each class.

    Args:
        examples: of the three splits together.

    Raises:
        BadInput: for fewer than 70 examples.
    """
    positive("examples", examples, 70)
    places: list[np.ndarray[Any, Any]] = [np.empty((0, 2))] * 3
    wanted = rng.integers(3, size=examples)
    counts = np.bincount(wanted, minlength=3)
    while any(len(found) < count for found, count in zip(places, counts, strict=True)):
        drawn = rng.random((examples, 2))
        places = [np.concatenate([found, drawn[part_of(drawn) == k]]) for k, found in enumerate(places)]
    points = np.empty((examples, 2))
    for k, found in enumerate(places):
        points[wanted == k] = found[: counts[k]]
    x, y = np.hstack([points, 1 - points]).astype("float32"), np.eye(3, dtype="float32")[wanted]
    cuts = [5 * examples // 7, 6 * examples // 7]
    train, validation, test = map(Split, np.split(x, cuts), np.split(y, cuts))
    recipe = Recipe((30,), "softmax", epochs=100, batch_size=64, optimiser="sgd[rate=0.1,momentum=0.9]")
    return Task("yin-yang", train, validation, test, kind="classes", recipe=recipe)


def part_of(points: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The class of each point, (n, 2): 0 yin, 1 yang, 2 a dot, -1 outside the sign, whose radius is 0.5."""
    right, left, centre = (np.hypot(points[:, 0] - a, points[:, 1] - 0.5) for a in (0.75, 0.25, 0.5))
    yin = (right <= 0.1) | ((left > 0.1) & (left <= 0.25)) | ((points[:, 1] > 0.5) & (right > 0.25))
    dot = (right < 0.1) | (left < 0.1)
    return np.where(centre > 0.5, -1, np.where(dot, 2, np.where(yin, 0, 1)))
