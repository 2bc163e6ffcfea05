"""Forward-Forward: layers learn by themselves to be active for true examples and silent for false ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Params, Presentation, State, Step, View
from plausible.errors import require_number
from plausible.functions import logistic
from plausible.labelled_network import LabelledNetwork
from plausible.networks import MLP
from plausible.search import Range

MEMORY = 0.9  # of the running mean of a unit's activity


def wrong(y: Array, rng: Generator) -> Array:
    """Other labels in the place of the one-hot `y`, (batch, n_out): one-hot, each wrong one as likely."""
    rows, n_out = y.shape
    source = (np.arange(n_out) + rng.integers(1, n_out, (rows, 1))) % n_out
    return np.take_along_axis(y, source, axis=1)


@dataclass(frozen=True)
class ForwardForward:
    """Forward-Forward [hinton2022]: each layer shall be active for right labels and silent for wrong ones.

        R_l = (softplus(θ_l - g_l) for the right label + softplus(g_l - θ_l) for a wrong one) / c_l
        ΔW_l ∝ -ĥ_{l-1}ᵀ δ_l,   δ_l = ∂R_l/∂z_l = (logistic(g_l - θ_l) - right) · 2 h_l / n_l

    with h_l and z_l (batch, n_l), `right` 1 for the right label, else 0, and `goodness` g_l (batch, 1) the "sum" of
    h_l², θ_l = n_l · `threshold`, c_l = n_l, or its "mean", θ_l = `threshold`, c_l = 1. `LabelledNetwork` shows labels,
    normalises activity and finds answers. ½ peer Σ_i (m_i - mean m)² / n_l in R_l pulls m_i, a running mean of unit i's
    activity for right labels, to its layer's; the state is n_out and m. `update` draws a wrong label for each example.
    It cannot serve tasks of values, nor networks without hidden layers.

    Deviations: R is divided by c_l, so that one rate serves layers of any width and either goodness; units are
    rectified linear whatever the network's activation; the peer term also reaches silent units, which it is there
    to revive; labels have inputs of their own by default, as not every task has empty pixels.
    """

    source: ClassVar[str] = "hinton2022"
    answers: ClassVar[tuple[str, ...]] = (
        "weight transport",
        "backward chain",
        "update locking",
        "error vector",
    )
    search: ClassVar[Mapping[str, Range]] = {"threshold": Range(0.1, 10.0), "intensity": Range(0.3, 10.0)}
    reference: ClassVar[str] = ""

    network: MLP = MLP()
    threshold: float = 1.0
    peer: float = 0.03
    label: Literal["before", "over"] = "before"
    intensity: float = 1.0
    goodness: Literal["sum", "mean"] = "sum"
    answer: Literal["goodness", "softmax"] = "goodness"

    def form(self) -> LabelledNetwork:
        return LabelledNetwork(self.network, self.label, self.intensity, self.goodness, self.answer)

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        require_number("threshold", self.threshold)
        require_number("peer", self.peer)
        means = [np.full(units, 0.5, self.network.dtype) for units in self.network.hidden]
        return self.form().start(n_in, n_out, rng), (n_out, means)

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        form, n, (n_out, means), after = self.form(), len(shown.y), state, []
        right = np.repeat(np.array([1, 0], self.network.dtype), n)[:, None]  # the first n rows of (2 n, 1)
        labels = np.concatenate([shown.y, wrong(shown.y, rng)])
        updates, seen = form.delta_rule(params, shown.x, shown.y), {}
        for layer, (below, h) in enumerate(form.climb(params, np.concatenate([shown.x] * 2), labels), 1):
            units, g = h.shape[1], form.measure(h)
            after.append(MEMORY * means[layer - 1] + (1 - MEMORY) * np.mean(h[:n], axis=0))
            apart = (after[-1] - np.mean(after[-1])) * ((1 - MEMORY) * self.peer / units)
            lack = logistic.value(g - self.threshold * form.counted(h)) - right
            seen[f"goodness{layer}"] = g
            updates |= form.changes(layer, below, lack * (2 / units) * h + right * apart, -1 / n)
        return Step(updates, (n_out, after), seen)

    def respond(self, params: View, state: State, x: Array, rng: Generator) -> list[Array]:
        return self.form().respond(params, x, state[0])
