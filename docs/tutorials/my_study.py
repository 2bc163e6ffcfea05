"""Does feedback alignment need another rate than backprop on two moons?"""

from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.sgd import SGD
from plausible.study.study import Study, cells


def at(epochs: int, seeds: int) -> list:
    """Both rules in eight hidden units."""
    rules = ("backprop", "feedback-alignment")
    return cells(
        ["two-moons[examples=300]"], rules, [MLP((8,), output=output("softmax"))], dict.fromkeys(rules, SGD(0.1)),
        epochs, 32, seeds,
    )  # fmt: skip


study = Study("my_study", __doc__, {"smoke": lambda: at(1, 1), "fast": lambda: at(8, 2)})
