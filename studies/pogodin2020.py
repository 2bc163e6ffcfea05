"""Does three-factor Hebbian learning by the kernelised bottleneck come near backpropagation, as in [pogodin2020]?

The released program's setting for MNIST: three layers of 1024 leaky rectified units, pixels from -1 to 1, batches of
256, all 60,000 training images, dropout of 0.01, momentum of 0.95, rates by layer and method as its scripts have them,
a quarter of them after 50, 75 and 90 % of the epochs. Grouped activity is compared by its variances. The scales `fast`
and `long` have a few of the epochs; in the first, layers have 256 units.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

from plausible.networks.activations import leaky_relu
from plausible.networks.blocks import Blocks
from plausible.networks.normalised import Divisive
from plausible.optimise.schedules import Steps
from plausible.optimise.sgd import SGD
from plausible.optimise.wrappers import Grouped
from plausible.registry import registry
from plausible.study.columns import option
from plausible.study.experiment import Bench, Experiment, Measured
from plausible.study.statistics import PERCENT
from plausible.study.streamed import streamed
from plausible.study.study import Cell, Ours, Published, Study
from plausible.tasks.streams import Minibatches

BATCH, EXAMPLES, DROPOUT, MOMENTUM = 256, 60_000, 0.01, 0.95
FACTOR, DECAYS = 0.25, (0.5, 0.75, 0.9)


class Method(NamedTuple):
    """A column of the published table: the rule, its rates, and its accuracy on MNIST, per cent."""

    kernel: str  # "" for backpropagation
    groups: int  # 0 for none
    divisive: bool
    last: float  # rate of the output layer
    rate: float  # of hidden layers
    accuracy: float


METHODS = {
    "backprop": Method("", 0, False, 0.05, 0.05, 98.6),
    "cossim": Method("cosine", 0, False, 0.005, 0.5, 94.9),
    "cossim grp": Method("cosine", 16, False, 0.005, 0.6, 95.8),
    "cossim grp+div": Method("cosine", 16, True, 0.005, 0.4, 96.3),
    "gaussian": Method("gaussian", 0, False, 0.0005, 0.6, 94.6),
    "gaussian grp": Method("gaussian", 32, False, 0.0005, 1.0, 98.4),
    "gaussian grp+div": Method("gaussian", 32, True, 0.001, 1.0, 98.1),
}


def released(bench: Bench, method: str, epochs: int, hidden: int, task: str) -> Iterator[Measured]:
    """A method in the setting of the released program."""
    kernel, groups, divides, last, rate, _ = METHODS[method]
    divisive = Divisive(groups, power=0.2, smoothing=1.0) if divides else None
    network = Blocks((hidden,) * 3, leaky_relu, norm="none", divisive=divisive, dropout=DROPOUT)
    power = 0.8 if divides else 0.5
    rule = (
        f"kernelised-bottleneck[kernel={kernel},groups={groups},power={power}]"
        if kernel
        else "blocks-backprop"
    )
    batches = -(-EXAMPLES // BATCH) * epochs
    at = tuple(round(part * batches) for part in DECAYS)
    one, other = (SGD(Steps(each, at, FACTOR), MOMENTUM) for each in (last, rate))
    optimiser = Grouped((("?4", one),), other)
    yield from streamed(
        bench,
        registry.rule(rule, network),
        optimiser,
        task,
        Minibatches(BATCH),
        epochs,
        gain=2.0,
        offset=-1.0,
    )


def recipe(task: str, methods: list[str], epochs: int, hidden: int, seeds: int) -> list[Cell]:
    """Every method, seed by seed."""
    settings = {"epochs": epochs, "hidden": hidden, "task": task}
    options = [tuple({"method": method, **settings}.items()) for method in methods]
    return [Experiment("studies.pogodin2020:released", one, seed) for one in options for seed in range(seeds)]


def smoke() -> list[Cell]:
    """Digits, in seconds."""
    return recipe("digits", ["backprop", "cossim grp", "gaussian grp+div"], 2, 64, 1)


BEST = ["backprop", "gaussian grp", "gaussian grp+div"]


def fast() -> list[Cell]:
    """The two best columns and backpropagation, layers of 256 units, five epochs of the hundred, three seeds: minutes."""
    return recipe("mnist", BEST, 5, 256, 3)


def long() -> list[Cell]:
    """Ten epochs in layers as published: a quarter of an hour on a quiet core."""
    return [*fast(), *recipe("mnist", BEST, 10, 1024, 3)]


def paper() -> list[Cell]:
    """The published hundred epochs, three seeds of five: half a day on a core."""
    return [*long(), *recipe("mnist", [*METHODS], 100, 1024, 3)]


def test_accuracy(method: str, epochs: int, hidden: int) -> Ours:
    """Test accuracy in per cent, one number per seed."""

    def ours(table: pd.DataFrame) -> list[float]:
        found = table[(table.split == "test") & (table.metric == "accuracy")]
        mine = (option(found, "rule_method") == method) & (option(found, "rule_task") == "mnist")
        for name, value in (("epochs", epochs), ("hidden", hidden)):
            mine &= option(found, f"rule_{name}").astype(float) == value
        return [100 * float(value) for value in found[mine].value]

    return ours


TABLE = "romanpogodin/plausible-kernelized-bottleneck, README: MNIST"
LAST_LAYER = (92.0, "the last layer's alone")
NETWORK = {"network": "hidden units have biases, weights do not decay"}
SHORT = {"epochs": "10, not 100", **NETWORK}
SMALL = {"epochs": "5, not 100", "network": f"layers of 256 units; {NETWORK['network']}"}
FEWER = "a point, for the fewer epochs"
published = (
    *(Published(f"{method}, 3×256, test accuracy after 5 epochs, per cent", METHODS[method].accuracy, 1.0, TABLE, "V", test_accuracy(method, 5, 256), PERCENT, otherwise=LAST_LAYER, because=FEWER, differs=SMALL, runs=f"{method}, small") for method in BEST),
    *(Published(f"{method}, test accuracy after 10 epochs, per cent", METHODS[method].accuracy, 1.0, TABLE, "V", test_accuracy(method, 10, 1024), PERCENT, otherwise=LAST_LAYER, because=FEWER, differs=SHORT, runs=f"{method}, 10 epochs") for method in BEST),
    *(Published(f"{method}, test accuracy after 100 epochs, per cent", each.accuracy, 0.4, TABLE, "V", test_accuracy(method, 100, 1024), PERCENT, otherwise=LAST_LAYER, because="two to three standard errors of a rate of 97 % on 10,000 images", differs=NETWORK, runs=f"{method}, 100 epochs") for method, each in METHODS.items()),
)  # fmt: skip

study = Study(
    "pogodin2020",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "long": long, "paper": paper},
    published,
    metrics=("accuracy",),
)
