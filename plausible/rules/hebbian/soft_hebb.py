"""A soft winner-take-all layer, which learns a mixture of what it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from plausible.core import Array, Update, View
from plausible.errors import require, require_number
from plausible.networks.outputs import softmax
from plausible.rules.hebbian.features import UNSETTLED, Change, Features, Rung, attracted
from plausible.search import Range

SMALL = 1e-10  # added to a distance from norm 1, as in the released code


@dataclass(frozen=True)
class SoftHebb(Features):
    """Hebbian learning in a soft winner-take-all layer [moraitis2022]: units are the causes of a mixture.

        y = softmax(sharpness z),   Δw_j ∝ a_j mean_n y_nj (x_n - u_nj w_j),   a_j = | |w_j| - 1 |^slowing
        Δb_j ∝ mean y_j - e^(sharpness b_j)

    with x (batch, n_{l-1}), u = x W, z = u + b (batch, n_l). Weights of a unit come to norm 1, and e^(sharpness b_j) to
    the mean of y_j, its prior. With `losers` as "anti", y of all but the winner is negative where weights learn
    [journe2023]. The layer above is given h = softmax(read z). `change` computes both.

    Deviations: a_j, by which units near norm 1 are slow, is of the released code, and 1 unless told otherwise (there
    0.2 to 0.5). In that code changes of a step are divided by the largest of them before they are multiplied by a_j,
    as they are here if `relative`; the optimiser `relative` would divide after that, so that no unit comes to rest.
    Changes of biases are without the paper's factor e^-b, by which those of rare units would jump.
    """

    source: ClassVar[str] = "moraitis2022"
    answers: ClassVar[tuple[str, ...]] = UNSETTLED
    ignores: ClassVar[Mapping[str, str]] = {"activation": "a layer hands on a softmax of its units"}
    search: ClassVar[Mapping[str, Range]] = {"sharpness": Range(0.3, 30.0), "read": Range(0.3, 30.0)}

    sharpness: float = 12.0
    read: float = 5.0
    slowing: float = 0.0
    losers: Literal["hebb", "anti"] = "hebb"
    relative: bool = False

    def __post_init__(self) -> None:
        for name in ("sharpness", "read", "slowing"):
            require_number(name, getattr(self, name))
        require(self.losers in ("hebb", "anti"), "losers", self.losers, "hebb or anti")
        require(isinstance(self.relative, bool), "relative", self.relative, "True or False")

    def rung(self, params: View, layer: int, below: Array) -> Rung:
        below, z, _ = super().rung(params, layer, below)
        return Rung(below, z, softmax.value(self.read * z))

    def change(self, params: View, layer: int, rung: Rung, memory: Any) -> Change:
        weights, bias = params[f"W{layer}"], params.get(f"b{layer}")
        y = softmax.value(self.sharpness * rung.z)
        won = rung.z == rung.z.max(axis=1, keepdims=True)
        u = rung.z if bias is None else rung.z - bias
        change = attracted(rung, np.where(won, y, -y) if self.losers == "anti" else y, weights, u)
        if self.relative:
            change = change / np.maximum(abs(change).max(), np.finfo(str(change.dtype)).tiny)
        if self.slowing:
            apart = abs((weights * weights).sum(axis=0) ** 0.5 - 1) + SMALL
            change = change * apart**self.slowing
        updates: dict[str, Update] = {f"W{layer}": change}
        if bias is not None:
            updates[f"b{layer}"] = y.mean(axis=0) - np.exp(self.sharpness * bias)
        return Change(updates)
