"""The least-control principle: a controller that helps as little as it can, and synapses that learn to spare it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Params, Presentation, Step, View
from plausible.errors import require_number
from plausible.networks.mlp import into
from plausible.networks.products import times
from plausible.rules.layered import Feedforward
from plausible.rules.targets.controlled import resting
from plausible.search import Range
from plausible.settling.relaxation import Relaxation
from plausible.settling.settle import settle_signal


@dataclass(frozen=True)
class LeastControl(Feedforward):
    """Least control [meulemans2022b], by dynamic inversion: the control of each layer is the least that suffices.

        v_l = r_{l-1} W_l + b_l + e_l,   r_l = f(v_l),   r_0 = x,   e_L = u,   u̇ = -error(v_L) - leak · u
        lag · ė_l = -e_l + (e_{l+1} W_{l+1}ᵀ) ⊙ f'(v_l),   lag · v̇_l = -v_l + r_{l-1} W_l + b_l + e_l
        ΔW_l ∝ (1 + leak) · r_{l-1}ᵀ e_l   at rest

    with v_l, r_l, e_l (batch, n_l), u and the error (batch, n_L), time in time constants of the controller. At rest
    e is where ½ Σ |e_l|² + loss(v_L) / leak is stationary, and ΔW goes down the slope of that: as the leak goes to 0, e
    is the least control by which the loss vanishes; as it grows, ΔW becomes the gradient, with a distance that falls
    as 1 / leak. The tolerance of `settling` is a share of the error at the start. `update` does all of it.

    Deviations: the paper's networks recur; this one is layered. Changes are times 1 + leak, so that their size keeps.
    """

    source: ClassVar[str] = "meulemans2022b"
    answers: ClassVar[tuple[str, ...]] = ("non-local error",)
    search: ClassVar[Mapping[str, Range]] = {"leak": Range(0.01, 10.0)}

    settling: Relaxation = Relaxation(300, 0.1, tolerance=0.01)
    leak: float = 1.0
    lag: float = 0.2

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        require_number("leak", self.leak, open_low=True)
        require_number("lag", self.lag, open_low=True)
        return self.network.start(n_in, n_out, rng), None

    def update(self, params: View, state: None, shown: Presentation, rng: Generator) -> Step:
        network, f, out, depth = (
            self.network,
            self.network.activation,
            self.network.output,
            self.network.depth,
        )

        def force(state: Any, given: Any) -> list[Array]:
            (first, y), v, e = given, state[:depth], state[depth:]
            r = [f.value(below) for below in v[:-1]]
            driven = [first, *(into(network, params, n, below) for n, below in enumerate(r, 2))]
            pairs = enumerate(zip(e[1:], r, strict=True), 2)
            wished = [times(above, params[f"W{n}"].T) * f.slope(h) for n, (above, h) in pairs]
            moves = [z + c - potential for z, c, potential in zip(driven, e, v, strict=True)]
            moves += [wish - c for wish, c in zip(wished, e, strict=False)]
            for move in moves:
                move /= self.lag
            return [*moves, -out.error(out.value(v[-1]), y) - self.leak * e[-1]]

        rest = resting(network, params, shown.x)
        signal = float(abs(out.error(out.value(rest[-1]), shown.y)).max(axis=1).mean()) / (1 + self.leak)
        start = [*rest, *map(np.zeros_like, rest)]
        settled = settle_signal(force, start, (rest[0], shown.y), self.settling, signal)
        v, e = settled.state[:depth], settled.state[depth:]
        scale = (1 + self.leak) * out.scale(shown.y)
        updates = network.changes([shown.x, *map(f.value, v[:-1])], e, scale)
        loss = partial(network.loss, params, shown.x, shown.y)
        return Step(updates, internals=settled.internals(), loss=loss)
