"""Optimisers around optimisers: decay, clipping, signs alone, and rates by group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np

from plausible.core import Loss, Memory, Optimiser, Outer, Params, Update, View
from plausible.errors import require, require_number
from plausible.optimise.accumulate import squared_norm
from plausible.optimise.batch import needs_full_batch
from plausible.optimise.sgd import SGD


@dataclass(frozen=True)
class Decay:
    """Decoupled weight decay [loshchilov2019]: W ← (1 - rate) · W before the inner optimiser's change.

    `rate` is the fraction lost a step, whatever the learning rate. Only weights that have an update decay, and only
    those whose name matches one of `names`: forward weights, unless told otherwise.
    """

    inner: Optimiser = SGD()
    rate: float = 1e-4
    names: tuple[str, ...] = ("W*",)

    def __post_init__(self) -> None:
        require_number("the decay rate", self.rate, 0, 1)
        require(isinstance(self.names, tuple), "names", self.names, 'a tuple of patterns, such as ("W*",)')

    @property
    def full_batch(self) -> bool:
        """As the inner optimiser."""
        return needs_full_batch(self.inner)

    def init(self, params: View) -> Memory:
        return self.inner.init(params)

    def apply(
        self, params: Params, updates: Mapping[str, Update], memory: Memory, loss: Loss | None = None
    ) -> None:
        for name in updates:
            if any(fnmatchcase(name, pattern) for pattern in self.names):
                params[name] *= 1 - self.rate
        self.inner.apply(params, updates, memory, loss)


@dataclass(frozen=True)
class Clipped:
    """Updates whose norm, over all weights together, exceeds `norm` are scaled down to it [pascanu2013]."""

    inner: Optimiser = SGD()
    norm: float = 1.0

    def __post_init__(self) -> None:
        require_number("the norm to clip at", self.norm, open_low=True)

    @property
    def full_batch(self) -> bool:
        """As the inner optimiser."""
        return needs_full_batch(self.inner)

    def init(self, params: View) -> Memory:
        return self.inner.init(params)

    def apply(
        self, params: Params, updates: Mapping[str, Update], memory: Memory, loss: Loss | None = None
    ) -> None:
        norm = sum(squared_norm(update) for update in updates.values()) ** 0.5
        if norm > self.norm:
            updates = {name: scaled(update, self.norm / norm) for name, update in updates.items()}
        self.inner.apply(params, updates, memory, loss)


def scaled(update: Update, factor: float) -> Update:
    """`factor` times a change."""
    return update._replace(scale=factor * update.scale) if isinstance(update, Outer) else factor * update


@dataclass(frozen=True)
class Manhattan:
    """Batch-Manhattan updates [liao2016]: the inner optimiser is given the sign of each update, and no size.

        U ← sign U, of the sum over the batch

    so that with `SGD(rate)` every weight moves by `rate` or stays; the rate is the size of a step, and has to fall.
    """

    inner: Optimiser = SGD(1e-3)

    def init(self, params: View) -> Memory:
        return self.inner.init(params)

    @property
    def full_batch(self) -> bool:
        """As the inner optimiser."""
        return needs_full_batch(self.inner)

    def apply(
        self, params: Params, updates: Mapping[str, Update], memory: Memory, loss: Loss | None = None
    ) -> None:
        dense = {name: u.dense() if isinstance(u, Outer) else u for name, u in updates.items()}
        self.inner.apply(params, {name: np.sign(change) for name, change in dense.items()}, memory, loss)


@dataclass(frozen=True)
class Grouped:
    """Each weight goes to the first group whose pattern matches its name, and to `default` if none does.

    `Grouped((("b*", SGD(0.01)), ("W1", SGD(0))), default=Adam())`: slow biases, a frozen first layer.
    """

    groups: tuple[tuple[str, Optimiser], ...] = ()
    default: Optimiser = SGD()

    @property
    def full_batch(self) -> bool:
        """As any of the groups."""
        return any(map(needs_full_batch, self.optimisers()))

    def optimisers(self) -> list[Optimiser]:
        """The groups' optimisers, the default last."""
        return [*(optimiser for _, optimiser in self.groups), self.default]

    def group(self, name: str) -> int:
        """Which of `optimisers` serves the weight called `name`."""
        matches = (index for index, (pattern, _) in enumerate(self.groups) if fnmatchcase(name, pattern))
        return next(matches, len(self.groups))

    def init(self, params: View) -> Memory:
        return {
            str(index): optimiser.init(
                {name: array for name, array in params.items() if self.group(name) == index}
            )
            for index, optimiser in enumerate(self.optimisers())
        }

    def apply(
        self, params: Params, updates: Mapping[str, Update], memory: Memory, loss: Loss | None = None
    ) -> None:
        for index, optimiser in enumerate(self.optimisers()):
            mine = {name: update for name, update in updates.items() if self.group(name) == index}
            if mine:
                optimiser.apply(params, mine, memory[str(index)], loss)
