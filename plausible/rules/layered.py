"""Layered rules: one forward pass, then a teaching signal for every layer. They differ in the signal alone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from numpy.random import Generator

from plausible.core import Array, Params, Presentation, State, Step, View
from plausible.networks.mlp import MLP, Pass
from plausible.networks.outputs import Output
from plausible.networks.products import times


@dataclass(frozen=True)
class Layered(ABC):
    """A rule whose weight changes are ΔW_l ∝ -h_{l-1}ᵀ δ_l; two methods are open, `init` and `signals`."""

    network: MLP = MLP()

    @abstractmethod
    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        """New weights, the forward ones (`network.start`) first, and a state."""

    @property
    def cost(self) -> Output:
        """The output function with the loss whose derivative is the error."""
        return self.network.output

    @abstractmethod
    def signals(self, params: View, passed: Pass, error: Array) -> list[Array | None]:
        """The teaching signals δ_1 ... δ_L, each (batch, units); None where a layer does not learn.

        `error`, (batch, n_out), is the derivative of each example's loss with respect to z_L.
        """

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        passed = self.network.forward(params, shown.x)
        answer, output = passed.activities[-1], self.cost
        signals = self.signals(params, passed, output.error(answer, shown.y))
        updates = self.network.updates(passed, signals, shown.y)
        return Step(updates, state, loss=partial(output.total, answer, shown.y))

    def respond(self, params: View, state: State, x: Array, rng: Generator) -> list[Array]:
        return self.network.forward(params, x).activities[1:]


def backward(passed: Pass, error: Array, feedback: Mapping[str, Array]) -> list[Array]:
    """δ_L = error, δ_l = (δ_{l+1} B_{l+1}) ⊙ f'(z_l), each (batch, n_l), from feedback B_2 ... B_L, (n_l, n_{l-1})."""
    signals = [error]
    for layer in range(len(passed.activities) - 2, 0, -1):
        error = times(error, feedback[f"B{layer + 1}"]) * passed.slope(layer)
        signals.insert(0, error)
    return signals
