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
SEEDS = "what ten seeds differ by, less than half way to the error 500 examples on"
# A public reproduction, one seed, scales among 0.05, 0.1 and 0.2 [V]. The paper's 2.4 and 2.1 per cent [M] are not
# reached in this many examples at this rate, there or here.
REPORT, PAPER = "iboudhaine/feedback-alignment-reprod, report.tex", "[lillicrap2016], Fig. 2"
MINIBATCHES = {
    "data": "50,000 training examples, not 60,000, in minibatches of 50 at the scale fast, not one by one",
    "rates": "weights and feedback from ±0.1: theirs are among 0.05, 0.1 and 0.2",
}
ONLINE = MINIBATCHES | {"rates": "weights and feedback from ±0.1: theirs were found by hand and are not said"}
BINOMIAL = "two standard errors of an error near 2 per cent on 10,000 images"
REACHED = (10.0, "what a public reproduction reached in as many examples")


def error_after(
    rule: str, examples: int, value: float, tolerance: float, other: float, name: str
) -> Published:
    """The normalised error of the linear task after so many examples; `other` is that 500 examples on, or backprop's."""
    return Published(
        f"normalised error of {name} after {examples:,} examples", value, tolerance, RERUN, "R",
        at(rule, examples, "normalised error"), AMOUNT, otherwise=(other, "the error 500 examples on, or backprop's"),
        because=SEEDS, runs=name, hindsight="the tolerance was 0.004, more than half way" if tolerance < 0.0026 else "",
    )  # fmt: skip


def angle_after(examples: int, value: float) -> Published:
    """The delta angle of the linear task after so many examples."""
    return Published(
        f"delta angle after {examples:,} examples, degrees", value, 4.0, RERUN, "R",
        at(FEEDBACK, examples, "delta angle", "W1", "train"), DEGREES, otherwise=(90.0, "the angle before learning"),
        because="what ten seeds differ by", runs="feedback alignment",
    )  # fmt: skip


published = (
    error_after("backprop", 1500, 0.263, 0.08, 0.087, "backprop"),
    error_after(FEEDBACK, 500, 0.290, 0.08, 0.041, "feedback alignment"),
    error_after(FEEDBACK, 1500, 0.0061, 0.0025, 0.0010, "feedback alignment"),
    error_after("shallow", 1500, 0.999, 0.003, 0.263, "shallow learning"),
    angle_after(500, 29.6),
    angle_after(2500, 29.0),
    *(
        Published(f"MNIST test error of {name}, 25 epochs, per cent", value, 1.5, REPORT, "V", test_error(rule), PERCENT, otherwise=(2.4, "what the paper reports"), because="ten times the standard error of a rate on 10,000 images, for scales that are not known", differs=MINIBATCHES, runs=f"MNIST, {name}")
        for rule, name, value in (("backprop", "backprop", 10.04), ("feedback-alignment", "feedback alignment", 9.98))
    ),
    *(
        Published(f"MNIST test error of {name}, per cent", value, 0.3, PAPER, "M", test_error(rule), PERCENT, otherwise=REACHED, because=BINOMIAL, differs=ONLINE, runs=f"MNIST, {name}")
        for rule, name, value in (("backprop", "backprop", 2.4), ("feedback-alignment", "feedback alignment", 2.1))
    ),
)  # fmt: skip

study = Study(
    "lillicrap2016",
    " ".join((__doc__ or "").split()),
    {"smoke": smoke, "fast": fast, "paper": paper},
    published,
)
