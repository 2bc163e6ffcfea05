"""How accurate is each rule on the same data, from the same start, under the same budget?

    plausible tune accuracy --trials 20 --epochs 4

gives every rule the same number of trials of four epochs, and runs the winners in full; `plausible run accuracy` runs
every rule with the setting of the task's recipe.
"""

from __future__ import annotations

from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.sgd import SGD
from plausible.study.compare import RULES, Comparison
from plausible.study.study import Cell, Study, cells

TASKS = ("digits", "mnist", "fashion-mnist")


def smoke() -> list[Cell]:
    """Two moons, in seconds."""
    network = MLP(hidden=(8,), output=output("softmax"))
    return cells(["two-moons[examples=200]"], RULES, [network], SGD(0.05, momentum=0.9), 2, 32, seeds=2)


def fast() -> list[Cell]:
    """As `plausible compare` runs them: digits in seconds, MNIST and Fashion-MNIST in a quarter of an hour each."""
    return [run for task in TASKS for run in Comparison(task, RULES, seeds=5).runs()]


def paper() -> list[Cell]:
    """Ten seeds, and five times as many epochs, in hours."""
    epochs = {"digits": 200, "mnist": 100, "fashion-mnist": 100}
    return [run for task in TASKS for run in Comparison(task, RULES, seeds=10, epochs=epochs[task]).runs()]


question = " ".join((__doc__ or "").partition("\n\n")[0].split())
study = Study("accuracy", question, {"smoke": smoke, "fast": fast, "paper": paper})
