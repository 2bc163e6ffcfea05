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
from plausible.networks.noisy import Kind, check_kind, noise_like
from plausible.rules.layered import Feedforward
from plausible.rules.perturbation.told import ANSWERS, Told, check_told, scalar
from plausible.search import Range


@dataclass(frozen=True)
class WeightPerturbation(Feedforward):
    """Weight perturbation [cauwenberghs1993], as it is analysed in [werfel2005].

        ΔW ∝ Σ (r(W + σξ) - r(W)) ξ / σ,   ξ ~ N(0, 1)

    with r (batch,) minus the loss, or the reward, Σ under the output's reduction, and W and ξ all weights and biases of
    any network. If `antithetic`, the difference is (r(W + σξ) - r(W - σξ)) / 2, whose error is of the order σ² and not
    σ. If `noise` is "signs", ξ is ±1, as in [cauwenberghs1993]. `total` gives Σ r.

    Deviations: noise is normal unless signs are asked for; a draw serves a batch; of several `draws` the mean is taken.

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
    optimiser: ClassVar[str] = (
        "sgd[rate=0.01]"  # its changes are noisy: the noise grows with the number of weights
    )

    network: Network = MLP()  # type: ignore[assignment]
    sigma: float = 0.01
    told: Told = "loss"
    antithetic: bool = False
    draws: int = 1
    noise: Kind = "normal"

    def __post_init__(self) -> None:
        require_number("sigma", self.sigma, open_low=True)
        check_told(self.told)
        check_kind(self.noise)
        require_flag("antithetic", self.antithetic)
        require_whole("draws", self.draws)

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        base = None if self.antithetic else self.total(params, shown)
        updates: dict[str, Array] = {}
        for _ in range(self.draws):
            xi = noise_like(params, rng, self.sigma, self.noise)
            better = self.total({n: w + xi[n] for n, w in params.items()}, shown)
            worse = self.total({n: w - xi[n] for n, w in params.items()}, shown) if base is None else base
            gained = (better - worse) / ((1 + self.antithetic) * self.draws * self.sigma**2)
            changes = [(name, gained * change) for name, change in xi.items()]
            updates = {name: change + updates[name] if updates else change for name, change in changes}
        return Step(updates, state)

    def total(self, params: View, shown: Presentation) -> Array:
        """r of the examples under these weights, put together under the output's reduction: one number."""
        answer = self.network.respond(params, shown.x)[-1]
        together: Array = scalar(self.network, shown, answer, self.told).sum()
        return together * self.network.output.scale(answer)
