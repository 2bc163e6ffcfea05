"""Is the bias of equilibrium propagation of first order in a nudge from one side, and of second in a symmetric one?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from plausible.networks.activations import tanh
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.sgd import SGD
from plausible.study.columns import option
from plausible.study.study import Cell, Ours, Published, Study, cells

NUDGES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
SIDES = ("one-sided", "symmetric")
REST = "euler(4000,0.5,tolerance=1e-13)"
BIASED = slice(1, 5)  # nudges small enough for the law, and large beside rounding


def rule(nudging: str, nudge: float) -> str:
    """Equilibrium propagation that has settled to rounding, so that its bias is the nudge's alone."""
    return f"equilibrium-propagation[free={REST},nudged={REST},nudge={nudge},nudging={nudging}]"


def at(task: str, hidden: tuple[int, ...], nudges: tuple[float, ...], seeds: int) -> list[Cell]:
    """One step from initial weights: the distance of its change from the gradient at the equilibrium is the bias."""
    rules = [rule(nudging, nudge) for nudging in SIDES for nudge in nudges]
    network = MLP(hidden, tanh, output("softmax"), "float64")
    return cells([task], rules, [network], SGD(1e-6), 1, 100_000, seeds)


def smoke() -> list[Cell]:
    """Seconds."""
    return at("two-moons[examples=40]", (4,), (0.01, 0.1), 1)


def fast() -> list[Cell]:
    """Two hidden layers on two moons, a minute."""
    return at("two-moons[examples=60]", (6, 5), NUDGES, 3)


def paper() -> list[Cell]:
    """The same on MNIST in the size of the authors' check, 784-512-10; their CIFAR-10 networks need a GPU."""
    return at("mnist", (512,), NUDGES, 5)


def slope(nudging: str) -> Ours:
    """The order of the bias: the fitted slope of the distance of W1's change against the nudge, one for every seed."""

    def ours(table: pd.DataFrame) -> list[float]:
        found = table[(table.metric == "gradient distance") & (table.layer == "W1") & (table.epoch == 0)]
        found = found[option(found, "rule_nudging") == nudging]
        slopes = []
        for _, seed in found.groupby("seed"):
            nudge = option(seed, "rule_nudge")
            inside = nudge.between(NUDGES[BIASED][0], NUDGES[BIASED][-1])
            if inside.sum() > 1:
                slopes.append(float(np.polyfit(np.log(nudge[inside]), np.log(seed.value[inside]), 1)[0]))
        return slopes

    return ours


# A fit up to a nudge of 0.1 still feels the next power; the re-run too states its slopes to a tenth.
RERUN = "re-run of the law in plain numpy, 6-5-4-3 smooth units"
TENTH = "a tenth of an order: a fit up to a nudge of 0.1 feels the next power"
published = (
    Published("order of the bias, nudged from one side", 1.0, 0.1, RERUN, "R", slope("one-sided"), otherwise=(2.0, "the order of a symmetric nudge"), because=TENTH, runs="one-sided"),
    Published("order of the bias, nudged symmetrically", 2.0, 0.1, RERUN, "R", slope("symmetric"), otherwise=(1.0, "the order of a nudge from one side"), because=TENTH, runs="symmetric"),
)  # fmt: skip

study = Study(
    "laborieux2021",
    " ".join((__doc__ or "").split()),
    {"smoke": smoke, "fast": fast, "paper": paper},
    published,
    ("gradient distance", "gradient angle"),
)
