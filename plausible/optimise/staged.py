"""Stages of a run: some weights learn first and rest from then on, when the others begin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from plausible.core import Loss, Memory, Optimiser, Params, Update, View
from plausible.errors import plain_fields, require, require_whole
from plausible.optimise.batch import needs_full_batch
from plausible.optimise.nested import require_optimiser
from plausible.optimise.sgd import SGD


@dataclass(frozen=True)
class Staged:
    """Features first, the read-out after: weights that match `names` learn for `steps` changes, all others after them.

    In the first stage `first` is given the updates of weights that match one of `names`, in the second `then` those of
    all others, each with a memory of its own and its steps counted from 0. What it is not given rests. A stage may be
    staged itself. `init` raises `BadInput` if a pattern matches no weight, or nothing is left for the second stage.

    >>> import numpy as np
    >>> from plausible.optimise.sgd import SGD
    >>> from plausible.optimise.staged import Staged
    >>> params = {"W1": np.zeros(1), "W2": np.zeros(1)}
    >>> optimiser = Staged(SGD(0.1), SGD(1.0), names=("W1",), steps=2)
    >>> memory = optimiser.init(params)
    >>> for _ in range(3):
    ...     optimiser.apply(params, {"W1": np.ones(1), "W2": np.ones(1)}, memory)
    >>> params
    {'W1': array([0.2]), 'W2': array([1.])}
    """

    first: Optimiser = SGD()
    then: Optimiser = SGD()
    names: tuple[str, ...] = ("W1",)
    steps: int = 100

    def __post_init__(self) -> None:
        plain_fields(self)
        require_whole("steps", self.steps)
        patterns = isinstance(self.names, tuple) and all(isinstance(name, str) for name in self.names)
        require(patterns and len(self.names) > 0, "names", self.names, 'a tuple of patterns, such as ("W1",)')
        require_optimiser("the optimiser of the first stage", self.first)
        require_optimiser("the optimiser of the second stage", self.then)

    @property
    def full_batch(self) -> bool:
        """As either of the stages."""
        return needs_full_batch(self.first) or needs_full_batch(self.then)

    def is_first(self, name: str) -> bool:
        """Whether a weight learns in the first stage."""
        return any(fnmatchcase(name, pattern) for pattern in self.names)

    def init(self, params: View) -> Memory:
        for pattern in self.names:
            served = any(fnmatchcase(name, pattern) for name in params)
            require(
                served, "a name of the first stage", pattern, f"one that matches any of {', '.join(params)}"
            )
        first = {name: weight for name, weight in params.items() if self.is_first(name)}
        others = {name: weight for name, weight in params.items() if name not in first}
        require(len(others) > 0, "names", self.names, "patterns that leave a weight for the second stage")
        return {"step": 0, "first": self.first.init(first), "then": self.then.init(others)}

    def apply(
        self, params: Params, updates: Mapping[str, Update], memory: Memory, loss: Loss | None = None
    ) -> None:
        early = memory["step"] < self.steps
        memory["step"] += 1
        mine = {name: update for name, update in updates.items() if self.is_first(name) == early}
        if mine:
            stage, its = (self.first, "first") if early else (self.then, "then")
            stage.apply(params, mine, memory[its], loss)
