"""Contrastive Hebbian learning: an equilibrium with the target clamped, less one without it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Outer, Params, Presentation, State, Step, Update, View
from plausible.errors import require_number
from plausible.networks.inits import Init, Uniform
from plausible.networks.mlp import MLP, into, lowest_signal
from plausible.networks.outputs import matching
from plausible.networks.products import times
from plausible.rules.dendritic.network import resting
from plausible.search import Range
from plausible.settling.relaxation import Relaxation
from plausible.settling.settle import Settled, settle_signal

LOCAL = ("non-local error", "exact derivatives")


@dataclass(frozen=True)
class Contrastive(ABC):
    """Two phases of a network with weak feedback; a subclass defines the feedback weights.

        free:      ẋ_l = f(x_{l-1} W_l + γ x_{l+1} B_{l+1} + b_l) - x_l,   x_L = the output's function of z_L
        clamped:   the same, with x_L = y, from the free state on
        ΔW_l ∝ γ^(l-L) (x̂_{l-1}ᵀ x̂_l - x̌_{l-1}ᵀ x̌_l),   x̂ clamped, x̌ free, (batch, n_l)

    The factor γ^(l-L) amplifies the residuals of the phases too, by up to γ^(1-L). The tolerance of `settling` is of
    the residual over the size of x̂_1 - x̌_1, the smallest difference, which `lowest_signal` estimates from the error: no
    bound on the distance from rest (check a smaller one). Where rounding errors alone are larger, none has settled.
    """

    network: MLP = MLP()
    settling: Relaxation = Relaxation(100, 0.7, tolerance=1e-2)
    gain: float = 0.1

    @property
    def reference(self) -> str:
        """The gradient of the loss whose derivative by z_L is x_L - y, which the clamped phase imposes."""
        own = self.network.output
        return "backprop" if matching(own) == own else "backprop[matching=True]"

    @abstractmethod
    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        """New weights, the forward ones (`network.start`) first."""

    @abstractmethod
    def feedback(self, params: View) -> Mapping[str, Array]:
        """B_2 ... B_L, (n_l, n_{l-1})."""

    def phase(self, params: View, start: Any, given: Any, clamped: bool, signal: float) -> Settled:
        """Hidden states settled from `start`, with `given` = (x W_1 + b_1, target), for a `signal` of that size."""
        back, network = self.feedback(params), self.network

        def force(states: Any, at: Any) -> list[Array]:
            push, top = [], at[1] if clamped else answered(network, params, at[0], states)
            above = [*states[1:], top]
            for layer, (x, upper) in enumerate(zip(states, above, strict=True), 1):
                z = times(upper, back[f"B{layer + 1}"])
                z *= self.gain
                z += at[0] if layer == 1 else into(self.network, params, layer, states[layer - 2])
                push.append(network.activation.value(z) - x)
            return push

        return settle_signal(force, start, given, self.settling, signal)

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        network, z = self.network, resting(self.network, params, shown.x)
        given, error = (z[0], shown.y), shown.y - network.output.value(z[-1])
        signal = lowest_signal(network, z, error, self.feedback(params), self.gain)
        free = self.phase(params, [*map(network.activation.value, z[:-1])], given, False, signal)
        held = self.phase(params, free.state, given, True, signal)
        without = [shown.x, *free.state, answered(network, params, z[0], free.state)]
        updates = contrast(network, [shown.x, *held.state, shown.y], without, self.gain)
        return Step(updates, state, free.internals("free ") | held.internals("clamped "))

    def respond(self, params: View, state: State, x: Array, rng: Generator) -> list[Array]:
        start, first = self.network.forward(params, x).activities[1:-1], into(self.network, params, 1, x)
        free = self.phase(params, start, (first, first), False, self.gain ** (self.network.depth - 1))
        return [*free.state, answered(self.network, params, first, free.state)]


def answered(network: MLP, params: View, first: Array, states: Any) -> Array:
    """x_L where it is free, (batch, n_L), from x W_1 + b_1 and the hidden states."""
    return network.output.value(into(network, params, network.depth, states[-1]) if states else first)


def contrast(network: MLP, with_y: list[Array], without: list[Array], gain: float) -> dict[str, Update]:
    """γ^(l-L) (x̂_{l-1}ᵀ x̂_l - x̌_{l-1}ᵀ x̌_l) for every layer, from x_0 ... x_L, reduced over the examples."""
    updates: dict[str, Update] = {}
    for layer, (weights, biases, _) in enumerate(network.layers, 1):
        scale = network.output.scale(with_y[-1]) * gain ** (layer - network.depth)
        if biases:
            updates[biases] = Outer(None, with_y[layer] - without[layer], scale)
        if layer == 1:
            updates[weights] = Outer(with_y[0], with_y[1] - without[1], scale)
        else:
            pre = np.concatenate([with_y[layer - 1], without[layer - 1]])
            updates[weights] = Outer(pre, np.concatenate([with_y[layer], -without[layer]]), scale)
    return updates


@dataclass(frozen=True)
class ContrastiveHebbian(Contrastive):
    """Contrastive Hebbian learning [movellan1991] with feedback that decays from layer to layer [xie2003].

    The two phases of `Contrastive` with B_l = W_lᵀ and the `gain` γ. As γ vanishes its changes are the gradient of the
    loss whose derivative by z_L is x_L - y, with a distance that falls as γ; of a logistic-squared output that loss is
    the binary cross-entropy. The error of layer l is γ^(L-l) times smaller than the output's, which the factor γ^(l-L)
    makes up for; it amplifies the noise in that error as well.

    Deviations: settling starts from the forward pass; outputs have the network's output function.
    """

    source: ClassVar[str] = "xie2003"
    answers: ClassVar[tuple[str, ...]] = LOCAL
    search: ClassVar[Mapping[str, Range]] = {"gain": Range(0.01, 1.0)}

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        require_number("gain", self.gain, 0, 1, open_low=True)
        return self.network.start(n_in, n_out, rng), None

    def feedback(self, params: View) -> Mapping[str, Array]:
        return {f"B{layer}": params[f"W{layer}"].T for layer in range(2, self.network.depth + 1)}


@dataclass(frozen=True)
class RandomContrastiveHebbian(Contrastive):
    """Random contrastive Hebbian learning [detorakis2019]: the feedback is fixed, and drawn at random.

    The two phases of `Contrastive` with B_l (n_l, n_{l-1}) drawn by `init` from the distribution `back`, and the `gain`
    γ. As γ vanishes it is feedback alignment.

    Deviations: changes are rescaled by γ^(l-L), as in [xie2003].
    """

    source: ClassVar[str] = "detorakis2019"
    answers: ClassVar[tuple[str, ...]] = (*LOCAL, "weight transport")
    search: ClassVar[Mapping[str, Range]] = {"gain": Range(0.01, 1.0)}

    back: Init = Uniform()

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        require_number("gain", self.gain, 0, 1, open_low=True)
        params = self.network.start(n_in, n_out, rng)
        return params | self.network.feedback(self.back, params, rng), None

    def feedback(self, params: View) -> Mapping[str, Array]:
        return params
