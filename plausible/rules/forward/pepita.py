"""PEPITA: a second forward pass, with the error added to the input, in the place of a backward pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from numpy.random import Generator

from plausible.core import Params, Presentation, Step, View
from plausible.errors import require, require_number
from plausible.rules.layered import Feedforward
from plausible.search import Range

ANSWERS = ("weight transport", "update locking (backward pass)", "exact derivatives")


@dataclass(frozen=True)
class Pepita(Feedforward):
    """PEPITA, error-driven input modulation [dellaferrera2022]: units compare two forward passes.

        first pass:   h_0 = x,          error = ∂loss/∂z_L at the answer h_L
        second pass:  h̃_0 = x + error F,  activities h̃_l
        ΔW_l ∝ -h̃_{l-1}ᵀ (h_l - h̃_l) for l < L,   ΔW_L ∝ -h̃_{L-1}ᵀ e

    with h_l and h̃_l (batch, n_l), W_l (n_{l-1}, n_l), F (n_L, n_0) fixed, random and small, called `Q0` as it is direct
    feedback to the input; everything is dimensionless. `readout` says which error e the output layer learns
    from: that of the "second" pass, as in both released codes, or that of the "first", as the paper's pseudocode is
    usually read. `init` draws F, `update` does the rest, biases as weights of a unit that is always on.

    Deviations: no dropout, for which the paper keeps one mask for both passes. F is uniform on ±scale · √(6 / n_0),
    with the authors' 0.05 as `scale`; their network has no biases.

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

    def __post_init__(self) -> None:
        require_number("scale", self.scale)
        require(self.readout in ("second", "first"), "readout", self.readout, "second or first")

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        params = self.network.start(n_in, n_out, rng)
        limit = self.scale * (6 / n_in) ** 0.5
        params["Q0"] = rng.uniform(-limit, limit, (n_out, n_in)).astype(self.network.dtype)
        return params, None

    def update(self, params: View, state: None, shown: Presentation, rng: Generator) -> Step:
        output = self.network.output
        first = self.network.forward(params, shown.x)
        error = output.error(first.activities[-1], shown.y)
        second = self.network.forward(params, shown.x + error @ params["Q0"])
        change = [h - moved for h, moved in zip(first.activities, second.activities, strict=True)][1:-1]
        if self.readout == "second":
            error = output.error(second.activities[-1], shown.y)
        return Step(self.network.updates(second, [*change, error], shown.y))
