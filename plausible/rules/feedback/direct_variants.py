"""Variants of direct feedback: fewer connections that carry the error, or only its sign."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Params, View
from plausible.errors import is_whole, require
from plausible.networks.inits import Init, Uniform
from plausible.networks.mlp import Pass
from plausible.networks.products import times
from plausible.rules.layered import Layered, broadcast
from plausible.search import Range


@dataclass(frozen=True)
class IndirectFeedbackAlignment(Layered):
    """Indirect feedback alignment [noekland2016]: the first layer receives the error, weights pass it on.

        δ_1 = (error Q_1) ⊙ f'(z_1),   δ_l = (δ_{l-1} W_l) ⊙ f'(z_l) for 1 < l < L,  δ_L = error,  ΔW_l ∝ -h_{l-1}ᵀ δ_l

    with δ_l and z_l (batch, n_l), Q_1 (n_L, n_1) fixed and random, W_l (n_{l-1}, n_l); everything is dimensionless.
    `init` draws Q, `signals` computes δ, `MLP.updates` the ΔW.

    Deviations: `feedback` is the distribution of Q, whose fan-in is the number of errors that it carries.
    """

    source: ClassVar[str] = "noekland2016"
    answers: ClassVar[tuple[str, ...]] = ("weight transport", "update locking (backward pass)")
    search: ClassVar[Mapping[str, Range]] = {"feedback": Range(0.01, 1.0, form="uniform({})")}

    feedback: Init = Uniform()

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        params = self.network.start(n_in, n_out, rng)
        for units in self.network.hidden[:1]:
            params["Q1"] = self.network.draw(self.feedback, rng, (n_out, units))
        return params, None

    def signals(self, params: View, passed: Pass, error: Array) -> list[Array | None]:
        signals: list[Array | None] = []
        signal = error
        for layer in range(1, self.network.depth):
            path = params["Q1"] if layer == 1 else params[f"W{layer}"]
            signal = times(signal, path) * passed.slope(layer)
            signals.append(signal)
        return [*signals, error]


@dataclass(frozen=True)
class SparseDirectFeedback(Layered):
    """Sparse direct feedback alignment [crafton2019]: each hidden unit receives a few output errors, or just one.

        δ_L = error,   δ_l = (error Q_l) ⊙ f'(z_l),   ΔW_l ∝ -h_{l-1}ᵀ δ_l

    with δ_l and z_l (batch, n_l), Q_l (n_L, n_l) fixed, random, and zero but for `connections` entries in each
    column; everything is dimensionless. `init` draws Q, `signals` computes δ, `MLP.updates` the ΔW.

    Deviations: the entries that are not zero are √(n_L / connections) times as large as `feedback` says, so that
    signals have the variance that full feedback gives them.
    """

    source: ClassVar[str] = "crafton2019"
    answers: ClassVar[tuple[str, ...]] = ("weight transport", "update locking (backward pass)")
    search: ClassVar[Mapping[str, Range]] = {"feedback": Range(0.01, 1.0, form="uniform({})")}

    feedback: Init = Uniform()
    connections: int = 1

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        good = is_whole(self.connections) and 0 < self.connections <= n_out
        require(good, "connections", self.connections, f"a whole number from 1 to the {n_out} outputs")
        params = self.network.start(n_in, n_out, rng)
        for layer, units in enumerate(self.network.hidden, 1):
            full = self.network.draw(self.feedback, rng, (n_out, units))
            there = rng.random((n_out, units)).argsort(axis=0) < self.connections
            params[f"Q{layer}"] = full * there * (n_out / self.connections) ** 0.5
        return params, None

    def signals(self, params: View, passed: Pass, error: Array) -> list[Array | None]:
        return [*broadcast(passed, error, params), error]


@dataclass(frozen=True)
class LowRankDirectFeedback(Layered):
    """Low-rank direct feedback alignment [hanut2025]: all layers receive the error through a few shared channels.

        δ_L = error,   δ_l = (error Q_l) ⊙ f'(z_l),   Q_l = P C_l,   ΔW_l ∝ -h_{l-1}ᵀ δ_l

    with δ_l and z_l (batch, n_l), P (n_L, rank) shared by all layers and C_l (rank, n_l), fixed and random;
    everything is dimensionless. `init` draws Q, `signals` computes δ, `MLP.updates` the ΔW.

    Deviations: the paper sends the error back layer by layer through factors that learn; here it is broadcast through
    fixed factors, which isolates the effect of the number of channels. P has variance 1 / rank, so that Q_l
    has the variance that `feedback` says.
    """

    source: ClassVar[str] = "hanut2025"
    answers: ClassVar[tuple[str, ...]] = ("weight transport", "update locking (backward pass)")
    search: ClassVar[Mapping[str, Range]] = {"feedback": Range(0.01, 1.0, form="uniform({})")}

    feedback: Init = Uniform()
    rank: int = 2

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        good = is_whole(self.rank) and 0 < self.rank <= n_out
        require(good, "rank", self.rank, f"a whole number from 1 to the {n_out} outputs")
        params = self.network.start(n_in, n_out, rng)
        shared = rng.normal(0, self.rank**-0.5, (n_out, self.rank)).astype(self.network.dtype)
        for layer, units in enumerate(self.network.hidden, 1):
            params[f"Q{layer}"] = shared @ self.network.draw(self.feedback, rng, (n_out, units))[: self.rank]
        return params, None

    def signals(self, params: View, passed: Pass, error: Array) -> list[Array | None]:
        return [*broadcast(passed, error, params), error]


@dataclass(frozen=True)
class SignDirectFeedbackAlignment(Layered):
    """Direct feedback alignment of the error's sign (sDFA) [frenkel2021]: layers receive no magnitudes of errors.

        δ_L = error,   δ_l = (sign(error) Q_l) ⊙ f'(z_l),   ΔW_l ∝ -h_{l-1}ᵀ δ_l

    with δ_l and z_l (batch, n_l), Q_l (n_L, n_l) fixed and random; everything is dimensionless. For classes the sign
    is known from the label alone, as 0 < answer < 1. `init` draws Q, `signals` computes δ, `MLP.updates` the ΔW.

    Deviations: `feedback` is the distribution of Q; the authors' code draws it uniform on ±√(6 / n_l), and does not
    divide hidden changes by the size of the batch.
    """

    source: ClassVar[str] = "frenkel2021"
    answers: ClassVar[tuple[str, ...]] = ("weight transport", "update locking (backward pass)")
    search: ClassVar[Mapping[str, Range]] = {"feedback": Range(0.001, 1.0, form="uniform({})")}

    feedback: Init = Uniform()

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        params = self.network.start(n_in, n_out, rng)
        return params | self.network.direct_feedback(self.feedback, n_out, rng), None

    def signals(self, params: View, passed: Pass, error: Array) -> list[Array | None]:
        return [*broadcast(passed, np.sign(error), params), error]
