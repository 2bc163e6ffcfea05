"""Weight perturbation: noise in every weight, and a change towards the noise that was better."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from numpy.random import Generator

from plausible.core import Array, Presentation, State, Step, View
from plausible.errors import require_flag, require_number, require_whole
from plausible.networks.mlp import MLP
from plausible.networks.network import Network
from plausible.networks.noisy import normal
from plausible.rules.layered import Feedforward
from plausible.rules.perturbation.told import ANSWERS, Told, check_told, scalar
from plausible.search import Range


@dataclass(frozen=True)
class WeightPerturbation(Feedforward):
    """Weight perturbation [cauwenberghs1993], as it is analysed in [werfel2005].

        ΔW ∝ Σ (r(W + σξ) - r(W)) ξ / σ,   ξ ~ N(0, 1)

    with r (batch,) minus the loss, or the reward, of each example, the sum over the batch under the output's reduction,
    and W and ξ all weights and biases of the network, of one shape. If `antithetic`, the difference is
    (r(W + σξ) - r(W - σξ)) / 2, whose error is of the order σ² and not σ. `told` is what r is: "loss" or "reward". It
    learns any network, by its answers alone. `total` gives r, `update` does the rest.

    Deviations: noise is normal, and that of [cauwenberghs1993] is ±σ; a draw serves all examples of a batch; a step is
    the mean of several `draws` where there are more than the one of the papers, and is told as many numbers. Its noise
    grows with the number of all weights, so that it names a slow optimiser of its own.

    >>> import numpy as np
    >>> from plausible.core import Presentation
    >>> from plausible.networks.mlp import MLP
    >>> from plausible.rules.perturbation.weights import WeightPerturbation
    >>> rule, rng = WeightPerturbation(MLP((8,)), told="reward"), np.random.default_rng(0)
    >>> params, state = rule.init(4, 3, rng)
    >>> shown = Presentation(np.ones((2, 4), "float32"), None, reward=lambda answer: answer[:, 0])
    >>> rule.update(params, state, shown, rng).updates["W1"].shape
    (4, 8)
    """

    source: ClassVar[str] = "werfel2005"
    answers: ClassVar[tuple[str, ...]] = ANSWERS
    search: ClassVar[Mapping[str, Range]] = {"sigma": Range(1e-3, 0.3)}
    optimiser: ClassVar[str] = "sgd[rate=0.01]"

    network: Network = MLP()  # type: ignore[assignment]
    sigma: float = 0.01
    told: Told = "loss"
    antithetic: bool = False
    draws: int = 1

    def __post_init__(self) -> None:
        require_number("sigma", self.sigma, open_low=True)
        check_told(self.told)
        require_flag("antithetic", self.antithetic)
        require_whole("draws", self.draws)

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        quiet = None if self.antithetic else self.total(params, shown)
        updates: dict[str, Array] = {}
        for _ in range(self.draws):
            noise = {name: self.sigma * normal(weights, rng) for name, weights in params.items()}
            better = self.total({name: w + noise[name] for name, w in params.items()}, shown)
            opposite = {name: w - noise[name] for name, w in params.items()} if quiet is None else {}
            worse = self.total(opposite, shown) if quiet is None else quiet
            gained = (better - worse) / ((1 + self.antithetic) * self.draws * self.sigma**2)
            updates = {name: gained * xi + updates.get(name, 0) for name, xi in noise.items()}
        return Step(updates, state)

    def total(self, params: View, shown: Presentation) -> Array:
        """r of the examples under these weights, put together under the output's reduction: one number."""
        answer = self.network.respond(params, shown.x)[-1]
        together: Array = scalar(self.network, shown, answer, self.told).sum()
        return together * self.network.output.scale(answer)
