"""Optimisers around optimisers: decay, clipping, signs alone, and rates by group.

A pattern that serves no weight is refused when a run begins, since a misspelt one would else be ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np

from plausible.core import Loss, Memory, Optimiser, Outer, Params, Update, View
from plausible.errors import plain_fields, require, require_number
from plausible.optimise.accumulate import squared_norm
from plausible.optimise.batch import needs_full_batch
from plausible.optimise.nested import require_optimiser
from plausible.optimise.sgd import SGD


@dataclass(frozen=True)
class Decay:
    """Decoupled weight decay [loshchilov2019]: W ← (1 - rate) · W before the inner optimiser's change.

    `rate` is the fraction lost a step, whatever the learning rate. Only weights that have an update decay, and only
    those whose name matches one of `names`: forward weights, unless told otherwise. `init` raises `BadInput` if one of
    `names` matches no weight.

    >>> import numpy as np
    >>> from plausible.optimise.sgd import SGD
    >>> from plausible.optimise.wrappers import Decay
    >>> params, optimiser = {"W1": np.ones(1), "b1": np.ones(1)}, Decay(SGD(0.1), rate=0.5)
    >>> optimiser.apply(params, {"W1": np.ones(1), "b1": np.ones(1)}, optimiser.init(params))
    >>> params["W1"], params["b1"]
    (array([0.6]), array([1.1]))
    """

    inner: Optimiser = SGD()
    rate: float = 1e-4
    names: tuple[str, ...] = ("W*",)

    def __post_init__(self) -> None:
        plain_fields(self)
        require_number("the decay rate", self.rate, 0, 1)
        patterns = isinstance(self.names, tuple) and all(isinstance(name, str) for name in self.names)
        require(patterns and len(self.names) > 0, "names", self.names, 'a tuple of patterns, such as ("W*",)')
        require_optimiser("the optimiser inside decay", self.inner)

    @property
    def full_batch(self) -> bool:
        """As the inner optimiser."""
        return needs_full_batch(self.inner)

    def init(self, params: View) -> Memory:
        for pattern in self.names:
            served = [name for name in params if fnmatchcase(name, pattern)]
            require(
                bool(served), "a name that decays", pattern, f"one that matches any of {', '.join(params)}"
            )
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
    """Updates whose norm, over all weights together, exceeds `norm` are scaled down to it [pascanu2013].

    >>> import numpy as np
    >>> from plausible.optimise.sgd import SGD
    >>> from plausible.optimise.wrappers import Clipped
    >>> params, optimiser = {"W1": np.zeros(2)}, Clipped(SGD(1.0), norm=1.0)
    >>> optimiser.apply(params, {"W1": np.array([3.0, 4.0])}, optimiser.init(params))
    >>> params["W1"].round(6)
    array([0.6, 0.8])
    """

    inner: Optimiser = SGD()
    norm: float = 1.0

    def __post_init__(self) -> None:
        plain_fields(self)
        require_number("the norm to clip at", self.norm, open_low=True)
        require_optimiser("the optimiser inside clipping", self.inner)

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

    >>> import numpy as np
    >>> from plausible.optimise.sgd import SGD
    >>> from plausible.optimise.wrappers import Manhattan
    >>> params, optimiser = {"W1": np.zeros(3)}, Manhattan(SGD(0.1))
    >>> optimiser.apply(params, {"W1": np.array([5.0, -1e-9, 0.0])}, optimiser.init(params))
    >>> params["W1"]
    array([ 0.1, -0.1,  0. ])
    """

    inner: Optimiser = SGD(1e-3)

    def __post_init__(self) -> None:
        plain_fields(self)
        require_optimiser("the optimiser that is given signs", self.inner)

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

    `Grouped((("b*", SGD(0.01)), ("W1", SGD(0))), default=Adam())`: slow biases, a frozen first layer. `init` raises
    `BadInput` for a group that gets no weight, because its pattern matches none or those before it took them all.

    >>> import numpy as np
    >>> from plausible.optimise.sgd import SGD
    >>> from plausible.optimise.wrappers import Grouped
    >>> params, optimiser = {"W1": np.zeros(1), "b1": np.zeros(1)}, Grouped((("b*", SGD(0.01)),), SGD(1.0))
    >>> optimiser.apply(params, {"W1": np.ones(1), "b1": np.ones(1)}, optimiser.init(params))
    >>> params
    {'W1': array([1.]), 'b1': array([0.01])}
    """

    groups: tuple[tuple[str, Optimiser], ...] = ()
    default: Optimiser = SGD()

    def __post_init__(self) -> None:
        plain_fields(self)
        pairs = isinstance(self.groups, tuple) and all(
            isinstance(group, tuple) and len(group) == 2 and isinstance(group[0], str)
            for group in self.groups
        )
        require(
            pairs, "groups", self.groups, 'pairs of a pattern and an optimiser, such as (("b*", SGD(0.01)),)'
        )
        for pattern, optimiser in self.groups:
            require_optimiser(f"the optimiser of group {pattern!r}", optimiser)
        require_optimiser("the default optimiser", self.default)

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
        served = set(map(self.group, params))
        for index, (pattern, _) in enumerate(self.groups):
            expected = f"one that matches any of {', '.join(params)}, which no group before it takes"
            require(index in served, "the pattern of a group", pattern, expected)
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
