"""Feedback that learns to be a pseudo-inverse or a transpose: reconstruction of differences of activity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Outer, Params, Presentation, Update, View
from plausible.errors import require_number
from plausible.networks.inits import Init, Uniform
from plausible.networks.mlp import Pass, into
from plausible.networks.products import times
from plausible.rules.layered import Taught, Teaching
from plausible.rules.targets.network import Own, climb, damped, shake
from plausible.rules.targets.propagation import ANSWERS, DifferenceTargetPropagation
from plausible.search import Range


@dataclass(frozen=True)
class DirectDifferenceTargetPropagation(Taught):
    """Direct difference target propagation, linear [meulemans2020]: direct feedback learns a damped pseudo-inverse.

        t_l = h_l + (t_L - z_L) Q_l,   t_L = z_L - step · error   so that   δ_l = (error Q_l) ⊙ f'(z_l)
        R_l = ½ |(z̃_L - z_L) Q_l - ξ|² / noise² + ½ damping · |Q_l|²,   ΔQ_l = -∂R_l/∂Q_l

    with z_l and h_l (batch, n_l), Q_l (n_L, n_l), and z̃_L the output's input when noise ξ of standard deviation `noise`
    is added to h_l. R is the difference reconstruction loss. Where z_L changes with h_l by one J (n_l, n_L) for all
    examples, it is least at Q_l = (JᵀJ + damping)⁻¹ Jᵀ, and targets are those of Gauss and Newton, damped. The
    step cancels, as feedback is linear: this is direct feedback alignment with feedback that learns. `teaching` does
    all of it.

    Deviations: sums over units stand for the means of the released code, so that `damping` is its weight decay times
    half of the units; feedback learns from the same presentations as forward weights, and not in epochs of its own.
    """

    source: ClassVar[str] = "meulemans2020"
    answers: ClassVar[tuple[str, ...]] = ("weight transport", "exact derivatives (downstream)")
    search: ClassVar[Mapping[str, Range]] = {"noise": Range(0.01, 1.0), "damping": Range(1e-4, 1.0)}

    noise: float = 0.1
    damping: float = 0.01
    feedback: Init = Uniform()

    def __post_init__(self) -> None:
        require_number("noise", self.noise, open_low=True)
        require_number("damping", self.damping)

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        params = self.network.start(n_in, n_out, rng)
        return params | self.network.direct_feedback(self.feedback, n_out, rng), None

    def teaching(
        self, params: View, passed: Pass, error: Array, shown: Presentation, rng: Generator
    ) -> Teaching:
        network, h, signals, changes = self.network, passed.activities, list[Array](), dict[str, Update]()
        z = into(network, params, network.depth, h[-2])
        scale = -network.output.scale(shown.y) / self.noise**2
        for layer in range(1, network.depth):
            feedback = params[f"Q{layer}"]
            signals.append(times(error, feedback) * passed.slope(layer))
            noise = shake(h[layer], self.noise, rng)
            moved = climb(network, params, layer + 1, network.depth, h[layer] + noise) - z
            changes[f"Q{layer}"] = Outer(moved, times(moved, feedback) - noise, scale)
        return Teaching([*signals, error], damped(changes, params, self.damping))


@dataclass(frozen=True)
class DifferenceReconstruction(DifferenceTargetPropagation):
    """Difference target propagation with the difference reconstruction loss [meulemans2020].

        q̃_{l-1} = h_{l-1} + ξ,   z̃_L from q̃ by the forward pass,   q̃_l from z̃_L by g_L ... g_{l+1} with differences
        r = h_{l-1} + g_l(q̃_l) - g_l(h_l),   R_l = ½ |r - h_{l-1} - ξ|² / noise² + ½ damping · |B_l|²

    with h_l (batch, n_l), ξ noise of standard deviation `noise`, ΔB_l and Δc_l -∂R_l/∂ of them, g above l held; targets
    are t_L = z_L - step · error, t_{l-1} = h_{l-1} + g_l(t_l) - g_l(h_l). Noise goes up to the output and back, and
    feedback learns to invert the network above a layer as a whole: at the least R the targets are those of Gauss and
    Newton, damped. `relearn` computes the changes.

    Deviations: those of `DirectDifferenceTargetPropagation`.
    """

    source: ClassVar[str] = "meulemans2020"
    answers: ClassVar[tuple[str, ...]] = ANSWERS
    search: ClassVar[Mapping[str, Range]] = {"noise": Range(0.01, 1.0), "damping": Range(1e-4, 1.0)}
    tops: ClassVar[tuple[str, ...]] = ("output",)

    top: Literal["output"] = "output"
    damping: float = 0.01

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number("damping", self.damping)

    @property
    def leak(self) -> float:
        return self.damping

    def relearn(self, params: View, layer: int, passed: Pass, own: Own, rng: Generator) -> dict[str, Update]:
        network, h = self.network, passed.activities
        noise = self.shaken(h[layer - 1], rng)
        back = climb(network, params, layer, network.depth, h[layer - 1] + noise)
        for above in range(network.depth, layer, -1):
            back = self.below(params, above, back, own, h[above - 1])
        there, here = self.down(params, layer, back), own.back(layer)
        missed, slope = there - here - noise, network.activation.slope
        posts = np.concatenate([missed * slope(there), -missed * slope(here)])
        pres = np.concatenate([back, own.sent(layer)])
        return self.change(layer, pres, posts, -1 / self.noise**2)


@dataclass(frozen=True)
class LocalDifferenceReconstruction(DifferenceTargetPropagation):
    """Difference target propagation whose feedback learns transposes [ernoult2022], by the local reconstruction loss.

        R_l = (-ξ · (g_l(ũ) - g_l(u)) + ½ |g_l(u + ζ) - g_l(u)|²) / noise²
        u = h_l,   ũ = f((h_{l-1} + ξ) W_l + b_l),   ξ, ζ noise of standard deviation `noise`

    with h_l, ũ, ζ (batch, n_l), ξ (batch, n_{l-1}), ΔB_l and Δc_l -∂R_l/∂ of them; targets as in
    `DifferenceReconstruction`. To first order R is least where the slope of g_l is the transpose of that of layer l:
    then differences t_l - h_l are -step times the gradient, to order step². `relearn` computes the changes.

    Deviations: g_l is f(h B_l + c_l), whose slopes can be transposes on average only; each presentation teaches
    feedback once, where the paper repeats it 20 to 55 times. R is divided by noise².
    """

    source: ClassVar[str] = "ernoult2022"
    answers: ClassVar[tuple[str, ...]] = ANSWERS
    tops: ClassVar[tuple[str, ...]] = ("output",)

    top: Literal["output"] = "output"

    def relearn(self, params: View, layer: int, passed: Pass, own: Own, rng: Generator) -> dict[str, Update]:
        below, slope = passed.activities[layer - 1], self.network.activation.slope
        noise, u = self.shaken(below, rng), own.sent(layer)
        moved, shaken = self.up(params, layer, below + noise), u + self.shaken(u, rng)
        there, near = (self.down(params, layer, each) for each in (moved, shaken))
        here = own.back(layer)
        spread = near - here
        posts = [-noise * slope(there), (noise - spread) * slope(here), spread * slope(near)]
        pres = np.concatenate([moved, u, shaken])
        return self.change(layer, pres, np.concatenate(posts), -1 / self.noise**2)
