"""How a split becomes presentations: how many examples each has, and in which order they come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from plausible.core import Array, Presentation
from plausible.errors import BadInput, is_whole, require
from plausible.networks.outputs import half_squared_error
from plausible.tasks.task import Split, correct


def reward_of_class(y: Array, answer: Array) -> Array:
    """1 for the right class, else 0, (batch,) or (time, batch)."""
    return correct(answer, y)


def reward_of_value(y: Array, answer: Array) -> Array:
    """Minus half the squared error, (batch,) or (time, batch)."""
    return -half_squared_error(answer, y)


REWARDS: dict[str, Callable[[Array, Array], Array]] = {"classes": reward_of_class, "values": reward_of_value}


def rewarding(kind: str, y: Array, mask: Array | None) -> Callable[[Array], Array]:
    """The reward of answers to `y`; 0 where `mask` says that an answer does not count."""
    return partial(REWARDS[kind], y) if mask is None else partial(masked_reward, REWARDS[kind], y, mask)


def masked_reward(reward: Callable[[Array, Array], Array], y: Array, mask: Array, answer: Array) -> Array:
    """The reward where the answer counts, (time, batch), else 0."""
    return reward(y, answer) * mask


class Stream(Protocol):
    """A frozen dataclass that turns a split into presentations."""

    def length(self, split: Split) -> int:
        """Presentations an epoch."""
        ...

    def size(self, split: Split) -> int:
        """Examples an epoch, as `count` counts them."""
        ...

    def count(self, shown: Presentation) -> int:
        """Examples in a presentation."""
        ...

    def __call__(self, split: Split, kind: str, epochs: int, rng: Generator) -> Iterator[Presentation]:
        """The presentations of `epochs` epochs over `split`, whose arrays are taken as they are: cast them before."""
        ...


@dataclass(frozen=True)
class Minibatches:
    """Minibatches of `batch_size` examples in a new order every epoch; the last one of an epoch may be smaller.

    Sequences are shown whole, up to the last step at which an answer of the batch counts.

    Args:
        batch_size: examples a presentation.
        shuffle: False shows the examples as they lie, every epoch.
        drop_last: True leaves an incomplete last batch out, as some published codes do.

    >>> import numpy as np
    >>> from plausible.tasks.streams import Minibatches
    >>> from plausible.tasks.task import Split
    >>> split, stream = Split(np.zeros((100, 4)), np.zeros((100, 2))), Minibatches(64)
    >>> stream.length(split)
    2
    >>> [shown.x.shape for shown in stream(split, "values", 2, np.random.default_rng(0))]
    [(64, 4), (36, 4), (64, 4), (36, 4)]
    """

    batch_size: int = 64
    shuffle: bool = True
    drop_last: bool = False

    def __post_init__(self) -> None:
        good = is_whole(self.batch_size) and self.batch_size > 0
        require(good, "batch_size", self.batch_size, "a positive whole number of examples")

    def per_epoch(self, examples: int) -> int:
        """Presentations an epoch of `examples` examples."""
        return examples // self.batch_size if self.drop_last else -(-examples // self.batch_size)

    def length(self, split: Split) -> int:
        """Presentations an epoch."""
        return self.per_epoch(split.examples)

    def size(self, split: Split) -> int:
        """Examples an epoch; a sequence is one."""
        return split.examples

    def count(self, shown: Presentation) -> int:
        """Examples in a presentation; a sequence is one."""
        return int(shown.x.shape[-2])

    def __call__(self, split: Split, kind: str, epochs: int, rng: Generator) -> Iterator[Presentation]:
        """The presentations of `epochs` epochs over `split`, whose arrays are taken as they are: cast them before."""
        n = split.examples
        last = self.per_epoch(n) * self.batch_size
        for _ in range(epochs):
            order = rng.permutation(n) if self.shuffle else np.arange(n)
            for start in range(0, min(last, n), self.batch_size):
                x, y, mask = taken(split, order[start : start + self.batch_size])
                if mask is not None:
                    counting = np.flatnonzero(mask.any(axis=1))
                    end = int(counting[-1]) + 1 if len(counting) else len(x)
                    x, y, mask = x[:end], y[:end], mask[:end]
                yield Presentation(x, y, rewarding(kind, y, mask), mask)


@dataclass(frozen=True)
class Windows:
    """Windows of `steps` time steps, one after the other, through `batch_size` sequences at once.

    Every window but the first continues the one before, `first=False`: rules carry on their activity and whatever else
    they need, but gradients reach no further back. The last window of a sequence may be shorter. With `steps=1` weights
    may change at every time step: learning is online.

    Args:
        steps: time steps a presentation.
        batch_size: sequences side by side.
        shuffle: False takes the sequences as they lie, every epoch.

    >>> import numpy as np
    >>> from plausible.tasks.streams import Windows
    >>> from plausible.tasks.task import Split
    >>> sequences = Split(np.zeros((25, 8, 3)), np.zeros((25, 8, 2)))
    >>> stream = Windows(10, batch_size=8)(sequences, "values", 1, np.random.default_rng(0))
    >>> [(shown.x.shape, shown.first) for shown in stream]
    [((10, 8, 3), True), ((10, 8, 3), False), ((5, 8, 3), False)]
    """

    steps: int = 1
    batch_size: int = 64
    shuffle: bool = True

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size"):
            given = getattr(self, name)
            require(is_whole(given) and given > 0, name, given, "a positive whole number")

    def length(self, split: Split) -> int:
        """Presentations an epoch."""
        return -(-len(split.x) // self.steps) * -(-split.examples // self.batch_size)

    def size(self, split: Split) -> int:
        """Time steps of all sequences together."""
        return len(split.x) * split.examples

    def count(self, shown: Presentation) -> int:
        """Time steps in a presentation."""
        return len(shown.x) * shown.x.shape[1]

    def __call__(self, split: Split, kind: str, epochs: int, rng: Generator) -> Iterator[Presentation]:
        """The presentations of `epochs` epochs over `split`. Raises `BadInput` if it holds no sequences."""
        if not split.sequential:
            raise BadInput(
                f"windows over examples of shape {split.x.shape}: expected sequences (time, sequences, n_in)"
            )
        for _ in range(epochs):
            order = rng.permutation(split.examples) if self.shuffle else np.arange(split.examples)
            for start in range(0, len(order), self.batch_size):
                x, y, mask = taken(split, order[start : start + self.batch_size])
                for now in range(0, len(x), self.steps):
                    end = now + self.steps
                    shown_y, shown_mask = y[now:end], None if mask is None else mask[now:end]
                    reward = rewarding(kind, shown_y, shown_mask)
                    yield Presentation(x[now:end], shown_y, reward, shown_mask, now == 0)


def taken(split: Split, chosen: NDArray[np.integer[Any]]) -> tuple[Array, Array, Array | None]:
    """The `chosen` examples or sequences of a split, read-only."""
    x, y = split.x.take(chosen, axis=-2), split.y.take(chosen, axis=-2)
    mask = None if split.mask is None else split.mask.take(chosen, axis=1)
    for array in (x, y) if mask is None else (x, y, mask):
        array.setflags(False)
    return x, y, mask


def stream(batch_size: int, window: int | None = None) -> Stream:
    """Minibatches; with a `window`, windows of so many time steps."""
    if window is None:
        return Minibatches(batch_size)
    good = is_whole(window) and window > 0
    require(good, "window", window, "a positive whole number of time steps, or None for whole sequences")
    return Windows(window, batch_size)
