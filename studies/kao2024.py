"""Does counter-current learning, without a gradient or an error between layers, learn images as backprop does?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from plausible.core import Array
from plausible.networks.activations import Activation
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.sgd import SGD
from plausible.optimise.wrappers import Clipped, Grouped
from plausible.study.statistics import PERCENT
from plausible.study.study import Cell, Ours, Published, Study, cells

CCL = "counter-current-learning"
RULES = ("backprop", CCL, "feedback-alignment", "direct-feedback-alignment", "shallow")


def elu_value(z: Array, out: Any = None) -> Array:
    """z above 0, e^z - 1 below."""
    return np.where(z > 0, z, np.expm1(np.minimum(z, 0)))


def elu_slope(h: Array, out: Any = None) -> Array:
    """1 above 0, e^z = h + 1 below."""
    return np.where(h > 0, np.ones_like(h), h + 1)


ELU = Activation("elu", elu_value, elu_slope)


def at(
    task: str, hidden: tuple[int, ...], rules: tuple[str, ...], epochs: int, batch: int, seeds: int
) -> list[Cell]:
    """Exponential linear units without biases, a softmax, descent at the rate 1, and changes of norm 1 at most.

    Those of feedback are clipped by themselves.
    """
    network = MLP(hidden, ELU, output("softmax"), bias=False)
    plain = Clipped(SGD(1.0), 1.0)
    optimisers = dict.fromkeys(rules, plain) | {CCL: Grouped((("B*", plain),), plain)}
    return cells([task], rules, [network], optimisers, epochs, batch, seeds)


def smoke() -> list[Cell]:
    """Seconds."""
    return at("two-moons[examples=100]", (6, 6), RULES, 1, 20, 1)


def fast() -> list[Cell]:
    """Digits by three layers of 64 units, 30 epochs, and MNIST by the published network, 8 epochs; three seeds; minutes."""
    return [*at("digits", (64,) * 3, RULES, 30, 32, 3), *at("mnist", (256,) * 5, RULES[:2], 8, 256, 3)]


def paper() -> list[Cell]:
    """MNIST and Fashion-MNIST by five layers of 256 units, 100 epochs, batches of 256; hours."""
    return [cell for task in ("mnist", "fashion-mnist") for cell in at(task, (256,) * 5, RULES, 100, 256, 5)]


def test_accuracy(task: str, rule: str) -> Ours:
    """The test accuracy in per cent, one number per seed."""

    def ours(table: pd.DataFrame) -> list[float]:
        found = table[(table.task == task) & (table.split == "test") & (table.metric == "accuracy")]
        return [100 * v for v in found[found.rule == rule].value]

    return ours


SOURCE = "[kao2024], 5×256 units"
SHORT = {"mnist": {"epochs": "8, but at the scale paper: not 100"}, "fashion-mnist": {}}
NUMBERS = {
    ("mnist", "backprop"): 98.19,
    ("mnist", CCL): 98.13,
    ("fashion-mnist", "backprop"): 89.58,
    ("fashion-mnist", CCL): 88.58,
}
published = tuple(
    Published(f"{task}: test accuracy, {rule}, per cent", value, 0.4, SOURCE, "V", test_accuracy(task, rule), PERCENT, otherwise=(value - 1, "a point less"), because="about two spreads of seeds at such an accuracy", differs=SHORT[task], runs=f"{task}, {rule}")
    for (task, rule), value in NUMBERS.items()
)  # fmt: skip

study = Study(
    "kao2024",
    " ".join((__doc__ or "").split()),
    {"smoke": smoke, "fast": fast, "paper": paper},
    published,
    ("accuracy", "gradient angle"),
)
