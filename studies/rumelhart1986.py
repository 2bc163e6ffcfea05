"""How many sweeps do the two networks need that made backpropagation known: a symmetry detector, and family trees?

Logistic units, half the squared error summed over all cases, changes after whole sweeps. A run ends when every answer is
on the right side of one half, or after so many sweeps. The detector starts from weights uniform on ±0.3. The
trees are shown under four recipes: as published; from weights uniform on ±1, with a decay that is multiplied with the
rate; so at twice the rate; and without the paper's first twenty sweeps at a lower rate and momentum. They were chosen
among 28 that were tried outside the suite.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from plausible.networks.activations import logistic
from plausible.networks.inits import Init, Uniform
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.schedules import Levels
from plausible.optimise.sgd import SGD
from plausible.optimise.wrappers import Decay
from plausible.probes.criterion import Within
from plausible.study.run import Run
from plausible.study.statistics import AMOUNT
from plausible.study.study import Cell, Ours, Published, Study, cells

SMALL, LARGE = Uniform(0.3), Uniform(1.0)
RATE, MOMENTUM, DECAY = 0.01, 0.9, 0.002
FAST = SGD(RATE, momentum=MOMENTUM)


def slowly(rate: float) -> SGD:
    """Lower rate and momentum for the first twenty sweeps."""
    return SGD(Levels((0.005, rate), (20,)), momentum=Levels((0.5, MOMENTUM), (20,)))


RECIPES = (
    (SMALL, slowly(RATE), DECAY),
    (LARGE, slowly(RATE), RATE * DECAY),
    (LARGE, slowly(2 * RATE), RATE * DECAY),
    (LARGE, FAST, RATE * DECAY),
)  # of the trees: weights, steps, and what is lost a sweep
BLOCKED = "blocked-backprop[blocks=(24,6,12,6),tolerance=0.2]"


def network(hidden: tuple[int, ...], start: Init) -> MLP:
    """Logistic units whose weights and biases are drawn from `start`."""
    return MLP(hidden, logistic, output("logistic-squared", "sum"), "float64", start, bias_init=start)


def at(detector_sweeps: int, detectors: int, tree_sweeps: int, trees: int) -> list[Cell]:
    """Both networks."""
    detector, descent = network((2,), SMALL), SGD(0.1, MOMENTUM)
    found = cells(["symmetry"], ["backprop"], [detector], descent, detector_sweeps, 64, detectors)
    for start, steps, decay in RECIPES:
        decaying = Decay(steps, rate=decay)
        of_trees = network((12, 12, 6), start)
        found += cells(["family-trees"], [BLOCKED], [of_trees], decaying, tree_sweeps, 100, trees)
    return [replace(cell, until=Within(0.5)) if isinstance(cell, Run) else cell for cell in found]


def smoke() -> list[Cell]:
    """Seconds."""
    return at(20, 1, 5, 1)


def fast() -> list[Cell]:
    """Minutes: ten seeds of the detector, three of the trees."""
    return at(5000, 10, 6000, 3)


def paper() -> list[Cell]:
    """A hundred seeds of both."""
    return at(5000, 100, 20_000, 100)


def sweeps(task: str, start: Init) -> Ours:
    """Sweeps to criterion from weights drawn from `start`, one number per seed that got there."""

    def ours(table: pd.DataFrame) -> Sequence[float]:
        found = table[(table.task == task) & (table.metric == "epochs to criterion")]
        found = found[found.init.astype(str) == repr(start)]
        return [float(value) for value in found.value]

    return ours


# From memory, and of one run each: ours, a mean over seeds, may be half of it away.
HALF = "half of one run's number"


def published_sweeps(name: str, value: float, task: str, start: Init, never: float, **more: Any) -> Published:
    """The sweeps of one published run; `never` are those after which a run counts as lost."""
    return Published(
        f"{name}, sweeps", value, value // 2, "[rumelhart1986]", "M", sweeps(task, start), AMOUNT,
        otherwise=(never, "the run counts as lost"), because=HALF, runs=name, **more,
    )  # fmt: skip


published = (
    published_sweeps("symmetry detector", 1425, "symmetry", SMALL, 5000),
    published_sweeps("family trees", 1500, "family-trees", SMALL, 6000),
    published_sweeps(
        "family trees from ±1", 1500, "family-trees", LARGE, 6000,
        differs={"network": "weights from ±1, not ±0.3", "rates": "a decay that is multiplied with the rate"},
        hindsight="the three recipes from ±1 were chosen among 28 that were tried outside the suite",
    ),
)  # fmt: skip

study = Study(
    "rumelhart1986",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "paper": paper},
    published,
    metrics=("epochs to criterion", "solved", "right", "normalised error"),
)
