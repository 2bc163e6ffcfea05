"""Dale's principle: neurons whose synapses have one sign, by columns of the weights or by neurons of their own."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Params, State, Update, View
from plausible.errors import require_number, require_whole
from plausible.rules.constrained.network import Constrained
from plausible.search import Range

RATIO = (
    2 * np.pi / (2 * np.pi - 1)
)  # of second moments, with and without the mean, of rectified normal activity


@dataclass(frozen=True)
class ColumnEI(Constrained):
    """Dale's principle by columns: of the units of every layer, some excite and the others inhibit [cornford2021].

        V_l = [W_l; -I_l],   W_l, I_l ≥ 0,   ΔW_l = ΔV_l of excitatory rows,   ΔI_l = -ΔV_l of inhibitory ones

    with W_l (n_e, n_l), I_l (n_i, n_l), ΔV_l what the rule inside proposes. One unit in `ratio` + 1, rounded up and the
    last ones, inhibits; all inputs excite. Weights start exponential, of the scale by which a layer has mean 0 and, of
    rectified units, as much variance as the one below: those that inhibit are n_e / n_i times as large.

    Biases of the first layer start at what takes away the mean of their drive by inputs of the mean `centre`, which is
    0.1307 for MNIST.

    Deviations: a decay of V_l that the rule proposes is left out.
    """

    search: ClassVar[Mapping[str, Range]] = {}

    ratio: int = 10
    centre: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require_whole("ratio", self.ratio)
        require_number("centre", self.centre, -math.inf)

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        params, state = super().init(n_in, n_out, rng)
        if self.centre and "b1" in params:
            params["b1"] -= n_in**0.5 * self.centre  # n_in inputs, weights of mean n_in^-½
        return params, state

    def parts(self, layer: int, shape: tuple[int, int], rng: Generator) -> Params:
        n, units = shape
        inhibit = 0 if layer == 1 else min(-(-n // (self.ratio + 1)), n - 1)
        excite = n - inhibit
        scale = (RATIO / (excite + excite**2 / inhibit)) ** 0.5 if inhibit else n**-0.5
        parts = {f"W{layer}": rng.exponential(scale, (excite, units))}
        if inhibit:
            parts[f"I{layer}"] = rng.exponential(scale * excite / inhibit, (inhibit, units))
        return {name: array.astype(self.network.dtype) for name, array in parts.items()}

    def whole(self, params: View, layer: int) -> Array:
        excite, inhibit = params[f"W{layer}"], params.get(f"I{layer}")
        return 1 * excite if inhibit is None else np.concatenate([excite, -inhibit])

    def changes(self, params: View, layer: int, change: Array) -> Mapping[str, Update]:
        excite = len(params[f"W{layer}"])
        if f"I{layer}" not in params:
            return {f"W{layer}": change}
        return {f"W{layer}": change[:excite], f"I{layer}": -change[excite:]}


@dataclass(frozen=True)
class DANN(Constrained):
    """Dale's principle by interneurons: every layer excites, beside neurons of its own that inhibit [cornford2021].

        V_l = W_l - I_l O_l,   W_l, I_l, O_l ≥ 0
        ΔW_l = ΔV_l,   ΔI_l = -ΔV_l O_lᵀ / √n_l,   ΔO_l = -I_lᵀ ΔV_l / n_{l-1}

    with W_l (n_{l-1}, n_l), I_l (n_{l-1}, n_i) from the layer below to its interneurons, O_l (n_i, n_l) from these, and
    ΔV_l what the rule inside proposes. The divisors are the corrected updates, by which a change of what inhibits moves
    the answer as far as one of what excites; `corrected` can turn them off. There is an interneuron for every `ratio`
    units, one at least; a layer with one starts with the means of W_l, so that every layer has mean 0, whatever it is
    shown. Weights start exponential, O_l as 1 / n_i.

    Deviations: inhibition subtracts, and does not divide as well; interneurons are linear, as there. A decay of V_l
    that the rule proposes is left out.
    """

    search: ClassVar[Mapping[str, Range]] = {}

    ratio: int = 10
    corrected: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number("ratio", self.ratio, 1)

    def parts(self, layer: int, shape: tuple[int, int], rng: Generator) -> Params:
        n, units = shape
        inhibit = max(int(units / self.ratio), 1)
        scale = (0.5 / n) ** 0.5 if layer == 1 else (RATIO / n) ** 0.5
        excite = rng.exponential(scale, shape)
        into = excite.mean(axis=1)[:, None] if inhibit == 1 else rng.exponential(scale, (n, inhibit))
        parts = {f"W{layer}": excite, f"I{layer}": into, f"O{layer}": np.full((inhibit, units), 1 / inhibit)}
        return {name: array.astype(self.network.dtype) for name, array in parts.items()}

    def whole(self, params: View, layer: int) -> Array:
        return params[f"W{layer}"] - params[f"I{layer}"] @ params[f"O{layer}"]

    def changes(self, params: View, layer: int, change: Array) -> Mapping[str, Update]:
        n, units = change.shape
        into, out = (units**0.5, n) if self.corrected else (1.0, 1.0)
        reaching, leaving = params[f"I{layer}"], params[f"O{layer}"]
        return {
            f"W{layer}": change,
            f"I{layer}": change @ leaving.T / -into,
            f"O{layer}": reaching.T @ change / -out,
        }
