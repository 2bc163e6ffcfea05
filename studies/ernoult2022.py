"""Does the local difference reconstruction loss turn the changes of target propagation towards the gradient, and does that help?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from plausible.networks.activations import tanh
from plausible.networks.inits import Glorot
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.adam import Adam
from plausible.study.study import Cell, Ours, Published, Study, cells

LOCAL, WHOLE = "local-difference-reconstruction", "difference-reconstruction"
PLAIN = "difference-target-propagation[top=output]"
RULES = ("backprop", LOCAL, WHOLE, PLAIN, "feedback-alignment")


def at(task: str, hidden: tuple[int, ...], epochs: int, batch: int, seeds: int) -> list[Cell]:
    """Tanh units and a softmax, Glorot's normal weights, Adam at 0.001 for forward and for feedback weights alike."""
    network = MLP(hidden, tanh, output("softmax"), init=Glorot("normal"))
    return cells([task], RULES, [network], Adam(1e-3), epochs, batch, seeds)


def smoke() -> list[Cell]:
    """Seconds."""
    return at("two-moons[examples=100]", (6, 6), 1, 20, 1)


def fast() -> list[Cell]:
    """Digits by three layers of 64 units, 20 epochs, three seeds; minutes."""
    return at("digits", (64,) * 3, 20, 32, 3)


def paper() -> list[Cell]:
    """MNIST by five layers of 256 units, 50 epochs; the paper's networks are convolutional, and its images CIFAR-10."""
    return [*fast(), *at("mnist", (256,) * 5, 50, 128, 5)]


def lead(rule: str, other: str) -> Ours:
    """Test accuracy on digits less that of another rule at the same seed, in points."""

    def ours(table: pd.DataFrame) -> list[float]:
        found = table[(table.task == "digits") & (table.split == "test") & (table.metric == "accuracy")]
        wide = found.pivot_table("value", "seed", "rule", observed=True)
        return [*(100 * (wide[rule] - wide[other])).dropna()] if {rule, other} <= {*wide} else []

    return ours


def angle(table: pd.DataFrame) -> list[float]:
    """By how many degrees the last change of W_1 by the local loss is nearer to the gradient than by plain inverses."""
    found = table[(table.task == "digits") & (table.metric == "gradient angle") & (table.layer == "W1")]
    last = found[found.epoch == found.epoch.max()]
    wide = last.pivot_table("value", "seed", "rule", observed=True)
    return [*np.asarray(wide[PLAIN] - wide[LOCAL])] if {PLAIN, LOCAL} <= {*wide} else []


SOURCE = "[ernoult2022], CIFAR-10 by a convolutional network, as it is remembered"
OURS = {"data": "digits, not CIFAR-10", "network": "64×3 tanh units, not five convolutions", "epochs": "20, not 90", "rule": "feedback learns once a presentation, not 20 to 55 times"}  # fmt: skip
published = (
    Published("digits: test accuracy, local loss less backprop, points", 0.3, 1.0, SOURCE, "M", lead(LOCAL, "backprop"), otherwise=(-2.0, "two points fewer"), because="a point, stated as equivalent", differs=OURS, runs="digits, local"),
    Published("digits: by how many degrees the local loss is nearer to the gradient than plain inverses", 0.0, 0.0, SOURCE, "M", angle, side="at least", otherwise=(-5.0, "farther from it"), because="the sign, and nothing else, is remembered", differs=OURS, runs="digits, angle"),
)  # fmt: skip

study = Study(
    "ernoult2022",
    " ".join((__doc__ or "").split()),
    {"smoke": smoke, "fast": fast, "paper": paper},
    published,
    ("accuracy", "gradient angle", "weight angle"),
)
