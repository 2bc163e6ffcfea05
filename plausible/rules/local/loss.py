"""What rules of local losses share: a layer learns from a loss of its own activity; no derivative leaves the layer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple

from numpy.random import Generator

from plausible.core import Array, Outer, Params, Presentation, State, Step, Update, View
from plausible.networks.blocks import Blocks, Running
from plausible.networks.mlp import MLP


class Lesson(NamedTuple):
    """What the loss of a hidden layer says."""

    signal: Array  # ∂R/∂h_l of each example, times the number of examples; (batch, n_l)
    heads: Mapping[
        str, tuple[Array | None, Array]
    ] = {}  # pre and post of ∂R by what the loss computes with, by name


@dataclass(frozen=True)
class LocalLoss(ABC):
    """Hidden layer l descends R_l, a loss of h_l and the target; the output layer descends the network's loss.

        ΔW_l ∝ -s_{l-1}ᵀ ∂R_l/∂z_l,   ∂R_l/∂z_l = norm'(∂R_l/∂h_l ⊙ f'(a_l)),   ΔW_L ∝ -s_{L-1}ᵀ error

    with h_l, a_l, z_l (batch, n_l) and s_{l-1} (batch, n_{l-1}) as in `plausible.networks.blocks.Blocks`; in an `MLP`,
    s_l = h_l, and norm' is nothing. `lesson` is open: it says ∂R_l/∂h_l. `heads` draws what R_l computes with.
    """

    network: MLP | Blocks = MLP()

    @cached_property
    def form(self) -> Blocks:
        """The network in blocks."""
        return Blocks.of(self.network)

    @abstractmethod
    def lesson(self, layer: int, params: View, h: Array, y: Array) -> Lesson:
        """What the loss of hidden layer `layer` says of its activity `h`, (batch, n_l), with the target `y`."""

    def heads(self, n_out: int, rng: Generator) -> Params:
        """New weights of what the losses compute with, by name; here none."""
        return {}

    def learning(self, state: State) -> range:
        """The hidden layers that learn in a presentation; here all."""
        return range(1, self.form.depth)

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        params = self.form.start(n_in, n_out, rng)
        return params | self.heads(n_out, rng), self.form.rest()

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        return self.propose(params, state, shown, rng, self.learning(state))

    def propose(
        self, params: View, running: Running, shown: Presentation, rng: Generator, layers: range
    ) -> Step:
        """The changes of the output layer and of the hidden `layers`."""
        form, output = self.form, self.network.output
        scale = -output.scale(shown.y)
        trace, after = form.forward(params, shown.x, running, rng)
        updates: dict[str, Update] = form.read_out(trace, output.error(trace.answer, shown.y), scale)
        for layer in layers:
            block = trace.blocks[layer - 1]
            lesson = self.lesson(layer, params, block.h, shown.y)
            updates |= form.changes(
                block, layer, *form.potentials(params, block, layer, lesson.signal), scale
            )
            updates |= {name: Outer(*factors, scale) for name, factors in lesson.heads.items()}
        return Step(updates, after, loss=partial(output.total, trace.answer, shown.y))

    def respond(self, params: View, state: State, x: Array, rng: Generator) -> list[Array]:
        return self.form.respond(params, x, state)
