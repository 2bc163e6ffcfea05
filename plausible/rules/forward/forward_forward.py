"""Forward-Forward: each layer learns to be active for examples with the right label, and silent for a wrong one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.random import Generator

from plausible.arrays import beside
from plausible.core import Array, Params, Presentation, State, Step, View
from plausible.errors import require, require_number
from plausible.networks.activations import logistic
from plausible.networks.mlp import MLP
from plausible.rules.forward.labelled import LabelledNetwork
from plausible.search import Range

MEMORY = 0.9  # of the running mean of a unit's activity
NEGATIVES = ("even", "hard")
ANSWERS = (
    *("weight transport", "exact derivatives (downstream)", "update locking"),
    "target at the output (label is an input)",
)


def wrong(y: Array, rng: Generator, odds: Array | None = None) -> Array:
    """Other labels in the place of the one-hot `y`, (batch, n_out): one-hot, never the right one.

    All wrong labels are equally likely. With `odds` of all labels, (batch, n_out), a wrong label is drawn in proportion
    to its odds.
    """
    rows, n_out = y.shape
    if odds is None:
        shift = beside(rng.integers(1, n_out, (rows, 1)), y)
    else:  # Gumbel's way to draw in proportion to odds; those that round to 0 stay possible, the right label does not
        chance = np.log(odds + np.finfo(odds.dtype).tiny) + beside(rng.gumbel(size=(rows, n_out)), y)
        drawn = np.argmax(np.where(y > 0, -np.inf, chance), axis=1)
        shift = (np.argmax(y, axis=1) - drawn)[:, None]
    return np.take_along_axis(y, (beside(np.arange(n_out), y) + shift) % n_out, axis=1)


def pull(m: Array, peer: float) -> Array:
    """peer · (m - mean m) for running means of activity `m`, (n_l,): units come to be as active as their peers.

    This is the term of lambdamean in the author's code, 0.03 there, and reaches silent units as it does there, to
    revive them. In the re-make by loeweX a loss of 0.03 mean (m - mean m)² has a gradient that is 5 n_l times weaker:
    its `peer` would be 0.03 / (5 n_l).
    """
    return peer * (m - np.mean(m))


@dataclass(frozen=True)
class ForwardForward:
    """Forward-Forward [hinton2022]: each layer shall be active for right labels and silent for wrong ones.

        R_l = (softplus(θ_l - g_l) for the right label + softplus(g_l - θ_l) for a wrong one) / c_l
        ΔW_l ∝ -ĥ_{l-1}ᵀ δ_l,   δ_l = ((logistic(g_l - θ_l) - right) h_l + right · pull) · 2 / n_l

    with h_l, δ_l (batch, n_l), `right` 1 for the right label, else 0, and `goodness` g_l (batch, 1) the "sum" of h_l²,
    θ_l = n_l · `threshold`, c_l = n_l, or its "mean", θ_l = `threshold`, c_l = 1; δ is ∂R/∂z but for `pull`, by
    `peer`. The state is n_out and m. With `negatives` "even" wrong labels are equally likely, with "hard" as answered.

    Deviations: R is divided by c_l, so that one rate serves all widths. Units are rectified linear whatever the
    network's activation. Labels have inputs of their own by default, as not every task has empty pixels. Where goodness
    answers, hard labels come from its softmax, not from a read-out beside it.
    """

    source: ClassVar[str] = "hinton2022"
    answers: ClassVar[tuple[str, ...]] = ANSWERS
    ignores: ClassVar[Mapping[str, str]] = {
        "activation": "its units are rectified linear",
        "output": "it answers by a softmax, of goodness or of a read-out",
    }
    search: ClassVar[Mapping[str, Range]] = {"threshold": Range(0.1, 10.0), "intensity": Range(0.3, 10.0)}
    reference: ClassVar[str] = ""
    targets: ClassVar[str] = "classes"

    network: MLP = MLP()
    threshold: float = 1.0
    peer: float = 0.03
    label: Literal["before", "over"] = "before"
    intensity: float = 1.0
    goodness: Literal["sum", "mean"] = "sum"
    answer: Literal["goodness", "softmax"] = "goodness"
    negatives: Literal["even", "hard"] = "even"

    def form(self) -> LabelledNetwork:
        return LabelledNetwork(self.network, self.label, self.intensity, self.goodness, self.answer)

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        require_number("threshold", self.threshold)
        require_number("peer", self.peer)
        require(self.negatives in NEGATIVES, "negatives", self.negatives, " or ".join(NEGATIVES))
        means = [np.full(units, 0.5, self.network.dtype) for units in self.network.hidden]
        return self.form().start(n_in, n_out, rng), (n_out, means)

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        form, n, (n_out, means), after = self.form(), len(shown.y), state, []
        right = beside(np.repeat(np.array([1, 0], self.network.dtype), n)[:, None], shown.y)  # of (2 n, 1)
        odds = form.respond(params, shown.x, n_out)[-1] if self.negatives == "hard" else None
        labels = np.concatenate([shown.y, wrong(shown.y, rng, odds)])
        updates, internals = form.delta_rule(params, shown.x, shown.y), {}
        for layer, (below, h) in enumerate(form.climb(params, np.concatenate([shown.x] * 2), labels), 1):
            internals[f"goodness{layer}"] = g = form.measure(h)
            after.append(MEMORY * means[layer - 1] + (1 - MEMORY) * np.mean(h[:n], axis=0))
            lack = logistic.value(g - self.threshold * form.counted(h)) - right
            signal = (lack * h + right * pull(after[-1], self.peer)) * (2 / h.shape[1])
            updates |= form.changes(layer, below, signal, -1 / n)
        return Step(updates, (n_out, after), internals)

    def respond(self, params: View, state: State, x: Array, rng: Generator) -> list[Array]:
        return self.form().respond(params, x, state[0])
