"""Rules of feedforward networks. A rule derives from the class that leaves open just what it has to say.

`Layered` leaves open the teaching signals, as they follow from the output error alone. `Taught` leaves open the same
signals as they follow from all that is there, and whatever a rule proposes beside them. `Feedforward` leaves the whole
update open.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from numpy.random import Generator

from plausible.core import Array, Params, Presentation, State, Step, Update, View
from plausible.networks.mlp import MLP, Pass
from plausible.networks.outputs import Output
from plausible.networks.products import times


@dataclass(frozen=True)
class Feedforward(ABC):
    """A rule whose network answers by its forward pass; `update` is open."""

    network: MLP = MLP()

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        """New weights, the forward ones (`network.start`) first, and a state; here these weights and none."""
        return self.network.start(n_in, n_out, rng), None

    @abstractmethod
    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        """The changes that this rule proposes, having seen `shown`."""

    def respond(self, params: View, state: State, x: Array, rng: Generator) -> list[Array]:
        return self.network.respond(params, x)


class Teaching(NamedTuple):
    """What a presentation teaches: signals for the forward weights, and the rest of a `Step`."""

    signals: Sequence[Array | None]  # δ_1 ... δ_L, each (batch, units); None where a layer does not learn
    further: Mapping[str, Update] = {}  # changes of other weights, such as those of feedback
    internals: Mapping[str, Any] = {}  # as in Step
    decay: Mapping[str, float] = {}  # as in Step


@dataclass(frozen=True)
class Taught(Feedforward):
    """A rule whose changes of forward weights are ΔW_l ∝ -h_{l-1}ᵀ δ_l; `teaching` is open."""

    @property
    def cost(self) -> Output:
        """The output function with the loss whose derivative is the error."""
        return self.network.output

    @abstractmethod
    def teaching(
        self, params: View, passed: Pass, error: Array, shown: Presentation, rng: Generator
    ) -> Teaching:
        """The teaching signals of the examples `shown`, and whatever else the rule proposes.

        `passed` is their forward pass, and `error`, (batch, n_out), the derivative of each example's loss with respect
        to z_L.
        """

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        passed = self.network.forward(params, shown.x)
        answer, output = passed.activities[-1], self.cost
        taught = self.teaching(params, passed, output.error(answer, shown.y), shown, rng)
        updates = self.network.updates(passed, taught.signals, shown.y)
        updates |= taught.further
        loss = partial(output.total, answer, shown.y)
        return Step(updates, state, taught.internals, loss, taught.decay)


@dataclass(frozen=True)
class Layered(Taught):
    """A rule whose teaching signals follow from the output error alone; `signals` is open."""

    @abstractmethod
    def signals(self, params: View, passed: Pass, error: Array) -> list[Array | None]:
        """The teaching signals δ_1 ... δ_L, each (batch, units); None where a layer does not learn.

        `error`, (batch, n_out), is the derivative of each example's loss with respect to z_L.
        """

    def teaching(
        self, params: View, passed: Pass, error: Array, shown: Presentation, rng: Generator
    ) -> Teaching:
        return Teaching(self.signals(params, passed, error))


def backward(passed: Pass, error: Array, feedback: Mapping[str, Array]) -> list[Array]:
    """δ_L = error, δ_l = (δ_{l+1} B_{l+1}) ⊙ f'(z_l), each (batch, n_l), from feedback B_2 ... B_L, (n_l, n_{l-1})."""
    signals = [error]
    for layer in range(len(passed.activities) - 2, 0, -1):
        error = times(error, feedback[f"B{layer + 1}"]) * passed.slope(layer)
        signals.insert(0, error)
    return signals


def broadcast(passed: Pass, teacher: Array, feedback: Mapping[str, Array]) -> list[Array]:
    """(teacher Q_l) ⊙ f'(z_l) of every hidden layer, each (batch, n_l), from `teacher`, (batch, n_L), and Q_1, ..."""
    hidden = range(1, len(passed.activities) - 1)
    return [times(teacher, feedback[f"Q{layer}"]) * passed.slope(layer) for layer in hidden]
