"""Feedback that learns from activity to be the transpose: weight mirrors, and alignments by regularisers of B.

Let y = x W be the forward response of a layer to the activity x below it, and x̃ = y B the response of the feedback
path to y. [kunin2020] builds rules from a few regularisers of B, given here per example with their derivatives by B:

    decay   ½ |B|²          B              sparse   ½ |x Bᵀ|²     (x Bᵀ)ᵀ x
    self    -tr(B W)        -Wᵀ            amp      -x̃ · x        -yᵀ x
    null    ½ |x̃|²          yᵀ x̃

with x (batch, n_{l-1}), y (batch, n_l), W (n_{l-1}, n_l), B (n_l, n_{l-1}). `self` transports weights; `sparse` needs
the response of the feedback path to x. Those of activity are divided by n_{l-1}, so that one strength serves layers
of any width.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.random import Generator

from plausible.arrays import beside
from plausible.core import Array, Outer, Params, Presentation, Update, View
from plausible.errors import require_number
from plausible.networks.inits import Init, Uniform
from plausible.networks.mlp import Pass
from plausible.networks.products import times
from plausible.rules.layered import Taught, Teaching, backward
from plausible.search import Range


@dataclass(frozen=True)
class LearnedFeedback(Taught):
    """Feedback alignment whose B_l learns too. A subclass defines `align`, the change of B_l.

        δ_L = error,   δ_l = (δ_{l+1} B_{l+1}) ⊙ f'(z_l),   ΔW_l ∝ -h_{l-1}ᵀ δ_l

    With δ_l and z_l (batch, n_l), W_l (n_{l-1}, n_l), B_l (n_l, n_{l-1}); everything is dimensionless.
    """

    feedback: Init = Uniform()

    @abstractmethod
    def align(self, layer: int, params: View, x: Array, rng: Generator) -> Update:
        """The change of B_l, (n_l, n_{l-1}), where `x`, (batch, n_{l-1}), is the activity below layer l."""

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        params = self.network.start(n_in, n_out, rng)
        return params | self.network.feedback(self.feedback, params, rng), None

    def teaching(
        self, params: View, passed: Pass, error: Array, shown: Presentation, rng: Generator
    ) -> Teaching:
        hidden = enumerate(passed.activities[1:-1], 2)
        changes = {f"B{layer}": self.align(layer, params, h, rng) for layer, h in hidden}
        return Teaching(backward(passed, error, params), changes)


@dataclass(frozen=True)
class WeightMirror(LearnedFeedback):
    """Weight mirror [akrout2019]: each layer is given noise in a phase of its own, and B learns how output follows it.

        ΔB_l = rate · (yᵀ x / (n σ² g) - B_l),   y = f(x W_l) - f(0),   g = mean f'(x W_l)

    with x (n, n_{l-1}) normal noise of standard deviation σ = `noise`, drawn anew for every layer, as many rows as
    there are examples, and y (n, n_l). E[yᵀ x] = σ² E[f'] W_lᵀ for normal noise, so B tends to W_lᵀ, over a time of
    1 / (rate · learning rate) steps. `align` computes ΔB, `LearnedFeedback` the rest.

    Biases are blocked in the mirror phase, b_l = 0: otherwise f'(b_l) differs from unit to unit, and B tends to
    diag(f') W_lᵀ, whose rows have other lengths.

    Deviations: the paper's phases alternate by time, here one mirror batch goes with every training batch, as in
    its code. The decay of B is tied to its rate and y is divided by σ² g, so that B has the scale of W_lᵀ; the code
    lets B grow. Output units answer linearly in the mirror phase, as softmax would couple them.
    """

    source: ClassVar[str] = "akrout2019"
    answers: ClassVar[tuple[str, ...]] = ("weight transport",)
    search: ClassVar[Mapping[str, Range]] = {"rate": Range(0.01, 1.0)}

    rate: float = 0.1
    noise: float = 0.1

    def __post_init__(self) -> None:
        require_number("rate", self.rate)
        require_number("noise", self.noise, open_low=True)

    def align(self, layer: int, params: View, x: Array, rng: Generator) -> Array:
        weights, (rows, n_below) = params[f"W{layer}"], x.shape
        noise = beside(rng.normal(0, self.noise, (rows, n_below)).astype(weights.dtype), weights)
        y = times(noise, weights)
        scale = 1 / (rows * self.noise**2)
        if layer < self.network.depth:
            f = self.network.activation
            h = f.value(y)
            y = (h - f.value(np.zeros_like(y[:1]))) / np.mean(f.slope(h))
        correlation = y.T @ (scale * noise)
        return self.rate * (correlation - params[f"B{layer}"])


@dataclass(frozen=True)
class SymmetricAlignment(LearnedFeedback):
    """Symmetric alignment [kunin2020]: B decays towards the transposes of the weights, which are not local to it.

        R = strength · (decay + self) = strength · ½ |B_l - W_lᵀ|² + const,   ΔB_l = -∂R/∂B_l = strength · (W_lᵀ - B_l)

    and the rest as in `LearnedFeedback`; the primitives are on top of this file. `align` computes ΔB. Weights
    are still transported, at the rate `strength` instead of at once.

    Deviations: the regulariser acts on B alone, as in the paper's code unless told otherwise.
    """

    source: ClassVar[str] = "kunin2020"
    answers: ClassVar[tuple[str, ...]] = ("weight transport (instantaneous)",)
    search: ClassVar[Mapping[str, Range]] = {"strength": Range(0.01, 10.0)}

    strength: float = 1.0

    def __post_init__(self) -> None:
        require_number("strength", self.strength)

    def align(self, layer: int, params: View, x: Array, rng: Generator) -> Array:
        return self.strength * (params[f"W{layer}"].T - params[f"B{layer}"])


@dataclass(frozen=True)
class ActivationAlignment(LearnedFeedback):
    """Activation alignment [kunin2020]: Bᵀ learns to respond to the activity below as W does.

        R = strength · (sparse + amp) = strength · ½ |x Bᵀ - y|² + const,  ΔB_l = -∂R/∂B_l = strength · (y - x B_lᵀ)ᵀ x

    averaged over examples and the n_{l-1} units of x, and the rest as in `LearnedFeedback`; the primitives are on
    top of this file. `align` computes ΔB. B_lᵀ tends to W_l on the subspace that the activity spans, and does not
    change outside it.

    Deviations: divided by n_{l-1}; y is without its bias and before f, and the regulariser acts on B alone, both as
    in the paper's code unless told otherwise.
    """

    source: ClassVar[str] = "kunin2020"
    answers: ClassVar[tuple[str, ...]] = ("weight transport (instantaneous)",)
    search: ClassVar[Mapping[str, Range]] = {"strength": Range(0.01, 10.0)}

    strength: float = 1.0

    def __post_init__(self) -> None:
        require_number("strength", self.strength)

    def align(self, layer: int, params: View, x: Array, rng: Generator) -> Outer:
        response, echo = x @ params[f"W{layer}"], x @ params[f"B{layer}"].T
        return Outer(response - echo, x, self.strength / x.size)


@dataclass(frozen=True)
class InformationAlignment(LearnedFeedback):
    """Information alignment [kunin2020]: B learns to reconstruct the activity below from the response, locally.

        R = strength · (amp + null) + decay · ½ |B|²
        ΔB_l = -∂R/∂B_l = strength · yᵀ (x - y B_l) - decay · B_l

    averaged over examples and the n_{l-1} units of x, except for the decay, and the rest as in `LearnedFeedback`; the
    primitives are on top of this file. `align` computes ΔB. B tends to a ridge regression of x on y, which is in
    the direction of W_lᵀ where activity is white and W_l nearly orthogonal, and only near it otherwise.

    Deviations: the data terms are divided by n_{l-1}; y is without its bias and before f, and the regulariser acts on B
    alone, both as in the paper's code unless told otherwise.
    """

    source: ClassVar[str] = "kunin2020"
    answers: ClassVar[tuple[str, ...]] = ("weight transport",)
    search: ClassVar[Mapping[str, Range]] = {"strength": Range(0.01, 10.0), "decay": Range(1e-3, 1.0)}

    strength: float = 1.0
    decay: float = 0.01

    def __post_init__(self) -> None:
        require_number("strength", self.strength)
        require_number("decay", self.decay)

    def align(self, layer: int, params: View, x: Array, rng: Generator) -> Array:
        feedback = params[f"B{layer}"]
        response = x @ params[f"W{layer}"]
        regression = response.T @ (x - response @ feedback)
        return (self.strength / x.size) * regression - self.decay * feedback
