"""Counter-current learning: a network of images and a network of labels run against each other, and learn to agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from numpy.random import Generator

from plausible.core import Array, Outer, Params, Presentation, Update, View
from plausible.errors import require, require_number
from plausible.networks.inits import Init, Uniform
from plausible.networks.mlp import Pass
from plausible.networks.products import times
from plausible.rules.layered import Taught, Teaching
from plausible.search import Range


@dataclass(frozen=True)
class CounterCurrentLearning(Taught):
    """Counter-current learning [kao2024]: in each layer, activity of an image and of its label shall be alike.

        h_l = f(h_{l-1} W_l + b_l),   c_{l-1} = f(c_l B_l),   c_L the classes, one-hot
        R_l = strength / n_l · mean over examples and classes of (h_l c_lᵀ - same)²,   l < L;   R_L the output's loss
        ΔW_l = -∂R_l/∂W_l with h_{l-1} held,   ΔB_{l+1} = -∂R_l/∂B_{l+1} with c_{l+1} held

    with h_l (batch, n_l), c_l (n_L, n_l), one row for each class, W_l (n_{l-1}, n_l), B_l (n_l, n_{l-1}), and `same`
    (batch, n_L) 1 where the example is of the class. No gradient goes from layer to layer, nor an error: labels come
    down by a network of their own, which sees no image. `teaching` computes all of it.

    Deviations: c_0, which is compared with the image and teaches no weight that matters, is left out. The network's
    activation stands for the paper's ELU. `strength` is the released code's loss scale of 0.5, times 256.
    """

    source: ClassVar[str] = "kao2024"
    answers: ClassVar[tuple[str, ...]] = (
        "weight transport",
        "exact derivatives (downstream)",
        "update locking",
    )
    search: ClassVar[Mapping[str, Range]] = {"strength": Range(10.0, 1000.0)}
    targets: ClassVar[str] = "classes"

    strength: float = 128.0
    feedback: Init = Uniform()

    def __post_init__(self) -> None:
        require_number("strength", self.strength, open_low=True)

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        require(n_out > 1, "the number of outputs", n_out, "two or more, as activity of classes is compared")
        params = self.network.start(n_in, n_out, rng)
        return params | self.network.feedback(self.feedback, params, rng), None

    def teaching(
        self, params: View, passed: Pass, error: Array, shown: Presentation, rng: Generator
    ) -> Teaching:
        f, y, n_out = self.network.activation, shown.y, shown.y.shape[1]
        scale, signals, changes = self.network.output.scale(y), [error], dict[str, Update]()
        c: Array | None = None  # c_L is 1, so that products with it are left out
        for layer in range(self.network.depth - 1, 0, -1):
            above, h, back = c, passed.activities[layer], params[f"B{layer + 1}"]
            c = f.value(back if above is None else times(above, back))
            missed = (times(h, c.T) - y) * (2 * self.strength / (h.shape[1] * n_out))
            signals.insert(0, times(missed, c) * f.slope(h))
            change = times(missed.T, h) * f.slope(c)
            changes[f"B{layer + 1}"] = change * -scale if above is None else Outer(above, change, -scale)
        return Teaching(signals, changes)
