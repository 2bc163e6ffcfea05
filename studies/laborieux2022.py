"""Does holomorphic equilibrium propagation lose its error exponentially with the points of its oscillation?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from plausible.functions import logistic, output
from plausible.networks import MLP
from plausible.optimise.sgd import SGD
from plausible.study.study import Cell, Ours, Published, Study, cells

NUDGES = (0.1, 0.2, 0.5)
POINTS = (2, 3, 4, 6, 8)
REST = "euler(4000,0.5,tolerance=1e-13)"


def rule(nudge: float, points: int) -> str:
    """Holomorphic equilibrium propagation that has settled to rounding."""
    return f"holomorphic-equilibrium-propagation[free={REST},nudged={REST},nudge={nudge},points={points}]"


def at(task: str, hidden: tuple[int, ...], points: tuple[int, ...], seeds: int) -> list[Cell]:
    """One step from initial weights: its distance from the gradient at the equilibrium is what N points leave.

    The authors' toy has 6-4-4-4 units with a shifted logistic function, and a squared error; ours has logistic units of
    the usual place, and as many inputs and outputs as its task.
    """
    rules = [rule(nudge, n) for nudge in NUDGES for n in points]
    network = MLP(hidden, logistic, output("linear"), "float64")
    return cells([task], rules, [network], SGD(1e-6), 1, 100_000, seeds)


def smoke() -> list[Cell]:
    """Seconds."""
    return at("two-moons[examples=40]", (4,), (2, 4), 1)


def fast() -> list[Cell]:
    """Two hidden layers of four units on two moons, some minutes."""
    return at("two-moons[examples=60]", (4, 4), POINTS, 3)


def paper() -> list[Cell]:
    """The same on digits; the authors' CIFAR-10 and ImageNet32 networks need a GPU."""
    return at("digits", (64, 64), POINTS, 5)


def decades(nudge: float) -> Ours:
    """The slope of the logarithm of the error against N, over the logarithm of the nudge: as |β| to the N, 1."""

    def ours(table: pd.DataFrame) -> list[float]:
        found = table[(table.metric == "gradient distance") & (table.layer == "W1") & (table.epoch == 0)]
        n = found.rule.str.extract(r"points=(\d+)")[0].astype(float)
        size = found.rule.str.extract(r"nudge=([\d.]+)")[0].astype(float)
        slopes = []
        for _, pair in found.assign(n=n, size=size)[(n == 4)].groupby("seed"):
            large, small = (pair[pair["size"] == s].value for s in (nudge, nudge / 2))
            if len(large) and len(small):
                slopes.append(float(np.log2(large.iloc[0] / small.iloc[0])))
        return slopes

    return ours


RERUN = "Cauchy's formula, and a re-run of a scalar toy: the error goes as the nudge to the power N"
published = (
    Published("order of the error in the nudge with N = 4 points", 4.0, 0.3, RERUN, "R", decades(0.2)),
)

study = Study(
    "laborieux2022",
    " ".join((__doc__ or "").split()),
    {"smoke": smoke, "fast": fast, "paper": paper},
    published,
    ("gradient distance", "gradient angle"),
)
