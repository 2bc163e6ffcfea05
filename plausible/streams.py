"""How a split becomes presentations: how much is shown before weights change, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Presentation
from plausible.errors import require
from plausible.functions import half_squared_error
from plausible.tasks.task import Split, correct


def reward_of_class(y: Array, answer: Array) -> Array:
    """1 for the right class, else 0, (batch,)."""
    return correct(answer, y)


def reward_of_value(y: Array, answer: Array) -> Array:
    """Minus half the squared error, (batch,)."""
    return -half_squared_error(answer, y)


REWARDS: dict[str, Callable[[Array, Array], Array]] = {"classes": reward_of_class, "values": reward_of_value}


@dataclass(frozen=True)
class Minibatches:
    """Minibatches of `batch_size` examples in a new order every epoch; the last one of an epoch may be smaller.

    Args:
        batch_size: examples a presentation.
        shuffle: False shows the examples as they lie, every epoch.
        drop_last: True leaves an incomplete last batch out, as some published codes do.
    """

    batch_size: int = 64
    shuffle: bool = True
    drop_last: bool = False

    def __post_init__(self) -> None:
        good = isinstance(self.batch_size, int) and self.batch_size > 0
        require(good, "batch_size", self.batch_size, "a positive whole number of examples")

    def per_epoch(self, examples: int) -> int:
        """Presentations an epoch of `examples` examples."""
        return examples // self.batch_size if self.drop_last else -(-examples // self.batch_size)

    def __call__(self, split: Split, kind: str, epochs: int, rng: Generator) -> Iterator[Presentation]:
        """The presentations of `epochs` epochs over `split`, whose arrays are taken as they are: cast them before."""
        x, y = split
        reward = REWARDS[kind]
        last = self.per_epoch(len(x)) * self.batch_size
        for _ in range(epochs):
            order = rng.permutation(len(x)) if self.shuffle else np.arange(len(x))
            for start in range(0, min(last, len(x)), self.batch_size):
                chosen = order[start : start + self.batch_size]
                shown_x, shown_y = x.take(chosen, axis=0), y.take(chosen, axis=0)
                shown_x.setflags(False)
                shown_y.setflags(False)
                yield Presentation(shown_x, shown_y, partial(reward, shown_y))
