"""The tasks of Marschall and colleagues: coins to add up, and a drawn network to mimic."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from plausible.core import Array, View
from plausible.networks.inits import Gaussian, Orthogonal
from plausible.networks.outputs import output
from plausible.networks.rnn import RNN
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
        t1, t2: the delays of the two inputs that matter, in draws.
        stretch: steps for which each draw, with its target, is shown.
        steps: of the train split, in time steps; the others have 5,000, or as many if it has fewer.
        deterministic: whether y is p itself; else y is drawn with that probability.

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
    """The least possible cross-entropies of the add task, in nats a step, by the inputs that are remembered."""
    coins = np.array([*product((0, 1), repeat=2)])
    odds = 0.5 + 0.5 * coins[:, 0] - 0.25 * coins[:, 1]
    known = {"nothing": [], "t1": [0], "t2": [1], "both": [0, 1]}
    floors = {}
    for name, columns in known.items():
        groups = [tuple(row) for row in coins[:, columns]]
        guess = [odds[[other == group for other in groups]].mean() for group in groups]
        floors[name] = float(np.mean([entropy(p, q) for p, q in zip(odds, guess, strict=True)]))
    return floors


def entropy(p: float, q: float) -> float:
    """The cross-entropy, in nats, of a coin that shows 1 with probability p, when the answer is q."""
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
