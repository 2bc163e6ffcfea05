"""Does learning with fixed random feedback align with the gradient, and how fast, as [lillicrap2016] reports?"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from plausible.networks.activations import identity, logistic, tanh
from plausible.networks.inits import Uniform
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.sgd import SGD
from plausible.optimise.wrappers import Decay
from plausible.study.columns import option
from plausible.study.statistics import AMOUNT, DEGREES, PERCENT
from plausible.study.study import Cell, Ours, Published, Study, cells

FEEDBACK = "feedback-alignment[feedback=uniform(0.5)]"
RULES = ("backprop", "shallow", FEEDBACK)
SCALES = (1e-4, 1e-3, 0.01, 0.05, 0.1, 0.125, 0.15, 0.2, 0.25)  # of initial weights, the paper's sweep

LINEAR = "linear-teacher[examples=2500]"  # online: each example is seen once


def student(scale: float) -> MLP:
    """30-20-10 linear units without biases, weights uniform on ±scale."""
    return MLP((20,), identity, output("linear"), "float64", Uniform(scale), bias=False)


def linear(seeds: int) -> list[Cell]:
    """Task 1: a linear function, learned online at the rate 1e-3; Fig. 1."""
    return cells([LINEAR], RULES, [student(0.01)], SGD(1e-3), epochs=1, batch_size=1, seeds=seeds)


def sweep(scales: Sequence[float], seeds: int) -> list[Cell]:
    """Task 1 from larger and smaller initial weights; Fig. 4."""
    students = [student(scale) for scale in scales]
    return cells([LINEAR], [FEEDBACK], students, SGD(1e-3), epochs=1, batch_size=1, seeds=seeds)


def nonlinear(examples: int, epochs: int, seeds: int) -> list[Cell]:
    """Task 3: a function of two hidden layers, for students of one and two; Fig. 3.

    The scale of weights and feedback was found by hand in the paper; ours are the suite's defaults. Ours repeat
    `examples` examples for `epochs` epochs, the paper's are always new.
    """
    students = [MLP(hidden, tanh, output("linear"), "float64") for hidden in ((20,), (20, 10))]
    rules = ("backprop", "shallow", "feedback-alignment")
    task = f"nonlinear-teacher[examples={examples}]"
    return cells([task], rules, students, SGD(1e-3), epochs=epochs, batch_size=1, seeds=seeds)


def mnist(epochs: int, batch_size: int, seeds: int) -> list[Cell]:
    """Task 2: MNIST on 784-1000-10 logistic units, half the squared error, the rate 1e-3; Fig. 2.

    The paper learns online and found ω and β, the scales of weights and feedback, by hand without saying them; here
    both are 0.1. The summed error of a minibatch stands for as many online steps, up to the square of the rate; and
    10,000 of the 60,000 training examples are held out for validation.
    """
    network = MLP((1000,), logistic, output("logistic-squared", "sum"), init=Uniform(0.1))
    rules = ("backprop", "shallow", "feedback-alignment[feedback=uniform(0.1)]")
    return cells(["mnist"], rules, [network], Decay(SGD(1e-3), 1e-6 * batch_size), epochs, batch_size, seeds)


def smoke() -> list[Cell]:
    """Seconds."""
    return [*linear(2), *sweep((0.01, 0.25), 1), *nonlinear(200, 1, 1)]


def fast() -> list[Cell]:
    """Minutes: the linear task as published; the nonlinear one of 200,000 examples, and MNIST in minibatches of 50.

    Both have three seeds.
    """
    return [*linear(20), *sweep(SCALES, 20), *nonlinear(20_000, 10, 3), *mnist(25, 50, 3)]


def paper() -> list[Cell]:
    """The published settings: 20 trials, 1.5 million examples of the nonlinear task, and MNIST online."""
    return [*linear(20), *sweep(SCALES, 20), *nonlinear(100_000, 15, 20), *mnist(25, 1, 3)]


def at(rule: str, examples: int, metric: str, layer: str = "", split: str = "validation") -> Ours:
    """One number per seed of the linear task, from weights of the paper's scale."""

    def ours(table: pd.DataFrame) -> list[float]:
        found = table[(table.task == LINEAR) & (table.rule == rule) & (table.init == repr(Uniform(0.01)))]
        found = found[(found.metric == metric) & (found.layer == layer) & (found.split == split)]
        return [float(value) for value in found[found.examples == examples].value]

    return ours


def test_error(rule: str) -> Ours:
    """The test error of MNIST in per cent, one number per seed."""

    def ours(table: pd.DataFrame) -> list[float]:
        found = table[(table.task == "mnist") & (table.split == "test") & (table.metric == "accuracy")]
        return [100 * (1 - value) for value in found[option(found, "rule_name") == rule].value]

    return ours


# Our own re-run of task 1 in plain numpy, ten seeds [R]; ours and theirs may differ by what ten seeds do.
RERUN = "re-run of [lillicrap2016] task 1, ten seeds"
# A public reproduction, one seed, scales among 0.05, 0.1 and 0.2 [V]. The paper's 2.4 and 2.1 per cent [M] are not
# reached in this many examples at this rate, there or here.
REPORT = "iboudhaine/feedback-alignment-reprod, report.tex"
published = (
    Published("normalised error of backprop after 1,500 examples", 0.263, 0.08, RERUN, "R", at("backprop", 1500, "normalised error"), bounds=AMOUNT),
    Published("normalised error of feedback alignment after 500", 0.290, 0.08, RERUN, "R", at(FEEDBACK, 500, "normalised error"), bounds=AMOUNT),
    Published("normalised error of feedback alignment after 1,500", 0.0061, 0.004, RERUN, "R", at(FEEDBACK, 1500, "normalised error"), bounds=AMOUNT),
    Published("normalised error of shallow learning after 1,500", 0.999, 0.003, RERUN, "R", at("shallow", 1500, "normalised error"), bounds=AMOUNT),
    Published("delta angle after 500 examples, degrees", 29.6, 4.0, RERUN, "R", at(FEEDBACK, 500, "delta angle", "W1", "train"), bounds=DEGREES),
    Published("delta angle after 2,500 examples, degrees", 29.0, 4.0, RERUN, "R", at(FEEDBACK, 2500, "delta angle", "W1", "train"), bounds=DEGREES),
    Published("MNIST test error of backprop, 25 epochs, per cent", 10.04, 1.5, REPORT, "V", test_error("backprop"), bounds=PERCENT),
    Published("MNIST test error of feedback alignment, 25 epochs, per cent", 9.98, 1.5, REPORT, "V", test_error("feedback-alignment"), bounds=PERCENT),
)  # fmt: skip

study = Study(
    "lillicrap2016",
    " ".join((__doc__ or "").split()),
    {"smoke": smoke, "fast": fast, "paper": paper},
    published,
)
