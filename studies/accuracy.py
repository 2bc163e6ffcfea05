"""How accurate is each rule on the same data, from the same start, under the same budget?"""

from __future__ import annotations

from plausible.functions import output
from plausible.networks import MLP
from plausible.optimise.adam import Adam
from plausible.optimise.schedules import Cosine
from plausible.optimise.sgd import SGD
from plausible.study.study import Cell, Study, cells

RULES = ("backprop", "shallow", "feedback-alignment", "direct-feedback-alignment")


def smoke() -> list[Cell]:
    """Two moons, in seconds."""
    network = MLP(hidden=(8,), output=output("softmax"))
    return cells(["two-moons[examples=200]"], RULES, [network], SGD(0.05, momentum=0.9), 2, 32, seeds=2)


def fast() -> list[Cell]:
    """Digits, in a minute."""
    network = MLP(hidden=(128, 128), output=output("softmax"))
    return cells(["digits"], RULES, [network], SGD(Cosine(0.05, 40 * 34), momentum=0.9), 40, 32, seeds=5)


def paper() -> list[Cell]:
    """MNIST and Fashion-MNIST, in hours."""
    network = MLP(hidden=(800, 800), output=output("softmax"))
    return cells(["mnist", "fashion-mnist"], RULES, [network], Adam(Cosine(1e-3, 20 * 782)), 20, 64, seeds=5)


study = Study("accuracy", " ".join((__doc__ or "").split()), {"smoke": smoke, "fast": fast, "paper": paper})
