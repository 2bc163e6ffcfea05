"""Small tasks that show one thing each: xor, encoders, two moons, two spirals."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from plausible.core import Array
from plausible.errors import is_whole, require, require_number
from plausible.tasks.task import Recipe, Split, Task, one_hot


def xor(rng: Generator) -> Task:
    """Exclusive or [rumelhart1986]: x (4, 2) and y (4, 1), zeros and ones; nothing is drawn from `rng`.

    There are only four patterns, so nothing can be held out: the three splits are the same. With two hidden
    units, backprop stays in a local minimum from some initial weights.
    """
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], "float32")
    patterns = Split(x, np.array([[0], [1], [1], [0]], "float32"))
    recipe = Recipe(
        hidden=(2,), output="logistic", epochs=1000, batch_size=4, optimiser="sgd[rate=0.3,momentum=0.9]"
    )
    few = "there are four patterns, and all are learned"
    return Task("xor", patterns, patterns, patterns, kind="classes", recipe=recipe, shared=few)


def encoder(rng: Generator, *, n: int = 8, hidden: int | None = None) -> Task:
    """The N-log₂N-N encoder [fahlman1988]: x (n, n) and y (n, n), both the unit matrix.

    The one-hot pattern at the input has to reappear at the output, through a bottleneck of `hidden` units.
    Nothing is drawn from `rng`, and as with xor nothing can be held out: the three splits are the same.

    Args:
        n: patterns, inputs and outputs.
        hidden: hidden units of the recipe; log₂ n, rounded up, if none are given.

    Raises:
        BadInput: for fewer than two patterns, or no hidden unit.
    """
    require(is_whole(n) and n > 1, "n", n, "a whole number of at least 2")
    good = hidden is None or (is_whole(hidden) and hidden > 0)
    require(good, "hidden", hidden, "a positive whole number, or None for the logarithm of n")
    units = (n - 1).bit_length() if hidden is None else hidden  # exactly ⌈log₂ n⌉
    patterns = Split(np.eye(n, dtype="float32"), np.eye(n, dtype="float32"))
    recipe = Recipe(
        hidden=(units,), output="logistic", epochs=1000, batch_size=n, optimiser="sgd[rate=0.1,momentum=0.9]"
    )
    few = "there are as many patterns as inputs, and all are learned"
    return Task("encoder", patterns, patterns, patterns, kind="classes", recipe=recipe, shared=few)


def two_moons(rng: Generator, *, examples: int = 2000, noise: float = 0.1) -> Task:
    """Two interleaving half circles, as in scikit-learn's `make_moons` [pedregosa2011] but at drawn angles.

    x (examples, 2) and y one-hot (examples, 2), drawn independently and cut into 60, 20 and 20 per cent. The
    circles have radius 1.

    Args:
        examples: of the three splits together.
        noise: standard deviation of the normal noise on either coordinate.

    Raises:
        BadInput: for fewer than ten examples, or noise that is negative or not finite.
    """
    side, sign = _sides(examples)
    require_number("noise", noise)
    angle = rng.uniform(0, np.pi, examples)
    x = np.stack([side + sign * np.cos(angle), side / 2 + sign * np.sin(angle)], axis=1)
    x += noise * rng.standard_normal(x.shape)
    recipe = Recipe(
        hidden=(32, 32), output="softmax", epochs=60, batch_size=32, optimiser="sgd[rate=0.05,momentum=0.9]"
    )
    return _cut("two-moons", x, side, recipe)


def spirals(rng: Generator, *, examples: int = 3000, turns: float = 1.5, noise: float = 0.1) -> Task:
    """Two spirals that wind round each other, as in [lang1988] but at drawn angles.

    x (examples, 2) and y one-hot (examples, 2), drawn independently and cut into 60, 20 and 20 per cent. On
    its way from radius 0.5 to 6.5 a spiral turns `turns` times, so that neighbouring arms lie 3 / `turns`
    apart. Those of Lang and Witbrock turn 3 times, without noise; the recipe is one for up to 1.5.

    Args:
        examples: of the three splits together.
        turns: of either spiral round the origin.
        noise: standard deviation of the normal noise on either coordinate.

    Raises:
        BadInput: for fewer than ten examples, or turns or noise that are negative or not finite, or no turns.
    """
    side, sign = _sides(examples)
    require_number("turns", turns, open_low=True)
    require_number("noise", noise)
    outwards = rng.uniform(0, 1, examples)
    angle, radius = 2 * np.pi * turns * outwards, 0.5 + 6 * outwards
    x = np.stack([sign * radius * np.cos(angle), sign * radius * np.sin(angle)], axis=1)
    x += noise * rng.standard_normal(x.shape)
    recipe = Recipe(
        hidden=(64, 64), output="softmax", epochs=100, batch_size=32, optimiser="sgd[rate=0.03,momentum=0.9]"
    )
    return _cut("spirals", x, side, recipe)


def _sides(examples: int) -> tuple[Array, Array]:
    """Alternating classes 0 and 1, so that any stretch of them is balanced; and these as signs 1 and -1."""
    require(is_whole(examples) and examples >= 10, "examples", examples, "a whole number, 10 or more")
    side = np.arange(examples) % 2.0
    return side, 1 - 2 * side


def _cut(name: str, x: Array, labels: Array, recipe: Recipe) -> Task:
    """A task of two classes from independent examples: 60 per cent train, 20 validation, 20 test."""
    y = one_hot(labels, 2)
    bounds = [6 * len(x) // 10, 8 * len(x) // 10]
    train, validation, test = map(Split, np.split(x.astype("float32"), bounds), np.split(y, bounds))
    return Task(name, train, validation, test, kind="classes", recipe=recipe)
