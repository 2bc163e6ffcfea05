"""What spiking rules on tasks share: a circuit that is shown examples in slots, its weights, and an answer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from plausible.core import Array, Params, Presentation, State, Step, View
from plausible.errors import require_number
from plausible.networks.mlp import MLP
from plausible.spiking.chosen import chosen
from plausible.spiking.slots import Presented, Slots, present

DOUBLE = 20_000  # weights, below which double precision costs nothing


SPIKING = dict.fromkeys(
    ("activation", "init", "bias", "bias_init", "output"), "its neurons spike, in a circuit of its own"
)
"""What rules of spiking neurons do not heed of a network."""


@dataclass(frozen=True)
class Simulated(ABC):
    """A rule that is its equations: `slots`, `weights` and `answer` are open.

    A presentation is one run over all its examples, and weights change with each; its change is for descent at rate 1.
    """

    reference: ClassVar[str] = ""
    work: ClassVar[tuple[str, ...]] = ("synaptic events", "spikes")
    inputs: ClassVar[tuple[float, float]] = (0.0, 1.0)
    targets: ClassVar[str] = "classes"
    presentation: ClassVar[int] = 1000
    optimiser: ClassVar[str] = "sgd[rate=1]"
    ignores: ClassVar[Mapping[str, str]] = SPIKING

    network: MLP = MLP((100,))

    @abstractmethod
    def slots(self, n_in: int, n_out: int) -> Slots:
        """The circuit for `n_in` numbers and `n_out` classes: one for all values of what a user may vary."""

    @abstractmethod
    def weights(self, n_in: int, n_out: int, rng: Generator) -> Params:
        """New parameters, by the names of `Slots.learned`, and others if `settings` needs them."""

    @abstractmethod
    def answer(self, params: View, state: State, records: Mapping[str, NDArray[Any]]) -> list[Array]:
        """Activity by layer, each (examples, units), the answer last, from what was kept of each example."""

    def settings(self, params: View) -> Mapping[str, Any]:
        """Values besides those that learn, by `object.variable`, such as rates of learning; none unless overridden."""
        return {}

    def remember(self, state: State, shown: Presentation, records: Mapping[str, NDArray[Any]]) -> State:
        """What is carried besides values of the circuit, after a presentation; nothing more unless overridden."""
        return state

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        drawn = self.weights(n_in, n_out, rng).items()
        params = {name: array.astype(self.network.dtype) for name, array in drawn}
        return params, {"values": {}, "classes": n_out}

    def show(
        self, params: View, state: State, x: Array, y: Array | None, rng: Generator, learn: bool
    ) -> Presented:
        """What comes of showing examples; the first number that is drawn is the seed of their spikes."""
        slots = made(self, x.shape[1], state["classes"])
        start = {**state["values"], **self.settings(params)}
        start |= {there: params[name] for name, there in slots.learned}
        return present(chosen(slots.circuit), slots, start, x, y, int(rng.integers(2**31)), learn)

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        slots = made(self, shown.x.shape[1], state["classes"])
        after = self.show(params, state, shown.x, shown.y, rng, learn=True)
        updates = {name: moved(after.values[there], params[name]) for name, there in slots.learned}
        carried = {"values": {name: after.values[name] for name in (*slots.handed, "control.first")}}
        internals = {"spikes": after.spikes, "synaptic events": after.events, **after.records}
        return Step(updates, self.remember({**state, **carried}, shown, after.records), internals)

    def respond(self, params: View, state: State, x: Array, rng: Generator) -> list[Array]:
        records = self.show(params, state, x, None, rng, learn=False).records
        return [layer.astype(self.network.dtype) for layer in self.answer(params, state, records)]


def require_numbers(rule: object, *names: str) -> None:
    """Raise `BadInput` unless those of these fields that a rule has are finite numbers of at least 0."""
    for name in names:
        if hasattr(rule, name):
            require_number(name, getattr(rule, name))


@lru_cache(64)
def made(rule: Simulated, n_in: int, n_out: int) -> Slots:
    """The circuit of a rule, one object for each shape."""
    return rule.slots(n_in, n_out)


def moved(after: Array, before: Array) -> Array:
    """The change of an array over a run, in its own shape and dtype."""
    return after.astype(before.dtype).reshape(before.shape) - before


def precision(weights: int) -> str:
    """Of a circuit with so many weights: single where double would cost time."""
    return "float64" if weights < DOUBLE else "float32"


def uniform(rng: Generator, shape: tuple[int, ...], low: float, high: float) -> Array:
    """Weights uniform from `low` to `high`."""
    drawn: Array = np.asarray(rng.uniform(low, high, shape))
    return drawn
