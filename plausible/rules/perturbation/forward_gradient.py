"""Forward gradients: how fast the loss changes along one random direction, carried along with the activity."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Literal

from numpy.random import Generator

from plausible.core import Array, Presentation, State, Step, View
from plausible.errors import require
from plausible.networks.mlp import Pass
from plausible.networks.noisy import Kind, check_kind, noise_like
from plausible.networks.products import times
from plausible.rules.layered import Feedforward


@dataclass(frozen=True)
class ForwardGradient(Feedforward):
    """The forward gradient [baydin2022]: the derivative along a random direction, times that direction.

        ż_l = ḣ_{l-1} W_l + h_{l-1} V_l + v_l,   ḣ_l = f'(z_l) ⊙ ż_l,   ℓ̇ = Σ error ⊙ ż_L,   ΔW_l ∝ -ℓ̇ V_l

    with V_l and v_l of the shapes of W_l and b_l, standard normal, one draw for a batch, z_l and ż_l (batch, n_l), and
    error = ∂loss/∂z_L; ℓ̇ is the mean over the examples, under the output's reduction. That is over "weights", as in
    [baydin2022]. Over "activities", as in [ren2023], each example has its own direction v_l (batch, n_l) in z_l:

        ż_l = ḣ_{l-1} W_l + v_l,   δ_l = ℓ̇ v_l,   ΔW_l ∝ -h_{l-1}ᵀ δ_l

    with ℓ̇ (batch,). The expectation is the gradient itself: there is no σ that has to be small. If `noise` is "signs",
    directions are ±1, which keeps it so. `push` gives the direction in z_l, `update` does the rest.

    Deviations: none over weights; over activities, none of the local losses of [ren2023].

    >>> import numpy as np
    >>> from plausible.core import Presentation
    >>> from plausible.networks.mlp import MLP
    >>> from plausible.rules.perturbation.forward_gradient import ForwardGradient
    >>> rule, rng = ForwardGradient(MLP((8,))), np.random.default_rng(0)
    >>> params, state = rule.init(4, 3, rng)
    >>> shown = Presentation(np.ones((2, 4), "float32"), np.eye(3, dtype="float32")[:2], reward=None)
    >>> rule.update(params, state, shown, rng).updates["W1"].dense().shape
    (4, 8)
    """

    source: ClassVar[str] = "baydin2022"
    answers: ClassVar[tuple[str, ...]] = ("weight transport", "target at the output (all but one number)")

    over: Literal["weights", "activities"] = "activities"
    noise: Kind = "normal"

    def __post_init__(self) -> None:
        require(self.over in ("weights", "activities"), "over", self.over, "weights or activities")
        check_kind(self.noise)

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        network, output = self.network, self.network.output
        passed = network.forward(params, shown.x)
        h, scale = passed.activities, -output.scale(shown.y)
        like = params if self.over == "weights" else {f"z{n}": units for n, units in enumerate(h[1:], 1)}
        drawn = noise_like(like, rng, kind=self.noise)
        pushes = [self.push(passed, drawn, layer) for layer in range(1, network.depth + 1)]
        moving = pushes[0]
        for layer in range(2, network.depth + 1):
            moving = times(moving * passed.slope(layer - 1), params[f"W{layer}"]) + pushes[layer - 1]
        rate = (output.error(h[-1], shown.y) * moving).sum(axis=-1, keepdims=True)
        loss = partial(output.total, h[-1], shown.y)
        if self.over == "weights":
            return Step({name: (scale * rate.sum()) * v for name, v in drawn.items()}, state, loss=loss)
        return Step(network.changes(h[:-1], [rate * v for v in pushes], scale), state, loss=loss)

    def push(self, passed: Pass, drawn: View, layer: int) -> Array:
        """How z_l moves by the direction itself, (batch, n_l): h_{l-1} V_l + v_l, or v_l of each example."""
        weights, biases, _ = self.network.layers[layer - 1]
        if weights not in drawn:
            return drawn[f"z{layer}"]
        moved = times(passed.activities[layer - 1], drawn[weights])
        return moved + drawn[biases] if biases else moved
