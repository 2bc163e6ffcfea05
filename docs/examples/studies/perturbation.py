"""How far does one number an example, the reward, take a network on the yin-yang task?"""

from __future__ import annotations

from pathlib import Path

from plausible.networks.activations import relu
from plausible.networks.inits import He
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.adam import Adam
from plausible.optimise.schedules import Cosine
from plausible.registry.registry import label
from plausible.report.published import accuracy_in_percent
from plausible.study.study import Cell, Published, Study, cells

HERE = Path(__file__).parents[1]
PERTURBATION = f"{HERE}/node_perturbation.py:NodePerturbation[sigma=0.3]"
TASK = f"{HERE}/yin_yang.py:yin_yang"
BATCH = 64


def at(epochs: int, seeds: int) -> list[Cell]:
    """Backprop and node perturbation in 30 hidden units, and backprop without any: lines between classes."""
    steps = epochs * -(-5000 // BATCH)
    own = {"backprop": Adam(Cosine(0.02, steps)), PERTURBATION: Adam(Cosine(0.005, steps))}
    hidden, none = (MLP(units, relu, output("softmax"), init=He()) for units in ((30,), ()))
    deep = cells([TASK], tuple(own), [hidden], own, epochs, BATCH, seeds)
    return deep + cells([TASK], ("backprop",), [none], own, epochs, BATCH, seeds)


def smoke() -> list[Cell]:
    """Seconds."""
    return at(2, 1)


def fast() -> list[Cell]:
    """Five seeds, a minute."""
    return at(100, 5)


linear, deep = (
    accuracy_in_percent(label(TASK, "task"), "backprop", hidden=units)  # what the task is called in tables
    for units in ("none", "30")
)
why = "read from memory, so by two points"
published = (
    Published(f"accuracy of a linear network, %; {why}", 64, 2, "kriener2022", "M", linear),
    Published(f"accuracy of 30 hidden units, %; {why}", 97.5, 2, "kriener2022", "M", deep),
)
study = Study("perturbation", " ".join(__doc__.split()), {"smoke": smoke, "fast": fast}, published)
