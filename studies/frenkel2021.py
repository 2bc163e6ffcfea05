"""Can hidden layers learn from the target alone, on the synthetic regression and classification of [frenkel2021]?

One rate for all rules. The paper's rates are not known to us, nor are its tables; what it reports is an order: targets
teach hidden layers better than not teaching them, and less well than errors do.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.sgd import SGD
from plausible.study.statistics import TRIALS
from plausible.study.study import Cell, Ours, Published, Study, cells

DRTP, SIGN = "direct-random-target-projection", "sign-direct-feedback-alignment"
RULES = ("backprop", "feedback-alignment", "direct-feedback-alignment", SIGN, DRTP, "shallow")
BATCH = 50


def regression(epochs: int, seeds: int) -> list[Cell]:
    """Ten cosines of the mean input: 256-100-10 tanh units, linear outputs, half the squared error."""
    network = MLP((100,), output=output("linear"))
    return cells(["cosines"], RULES, [network], SGD(1e-3, 0.9, nesterov=True), epochs, BATCH, seeds)


def classification(examples: int, epochs: int, seeds: int) -> list[Cell]:
    """Ten classes of five clusters: 256-500-500-10 tanh units, softmax outputs; each seed draws clusters of its own."""
    network = MLP((500, 500), output=output("softmax"))
    task = f"clusters[examples={examples}]"
    return cells([task], RULES, [network], SGD(1e-3, 0.9, nesterov=True), epochs, BATCH, seeds)


def smoke() -> list[Cell]:
    """Seconds."""
    return regression(1, 1)


def fast() -> list[Cell]:
    """Minutes: the regression as published for fewer epochs, the classification from fewer examples."""
    return [*regression(50, 5), *classification(5000, 10, 3)]


def paper() -> list[Cell]:
    """All 25,000 examples of the classification, 500 epochs, ten seeds: hours."""
    return [*regression(500, 10), *classification(25_000, 500, 10)]


def last(table: pd.DataFrame, kind: str, rule: str) -> pd.Series[float]:
    """The test score of a rule by seed: normalised error of the regression, error rate of the classification."""
    found = table[(table.split == "test") & table.task.str.startswith(kind) & (table.rule == rule)]
    scores = found[found.metric.isin(["normalised error", "accuracy"])].set_index("seed")
    return scores.value.where(scores.metric == "normalised error", 1 - scores.value)


def better(kind: str, rule: str, other: str) -> Ours:
    """By how much `rule` errs less than `other`, of an error of 1, one number per seed."""

    def ours(table: pd.DataFrame) -> list[float]:
        difference = last(table, kind, other) - last(table, kind, rule)
        return [float(value) for value in difference.dropna()]

    return ours


def angles(kind: str, rule: str, right: Callable[[float], bool]) -> Ours:
    """1 for a seed in which each hidden layer's mean angle over the run is right, else 0."""

    def ours(table: pd.DataFrame) -> list[float]:
        found = table[
            table.task.str.startswith(kind) & (table.rule == rule) & (table.metric == "delta angle")
        ]
        last_layer = found.layer.max()
        means = (
            found[(found.layer != last_layer) & (found.examples > 0)].groupby(["seed", "layer"]).value.mean()
        )
        return [float(all(right(value) for value in part)) for _, part in means.groupby("seed")]

    return ours


SOURCE = "[frenkel2021], as it is remembered"
SIGN_ONLY = "the sign of a difference, and nothing else, is remembered"
RATES_OURS = {"rates": "one rate for all rules, theirs are not known to us"}
FEWER = {
    "cosines": RATES_OURS | {"epochs": "50, not 500"},
    "clusters": RATES_OURS | {"epochs": "10, not 500", "data": "5,000 examples, not 25,000"},
}
published = (
    *(
        Published(f"{kind}: by how much {what}", 0.0, 0.0, SOURCE, "M", better(kind, first, second), side="at least", otherwise=(-0.01, "a hundredth more"), because=SIGN_ONLY, differs=FEWER[kind], runs=f"{kind}, {first}, {second}")
        for kind in ("cosines", "clusters")
        for what, first, second in (
            ("DRTP errs less than shallow learning", DRTP, "shallow"),
            ("backprop errs less than DRTP", "backprop", DRTP),
            ("the error's sign errs less than the target", SIGN, DRTP),
        )
    ),
    Published("clusters: share of seeds in which DRTP's signals are within 90° of backprop's", 1.0, 0.0, SOURCE, "M", angles("clusters", DRTP, lambda angle: bool(np.less(angle, 90))), TRIALS, side="at least", otherwise=(0.5, "by chance"), because="all of them", differs=FEWER["clusters"], runs="clusters, angles"),
)  # fmt: skip

study = Study(
    "frenkel2021",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "paper": paper},
    published,
    metrics=("accuracy", "normalised error", "delta angle", "gradient angle"),
)
