"""REINFORCE: units act by chance, and what was rewarded more than expected becomes more likely."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from numpy.random import Generator

from plausible.core import Array, Params, Presentation, State, Step, View
from plausible.errors import require, require_number
from plausible.networks.noisy import Noisy, noisy, normal, potentials_like
from plausible.rules.layered import Feedforward
from plausible.rules.reward.acting import require_actions, sampled
from plausible.search import Range


@dataclass(frozen=True)
class Acting(Feedforward):
    """A rule whose hidden units are noisy, and which draws one of its outputs, or has noisy ones."""

    sigma: float = 0.3

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        if self.network.output.name == "softmax":
            require_actions(n_out)
        return super().init(n_in, n_out, rng)

    def acted(
        self, params: View, shown: Presentation, sigma: float, rng: Generator
    ) -> tuple[Noisy, list[Array], Array]:
        """A pass with noise of this size, e_1 ... e_L, (batch, n_l), and the reward, (batch,)."""
        softmax = self.network.output.name == "softmax"
        like = potentials_like(self.network, params, shown.x)
        drawn = {n: normal(z, rng) for n, z in like.items() if n < self.network.depth or not softmax}
        loud = noisy(self.network, params, shown.x, {n: sigma * xi for n, xi in drawn.items()})
        tried = [xi / self.sigma for xi in drawn.values()]
        if not softmax:
            return loud, tried, shown.reward(loud.answer)
        action = sampled(loud.answer, rng)
        return loud, [*tried, action - loud.answer], shown.reward(action)


@dataclass(frozen=True)
class Reinforce(Acting):
    """REINFORCE of normal hidden units and a drawn action [williams1992], a three-factor rule with a baseline.

        z_l = h_{l-1} W_l + b_l + σξ_l,   s drawn from p = softmax(z_L),   ΔW_l ∝ (r - r̄) h_{l-1}ᵀ e_l
        e_l = ξ_l / σ for l < L,   e_L = 1_s - p,   r̄ ← r̄ + (mean(r) - r̄) rate

    with z_l and e_l (batch, n_l), ξ_l standard normal, r (batch,) the reward of action s, one-hot 1_s (batch, n_L), and
    r̄ one number that is carried on, the `baseline` "running", what dopamine is said to predict; "none" has r̄ = 0, and
    "quiet" for each example the reward of an action that is drawn without noise. The expectation is the gradient of the
    expected reward, whatever the baseline. Outputs that are no softmax are normal units, too, and their noisy answer is
    what r is asked for. `acted` acts, `expected` gives r̄, `update` the rest.

    Deviations: none.

    >>> import numpy as np
    >>> from plausible.core import Presentation
    >>> from plausible.networks.mlp import MLP
    >>> from plausible.rules.reward.reinforce import Reinforce
    >>> rule, rng = Reinforce(MLP((8,))), np.random.default_rng(0)
    >>> params, state = rule.init(4, 3, rng)
    >>> shown = Presentation(np.ones((2, 4), "float32"), None, reward=lambda action: action[:, 0])
    >>> rule.update(params, state, shown, rng).updates["W1"].dense().shape
    (4, 8)
    """

    source: ClassVar[str] = "williams1992"
    answers: ClassVar[tuple[str, ...]] = (
        "weight transport",
        "exact derivatives",
        "target at the output (all but one number)",
    )
    search: ClassVar[Mapping[str, Range]] = {"sigma": Range(0.03, 1.0)}

    baseline: Literal["running", "none", "quiet"] = "running"
    rate: float = 0.05

    def __post_init__(self) -> None:
        require_number("sigma", self.sigma, open_low=True)
        require_number("rate", self.rate, 0, 1, open_low=True)
        kinds = ("running", "none", "quiet")
        require(self.baseline in kinds, "baseline", self.baseline, "running, none or quiet")

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        loud, tried, reward = self.acted(params, shown, self.sigma, rng)
        expected = self.expected(params, state, shown, rng)
        surprise = (reward - expected)[:, None]
        signals: list[Array | None] = [-surprise * eligible for eligible in tried]
        if self.baseline == "running":
            before = reward.mean() if state is None else state
            state = before + self.rate * (reward.mean() - before)
        return Step(self.network.updates(loud.passed, signals, loud.answer), state)

    def expected(self, params: View, state: State, shown: Presentation, rng: Generator) -> Array | float:
        """r̄: one number, or one of each example, (batch,)."""
        if self.baseline == "quiet":
            return self.acted(params, shown, 0.0, rng)[2]
        return 0.0 if self.baseline == "none" or state is None else state
