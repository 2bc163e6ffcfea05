"""Feedback alignment, layer by layer and direct, in networks of blocks: with normalisation, dropout and skips."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from numpy.random import Generator

from plausible.core import Array, Params, Presentation, Step, Update, View
from plausible.networks.blocks import Blocks, Running, Trace
from plausible.networks.inits import Init, Uniform
from plausible.networks.products import times
from plausible.search import Range

SEARCH = {"feedback": Range(0.01, 1.0, form="uniform({})")}


@dataclass(frozen=True)
class InBlocks(ABC):
    """A rule of blocks whose errors come back by matrices of their own; what they are and do is open."""

    network: Blocks = Blocks()
    feedback: Init = Uniform()

    @abstractmethod
    def matrices(self, params: View, n_out: int) -> dict[str, tuple[int, int]]:
        """The shapes of the feedback, by name."""

    @abstractmethod
    def taught(self, params: View, trace: Trace, error: Array, scale: float) -> dict[str, Update]:
        """The changes, scale times what the rule has in the place of derivatives, from the error, (batch, n_out)."""

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, Running]:
        network = self.network
        params = network.start(n_in, n_out, rng)
        shapes = self.matrices(params, n_out)
        drawn = {name: network.draw(self.feedback, rng, shape) for name, shape in shapes.items()}
        return params | drawn, network.rest()

    def update(self, params: View, state: Running, shown: Presentation, rng: Generator) -> Step:
        output = self.network.output
        trace, after = self.network.forward(params, shown.x, state, rng)
        error = output.error(trace.answer, shown.y)
        updates = self.taught(params, trace, error, -output.scale(shown.y))
        return Step(updates, after, loss=partial(output.total, trace.answer, shown.y))

    def respond(self, params: View, state: Running, x: Array, rng: Generator) -> list[Array]:
        return self.network.respond(params, x, state)


@dataclass(frozen=True)
class BlocksFeedbackAlignment(InBlocks):
    """Feedback alignment [lillicrap2016] in a network of blocks: fixed random matrices in the place of Wᵀ.

        δ_L = error,   ∂h_l = drop'(divide'(δ_{l+1} B_{l+1} + skip ∂h_{l+1})),   δ_l = norm'(∂h_l ⊙ f'(a_l) ⊙ g_l)
        ΔW_l ∝ -s_{l-1}ᵀ δ_l,   Δb_l ∝ -Σ ∂h_l ⊙ f'(a_l),   Δg_l ∝ -Σ ∂h_l ⊙ f'(a_l) ⊙ norm(z_l)

    with δ_l, ∂h_l, a_l, z_l (batch, n_l), s_l, gains g_l and the transposed derivatives drop', divide', norm' as in
    `plausible.networks.blocks`, and B_l (n_l, n_{l-1}) fixed; everything is dimensionless. What a unit multiplies with
    on the way back, its slope, its gain, its statistics, its silence, is its own; a skip has no weight. Where B = Wᵀ it
    is backpropagation in blocks, and without normalisation, dropout and skips feedback alignment, to the last bit.
    `taught` computes it.

    Deviations: those of `FeedbackAlignment`; the paper's networks have neither normalisation nor dropout.
    """

    source: ClassVar[str] = "lillicrap2016"
    answers: ClassVar[tuple[str, ...]] = ("weight transport",)
    search: ClassVar[Mapping[str, Range]] = SEARCH

    def matrices(self, params: View, n_out: int) -> dict[str, tuple[int, int]]:
        shapes = {layer: params[f"W{layer}"].shape for layer in range(2, self.network.depth + 1)}
        return {f"B{layer}": (n, m) for layer, (m, n) in shapes.items()}

    def taught(self, params: View, trace: Trace, error: Array, scale: float) -> dict[str, Update]:
        back = {f"W{layer}": params[f"B{layer}"].T for layer in range(2, self.network.depth + 1)}
        return self.network.gradient({**params, **back}, trace, error, scale)


@dataclass(frozen=True)
class BlocksDirectFeedbackAlignment(InBlocks):
    """Direct feedback alignment [noekland2016] in a network of blocks: every layer receives the output error itself.

        ∂h_l = drop'(divide'(error Q_l)),   δ_l = norm'(∂h_l ⊙ f'(a_l) ⊙ g_l)
        ΔW_l ∝ -s_{l-1}ᵀ δ_l,   Δb_l ∝ -Σ ∂h_l ⊙ f'(a_l),   Δg_l ∝ -Σ ∂h_l ⊙ f'(a_l) ⊙ norm(z_l)

    with Q_l (n_L, n_l) fixed and random, and all else as in `BlocksFeedbackAlignment`. Nothing comes down by a skip, as
    each layer has an error of its own. Without normalisation and dropout it is direct feedback alignment, to the last
    bit. `taught` computes it.

    Deviations: the paper's networks have no normalisation.
    """

    source: ClassVar[str] = "noekland2016"
    answers: ClassVar[tuple[str, ...]] = ("weight transport", "update locking (backward pass)")
    search: ClassVar[Mapping[str, Range]] = SEARCH

    def matrices(self, params: View, n_out: int) -> dict[str, tuple[int, int]]:
        return {f"Q{layer}": (n_out, units) for layer, units in enumerate(self.network.hidden, 1)}

    def taught(self, params: View, trace: Trace, error: Array, scale: float) -> dict[str, Update]:
        network, changes = self.network, self.network.read_out(trace, error, scale)
        for layer, block in enumerate(trace.blocks, 1):
            teaching = network.before_sending(block, times(error, params[f"Q{layer}"]))
            changes |= network.changes(
                block, layer, *network.potentials(params, block, layer, teaching), scale
            )
        return changes
