"""Does counter-current learning, without a gradient or an error between layers, learn images as backprop does?

At the scale `paper` images are standardised, as in the released program: less the mean of all pixels, over their
standard deviation. At the scale `fast` they are not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from plausible.core import Array, Optimiser
from plausible.networks.activations import Activation
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.sgd import SGD
from plausible.optimise.wrappers import Clipped, Grouped
from plausible.registry import registry
from plausible.study.columns import option
from plausible.study.experiment import Bench, Experiment, Measured
from plausible.study.statistics import PERCENT
from plausible.study.streamed import streamed
from plausible.study.study import Cell, Ours, Published, Study, cells
from plausible.tasks.streams import Minibatches

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
    return cells([task], rules, [network], {rule: descent(rule) for rule in rules}, epochs, batch, seeds)


def descent(rule: str) -> Optimiser:
    """Descent at the rate 1, clipped at 1, of feedback by itself."""
    plain = Clipped(SGD(1.0), 1.0)
    return Grouped((("B*", plain),), plain) if rule == CCL else plain


PIXELS = {
    "mnist": (0.1307, 0.3081),
    "fashion-mnist": (0.286, 0.353),
}  # mean and standard deviation, as released


def standardised(bench: Bench, rule: str, task: str, epochs: int) -> Iterator[Measured]:
    """A rule on standardised images, in five layers of 256 units, by batches of 256."""
    mean, deviation = PIXELS[task]
    made = registry.rule(rule, MLP((256,) * 5, ELU, output("softmax"), bias=False))
    scaling = {"gain": 1 / deviation, "offset": -mean / deviation}
    yield from streamed(bench, made, descent(rule), task, Minibatches(256), epochs, **scaling)


def released(task: str, epochs: int, seeds: int) -> list[Cell]:
    """Every rule on standardised images, seed by seed."""
    options = [(("rule", rule), ("task", task), ("epochs", epochs)) for rule in RULES]
    return [Experiment("studies.kao2024:standardised", one, seed) for one in options for seed in range(seeds)]


def smoke() -> list[Cell]:
    """Seconds."""
    return at("two-moons[examples=100]", (6, 6), RULES, 1, 20, 1)


def fast() -> list[Cell]:
    """Digits by three layers of 64 units, 30 epochs, and MNIST by the published network, 8 epochs; three seeds; minutes."""
    return [*at("digits", (64,) * 3, RULES, 30, 32, 3), *at("mnist", (256,) * 5, RULES[:2], 8, 256, 3)]


def paper() -> list[Cell]:
    """MNIST and Fashion-MNIST by five layers of 256 units, 100 epochs, batches of 256; three minutes a run."""
    return [*fast(), *(cell for task in PIXELS for cell in released(task, 100, 5))]


def test_accuracy(task: str, rule: str) -> Ours:
    """The test accuracy in per cent, one number per seed."""

    def ours(table: pd.DataFrame) -> list[float]:
        found = table[(table.task == task) & (table.split == "test") & (table.metric == "accuracy")]
        return [100 * v for v in found[found.rule == rule].value]

    return ours


def after(task: str, rule: str, epochs: int) -> Ours:
    """The test accuracy on standardised images in per cent, one number per seed."""

    def ours(table: pd.DataFrame) -> list[float]:
        found = table[(table.split == "test") & (table.metric == "accuracy")]
        mine = (option(found, "rule_task") == task) & (option(found, "rule_rule") == rule)
        mine &= option(found, "rule_epochs").astype(float) == epochs
        return [100 * float(value) for value in found[mine].value]

    return ours


SOURCE = "[kao2024], 5×256 units"
SHORT = {"epochs": "8, not 100", "data": "images are not standardised"}
OURS = {"data": "all 60,000 images to learn from, not 54,000; no epoch is chosen"}
NUMBERS = {
    ("mnist", "backprop"): 98.19,
    ("mnist", CCL): 98.13,
    ("fashion-mnist", "backprop"): 89.58,
    ("fashion-mnist", CCL): 88.58,
}
SPREADS = "about two spreads of seeds at such an accuracy"
published = (
    *(
        Published(f"{task}: test accuracy after 8 epochs, {rule}, per cent", value, 0.4, SOURCE, "V", test_accuracy(task, rule), PERCENT, otherwise=(value - 1, "a point less"), because=SPREADS, differs=SHORT, runs=f"{task}, {rule}, 8 epochs")
        for (task, rule), value in NUMBERS.items()
        if task == "mnist"
    ),
    *(
        Published(f"{task}: test accuracy after 100 epochs, {rule}, per cent", value, 0.4, SOURCE, "V", after(task, rule, 100), PERCENT, otherwise=(value - 1, "a point less"), because=SPREADS, differs=OURS, runs=f"{task}, {rule}, 100 epochs")
        for (task, rule), value in NUMBERS.items()
    ),
)  # fmt: skip

study = Study(
    "kao2024",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "paper": paper},
    published,
    ("accuracy", "gradient angle"),
)
