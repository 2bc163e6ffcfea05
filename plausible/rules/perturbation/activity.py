"""Activity-based node perturbation: what noise did to each unit is measured, and the noise itself is not known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from plausible.core import Array
from plausible.rules.perturbation.nodes import Perturbing
from plausible.rules.perturbation.told import ANSWERS


@dataclass(frozen=True)
class ActivityPerturbation(Perturbing):
    """Activity-based node perturbation [dalm2023]: units learn from how their potentials moved, whatever moved them.

        δ_l = -N (r(h̃_L) - r(h_L)) (z̃_l - z_l) / |z̃ - z|²,   ΔW_l ∝ -h_{l-1}ᵀ δ_l

    with z_l and δ_l (batch, n_l), r (batch,) minus the loss or the reward, as `told` says, and N and |·|² over all
    units of an example in which noise entered. Noise is that of `NodePerturbation`; its size σ does not stand in the
    rule. If `single`, one layer has noise at a time, which is the iterative rule of the paper, and δ_l has no bias;
    otherwise noise from below is part of what a unit measures. `compared` makes the passes, `signal` δ.

    Deviations: none.

    >>> import numpy as np
    >>> from plausible.core import Presentation
    >>> from plausible.networks.mlp import MLP
    >>> from plausible.rules.perturbation.activity import ActivityPerturbation
    >>> rule, rng = ActivityPerturbation(MLP((8,)), told="reward"), np.random.default_rng(0)
    >>> params, state = rule.init(4, 3, rng)
    >>> shown = Presentation(np.ones((2, 4), "float32"), None, reward=lambda answer: answer[:, 0])
    >>> rule.update(params, state, shown, rng).updates["W1"].dense().shape
    (4, 8)
    """

    source: ClassVar[str] = "dalm2023"
    answers: ClassVar[tuple[str, ...]] = ANSWERS

    def signal(
        self, gained: Array, noise: Mapping[int, Array], moved: Mapping[int, Array]
    ) -> dict[int, Array]:
        found = dict(moved)
        units = sum(change.shape[-1] for change in found.values())
        square = sum((change * change).sum(axis=-1, keepdims=True) for change in found.values())
        return {layer: change * (gained * (-units / square)) for layer, change in found.items()}
