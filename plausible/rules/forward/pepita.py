"""PEPITA: a second forward pass, with the error added to the input, in the place of a backward pass."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, ClassVar, Literal

from numpy.random import Generator

from plausible.core import Array, Params, Presentation, Step, View
from plausible.errors import require, require_number
from plausible.networks.blocks import Blocks
from plausible.networks.mlp import MLP
from plausible.rules.layered import Feedforward
from plausible.search import Range

ANSWERS = ("weight transport", "update locking (backward pass)", "exact derivatives")


@lru_cache
def silenced(network: MLP, dropout: float) -> Blocks:
    """The network with dropout."""
    return replace(Blocks.of(network), dropout=dropout)


def sent(
    network: MLP, dropout: float, params: View, x: Array, rng: Generator
) -> tuple[list[Array], list[Any]]:
    """x, what hidden layers send up and the answer, each (batch, n_l), and what dropout multiplies units with."""
    if not dropout:
        return network.forward(params, x).activities, []
    passed, _ = silenced(network, dropout).forward(params, x, None, rng)
    return [x, *(block.sent for block in passed.blocks), passed.answer], [b.kept for b in passed.blocks]


@dataclass(frozen=True)
class Pepita(Feedforward):
    """PEPITA, error-driven input modulation [dellaferrera2022]: units compare two forward passes.

        first pass:   h_0 = x,          error = ∂loss/∂z_L at the answer h_L
        second pass:  h̃_0 = x + error F,  activities h̃_l
        ΔW_l ∝ -h̃_{l-1}ᵀ (h_l - h̃_l) for l < L,   ΔW_L ∝ -h̃_{L-1}ᵀ e

    with h_l and h̃_l (batch, n_l), W_l (n_{l-1}, n_l), F (n_L, n_0) fixed, random and small, called `Q0` as it is direct
    feedback to the input; everything is dimensionless. `readout` says which error e the output layer learns
    from: that of the "second" pass, as in both released codes, or that of the "first", as the paper's pseudocode is
    usually read. A share `dropout` of the hidden units is silent, in both passes; others send m h_l, with
    m = 1 / (1 - dropout), and learn from m (m h_l - m h̃_l), as in the released code. `init` draws F, `update` does the
    rest, biases as weights of a unit that is always on.

    Deviations: F is uniform on ±scale · √(6 / n_0), with the authors' 0.05 as `scale`; their network has no biases, and
    a dropout of 0.1.

    >>> import numpy as np
    >>> from plausible.core import Presentation
    >>> from plausible.networks.mlp import MLP
    >>> from plausible.rules.forward.pepita import Pepita
    >>> rule, rng = Pepita(MLP((8,))), np.random.default_rng(0)
    >>> params, state = rule.init(4, 3, rng)
    >>> shown = Presentation(np.ones((2, 4), "float32"), np.eye(3, dtype="float32")[:2], reward=None)
    >>> params["Q0"].shape, rule.update(params, state, shown, rng).updates["W1"].dense().shape
    ((3, 4), (4, 8))
    """

    source: ClassVar[str] = "dellaferrera2022"
    answers: ClassVar[tuple[str, ...]] = ANSWERS
    search: ClassVar[Mapping[str, Range]] = {"scale": Range(0.005, 1.0)}

    scale: float = 0.05
    readout: Literal["second", "first"] = "second"
    dropout: float = 0.0

    def __post_init__(self) -> None:
        require_number("scale", self.scale)
        require_number("dropout", self.dropout, 0, 1 - 1e-6)
        require(self.readout in ("second", "first"), "readout", self.readout, "second or first")

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        params = self.network.start(n_in, n_out, rng)
        limit = self.scale * (6 / n_in) ** 0.5
        params["Q0"] = rng.uniform(-limit, limit, (n_out, n_in)).astype(self.network.dtype)
        return params, None

    def update(self, params: View, state: None, shown: Presentation, rng: Generator) -> Step:
        output, again = self.network.output, deepcopy(rng) if self.dropout else rng
        first, kept = sent(self.network, self.dropout, params, shown.x, rng)
        error = output.error(first[-1], shown.y)
        modulated = shown.x + error @ params["Q0"]
        second, _ = sent(self.network, self.dropout, params, modulated, again)  # the same units are silent
        change = [h - moved for h, moved in zip(first, second, strict=True)][1:-1]
        if self.dropout:
            change = [part * mask for part, mask in zip(change, kept, strict=True)]
        if self.readout == "second":
            error = output.error(second[-1], shown.y)
        return Step(self.network.changes(second[:-1], [*change, error], -output.scale(shown.y)))
