"""Deep feedback control where it rests under strong control: the output is where its target wants it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from plausible.arrays import beside
from plausible.core import Array, Presentation, View
from plausible.errors import require, require_number
from plausible.networks.mlp import MLP, into
from plausible.networks.products import times
from plausible.rules.targets.controlled import Controlled, wanted
from plausible.search import Range
from plausible.settling.relaxation import Relaxation
from plausible.settling.settle import settle

NEAREST = 0.9  # of the way to where a logarithm ends: the most that one step of Newton's method goes


@dataclass(frozen=True)
class StrongFeedbackControl(Controlled):
    """Deep feedback control at rest under strong control [meulemans2022]: the output is as near its target as it gets.

        g⁻¹(ŷ - leak · u) = v_L,   v_l = r_{l-1} W_l + b_l + u Q_l,   r_l = f(v_l),   Q_L = 1

    with the output's g (softmax: up to a number for each example, and u sums to 0), ŷ the target, a class at
    `confidence`, u and v_L (batch, n_L), Q_l (n_L, n_l). This is where `DeepFeedbackControl` with `strong` rests, if it
    does. Newton's method finds it, of each example:

        δ (1 + Σ_l Q_l J_l + leak · (g⁻¹)') = g⁻¹(ŷ - leak · u) - v_L,   u ← u + δ

    with J_l (n_l, n_L) the change of v_L with v_l under control. Examples whose δ stays above the tolerance of
    `settling` teach nothing. Weights and feedback learn as in `Controlled`. One call solves the equations of all
    examples, which the audit takes for examples of a batch that meet. Changes are as large as control: rates are small.

    Deviations: those of `DeepFeedbackControl`; and the state at rest is taken though a controller in time might not
    come to it.
    """

    source: ClassVar[str] = "meulemans2022"
    answers: ClassVar[tuple[str, ...]] = ("weight transport",)
    search: ClassVar[Mapping[str, Range]] = {"leak": Range(1e-3, 1.0)}

    settling: Relaxation = Relaxation(30, 1.0, tolerance=1e-3)
    confidence: float = 0.99

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number("confidence", self.confidence, 0.5, 1)
        require(
            self.confidence < 1, "confidence", self.confidence, "below 1, as no input gives an answer of 1"
        )
        out = self.network.output
        require(out.name in WISHED, "output", out.name, " or ".join(WISHED))
        require(not out.weights, "weights of classes", out.weights, "none: outputs go to their targets alike")

    def amplification(self) -> float:
        return 1.0

    def controlled(self, params: View, rest: list[Array], shown: Presentation) -> Any:
        network, name = self.network, self.network.output.name

        def force(state: Any, given: Any) -> list[Array]:
            (u,), (first, y) = state, given
            v, p = driven(network, params, first, u), y - self.leak * u
            wish, slope = WISHED[name](p)
            left: Array = wish - v[-1]
            through = carried(network, params, v)
            matrix = through + (self.leak * slope)[:, :, None] * beside(np.eye(y.shape[1], dtype=u.dtype), u)
            if name == "softmax":  # whose input may move by a number as a whole, and whose u sums to 0
                matrix, left = bordered(matrix, left)
            move = np.linalg.solve(np.swapaxes(matrix, 1, 2), left[:, :, None])[:, : y.shape[1], 0]
            return [move if name == "linear" else inside(move, p, self.leak)]

        y = wanted(network, shown.y, self.confidence)
        settled = settle(force, [np.zeros_like(rest[-1])], (rest[0], y), self.settling)
        u = settled.state[0] * settled.converged[:, None]
        return driven(network, params, rest[0], u), u, settled.internals()


WISHED: dict[str, Callable[[Array], tuple[Array, Array]]] = {  # inputs that give an answer, and their slopes
    "softmax": lambda p: (np.log(p), 1 / p),
    "logistic": lambda p: (np.log(p / (1 - p)), 1 / (p * (1 - p))),
    "linear": lambda p: (p, np.ones_like(p)),
}


def driven(network: MLP, params: View, first: Array, u: Array) -> list[Array]:
    """v_1 ... v_L under control by u, (batch, n_l), from the first layer's input."""
    v, z = list[Array](), first
    for layer in range(1, network.depth):
        v.append(z + times(u, params[f"Q{layer}"]))
        z = into(network, params, layer + 1, network.activation.value(v[-1]))
    return [*v, z + u]


def carried(network: MLP, params: View, v: Sequence[Array]) -> Array:
    """1 + Σ_l Q_l J_l of each example, (batch, n_L, n_L): the change of v_L with u."""
    n_out = v[-1].shape[1]
    heard = np.zeros_like(v[-1])[:, :, None] + beside(np.eye(n_out, dtype=v[-1].dtype), v[-1])
    below: Any = 0.0  # (batch, n_L, n_l)
    for layer in range(1, network.depth):
        weights, slope = (
            params[f"W{layer + 1}"],
            network.activation.slope(network.activation.value(v[layer - 1])),
        )
        rows = ((below + params[f"Q{layer}"]) * slope.copy()[:, None, :]).reshape(-1, len(weights))
        below = (rows @ weights).reshape(len(slope), n_out, -1)
    return heard + below


def bordered(matrix: Array, left: Array) -> tuple[Array, Array]:
    """Equations of more unknowns: a number for each example that is added, and that what is sought sums to 0."""
    row = np.ones_like(matrix[:, :1])
    last = np.concatenate([np.ones_like(matrix[:, :, :1]), np.zeros_like(row[:, :, :1])], axis=1)
    wider = np.concatenate([np.concatenate([matrix, row], axis=1), last], axis=2)
    return wider, np.concatenate([left, np.zeros_like(left[:, :1])], axis=1)


def inside(move: Array, p: Array, leak: float) -> Array:
    """A step of u, (batch, n_L), or as much of it as leaves p = ŷ - leak · u between 0 and 1."""
    share = (leak * abs(move) / np.where(move > 0, p, 1 - p)).max(axis=1)
    return move / np.maximum(share / NEAREST, 1.0)[:, None]
