"""Does holomorphic equilibrium propagation lose its error exponentially with the points of its oscillation?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from plausible.networks.activations import logistic
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.sgd import SGD
from plausible.study.columns import option
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


def errors(table: pd.DataFrame) -> pd.DataFrame:
    """The relative distance of W1's change from the gradient: rows are seeds and nudges, columns numbers of points."""
    found = table[(table.metric == "gradient distance") & (table.layer == "W1") & (table.epoch == 0)]
    found = found.assign(nudge=option(found, "rule_nudge"), points=option(found, "rule_points"))
    return found.pivot_table("value", ["seed", "nudge"], "points", observed=True)


def order(points: int) -> Ours:
    """The order of the error in the nudge with N points, log2(error at |β| = 0.2 / error at 0.1): by theory, N."""

    def ours(table: pd.DataFrame) -> list[float]:
        found = errors(table)
        by_nudge = found[points].unstack("nudge") if points in found else pd.DataFrame()
        if not {0.1, 0.2} <= {*by_nudge}:
            return []
        return [float(value) for value in np.log2(by_nudge[0.2] / by_nudge[0.1]).dropna()]

    return ours


def slopes(table: pd.DataFrame, nudge: float) -> pd.Series[float]:
    """The fitted slope of log(error) against N at one nudge, by seed, of errors well above rounding."""
    found = errors(table)
    found = found[found.index.get_level_values("nudge") == nudge].droplevel("nudge")
    several = {seed: row[row > ROUNDING] for seed, row in found.iterrows() if (row > ROUNDING).sum() > 1}
    fits = {seed: float(np.polyfit(row.index, np.log(row), 1)[0]) for seed, row in several.items()}
    return pd.Series(fits, dtype=float)


def per_point(nudge: float) -> Ours:
    """The slope of log(error) against N at one nudge, over log |β|."""
    return lambda table: [float(value) for value in slopes(table, nudge) / np.log(nudge)]


def steeper(small: float, large: float) -> Ours:
    """By how much that slope is steeper at the smaller of two nudges, over the logarithm of their ratio."""

    def ours(table: pd.DataFrame) -> list[float]:
        more = (slopes(table, small) - slopes(table, large)).dropna()
        return [float(value) for value in more / np.log(small / large)]

    return ours


# Cauchy: with N points the error is c (|β| / ρ)^N (1 + a term smaller by the error itself), ρ the distance of the nearest
# singularity. At N = 4 that term is below a hundredth, and a fitted order keeps the tenth of all orders here. The slope
# against N is log(|β| / ρ): over log |β| it is 1 for ρ = 1, and for ρ within a factor of two of 1, which is all that is
# known of it before, 1 ± log 2 / log 10 at |β| = 0.1. Between two nudges ρ drops out, and c too.
ROUNDING = 1e-10  # phases settle to 1e-13, and their contrasts are divided by nudges of 0.1 and more
CAUCHY = "Cauchy's formula: the error goes as the nudge to the power N"
TENTH = "a tenth of an order: the next term is below a hundredth"
published = (
    Published("order of the error in the nudge with N = 4 points", 4.0, 0.1, f"re-run of a scalar toy, and {CAUCHY}", "R", order(4), otherwise=(3.0, "the order with one point fewer"), because=TENTH),
    Published("slope of log error against N at |β| = 0.1, over log |β|", 1.0, 0.3, CAUCHY, "C", per_point(0.1), otherwise=(0.0, "no dependence on N"), because="the singularity within a factor of two of 1"),
    Published("what |β| = 0.1 adds to that slope at 0.2, over log ½", 1.0, 0.1, CAUCHY, "C", steeper(0.1, 0.2), otherwise=(0.0, "no dependence on the nudge"), because=TENTH),
)  # fmt: skip

study = Study(
    "laborieux2022",
    " ".join((__doc__ or "").split()),
    {"smoke": smoke, "fast": fast, "paper": paper},
    published,
    ("gradient distance", "gradient angle"),
)
