"""What rules share whose hidden layers learn from their own activity, below a read-out that learns from the target.

Whatever the labels, features learn the same:

>>> import numpy as np
>>> from plausible.core import Presentation
>>> from plausible.networks.mlp import MLP
>>> from plausible.rules.hebbian.principal import Oja
>>> rule, rng = Oja(MLP((4,), dtype="float64")), np.random.default_rng(0)
>>> params, state = rule.init(3, 2, rng)
>>> x, y = rng.normal(size=(10, 3)), np.eye(2)[rng.integers(2, size=10)]
>>> one, other = (rule.update(params, state, Presentation(x, y, len), rng).updates for y in (y, y[:, ::-1]))
>>> np.array_equal(one["W1"], other["W1"]), np.array_equal(one["W2"].post, other["W2"].post)
(True, False)
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, NamedTuple

from numpy.random import Generator

from plausible.core import Array, Params, Presentation, Step, Update, View
from plausible.networks.mlp import MLP, into

ANSWERS = (
    "weight transport",
    "exact derivatives",
    "non-local error",
    "update locking",
    "target at the output",
)
UNSETTLED = tuple(each for each in ANSWERS if each != "non-local error")
"""Of rules in which units compete, or with means over the examples of a batch."""

Memories = tuple[Array | None, ...]
"""What each hidden layer remembers of presentations before, (n_l,) or None: the state of these rules."""


class Rung(NamedTuple):
    """What a hidden layer is given and what it makes of it."""

    below: Array  # h_{l-1}, (batch, n_{l-1})
    z: Array  # h_{l-1} W_l + b_l, (batch, n_l)
    h: Array  # (batch, n_l)


class Change(NamedTuple):
    """What a hidden layer proposes, what it will remember, and where its weights are held."""

    updates: Mapping[str, Update] = {}
    memory: Array | None = None  # (n_l,)
    bounds: Mapping[str, tuple[float, float]] = {}


def attracted(rung: Rung, post: Array, weights: Array, drive: Array | None = None) -> Array:
    """mean_n g_nj (x_n - a_nj w_j), (n_{l-1}, n_l): the input draws weights, in proportion to activity.

    Args:
        rung: with x, (batch, n_{l-1}).
        post: g, (batch, n_l).
        weights: w, (n_{l-1}, n_l).
        drive: a, (batch, n_l); z if none is given.
    """
    lost = post * (rung.z if drive is None else drive)
    result: Array = (rung.below.T @ post - weights * lost.sum(axis=0)) / len(post)
    return result


@dataclass(frozen=True)
class Features(ABC):
    """Hidden layers that learn from what they are given and what they make of it, each by `change`, which is open.

    The output layer learns by the delta rule on the activity of the last hidden layer, along with the features or,
    under the optimiser `staged`, after them. Hidden biases take part in z and stay, unless `change` says otherwise.
    """

    answers: ClassVar[tuple[str, ...]] = ANSWERS
    reference: ClassVar[str] = ""

    network: MLP = MLP()

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, Memories]:
        return self.network.start(n_in, n_out, rng), (None,) * len(self.network.hidden)

    @abstractmethod
    def change(self, params: View, layer: int, rung: Rung, memory: Any) -> Change:
        """What hidden layer `layer`, counted from 1, proposes."""

    def rung(self, params: View, layer: int, below: Array) -> Rung:
        """What a hidden layer makes of what it is given; unless told otherwise, h = f(z) of the network."""
        z = into(self.network, params, layer, below)
        return Rung(below, z, self.network.activation.value(z))

    def climb(self, params: View, x: Array) -> list[Rung]:
        """The hidden layers, from below."""
        rungs: list[Rung] = []
        for layer in range(1, self.network.depth):
            rungs.append(self.rung(params, layer, rungs[-1].h if rungs else x))
        return rungs

    def update(self, params: View, state: Memories, shown: Presentation, rng: Generator) -> Step:
        rungs, output = self.climb(params, shown.x), self.network.output
        made = [self.change(params, n, *pair) for n, pair in enumerate(zip(rungs, state, strict=True), 1)]
        updates = {name: update for one in made for name, update in one.updates.items()}
        features = rungs[-1].h if rungs else shown.x
        answer = output.value(into(self.network, params, self.network.depth, features))
        error, scale = output.error(answer, shown.y), -output.scale(shown.y)
        updates |= self.network.layers[-1].changes(features, error, scale)
        bounds = {name: held for one in made for name, held in one.bounds.items()}
        memories = tuple(one.memory for one in made)
        return Step(updates, memories, loss=partial(output.total, answer, shown.y), bounds=bounds)

    def respond(self, params: View, state: Memories, x: Array, rng: Generator) -> list[Array]:
        hidden = [rung.h for rung in self.climb(params, x)]
        top = into(self.network, params, self.network.depth, hidden[-1] if hidden else x)
        return [*hidden, self.network.output.value(top)]
