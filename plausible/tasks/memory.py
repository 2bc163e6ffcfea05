"""Drawn sequences that need a memory: what is to be predicted rests on what was shown some steps before."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from plausible.core import Array, View
from plausible.errors import require, require_number
from plausible.functions import Gaussian, Orthogonal, output
from plausible.recurrent_network import RNN
from plausible.tasks.elman import positive
from plausible.tasks.overlap import DRAWN_AGAIN
from plausible.tasks.task import Recipe, Split, Task


def add(
    rng: Generator,
    *,
    t1: int = 5,
    t2: int = 9,
    stretch: int = 1,
    steps: int = 100_000,
    deterministic: bool = True,
) -> Task:
    """The add task [marschall2020]: x (steps, 1, 2) and y (steps, 1, 2), a coin and the odds of another one.

        p_t = 0.5 + 0.5 c_{t-t1} - 0.25 c_{t-t2},   x_t = (c_t, 1 - c_t),   y_t = (p_t, 1 - p_t)

    with c_t drawn from {0, 1}. The least possible cross-entropy is 0.662 without memory, 0.519 with a memory of t1
    alone, 0.628 of t2 alone, 0.454 nats a step of both (`add_floors`). Answers of which an input lies before the first
    step do not count.

    Args:
        t1, t2: how far back the inputs are that matter, in draws.
        stretch: steps for which each draw, with its target, is shown.
        steps: of the train split, in time steps; the others have 5,000, or as many if it has fewer.
        deterministic: whether y is p itself; else a draw with that probability.

    Raises:
        BadInput: for numbers that are not positive, t2 not above t1, or fewer steps than the memory is long.
    """
    for what, given in (("t1", t1), ("stretch", stretch)):
        positive(what, given)
    positive("t2", t2, t1 + 1)
    positive("steps", steps, (t2 + 1) * stretch + 1)

    def draw(n: int) -> Split:
        draws = -(-n // stretch)
        coins = rng.integers(2, size=draws + t2)
        odds = 0.5 + 0.5 * coins[t2 - t1 : draws + t2 - t1] - 0.25 * coins[:draws]
        odds = odds if deterministic else (rng.random(draws) < odds).astype(float)
        mask = np.ones((n, 1), np.float32)
        mask[: t2 * stretch] = 0
        return Split(pair(coins[t2:], stretch, n), pair(odds, stretch, n), mask)

    recipe = Recipe((32,), "softmax", 1, 1, "sgd[rate=0.01]", leak=1.0, window=10)
    held = [draw(min(5000, steps)) for _ in range(2)]
    return Task("add", draw(steps), held[0], held[1], "values", recipe, shared=DRAWN_AGAIN)


def pair(values: NDArray[Any], stretch: int, steps: int) -> Array:
    """Values p as (p, 1 - p), each for `stretch` steps, (steps, 1, 2)."""
    long = np.repeat(values, stretch)[:steps]
    return np.stack([long, 1 - long], axis=-1).astype(np.float32)[:, None, :]


def add_floors() -> dict[str, float]:
    """The least possible cross-entropies of the add task, in nats a step, by what is remembered."""
    coins = np.array([*product((0, 1), repeat=2)])
    odds = 0.5 + 0.5 * coins[:, 0] - 0.25 * coins[:, 1]
    known = {"nothing": [], "t1": [0], "t2": [1], "both": [0, 1]}
    found = {}
    for name, columns in known.items():
        groups = [tuple(row) for row in coins[:, columns]]
        guess = [odds[[other == group for other in groups]].mean() for group in groups]
        found[name] = float(np.mean([entropy(p, q) for p, q in zip(odds, guess, strict=True)]))
    return found


def entropy(p: float, q: float) -> float:
    """The cross-entropy of a coin of odds p when q is said, in nats."""
    return float(-sum(a * np.log(b) for a, b in ((p, q), (1 - p, 1 - q)) if a > 0))


def mimic(
    rng: Generator,
    *,
    units: int = 32,
    inputs: int = 32,
    leak: float = 1.0,
    stretch: int = 1,
    steps: int = 10_000,
) -> Task:
    """Mimic [marschall2020]: x (steps, 1, inputs), coins, and y (steps, 1, units), what a drawn network makes of them.

    The network is an `RNN` of tanh units with orthogonal recurrent weights, normal others of variance 1 / fan-in, and
    biases of standard deviation 0.1; a student with as many units can become its equal.

    Args:
        units: of the network, and its outputs.
        inputs: coins a step.
        leak: of the network.
        stretch: steps for which each draw is shown.
        steps: of the train split; the others have 2,000, or as many if it has fewer.

    Raises:
        BadInput: for numbers that are not positive.
    """
    for what, given in (("units", units), ("inputs", inputs), ("stretch", stretch), ("steps", steps)):
        positive(what, given)
    linear, small = output("linear"), Gaussian(0.1)
    teacher = RNN((units,), leak, output=linear, init=Gaussian(), recurrent=Orthogonal(), bias_init=small)
    weights: View = teacher.start(inputs, units, rng)

    def draw(n: int) -> Split:
        coins = rng.integers(2, size=(-(-n // stretch), inputs)).astype(np.float32)
        x = np.repeat(coins, stretch, axis=0)[:n, None, :]
        return Split(x, teacher.run(weights, x).answer)

    recipe = Recipe((units,), "linear", 20, 1, "adam[rate=0.001]", leak=leak, window=10)
    held = [draw(min(2000, steps)) for _ in range(2)]
    return Task("mimic", draw(steps), held[0], held[1], "values", recipe)


def copy(rng: Generator, *, symbols: int = 4, length: int = 3, delay: int = 5, sequences: int = 1000) -> Task:
    """Copying [hochreiter1997]: x (time, sequences, symbols + 2) and y (time, sequences, symbols), one-hot.

    `length` symbols, `delay` blanks, a signal, and then, while blanks go on, the symbols again, the answers that
    count. Chance is 1 / symbols.

    Args:
        symbols: how many there are.
        length: of what is to be remembered.
        delay: steps in between.
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
        shown = np.full((time, n), blank)
        shown[:length] = wanted = rng.integers(symbols, size=(length, n))
        shown[length + delay - 1] = signal
        y, mask = np.zeros((time, n, symbols), np.float32), np.zeros((time, n), np.float32)
        y[-length:], mask[-length:] = np.eye(symbols)[wanted], 1
        return Split(np.eye(symbols + 2, dtype=np.float32)[shown], y, mask)

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
        shown = np.eye(symbols, dtype=np.float32)[rng.integers(symbols, size=n + delay)][:, None, :]
        return Split(shown[delay:], shown[:-delay])

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
