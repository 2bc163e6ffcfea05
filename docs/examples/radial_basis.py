"""radial_basis.py: a rule that brings a network of its own, Gaussian units and a read-out that learns."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Outer, Params, Presentation, State, Step, View


@dataclass(frozen=True)
class RadialBasis:
    """The delta rule on Gaussian units, whose centres stay where they were drawn [broomhead1988].

        h = exp(-|x - c|² / 2 width²),   ΔW ∝ hᵀ (y - h W)

    with x (batch, n_in), h (batch, units), y (batch, n_out), centres c (units, n_in) uniform in the unit cube.
    """

    units: int = 100
    width: float = 0.2

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        centres = rng.random((self.units, n_in)).astype("float32")
        return {"C": centres, "W": np.zeros((self.units, n_out), "float32")}, None

    def hidden(self, params: View, x: Array) -> Array:
        apart = ((x[:, None, :] - params["C"]) ** 2).sum(axis=-1)
        return np.exp(-apart / (2 * self.width**2))

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        h = self.hidden(params, shown.x)
        return Step({"W": Outer(h, shown.y - h @ params["W"], 1 / len(h))}, state)

    def respond(self, params: View, state: State, x: Array, rng: Generator) -> list[Array]:
        h = self.hidden(params, x)
        return [h, h @ params["W"]]
