"""Perceptrons whose weights are made of parts that are never negative, under any rule that learns perceptrons.

>>> import plausible as pl
>>> rule = pl.rules.DANN(pl.MLP((20,)), rule=pl.rules.Backprop())
>>> params, _ = rule.init(4, 3, pl.core.randomness(0).weights)
>>> {name: array.shape for name, array in params.items() if name[0] != "b"}
{'W1': (4, 20), 'I1': (4, 2), 'O1': (2, 20), 'W2': (20, 3), 'I2': (20, 1), 'O2': (1, 3)}
>>> rule.seen(params)["W1"].shape, bool((params["I1"] >= 0).all())
((4, 20), True)
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Outer, Params, Presentation, Rule, State, Step, Update, View, read_only
from plausible.errors import BadInput, require
from plausible.networks.mlp import MLP
from plausible.rules.around import Around
from plausible.rules.feedback.feedback_alignment import FeedbackAlignment

POSITIVE = (0.0, np.inf)


@dataclass(frozen=True)
class Constrained(Around):
    """A rule of a perceptron whose forward weights V_l are made of parts that are never negative, W_l what excites.

    The rule inside reads V_l and proposes its changes, as without constraint; they are handed on to the parts, which
    are held at 0 or above after every step, whatever the optimiser. `parts`, `whole` and `changes` are open. What the
    rule has besides, such as biases and feedback weights of both signs, is its own.
    """

    source: ClassVar[str] = "cornford2021"
    answers: ClassVar[tuple[str, ...]] = ("signed synapses",)
    reference: ClassVar[str] = ""

    network: MLP = MLP()
    rule: Rule = FeedbackAlignment()

    def __post_init__(self) -> None:
        kind: Any = type(self.rule)
        good = not isinstance(self.rule, type) and all(
            callable(getattr(kind, name, None)) for name in ("init", "update", "respond")
        )
        require(good, "the rule under a constraint", self.rule, "a rule, such as feedback-alignment")
        learns = isinstance(getattr(self.rule, "network", None), MLP)
        require(learns, "the rule under a constraint", kind.__name__, "one that learns a perceptron, MLP")

    @abstractmethod
    def parts(self, layer: int, shape: tuple[int, int], rng: Generator) -> Params:
        """New parts of V_l, of this shape, by name."""

    @abstractmethod
    def whole(self, params: View, layer: int) -> Array:
        """V_l, (n_{l-1}, n_l), of its parts."""

    @abstractmethod
    def changes(self, params: View, layer: int, change: Array) -> Mapping[str, Update]:
        """What a change of V_l, (n_{l-1}, n_l), is for its parts, by name."""

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        params, state = self.inside.init(n_in, n_out, rng)
        for layer in range(1, self.network.depth + 1):
            if f"W{layer}" not in params:
                raise BadInput(
                    f"rule {type(self.rule).__name__} has no W{layer}: expected the weights of a perceptron"
                )
            params |= self.parts(layer, params.pop(f"W{layer}").shape, rng)
        return params, state

    def seen(self, params: View) -> View:
        """Weights as the rule inside knows them."""
        layers = range(1, self.network.depth + 1)
        own = {name: array for name, array in params.items() if name[:1] not in "WIO"}
        return read_only({f"W{layer}": self.whole(params, layer) for layer in layers} | own)

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        step: Step = self.inside.update(self.seen(params), state, shown, rng)
        updates: dict[str, Update] = {}
        for name, change in step.updates.items():
            dense = change.dense() if isinstance(change, Outer) else change
            updates |= self.changes(params, int(name[1:]), dense) if name[0] == "W" else {name: change}
        held = {name: POSITIVE for name in params if name[:1] in "WIO"}
        decay = {name: fraction for name, fraction in step.decay.items() if name in params}
        bounds = {name: both for name, both in step.bounds.items() if name in params}
        return step._replace(updates=updates, decay=decay, bounds=bounds | held)
