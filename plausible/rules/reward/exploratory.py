"""The exploratory Hebb rule: a reward above its mean makes what a unit did beyond its own mean more likely."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from numpy.random import Generator

from plausible.core import Array, Presentation, State, Step, View
from plausible.errors import require_number
from plausible.networks.noisy import noise_like, noisy, potentials_like
from plausible.rules.layered import Feedforward
from plausible.search import Range


@dataclass(frozen=True)
class ExploratoryHebb(Feedforward):
    """The exploratory Hebb rule [legenstein2010], a three-factor rule: presynaptic, deviation, reward.

        z_l = h_{l-1} W_l + b_l + σξ_l,   ΔW_l ∝ (r - r̄) h_{l-1}ᵀ (z_l - z̄_l)

    with z_l (batch, n_l), ξ_l standard normal, r (batch,) the reward of the noisy answer, and r̄ and z̄_l the running
    means of both while the input stands. Here it stands for two moments, each with noise of its own, so that r - r̄ and
    z_l - z̄_l are half of what lies between them. No unit knows its noise: it compares itself with its own past, in
    which noise from below is, too. As σ falls the expectation is σ² / 2 times the gradient of the reward in the lowest
    layer, and in others that beside what comes up from the layers below. `update` does all of it.

    Deviations: noise is normal, and that of the paper uniform; inputs of the paper change slowly, and do not stand.

    >>> import numpy as np
    >>> from plausible.core import Presentation
    >>> from plausible.networks.mlp import MLP
    >>> from plausible.rules.reward.exploratory import ExploratoryHebb
    >>> rule, rng = ExploratoryHebb(MLP((8,))), np.random.default_rng(0)
    >>> params, state = rule.init(4, 3, rng)
    >>> shown = Presentation(np.ones((2, 4), "float32"), None, reward=lambda answer: answer[:, 0])
    >>> rule.update(params, state, shown, rng).updates["W1"].dense().shape
    (4, 8)
    """

    source: ClassVar[str] = "legenstein2010"
    answers: ClassVar[tuple[str, ...]] = (
        "weight transport",
        "exact derivatives",
        "target at the output (all but one number)",
    )
    search: ClassVar[Mapping[str, Range]] = {"sigma": Range(0.03, 3.0)}

    sigma: float = 0.5

    def __post_init__(self) -> None:
        require_number("sigma", self.sigma, open_low=True)

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        like = potentials_like(self.network, params, shown.x)
        noise = (noise_like(like, rng, self.sigma) for _ in ("before", "now"))
        before, now = (noisy(self.network, params, shown.x, each) for each in noise)
        surprise = (shown.reward(now.answer) - shown.reward(before.answer))[:, None] / 2
        moved = zip(now.potentials, before.potentials, strict=True)
        signals: list[Array | None] = [(surprise / -2) * (z - was) for z, was in moved]
        return Step(self.network.updates(now.passed, signals, now.answer), state)
