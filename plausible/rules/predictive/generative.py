"""Predictive coding downwards: labels and causes predict the image, and an answer is what settles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Params, Presentation, State, Step, Update, View
from plausible.errors import plain, require, require_number
from plausible.networks.mlp import MLP, into
from plausible.networks.outputs import output
from plausible.search import Range
from plausible.settling.relaxation import Relaxation
from plausible.settling.settle import Force, Layers, Settled, Signal, settle_share

ANSWERS = ("non-local error", "update locking", "target at the output (label is an input)")


@dataclass(frozen=True)
class GenerativePredictiveCoding:
    """Predictive coding in the generative direction [whittington2017]: from label to image, and back by settling.

        F = ½ λ |x_0|² + ½ Σ_{l≥1} |x_l - μ_l|²,      μ_l = f(x_{l-1}) W_l + b_l
        ẋ_l = -∂F/∂x_l,      ΔW_l ∝ f(x_{l-1})ᵀ e_l

    with x_l, μ_l, e_l = x_l - μ_l (batch, n_l), f(x_0) = x_0; x_0 the label, hidden layers from the network's last to
    its first, x_L the image; λ the `prior`; W_1 (n_out, n_hidden) ... W_L (n_hidden, n_in). While it learns, label and
    image are clamped, and a tolerance is of the residual over the least |e_l|. To answer, the image alone is clamped, a
    tolerance is of the residual, and x_0 is the answer. Without `labels` x_0 settles while it learns, too: a cause.
    A tolerance bounds the force, not the distance from rest: a smaller one is the check.
    `reconstructed` is μ_L of an image; `completed` clamps a part of the image, and the other pixels settle.

    Deviations: the prior, which keeps causes finite; the paper shows this direction in passing only. States
    start from 0, but hidden layers from ½ where f'(0) = 0 (relu, hard-sigmoid), as from 0 they would not move.
    """

    source: ClassVar[str] = "whittington2017"
    answers: ClassVar[tuple[str, ...]] = ANSWERS
    ignores: ClassVar[Mapping[str, str]] = {"output": "what comes out is the image, and the label settles"}
    search: ClassVar[Mapping[str, Range]] = {"prior": Range(1e-3, 1.0)}
    reference: ClassVar[str] = ""

    network: MLP = MLP()
    settling: Relaxation = Relaxation(50, 0.1)
    prior: float = 0.01
    labels: bool = True

    def down(self) -> MLP:
        """The network turned round; its top, the image, is clamped whatever its output function was."""
        return replace(self.network, hidden=self.network.hidden[::-1])

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        require_number("prior", self.prior)
        require(isinstance(plain(self.labels), bool), "labels", self.labels, "True or False")
        return self.down().start(n_out, n_in, rng), n_out

    def update(self, params: View, n_out: State, shown: Presentation, rng: Generator) -> Step:
        label, given = (shown.y, (shown.x, shown.y)) if self.labels else (None, (shown.x,))
        signal = least_error(self.down(), params, shown.x, label)
        rest = settled(self, params, given, n_out, None, signal)
        updates = hebbian(self.down(), *energy_terms(self.down(), params, rest.state, shown.x, label))
        return Step(updates, n_out, rest.internals())

    def respond(self, params: View, n_out: State, x: Array, rng: Generator) -> list[Array]:
        answer, *hidden = self.causes(params, x, n_out, None).state
        return [*(self.network.activation.value(h) for h in hidden[::-1]), answer]

    def causes(self, params: View, x: Array, n_out: int, label: Array | None, known: Any = None) -> Settled:
        """All that is not clamped, settled: x_0 unless there is a `label`, hidden layers, unknown pixels."""
        return settled(self, params, (x,) if label is None else (x, label), n_out, known)

    def reconstructed(self, params: View, x: Array, n_out: int) -> Array:
        """μ_L: what the settled layer next to the image predicts of `x`, both (batch, n_in)."""
        free = self.causes(params, x, n_out, None).state
        return x - energy_terms(self.down(), params, free, x, None)[1][-1]

    def completed(self, params: View, x: Array, known: Array, n_out: int) -> Array:
        """`x`, (batch, n_in), where `known`, (n_in,), is 1, else what is expected; slow without momentum."""
        return self.causes(params, x, n_out, None, known).state[-1]


def settled(
    rule: GenerativePredictiveCoding, params: View, given: Layers, n_out: int, known: Any, signal: Signal | None = None
) -> Settled:  # fmt: skip
    """The causes of an image, or of an image and a label, settled to a share of the `signal`, or of the force alone."""
    network, x = rule.down(), given[0]
    free = at_rest(network, x, None if len(given) > 1 else n_out)
    free += [] if known is None else [x * known]
    return settle_share(force(network, params, rule.prior, known), free, given, rule.settling, signal)


def at_rest(network: MLP, x: Array, causes: int | None) -> list[Array]:
    """Where settling starts, (batch, n_l): `causes` units, if any, at 0; hidden layers at 0, or ½ if f'(0) = 0."""
    zero = np.zeros_like(x, shape=(len(x), 1))
    start = 0.0 if network.activation.slope(network.activation.value(zero)).all() else 0.5
    hidden = [np.full_like(x, start, shape=(len(x), n)) for n in network.hidden]
    return hidden if causes is None else [np.zeros_like(x, shape=(len(x), causes)), *hidden]


def force(network: MLP, params: View, prior: float, known: Any) -> Force:
    """The force on what settles, by `pushes`. Given to it are the image, and the label if that is clamped."""

    def push(states: Any, given: Any) -> list[Array]:
        inner, image = (states, given[0]) if known is None else (states[:-1], states[-1])
        *push, on_image = pushes(network, params, inner, image, given[1] if len(given) > 1 else None, prior)
        return push if known is None else [*push, on_image * (1 - known)]

    return push


def generated(network: MLP, params: View, causes: Array) -> Array:
    """The image, (batch, n_in), that `causes`, (batch, n_out), predict by themselves, every layer being predicted.

    `network` is turned round, as by `down`. Hidden layers that settle correct the prediction; here they do not.
    """
    return replace(network, output=output("linear")).forward(params, causes).activities[-1]


def energy_terms(
    network: MLP, params: View, free: Any, image: Array, label: Array | None
) -> tuple[list[Array], list[Array]]:
    """f(x_0) ... f(x_{L-1}), and e_1 ... e_L."""
    inner = [*([] if label is None else [label]), *free]
    h = [inner[0], *(network.activation.value(layer) for layer in inner[1:])]
    means = [into(network, params, n, below) for n, below in enumerate(h, 1)]
    return h, [layer - mean for layer, mean in zip([*inner[1:], image], means, strict=True)]


def least_error(network: MLP, params: View, image: Array, label: Array | None) -> Signal:
    """The signal of `settle_share`: the size of the smallest e_l, or of x_0 if that settles and is smaller.

    Weight changes are products of these arrays. Sizes are the largest value of an example, the mean over the batch.
    """

    def signal(free: Layers) -> float:
        parts = energy_terms(network, params, free, image, label)[1] + (
            [] if label is not None else [free[0]]
        )
        return min(float(abs(part).max(axis=1).mean()) for part in parts)

    return signal


def hebbian(network: MLP, pres: list[Array], posts: list[Array]) -> dict[str, Update]:
    """f(x_{l-1})ᵀ e_l of every layer, averaged over the examples."""
    return network.changes(pres, posts, 1 / len(posts[0]))


def pushes(
    network: MLP, params: View, free: Any, image: Array, label: Array | None, prior: float
) -> list[Array]:
    """-∂F/∂x of each free layer, and of the image."""
    h, errors = energy_terms(network, params, free, image, label)
    push = []
    for layer, above in enumerate(errors):  # x_0 ... x_{L-1}
        back = above @ params[f"W{layer + 1}"].T
        if layer == 0:
            push.append(back - prior * h[0])
        else:
            push.append(back * network.activation.slope(h[layer]) - errors[layer - 1])
    return [*(push if label is None else push[1:]), -errors[-1]]


def energy(
    network: MLP, params: View, free: Any, image: Array, label: Array | None, prior: float = 0.0
) -> Array:
    """F of each example, (batch,)."""
    h, errors = energy_terms(network, params, free, image, label)
    total: Array = 0.5 * prior * (h[0] * h[0]).sum(axis=1)
    for e in errors:
        total = total + 0.5 * (e * e).sum(axis=1)
    return total
