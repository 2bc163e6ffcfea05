"""How many sweeps do the two networks need that made backpropagation known: a symmetry detector, and family trees?

Logistic units, half the squared error summed over all cases, weights uniform on ±0.3, changes after whole sweeps. A run
ends when every answer is on the right side of one half, or after so many sweeps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from plausible.functions import Uniform, logistic, output
from plausible.networks import MLP
from plausible.optimise.sgd import SGD
from plausible.optimise.wrappers import Decay
from plausible.probes.criterion import Within
from plausible.study.run import Run
from plausible.study.study import Cell, Ours, Published, Study, cells

SQUARES, START = output("logistic-squared", "sum"), Uniform(0.3)
DETECTOR, TREES = (MLP(n, logistic, SQUARES, "float64", START, bias_init=START) for n in ((2,), (12, 12, 6)))
BLOCKED = "blocked-backprop[blocks=(24,6,12,6),tolerance=0.2]"


def at(detector_sweeps: int, detectors: int, tree_sweeps: int, trees: int) -> list[Cell]:
    """Both networks; for trees the rate and momentum of the paper after its first twenty sweeps, and its decay."""
    found = cells(
        ["symmetry"], ["backprop"], [DETECTOR], SGD(0.1, momentum=0.9), detector_sweeps, 64, detectors
    )
    decaying = Decay(SGD(0.01, momentum=0.9), rate=0.002)
    found += cells(["family-trees"], [BLOCKED], [TREES], decaying, tree_sweeps, 100, trees)
    return [replace(cell, until=Within(0.5)) if isinstance(cell, Run) else cell for cell in found]


def smoke() -> list[Cell]:
    """Seconds."""
    return at(20, 1, 5, 1)


def fast() -> list[Cell]:
    """A minute: ten seeds of the detector, five of the trees."""
    return at(5000, 10, 3000, 5)


def paper() -> list[Cell]:
    """A hundred seeds of both."""
    return at(5000, 100, 3000, 100)


def sweeps(task: str) -> Ours:
    """Sweeps to criterion, one number per seed that got there."""

    def ours(table: pd.DataFrame) -> Sequence[float]:
        found = table[(table.task == task) & (table.metric == "epochs to criterion")]
        return [float(value) for value in found.value]

    return ours


# From memory, and of one run each: ours, a mean over seeds, may be half of it away.
published = (
    Published("symmetry detector, sweeps", 1425, 712, "[rumelhart1986]", "M", sweeps("symmetry")),
    Published("family trees, sweeps", 1500, 750, "[rumelhart1986]", "M", sweeps("family-trees")),
)

study = Study(
    "rumelhart1986",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "paper": paper},
    published,
    metrics=("epochs to criterion", "solved", "right", "normalised error"),
)
