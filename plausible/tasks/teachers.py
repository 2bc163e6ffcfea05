"""Tasks whose target functions are networks, as in the first study of feedback alignment [lillicrap2016]."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.random import Generator

from plausible.core import Array
from plausible.errors import is_whole, require
from plausible.tasks.task import Recipe, Split, Task


def linear_teacher(rng: Generator, *, examples: int = 5000) -> Task:
    """A linear map [lillicrap2016, task 1]: y = x T, x ~ N(0, 1) (examples | 1,000 | 1,000, 30), y (..., 10).

    T (30, 10) is uniform on ±1. The paper's student is 30-20-10, linear throughout and without biases, and
    sees each example once; activation and biases are settings of the network (`plausible.networks.mlp.MLP`).

    Args:
        examples: of the train split.

    Raises:
        BadInput: for no examples.
    """
    recipe = Recipe(
        (20,),
        "linear",
        epochs=5,
        batch_size=1,
        optimiser="sgd[rate=1e-4,momentum=0.9]",
        activation="identity",
    )
    teacher = [rng.uniform(-1, 1, (30, 10))]
    return _taught("linear-teacher", rng, teacher, examples, 1000, recipe)


def nonlinear_teacher(rng: Generator, *, examples: int = 10_000) -> Task:
    """A network's function [lillicrap2016, task 3]: x ~ N(0, 1) (examples | 1,000 | 5,000, 30), y (..., 10).

    The teacher is 30-20-10-10, y = tanh(tanh(x T₁) T₂) T₃, without biases. The scale of its weights is our
    choice: T_l is uniform on ±√(3 / fan-in), of variance 1 / fan-in, so that the inputs of the hidden units
    have a variance of at most 1 and saturate them little. The paper draws new examples for ever; ours repeat.

    Args:
        examples: of the train split.

    Raises:
        BadInput: for no examples.
    """
    recipe = Recipe(
        hidden=(20, 10), output="linear", epochs=40, batch_size=16, optimiser="sgd[rate=0.02,momentum=0.9]"
    )
    sizes = (30, 20, 10, 10)
    teacher = [
        rng.uniform(-1, 1, (fan_in, fan_out)) * (3 / fan_in) ** 0.5 for fan_in, fan_out in pairwise(sizes)
    ]
    return _taught("nonlinear-teacher", rng, teacher, examples, 5000, recipe)


def _taught(
    name: str, rng: Generator, teacher: Sequence[Array], examples: int, tests: int, recipe: Recipe
) -> Task:
    """A task with newly drawn splits. Train is drawn last, so that its size moves no number of the others."""
    require(is_whole(examples) and examples > 0, "examples", examples, "a positive whole number")
    validation, test, train = (_split(rng, teacher, n) for n in (1000, tests, examples))
    return Task(name, train, validation, test, kind="values", recipe=recipe)


def _split(rng: Generator, teacher: Sequence[Array], examples: int) -> Split:
    x = rng.standard_normal((examples, len(teacher[0])), dtype=np.float32)
    h: Array = x
    for weights in teacher[:-1]:
        h = np.tanh(h @ weights)  # in float64, as the teacher's weights are
    return Split(x, (h @ teacher[-1]).astype(np.float32))
