"""yin_yang.py: a task that is drawn. Which part of the yin-yang sign does a point lie in?"""

import numpy as np
from numpy.random import Generator

from plausible.errors import require
from plausible.tasks.task import Recipe, Split, Task, one_hot


def yin_yang(rng: Generator, *, examples: int = 7000) -> Task:
    """The yin-yang task [kriener2022]: x (examples, 4) holds a, b, 1 - a, 1 - b of points (a, b), y three classes.

    Classes are yin, yang and the two dots, as likely as each other; 5 of 7 examples are for training, one of 7 for
    validation and one for the test.

    Args:
        examples: of the three splits together.

    Raises:
        BadInput: for fewer than 70 examples.
    """
    require(isinstance(examples, int) and examples >= 70, "examples", examples, "a whole number, 70 or more")
    wanted = rng.integers(3, size=examples)
    points = np.empty((examples, 2))
    missing = np.arange(examples)
    while len(missing):  # draw again where a point lies outside the sign, or in another class
        drawn = rng.random((len(missing), 2))
        fits = part(drawn) == wanted[missing]
        points[missing[fits]] = drawn[fits]
        missing = missing[~fits]
    x, y = np.hstack([points, 1 - points]).astype("float32"), one_hot(wanted, 3)
    cuts = [5 * examples // 7, 6 * examples // 7]
    train, validation, test = map(Split, np.split(x, cuts), np.split(y, cuts))
    recipe = Recipe((30,), "softmax", epochs=100, batch_size=64, optimiser="sgd[rate=0.1,momentum=0.9]")
    return Task("yin-yang", train, validation, test, kind="classes", recipe=recipe)


def part(points: np.ndarray) -> np.ndarray:
    """The class of each point, (n, 2): 0 yin, 1 yang, 2 a dot, -1 outside the sign of radius 0.5."""
    right, left, centre = (np.hypot(*(points - (a, 0.5)).T) for a in (0.75, 0.25, 0.5))
    yin = (right <= 0.1) | ((left > 0.1) & (left <= 0.25)) | ((points[:, 1] > 0.5) & (right > 0.25))
    dot = (right < 0.1) | (left < 0.1)
    return np.where(centre > 0.5, -1, np.where(dot, 2, np.where(yin, 0, 1)))
