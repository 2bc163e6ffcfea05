"""Drawn sequences that need a memory: the targets depend on inputs some steps before."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from plausible.errors import require, require_number
from plausible.tasks.elman import positive
from plausible.tasks.overlap import DRAWN_AGAIN
from plausible.tasks.task import Recipe, Split, Task


def copy(rng: Generator, *, symbols: int = 4, length: int = 3, delay: int = 5, sequences: int = 1000) -> Task:
    """Copying [hochreiter1997]: x (time, sequences, symbols + 2) and y (time, sequences, symbols), one-hot.

    `length` symbols, `delay` blanks, a signal, and then, while blanks go on, the symbols again, the answers that
    count. Chance is 1 / symbols.

    Args:
        symbols: how many there are.
        length: how many symbols are to be remembered.
        delay: steps between the symbols and their repetition.
        sequences: of the train split; the others have a quarter as many.

    Raises:
        BadInput: for numbers that are not positive, or fewer than two symbols or four sequences.
    """
    positive("symbols", symbols, 2)
    positive("length", length)
    positive("delay", delay)
    positive("sequences", sequences, 4)
    blank, signal = symbols, symbols + 1

    def draw(n: int) -> Split:
        time = 2 * length + delay
        inputs = np.full((time, n), blank)
        inputs[:length] = wanted = rng.integers(symbols, size=(length, n))
        inputs[length + delay - 1] = signal
        y, mask = np.zeros((time, n, symbols), np.float32), np.zeros((time, n), np.float32)
        y[-length:], mask[-length:] = np.eye(symbols)[wanted], 1
        return Split(np.eye(symbols + 2, dtype=np.float32)[inputs], y, mask)

    recipe = Recipe((64,), "softmax", 60, 20, "adam[rate=0.003]")
    parts = [draw(n) for n in (sequences, sequences // 4, sequences // 4)]
    few = f"sequences are drawn from {symbols**length}, and come again where these are few"
    return Task("copy", parts[0], parts[1], parts[2], "classes", recipe, shared=few)


def delayed_recall(rng: Generator, *, symbols: int = 4, delay: int = 5, steps: int = 5000) -> Task:
    """Delayed recall: x and y (steps, 1, symbols), drawn symbols, and those of `delay` steps before.

    At every step the network has to hold the last `delay` symbols in their order. Chance is 1 / symbols.

    Args:
        symbols: how many there are.
        delay: in steps.
        steps: of the train split; the others have 2,000, or as many if it has fewer.

    Raises:
        BadInput: for numbers that are not positive, fewer than two symbols, or no step after the delay.
    """
    positive("symbols", symbols, 2)
    positive("delay", delay)
    positive("steps", steps, delay + 1)

    def draw(n: int) -> Split:
        drawn = np.eye(symbols, dtype=np.float32)[rng.integers(symbols, size=n + delay)][:, None, :]
        return Split(drawn[delay:], drawn[:-delay])

    recipe = Recipe((32,), "softmax", 20, 1, "adam[rate=0.003]", window=10)
    held = [draw(min(2000, steps)) for _ in range(2)]
    return Task("delayed-recall", draw(steps), held[0], held[1], "classes", recipe, shared=DRAWN_AGAIN)


def adding_problem(rng: Generator, *, length: int = 20, sequences: int = 2000) -> Task:
    """The adding problem [hochreiter1997]: x (length, sequences, 2) and y (length, sequences, 1).

    Numbers uniform on [0, 1], two of which are marked, one in either half; the answer to the last step, the only one
    that counts, shall be their sum. Saying 1 whatever comes has a mean squared error of 1/6, a normalised error of 1.

    Args:
        length: of a sequence.
        sequences: of the train split; the others have a quarter as many.

    Raises:
        BadInput: for a length below two, or fewer than four sequences.
    """
    positive("length", length, 2)
    positive("sequences", sequences, 4)

    def draw(n: int) -> Split:
        x = np.zeros((length, n, 2), np.float32)
        x[..., 0] = rng.random((length, n))
        half, which = length // 2, np.arange(n)
        for places in (rng.integers(half, size=n), rng.integers(half, length, size=n)):
            x[places, which, 1] = 1
        y, mask = np.zeros((length, n, 1), np.float32), np.zeros((length, n), np.float32)
        y[-1, :, 0], mask[-1] = (x[..., 0] * x[..., 1]).sum(axis=0), 1
        return Split(x, y, mask)

    recipe = Recipe((64,), "linear", 60, 20, "adam[rate=0.001]")
    parts = [draw(n) for n in (sequences, sequences // 4, sequences // 4)]
    return Task("adding-problem", parts[0], parts[1], parts[2], "values", recipe)


def sine_generation(
    rng: Generator, *, steps: int = 60, slowest: float = 0.02, fastest: float = 0.08, sequences: int = 200
) -> Task:
    """Sine generation: x (steps, sequences, 1), a constant that says a frequency, and y of that shape, its sine.

        x_t = 2 (f - slowest) / (fastest - slowest) - 1,   y_t = sin(2π f t)

    with frequencies f uniform between the two, in cycles a step: the network has to make the wave by itself.

    Args:
        steps: of a sequence.
        slowest, fastest: frequencies, in cycles a step.
        sequences: of the train split; the others have a quarter as many.

    Raises:
        BadInput: for numbers that are not positive, frequencies out of order or above 1/2, or less than four sequences.
    """
    positive("steps", steps)
    positive("sequences", sequences, 4)
    require_number("slowest", slowest, open_low=True)
    require_number("fastest", fastest, 0, 0.5)
    require(slowest < fastest, "slowest", slowest, f"less than fastest, {fastest}")

    def draw(n: int) -> Split:
        f = rng.uniform(slowest, fastest, n)
        x = np.tile(2 * (f - slowest) / (fastest - slowest) - 1, (steps, 1))
        y = np.sin(2 * np.pi * f * np.arange(1, steps + 1)[:, None])
        return Split(x.astype(np.float32)[..., None], y.astype(np.float32)[..., None])

    recipe = Recipe((32,), "linear", 200, 20, "adam[rate=0.003]", leak=0.5)
    parts = [draw(n) for n in (sequences, sequences // 4, sequences // 4)]
    return Task("sine-generation", parts[0], parts[1], parts[2], "values", recipe)
