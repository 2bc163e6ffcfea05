"""Do hidden layers learn from fixed random classifiers, whatever their errors come back by, as in [mostafa2018]?

Three layers of rectified units, each below a fixed random classifier, whose error comes back by its transpose, by a
random matrix of its signs, or by another random matrix; beside classifiers that learn, backpropagation, and a read-out
on hidden layers that never learn. All have the same optimiser and learn for a few epochs.
"""

from __future__ import annotations

import pandas as pd

from plausible.networks.activations import relu
from plausible.networks.mlp import MLP
from plausible.optimise.adam import Adam
from plausible.study.statistics import PERCENT
from plausible.study.study import Cell, Ours, Published, Study, cells

FIXED = [f"fixed-classifiers[back={back}]" for back in ("transpose", "signs", "random")]
RULES = ["backprop", "layerwise-classifiers", *FIXED, "shallow"]
BATCH = 100


def recipe(task: str, hidden: tuple[int, ...], epochs: int, seeds: int) -> list[Cell]:
    """Every rule under one optimiser."""
    return cells([task], RULES, [MLP(hidden, relu)], Adam(1e-3), epochs, BATCH, seeds)


def smoke() -> list[Cell]:
    """Digits, in seconds."""
    return recipe("digits", (20, 20), 2, 2)


def fast() -> list[Cell]:
    """Layers of 200 units, three epochs, three seeds: minutes."""
    return recipe("mnist", (200, 200, 200), 3, 3)


def paper() -> list[Cell]:
    """Layers of 1000 units, a hundred epochs, five seeds: days on two cores."""
    return recipe("mnist", (1000, 1000, 1000), 100, 5)


def test_accuracy(rule: str, hidden: str, epochs: int) -> Ours:
    """Test accuracy in per cent, one number per seed."""

    def ours(table: pd.DataFrame) -> list[float]:
        mine = (table.rule == rule) & (table.hidden.astype(str) == hidden) & (table.task == "mnist")
        found = table[mine & (table.split == "test") & (table.metric == "accuracy")]
        return [100 * float(value) for value in found[found.epoch.round() == epochs].value]

    return ours


MEMORY = "[mostafa2018], its fully connected network on MNIST, as it is remembered"
SMALL = {"network": "3×200 units, no dropout", "epochs": "3, not hundreds", "rates": "Adam at 0.001"}
LARGE = {"network": "no dropout", "rates": "Adam at 0.001"}
CHANCE = (92.0, "a linear classifier's")
published = (
    *(Published(f"{rule}, 3×200, test accuracy after 3 epochs, per cent", 98.6, 1.0, MEMORY, "M", test_accuracy(rule, "200-200-200", 3), PERCENT, otherwise=CHANCE, because="the number is doubtful, and ours learn for 3 epochs", differs=SMALL, runs=f"{rule}, small") for rule in FIXED),
    *(Published(f"{rule}, 3×1000, test accuracy after 100 epochs, per cent", 98.6, 0.5, MEMORY, "M", test_accuracy(rule, "1000-1000-1000", 100), PERCENT, otherwise=CHANCE, because="the number is doubtful", differs=LARGE, runs=f"{rule}, large") for rule in FIXED),
)  # fmt: skip

study = Study(
    "mostafa2018",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "paper": paper},
    published,
    metrics=("accuracy", "gradient angle"),
)
