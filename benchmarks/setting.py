"""What all contenders share: the network's sizes, the data, the first weights and the order of the examples."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
Whole: TypeAlias = NDArray[np.int64]

RATE, MOMENTUM, ADAM_RATE = 0.05, 0.9, 1e-3


class Setting(NamedTuple):
    """A network of tanh units with a softmax output, a batch size, and the threads that BLAS may use.

    With `steps`, its one hidden layer is recurrent, and examples are sequences of that length; the last answer counts.
    """

    sizes: tuple[int, ...]
    batch: int
    threads: int = 1
    steps: int = 0

    @property
    def network(self) -> str:
        """784-800-800-10."""
        return "-".join(map(str, self.sizes))

    def __str__(self) -> str:
        time = f", {self.steps} steps" if self.steps else ""
        return f"{self.network}{time}, batch {self.batch}, {self.threads} thread{'s' * (self.threads > 1)}"

    def data(self) -> tuple[Floats, Whole]:
        """x (examples, [steps,] n_in) of about the size of the real task, and the classes of the examples."""
        return drawn(self.sizes[0], self.sizes[-1], self.steps)

    def weights(self) -> dict[str, Floats]:
        """The first weights, W1 ... WL (n_in, n_out) and b1 ... bL."""
        rng = np.random.default_rng(1)
        params: dict[str, Floats] = {}
        for layer, (n, m) in enumerate(pairwise(self.sizes), 1):
            params[f"W{layer}"] = rng.uniform(-(n**-0.5), n**-0.5, (n, m)).astype(np.float32)
        if self.steps:
            n = self.sizes[1]
            params["R1"] = rng.uniform(-(n**-0.5), n**-0.5, (n, n)).astype(np.float32)
        return params | {f"b{layer}": np.zeros(m, np.float32) for layer, m in enumerate(self.sizes[1:], 1)}

    def order(self) -> np.random.Generator:
        """The generator that every contender draws one permutation an epoch from."""
        return np.random.default_rng(2)


@cache
def drawn(n_in: int, n_out: int, steps: int) -> tuple[Floats, Whole]:
    """The data of a setting, once for all the contenders of a process."""
    examples = 51_200 if n_in > 100 or steps else 1_600  # MNIST has 50,000, digits about 1,300
    rng = np.random.default_rng(0)
    x = rng.random((examples, steps, n_in) if steps else (examples, n_in), dtype=np.float32)
    x -= np.float32(0.5)
    return x, rng.integers(n_out, size=examples)


def minibatches(setting: Setting, examples: int) -> Iterator[Whole]:
    """The rows of one minibatch after another, for ever, as `plausible.tasks.streams.Minibatches` draws them."""
    rng = setting.order()
    while True:
        order = rng.permutation(examples)
        for start in range(0, examples, setting.batch):
            yield order[start : start + setting.batch]
