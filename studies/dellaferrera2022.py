"""Does a second forward pass with the error added to the input teach MNIST as [dellaferrera2022] reports?

784-1024-10 rectified units, He's uniform distribution there and normal here, no biases, softmax, momentum 0.9, batches
of 64, the rate divided by ten after 60 and 90 per cent of the epochs. No dropout here, 10 per cent there; and 10,000 of
the 60,000 training examples are held out. DRTP, whose targets pull at hidden units for ever, has tanh units.
"""

from __future__ import annotations

from plausible.networks.activations import relu, tanh
from plausible.networks.inits import He
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.schedules import Steps
from plausible.optimise.sgd import SGD
from plausible.report.published import accuracy_in_percent
from plausible.study.statistics import PERCENT
from plausible.study.study import Cell, Published, Study, cells

DRTP = "direct-random-target-projection"
FIRST = "pepita[readout=first]"  # the other reading of the paper's output error
RATES = {"backprop": 0.1, "feedback-alignment": 0.1, DRTP: 0.01, "pepita": 0.1, FIRST: 0.1}
BATCH = 64


def recipe(
    task: str, hidden: int, epochs: int, per_epoch: int, seeds: int, rates: dict[str, float]
) -> list[Cell]:
    """Every rule at its rate; `per_epoch` steps make an epoch."""
    rectified = MLP((hidden,), relu, output("softmax"), init=He(), bias=False)
    saturating = MLP((hidden,), tanh, output("softmax"), bias=False)
    at = (round(0.6 * epochs * per_epoch), round(0.9 * epochs * per_epoch))
    found: list[Cell] = []
    for rule, rate in rates.items():
        network = saturating if rule.startswith(DRTP) else rectified
        found += cells([task], [rule], [network], SGD(Steps(rate, at), 0.9), epochs, BATCH, seeds)
    return found


def smoke() -> list[Cell]:
    """Digits, in seconds."""
    return recipe("digits", 32, 2, 17, 1, RATES)


def fast() -> list[Cell]:
    """Digits, 64-256-10, five seeds, in minutes."""
    return recipe("digits", 256, 30, 17, 5, RATES)


def long() -> list[Cell]:
    """The same, and PEPITA and backprop on MNIST for 25 of the published 100 epochs, one seed; a quarter of an hour."""
    rates = {rule: RATES[rule] for rule in ("pepita", "backprop")}
    return [*fast(), *recipe("mnist", 1024, 25, 782, 1, rates)]


def paper() -> list[Cell]:
    """The published 100 epochs and ten seeds: a day."""
    return recipe("mnist", 1024, 100, 782, 10, RATES)


PAPER = {"backprop": 98.63, "feedback-alignment": 98.42, DRTP: 95.10, "pepita": 98.01}
published = (
    Published("PEPITA on MNIST at this scale, 97.3 at least, per cent", 98.65, 1.35, "[dellaferrera2022], 98.01 after 100 epochs", "M", accuracy_in_percent("mnist", "pepita"), bounds=PERCENT),
    *(
        Published(f"{rule} on MNIST, 100 epochs, accuracy, per cent", value, 0.3, "[dellaferrera2022], its table", "M", accuracy_in_percent("mnist", rule, epoch=100), bounds=PERCENT)
        for rule, value in PAPER.items()
    ),
)  # fmt: skip

study = Study(
    "dellaferrera2022",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "long": long, "paper": paper},
    published,
    metrics=("accuracy", "gradient angle", "weight angle"),
)
