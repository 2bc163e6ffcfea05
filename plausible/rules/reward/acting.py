"""How a network acts: one of its outputs is chosen, by chance, and a reward is asked for that."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from plausible.arrays import beside
from plausible.core import Array
from plausible.errors import require


def require_actions(n_out: int) -> None:
    """Raise `BadInput` for fewer than two outputs, of which there is nothing to choose."""
    require(n_out > 1, "the number of outputs", n_out, "two or more, one for each action")


def probabilities(answer: Array, name: str) -> Array:
    """The probability of each action, (batch, n_out): the answer of a softmax, else the softmax of the answer."""
    if name == "softmax":
        return answer
    e = np.exp(answer - answer.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def sampled(chances: Array, rng: Generator) -> Array:
    """An action of each example by its probabilities, one-hot, (batch, n_out), by the largest of log p plus noise."""
    noise = beside(rng.gumbel(size=chances.shape).astype(str(chances.dtype)), chances)
    return largest(np.log(np.maximum(chances, np.finfo(str(chances.dtype)).tiny)) + noise)


def greedy(answer: Array, rng: Generator) -> Array:
    """The action of the largest answer, one-hot, (batch, n_out); among several that are equal, one by chance."""
    chance = beside(rng.uniform(0.5, 1, answer.shape).astype(str(answer.dtype)), answer)
    return largest(np.where(answer == answer.max(axis=-1, keepdims=True), chance, 0 * answer))


def largest(values: Array) -> Array:
    """1 where the largest value of a row is, else 0."""
    found: Array = np.where(values == values.max(axis=-1, keepdims=True), 1 + 0 * values, 0 * values)
    return found
