"""Does difference target propagation learn what backprop learns, and what does it owe to the difference, the inverse, the top?"""

from __future__ import annotations

import pandas as pd

from plausible.networks.activations import tanh
from plausible.networks.inits import Glorot
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.rmsprop import RMSprop
from plausible.study.statistics import PERCENT
from plausible.study.study import Cell, Ours, Published, Study, cells

DTP = "difference-target-propagation[step=0.33,noise=0.36]"
TP = "target-propagation[step=0.33,noise=0.36]"
SIMPLIFIED = "simplified-difference-target-propagation[noise=0.36]"
FIXED = "fixed-weight-difference-target-propagation[step=0.33]"
RULES = ("backprop", DTP, TP, SIMPLIFIED, FIXED, "shallow")


def at(task: str, hidden: tuple[int, ...], epochs: int, batch: int, seeds: int) -> list[Cell]:
    """Tanh units and a softmax, Glorot's weights, RMSprop at 0.001 for forward and for feedback weights alike."""
    network = MLP(hidden, tanh, output("softmax"), init=Glorot())
    return cells([task], RULES, [network], RMSprop(1e-3), epochs, batch, seeds)


def smoke() -> list[Cell]:
    """Seconds."""
    return at("two-moons[examples=100]", (6, 6), 1, 20, 1)


def fast() -> list[Cell]:
    """Digits by four layers of 64 units, 30 epochs, three seeds; minutes."""
    return at("digits", (64,) * 4, 30, 50, 3)


def paper() -> list[Cell]:
    """MNIST by seven layers of 240 units, 100 epochs, batches of 100; days."""
    return [*fast(), *at("mnist", (240,) * 7, 100, 100, 5)]


def test_error(rule: str) -> Ours:
    """The test error of MNIST in per cent, one number per seed."""

    def ours(table: pd.DataFrame) -> list[float]:
        found = table[(table.task == "mnist") & (table.split == "test") & (table.metric == "accuracy")]
        return [100 * (1 - v) for v in found[found.rule == rule].value]

    return ours


def lead(rule: str, other: str) -> Ours:
    """Test accuracy on digits less that of another rule at the same seed, in points."""

    def ours(table: pd.DataFrame) -> list[float]:
        found = table[(table.task == "digits") & (table.split == "test") & (table.metric == "accuracy")]
        wide = found.pivot_table("value", "seed", "rule", observed=True)
        return [*(100 * (wide[rule] - wide[other])).dropna()] if {rule, other} <= {*wide} else []

    return ours


SOURCE = "[lee2015], MNIST, 7×240 tanh units, as it is remembered"
OTHERS = {
    "network": "64×4, not 240×7",
    "data": "digits, not MNIST",
    "epochs": "30, not 100",
    "rates": "0.001 for all",
}
published = (
    Published("MNIST test error, DTP, per cent", 2.6, 0.0, SOURCE, "M", test_error(DTP), PERCENT, side="at most", otherwise=(3.0, "a point more than is remembered"), because="1.94 is remembered", differs={"rates": OTHERS["rates"]}, runs="mnist, DTP"),
    Published("MNIST test error, backprop, per cent", 1.86, 0.2, SOURCE, "M", test_error("backprop"), PERCENT, otherwise=(2.4, "half a point more"), because="two standard errors of an error near 2 per cent on 10,000 images", differs={"rates": OTHERS["rates"]}, runs="mnist, backprop"),
    Published("digits: test accuracy, DTP less backprop, points", -0.08, 1.0, SOURCE, "M", lead(DTP, "backprop"), otherwise=(-2.1, "two points fewer"), because="a point, stated as equivalent", differs=OTHERS, runs="digits, DTP"),
    Published("digits: test accuracy, DTP less target propagation without a difference, points", 0.0, 0.0, SOURCE, "M", lead(DTP, TP), side="at least", otherwise=(-1.0, "a point fewer"), because="the sign, and nothing else, is remembered", differs=OTHERS, runs="digits, TP"),
)  # fmt: skip

study = Study(
    "lee2015",
    " ".join((__doc__ or "").split()),
    {"smoke": smoke, "fast": fast, "paper": paper},
    published,
    ("accuracy", "gradient angle", "weight angle"),
)
