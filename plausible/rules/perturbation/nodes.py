"""Node perturbation: noise in the potential of every unit, and a change towards the noise that was better."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from numpy.random import Generator

from plausible.core import Array, Presentation, State, Step, View
from plausible.errors import require_flag, require_number
from plausible.networks.noisy import Kind, Noisy, check_kind, noise_like, noisy
from plausible.rules.layered import Feedforward
from plausible.rules.perturbation.told import ANSWERS, Told, check_told, scalar
from plausible.search import Range


@dataclass(frozen=True)
class Moved(Mapping[int, Array]):
    """By how much z_l was moved, (batch, n_l), by layer with noise; it is computed when it is asked for."""

    layers: tuple[int, ...]
    loud: Noisy
    other: Noisy
    share: float

    def __getitem__(self, layer: int) -> Array:
        change = self.loud.potentials[layer - 1] - self.other.potentials[layer - 1]
        return change if self.share == 1 else self.share * change

    def __iter__(self) -> Iterator[int]:
        return iter(self.layers)

    def __len__(self) -> int:
        return len(self.layers)


@dataclass(frozen=True)
class Perturbing(Feedforward):
    """A rule that compares passes with noise in z_l to a quiet one; `signal` is open, what a layer learns from it."""

    search: ClassVar[Mapping[str, Range]] = {"sigma": Range(1e-3, 0.3)}
    measures: ClassVar[bool] = True  # whether `signal` reads by how much z_l was moved

    sigma: float = 0.01
    told: Told = "loss"
    antithetic: bool = False
    single: bool = False
    noise: Kind = "normal"

    def __post_init__(self) -> None:
        require_number("sigma", self.sigma, open_low=True)
        check_told(self.told)
        check_kind(self.noise)
        for name in ("antithetic", "single"):
            require_flag(name, getattr(self, name))

    @abstractmethod
    def signal(
        self, gained: Array, noise: Mapping[int, Array], moved: Mapping[int, Array]
    ) -> dict[int, Array]:
        """δ_l by layer, (batch, n_l), of layers with noise: what stands for minus the derivative of r by z_l.

        `gained`, (batch, 1), is the change of r; `noise` is σξ_l, which entered z_l, and `moved` by how much z_l
        was moved in all, which is there if the rule `measures`, both (batch, n_l).
        """

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        quiet = noisy(self.network, params, shown.x, {})
        layers = range(1, self.network.depth + 1)
        signals: dict[int, Array] = {}
        for chosen in [[layer] for layer in layers] if self.single else [layers]:
            like = {layer: quiet.activities[layer] for layer in chosen}
            noise = noise_like(like, rng, self.sigma, self.noise)
            signals |= self.signal(*self.compared(params, shown, noise, quiet))
        taught: list[Array | None] = [signals[layer] for layer in layers]
        return Step(self.network.updates(quiet.passed, taught, quiet.answer), state)

    def compared(
        self, params: View, shown: Presentation, noise: Mapping[int, Array], quiet: Noisy
    ) -> tuple[Array, Mapping[int, Array], Mapping[int, Array]]:
        """What `signal` is given: from the noise and none, or from the noise and its opposite, halved."""
        passes = partial(noisy, self.network, params, shown.x, quiet=quiet, keep=self.measures)
        loud, other, share = passes(noise), quiet, 1.0
        if self.antithetic:
            other, share = passes({layer: -xi for layer, xi in noise.items()}), 0.5
        best, least = (scalar(self.network, shown, it.answer, self.told) for it in (loud, other))
        return share * (best - least)[:, None], noise, Moved(tuple(noise), loud, other, share)


@dataclass(frozen=True)
class NodePerturbation(Perturbing):
    """Node perturbation [werfel2005]: noise in z_l of all layers at once, known to each unit.

        z̃_l = h̃_{l-1} W_l + b_l + σξ_l,   ξ_l ~ N(0, 1),   δ_l = -(r(h̃_L) - r(h_L)) ξ_l / σ,   ΔW_l ∝ -h_{l-1}ᵀ δ_l

    with z_l, ξ_l and δ_l (batch, n_l), and r (batch,) minus the loss, or the reward, as `told` says; everything is
    dimensionless. As σ falls its expectation is the gradient of r. If `antithetic`, r(h_L) is that of the opposite
    noise, and the difference is halved; if `single`, one layer has noise at a time, each in a pass of its own. If
    `noise` is "signs", ξ is ±1 with equal probability, of mean 0 and variance 1, too. `compared` makes the passes,
    `signal` δ.

    Deviations: none.

    >>> import numpy as np
    >>> from plausible.core import Presentation
    >>> from plausible.networks.mlp import MLP
    >>> from plausible.rules.perturbation.nodes import NodePerturbation
    >>> rule, rng = NodePerturbation(MLP((8,)), told="reward"), np.random.default_rng(0)
    >>> params, state = rule.init(4, 3, rng)
    >>> shown = Presentation(np.ones((2, 4), "float32"), None, reward=lambda answer: answer[:, 0])
    >>> rule.update(params, state, shown, rng).updates["W1"].dense().shape
    (4, 8)
    """

    source: ClassVar[str] = "werfel2005"
    answers: ClassVar[tuple[str, ...]] = ANSWERS
    measures: ClassVar[bool] = False

    def signal(
        self, gained: Array, noise: Mapping[int, Array], moved: Mapping[int, Array]
    ) -> dict[int, Array]:
        found: dict[int, Array] = {layer: gained * xi for layer, xi in noise.items()}
        for signal in found.values():
            signal *= -1 / self.sigma**2
        return found
