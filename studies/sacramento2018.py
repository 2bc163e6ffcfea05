"""Do interneurons learn to silence apical dendrites, and does what they then hear teach MNIST?"""

from __future__ import annotations

import pandas as pd

from plausible.functions import Uniform, logistic, output, softplus
from plausible.networks import MLP
from plausible.optimise.sgd import SGD
from plausible.optimise.wrappers import Grouped
from plausible.study.study import Cell, Ours, Published, Study, cells

CIRCUIT = "dendritic-microcircuit[predicting=False,duration=20.0,step=0.1,noise=0.1]"
STEADY = ("backprop", "feedback-alignment", "self-predicting-microcircuit[nudge=0.1]")


def self_prediction(examples: int, epochs: int, seeds: int) -> list[Cell]:
    """30-20-10 softplus units in time, weights uniform on ±1; forward weights rest while interneurons learn; Fig. 2.

    The paper shows a pattern for 100 ms, ours for 20 ms, forty times the membrane's time constant; and learns a
    million of them, one by one.
    """
    network = MLP((20,), softplus, output("linear"), init=Uniform(0.3), bias=False)
    optimiser = Grouped((("I*", SGD(0.1)), ("P*", SGD(0.05))), SGD(0.0))
    task = f"nonlinear-teacher[examples={examples}]"
    return cells([task], [CIRCUIT], [network], optimiser, epochs, 10, seeds)


def steady(task: str, hidden: tuple[int, ...], epochs: int, seeds: int) -> list[Cell]:
    """784-500-500-10 logistic units in the self-predicting steady state; Fig. 5."""
    network = MLP(hidden, logistic, output("softmax"))
    return cells([task], STEADY, [network], SGD(0.5, momentum=0.9), epochs, 100, seeds)


def smoke() -> list[Cell]:
    """Seconds."""
    return [*self_prediction(20, 1, 1), *steady("two-moons[examples=100]", (6,), 1, 1)]


def fast() -> list[Cell]:
    """Self-prediction over 1,000 presentations, and the steady state on digits."""
    return [*self_prediction(200, 5, 2), *steady("digits", (64, 64), 10, 2)]


def paper() -> list[Cell]:
    """A million presentations; MNIST in the published network: days."""
    return [*self_prediction(10_000, 100, 5), *steady("mnist", (500, 500), 100, 5)]


def test_error(rule: str) -> Ours:
    """The test error of MNIST in per cent, one number per seed."""

    def ours(table: pd.DataFrame) -> list[float]:
        found = table[(table.task == "mnist") & (table.split == "test") & (table.metric == "accuracy")]
        return [100 * (1 - v) for v in found[found.rule.str.startswith(rule)].value]

    return ours


def silence(table: pd.DataFrame) -> list[float]:
    """The apical potential at the end, as a fraction of what it was, one for every seed."""
    found = table[table.metric == "apical potential"].sort_values("examples")
    return [float(part.value.iloc[-1] / part.value.iloc[0]) for _, part in found.groupby("seed")]


published = (
    Published("apical potential, of what it was before interneurons learned", 0.0, 0.1, "[sacramento2018], Fig. 2", "M", silence),
    Published("MNIST test error, microcircuit, per cent", 1.96, 0.5, "[sacramento2018], Fig. 5", "M", test_error("self-predicting")),
    Published("MNIST test error, backprop, per cent", 1.53, 0.3, "[sacramento2018], Fig. 5", "M", test_error("backprop")),
)  # fmt: skip

study = Study(
    "sacramento2018",
    " ".join((__doc__ or "").split()),
    {"smoke": smoke, "fast": fast, "paper": paper},
    published,
    ("apical potential", "accuracy", "loss", "normalised error", "gradient angle", "residual", "oscillating"),
)
