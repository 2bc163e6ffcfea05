"""What accuracy does each rule that settles reach, at what cost in settling steps and multiply-adds?

    plausible tune settling --scale tuned --only "*@digits/*" --trials 16 --share 0.5
    plausible tune settling --scale tuned --only "*@mnist-part/*" --trials 8 --share 0.34 --final-seeds 3 --widenings 1

give every rule the same number of trials, and more where the best lay at an edge of its range, run the best of them in
full on seeds of their own, and the winner on fresh ones. A trial of a rule that settles takes up to dozens of times what
one of backprop takes (docs/tuned.md); with `--multiply-adds 3e9` every rule has the same amount of compute instead.
`plausible run settling` runs all with one setting. What is tuned is the rate, and the one number of a rule that its
authors varied: the variance of the output [whittington2017], the nudge [scellier2017], the gain of feedback; a rule
whose name sets it, as `predictive-coding[variance=100]`, has its rate alone. The authors of equilibrium propagation
chose a rate for each layer; here one serves all layers, of every rule. How states settle, network, activation and batch
size are held alike.

In the committed table both are tuned so: digits on 20 fresh seeds, 5,000 images of MNIST on 10 fresh seeds.
"""

from __future__ import annotations

from plausible.networks.activations import tanh
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.sgd import SGD
from plausible.study.study import Cell, Study, cells

RULES = (
    "backprop",
    "predictive-coding",
    "predictive-coding[variance=100]",
    "predictive-coding[form=post]",
    "incremental-predictive-coding",
    "fixed-prediction-coding",
    "zero-divergence-learning",
    "relaxed-predictive-coding",
    "equilibrium-propagation",
    "equilibrium-propagation[form=prototypical]",
    "holomorphic-equilibrium-propagation",
    "continual-equilibrium-propagation",
    "vector-field-equilibrium-propagation",
    "contrastive-hebbian",
    "random-contrastive-hebbian",
    "dual-propagation",
    "self-predicting-microcircuit",
)


def at(task: str, rules: tuple[str, ...], hidden: tuple[int, ...], epochs: int, seeds: int) -> list[Cell]:
    """The same start, budget and optimiser for all: plain gradient descent with momentum."""
    network = MLP(hidden, tanh, output("softmax"))
    return cells([task], rules, [network], SGD(0.05, momentum=0.9), epochs, 32, seeds)


def smoke() -> list[Cell]:
    """Two moons, in seconds."""
    return at("two-moons[examples=100]", RULES[:3], (6,), 1, 1)


def fast() -> list[Cell]:
    """Digits, two layers of 32 units, some minutes."""
    return at("digits", RULES, (32, 32), 5, 2)


def tuned() -> list[Cell]:
    """Digits on twenty seeds, a quarter of an hour to tune; 5,000 images of MNIST on ten, an hour."""
    return [*at("digits", RULES, (32, 32), 10, 20), *at("mnist-part", RULES, (64, 64), 3, 10)]


def long() -> list[Cell]:
    """MNIST and Fashion-MNIST too, in 3 epochs; some hours to tune."""
    return [*fast(), *at("mnist", RULES, (64, 64), 3, 2), *at("fashion-mnist", RULES, (64, 64), 3, 2)]


def paper() -> list[Cell]:
    """All of them on digits, MNIST and Fashion-MNIST, hours."""
    found = at("digits", RULES, (128, 128), 40, 10)
    for task in ("mnist", "fashion-mnist"):
        found += at(task, RULES, (500, 500), 20, 5)
    return found


study = Study(
    "settling",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "tuned": tuned, "long": long, "paper": paper},
    metrics=(
        "accuracy",
        "loss",
        "gradient angle",
        "reference settled",
        "multiply-adds per example",
        "examples per second",
        "residual",
        "settling steps",
        "settled",
        "oscillating",
        "free residual",
        "free settling steps",
        "nudged residual",
        "nudged settling steps",
        "clamped residual",
        "clamped settling steps",
    ),
)
