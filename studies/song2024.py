"""Does settling before learning, prospective configuration, win where examples come one by one?

The interference of one output with another in the 1-1-2 network, with its exact numbers, is a test in
tests/identities/test_predictive_coding.py.
"""

from __future__ import annotations

import pandas as pd

from plausible.functions import Glorot, logistic, output
from plausible.networks import MLP
from plausible.optimise.sgd import SGD
from plausible.study.study import Cell, Ours, Published, Study, cells

PC = "predictive-coding[settling=euler(64,0.1,halving=True)]"
RULES = ("backprop", PC)
RATES = (0.01, 0.05, 0.1, 0.2, 0.3)


def online(
    task: str, hidden: tuple[int, ...], rates: tuple[float, ...], batch: int, seeds: int
) -> list[Cell]:
    """One epoch, example by example or nearly, at every rate: logistic units, no biases, half the squared error; Fig. 4.

    The authors take the mean test error over 200 checks of 64 steps each; ours is the validation error over an epoch.
    """
    network = MLP(hidden, logistic, output("logistic-squared"), init=Glorot("normal"), bias=False)
    return [run for rate in rates for run in cells([task], RULES, [network], SGD(rate), 1, batch, seeds)]


def smoke() -> list[Cell]:
    """Seconds."""
    return online("two-moons[examples=60]", (6,), (0.1,), 1, 1)


def fast() -> list[Cell]:
    """Digits, one by one, some minutes."""
    return online("digits", (32, 32), RATES, 1, 3)


def paper() -> list[Cell]:
    """Fashion-MNIST in 784-32-32-10, in batches of 1, 8, 16, 32 and 64; hours."""
    found: list[Cell] = []
    for batch in (1, 8, 16, 32, 64):
        found += online("fashion-mnist", (32, 32), (0.005, *RATES, 0.5), batch, 10)
    return found


def advantage(table: pd.DataFrame) -> list[float]:
    """Backprop's mean error over the epoch less that of predictive coding, each at its best rate; one for a seed."""
    found = table[(table.metric == "accuracy") & (table.split == "validation") & (table.examples > 0)]
    mean = found.groupby(["rule", "optimiser", "seed"], observed=True).value.mean()
    best = mean.groupby(["rule", "seed"]).max().unstack("rule")
    if not {*RULES} <= {*best.columns}:
        return []
    return [float(100 * value) for value in best[PC] - best.backprop]


ours: Ours = advantage
published = (
    Published("advantage at batch 1, points, positive in the paper", 2.0, 2.0, "[song2024], Fig. 4, its sign", "M", ours),
)  # fmt: skip

study = Study(
    "song2024",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "paper": paper},
    published,
    ("accuracy", "loss", "gradient angle", "residual", "oscillating"),
)
