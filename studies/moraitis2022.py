"""Does a soft winner-take-all layer learn features of MNIST by Hebbian plasticity alone, as in [moraitis2022]?

One layer of SoftHebb at the settings of the released code's `2SoftMlpMNIST`: sharpness 12, rate 0.045, changes of a step
over the largest of them and then slowed near norm 1, weights that start positive, uniform with norm 35, and batches of 64;
then a read-out with labels from softmax(5 u). Beside it competition that is hard, losers that unlearn, and features that
stay as drawn.

What came out: until weights started so, and were slowed after the division and not before it, 100 units came to 81 % and
features were blurs; now they are digits, and come to 84 %, where the same read-out of the pixels of these 2000 images comes to 85 %.
So 86 %, which was asked for, is more than 100 units can be asked for here. 2000 units were not run.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from plausible.networks.activations import relu
from plausible.networks.mlp import MLP
from plausible.networks.positive import Positive
from plausible.optimise.adam import Adam
from plausible.optimise.sgd import SGD
from plausible.registry import registry
from plausible.study.columns import option
from plausible.study.experiment import Bench, Experiment, Measured
from plausible.study.featured import featured
from plausible.study.statistics import PERCENT
from plausible.study.study import Cell, Ours, Published, Study

READ = 3e-2
SOFT, HARD = "soft-hebb[slowing=0.2,relative=True]", "soft-hebb[slowing=0.2,sharpness=1000,relative=True]"
RULES = [SOFT, HARD, "soft-hebb[slowing=0.2,losers=anti,relative=True]", "fixed-features"]
RATE, BATCH, NORM = 0.045, 64, 35.0  # of the released preset


def competing(
    bench: Bench, rule: str, task: str, units: int, rate: float, batch: int, features: int, readout: int
) -> Iterator[Measured]:
    """Features by a rule, and a read-out after them."""
    network = MLP((units,), relu, init=Positive(NORM), bias=False)
    stages = SGD(rate), Adam(READ)
    yield from featured(bench, registry.rule(rule, network), *stages, task, batch, (features, readout))


def recipe(task: str, units: int, features: int, readout: int, seeds: int) -> list[Cell]:
    """Every rule, seed by seed."""
    options: dict[str, str | int | float] = {
        "task": task,
        "units": units,
        "rate": RATE,
        "batch": BATCH,
        "features": features,
        "readout": readout,
    }
    every = [tuple({"rule": rule, **options}.items()) for rule in RULES]
    return [Experiment("studies.moraitis2022:competing", one, seed) for one in every for seed in range(seeds)]


def smoke() -> list[Cell]:
    """Digits, in seconds."""
    return recipe("digits", 20, 2, 2, 1)


def fast() -> list[Cell]:
    """100 units, 2000 images of MNIST, 100 epochs of features and 50 of the read-out, three seeds: a minute."""
    return recipe("mnist-part[examples=2000]", 100, 100, 50, 3)


def paper() -> list[Cell]:
    """2000 units, all images, 100 epochs of features and 50 of the read-out, three seeds: half a day on a core."""
    return recipe("mnist", 2000, 100, 50, 3)


def test_accuracy(rule: str, units: int) -> Ours:
    """Test accuracy in per cent, one number per seed."""

    def ours(table: pd.DataFrame) -> list[float]:
        found = table[(table.split == "test") & (table.metric == "accuracy")]
        mine = (option(found, "rule_rule") == rule) & (option(found, "rule_units").astype(float) == units)
        mine &= option(found, "rule_task") != "digits"
        return [100 * float(value) for value in found[mine].value]

    return ours


MEMORY = "[moraitis2022], its layer of 2000 units, 96.9 as it is remembered"
PART = {
    "data": "2000 images, not 60,000",
    "network": "100 units, not 2000",
}
published = (
    Published("2000 units, test accuracy, per cent", 96.9, 1.0, MEMORY, "M", test_accuracy(SOFT, 2000), PERCENT, otherwise=(92.0, "a linear classifier's"), because="the number is doubtful", runs="2000 units"),
    Published("100 units, test accuracy, per cent", 86.0, 0.0, MEMORY, "M", test_accuracy(SOFT, 100), PERCENT, side="at least", otherwise=(75.0, "features that lose what pixels tell"), because="about what a linear classifier on the pixels of 2000 images comes to", differs=PART, hindsight="two faults were found after two tries failed: the start, and what is slowed", runs="100 units"),
)  # fmt: skip

study = Study(
    "moraitis2022",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "paper": paper},
    published,
    metrics=("accuracy", "norm", "weight"),
)
