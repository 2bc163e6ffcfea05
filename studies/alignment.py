"""How fast, and how far, do the updates of random feedback turn towards the gradient, layer by layer, by depth?"""

from __future__ import annotations

from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.sgd import SGD
from plausible.study.study import Cell, Study, cells

RULES = ("backprop", "feedback-alignment", "direct-feedback-alignment")


def at(task: str, depths: range, units: int, epochs: int, seeds: int) -> list[Cell]:
    """Networks of equal hidden layers, one for every depth; plain gradient descent, so that an update is its rule's."""
    networks = [MLP(hidden=(units,) * depth, output=output("softmax")) for depth in depths]
    return cells([task], RULES, networks, SGD(0.1), epochs, 32, seeds)


def smoke() -> list[Cell]:
    """Two depths on two moons, in seconds."""
    return at("two-moons[examples=200]", range(1, 3), 8, 2, 2)


def fast() -> list[Cell]:
    """Digits, one to six layers of 64 units, in some minutes."""
    return at("digits", range(1, 7), 64, 20, 5)


def paper() -> list[Cell]:
    """MNIST, one to six layers of 240 units, ten seeds, in hours."""
    return at("mnist", range(1, 7), 240, 20, 10)


study = Study("alignment", " ".join((__doc__ or "").split()), {"smoke": smoke, "fast": fast, "paper": paper})
