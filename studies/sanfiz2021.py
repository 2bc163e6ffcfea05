"""Are the signs of the weights enough: uSF, brSF and frSF beside FA, DFA and backprop, as benchmarked by [sanfiz2021]?

The benchmark is of convolutional networks, for which the suite has no layers; ours are multilayer perceptrons, so it is
the order that is held against it, and the angles that theory gives. Glorot's uniform distribution for weights, feedback
and magnitudes, momentum 0.9, the rate divided by ten after one half and three quarters of the epochs, as there.
"""

from __future__ import annotations

import pandas as pd

from plausible.networks.inits import Glorot
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.schedules import Steps
from plausible.optimise.sgd import SGD
from plausible.study.statistics import DEGREES
from plausible.study.study import Cell, Ours, Published, Study, cells

SIGNS = ("uniform-sign-feedback", "batchwise-random-sign-feedback", "fixed-random-sign-feedback")
FA, DFA = "feedback-alignment[feedback=glorot]", "direct-feedback-alignment[feedback=glorot]"
RULES = ("backprop", *SIGNS, FA, DFA)


def recipe(task: str, hidden: tuple[int, ...], epochs: int, per_epoch: int, seeds: int) -> list[Cell]:
    """All rules on one network in batches of 64; `per_epoch` steps make an epoch."""
    network = MLP(hidden, output=output("softmax"), init=Glorot())
    at = (epochs * per_epoch // 2, 3 * epochs * per_epoch // 4)
    return cells([task], RULES, [network], SGD(Steps(0.05, at), 0.9), epochs, 64, seeds)


def smoke() -> list[Cell]:
    """Seconds."""
    return recipe("two-moons[examples=200]", (8, 8), 2, 2, 1)


def fast() -> list[Cell]:
    """Digits on 64-128-128-128-128-10, five seeds, in minutes."""
    return recipe("digits", (128,) * 4, 40, 17, 5)


def paper() -> list[Cell]:
    """MNIST and Fashion-MNIST for the benchmark's 100 epochs on 784-500-500-500-500-10, five seeds: days."""
    tasks = ("mnist", "fashion-mnist")
    return [cell for task in tasks for cell in recipe(task, (500,) * 4, 100, 782, 5)]


def errors(table: pd.DataFrame, rule: str) -> pd.Series[float]:
    """Test errors in per cent, by seed."""
    found = table[(table.split == "test") & (table.metric == "accuracy") & (table.rule == rule)]
    return 100 * (1 - found.groupby("seed").value.mean())


def gap(rule: str, other: str = "backprop") -> Ours:
    """The test error of a rule less that of another, in points, one number per seed."""

    def ours(table: pd.DataFrame) -> list[float]:
        return [float(value) for value in (errors(table, rule) - errors(table, other)).dropna()]

    return ours


def family_gap(other: str) -> Ours:
    """The test error of the sign-symmetric rules, their mean, less that of `other`, in points, one number per seed."""

    def ours(table: pd.DataFrame) -> list[float]:
        family = pd.concat([errors(table, rule) for rule in SIGNS], axis=1).mean(axis=1, skipna=False)
        return [float(value) for value in (family - errors(table, other)).dropna()]

    return ours


def first_angle(rule: str) -> Ours:
    """The angle of feedback to weights before learning, mean of the hidden layers' wide matrices, by seed."""

    def ours(table: pd.DataFrame) -> list[float]:
        found = table[(table.metric == "weight angle") & (table.rule == rule) & (table.epoch == 0)]
        wide = found[found.layer != found.layer.max()]  # the read-out has few weights
        return [float(value) for value in wide.groupby("seed").value.mean()]

    return ours


BENCHMARK = "jsalbert/biotorch, Benchmarks.md, MNIST"
PERCEPTRONS = {"network": "perceptrons, not LeNet", "data": "digits, not MNIST", "epochs": "40, not 100"}
RANDOM_GAP = (0.79, "the gap of feedback alignment there")
SIZE = "four standard errors of matrices of 128 x 128"
# arccos(√3 / 2) for weights that are uniform; arccos(3 / 4) where magnitudes are uniform too. Matrices of 128 x 128 have
# angles within 0.3 degrees of the expectation, about four standard errors.
published = (
    Published("uSF: weight angle before learning, degrees", 30.0, 0.3, "arccos(√3 / 2)", "C", first_angle(SIGNS[0]), DEGREES, otherwise=(37.1, "that of normal weights"), because=SIZE, runs=SIGNS[0]),
    Published("brSF: weight angle before learning, degrees", 41.41, 0.5, "arccos(3 / 4)", "C", first_angle(SIGNS[1]), DEGREES, otherwise=(37.1, "that of normal weights"), because=SIZE, runs=SIGNS[1]),
    Published("frSF: weight angle before learning, degrees", 41.41, 0.5, "arccos(3 / 4)", "C", first_angle(SIGNS[2]), DEGREES, otherwise=(37.1, "that of normal weights"), because=SIZE, runs=SIGNS[2]),
    *(
        Published(f"{rule} less backprop, test error, points", value, 0.35, BENCHMARK, "V", gap(rule), otherwise=RANDOM_GAP, because="less than half way to random feedback", differs=PERCEPTRONS, hindsight="the tolerance was 0.5, more than half way", runs=rule)
        for rule, value in zip(SIGNS, (0.03, 0.0, 0.06), strict=True)
    ),
    *(
        Published(f"sign symmetry less {rule.partition('[')[0]}, test error, points", 0.0, 0.0, BENCHMARK, "V", family_gap(rule), side="at most", otherwise=(0.1, "a tenth of a point more"), because="the order, which is what networks of another kind can show", differs=PERCEPTRONS, runs=rule)
        for rule in (FA, DFA)
    ),
)  # fmt: skip

study = Study(
    "sanfiz2021",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "paper": paper},
    published,
    metrics=("accuracy", "weight angle", "gradient angle", "delta angle"),
)
