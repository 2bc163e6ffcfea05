"""Do layers with local losses learn MNIST as a network by backpropagation does, as in the table of [noekland2019]?

The released code's setting: three layers of 1024 leaky rectified units with batch normalisation and dropout of 0.1, Adam
at 5e-4, a quarter of it after 50, 75, 89 and 94 % of the epochs, batches of 128, all 60,000 training images, which are
moved by up to two pixels. Heads start from zero. The scales `fast` and `long` have a few of the epochs; in the first,
layers have 256 units and no image is moved.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from plausible.networks.activations import leaky_relu
from plausible.networks.blocks import Blocks
from plausible.optimise.adam import Adam
from plausible.optimise.schedules import Steps
from plausible.registry import registry
from plausible.study.columns import option
from plausible.study.experiment import Bench, Experiment, Measured
from plausible.study.statistics import PERCENT
from plausible.study.streamed import streamed
from plausible.study.study import Cell, Ours, Published, Study
from plausible.tasks.augmented import Shifted
from plausible.tasks.streams import Minibatches, Stream

BATCH, EXAMPLES, DROPOUT = 128, 60_000, 0.1
RATE, FACTOR, DECAYS = 5e-4, 0.25, (0.5, 0.75, 0.89, 0.94)
RULES = {
    "blocks-backprop": "blocks-backprop",
    "layerwise-classifiers": "layerwise-classifiers[head=zero]",
    "local-similarity": "local-similarity",
    "predsim": "predsim[head=zero]",
}


def released(
    bench: Bench, rule: str, epochs: int, hidden: int, layers: int, jitter: int, task: str
) -> Iterator[Measured]:
    """A rule in the setting of the released code, with images moved by up to `jitter` pixels."""
    network = Blocks((hidden,) * layers, leaky_relu, norm="batch", dropout=DROPOUT)
    batches = -(-EXAMPLES // BATCH) * epochs
    optimiser = Adam(Steps(RATE, tuple(round(part * batches) for part in DECAYS), FACTOR))
    stream: Stream = Minibatches(BATCH)
    stream = Shifted(stream, jitter) if jitter else stream
    yield from streamed(bench, registry.rule(RULES[rule], network), optimiser, task, stream, epochs)


def recipe(
    task: str, rules: list[str], epochs: int, hidden: int, layers: int, jitter: int, seeds: int
) -> list[Cell]:
    """Every rule, seed by seed."""
    settings = {"epochs": epochs, "hidden": hidden, "layers": layers, "jitter": jitter, "task": task}
    options = [tuple({"rule": rule, **settings}.items()) for rule in rules]
    return [
        Experiment("studies.noekland2019:released", one, seed) for one in options for seed in range(seeds)
    ]


def smoke() -> list[Cell]:
    """Digits, in seconds."""
    return recipe("digits", [*RULES], 2, 32, 2, 0, 1)


def fast() -> list[Cell]:
    """Layers of 256 units, four epochs of the hundred, images that are not moved, three seeds: minutes."""
    return recipe("mnist", [*RULES], 4, 256, 3, 0, 3)


def long() -> list[Cell]:
    """Layers as published: predsim without moved images, 10 and 30 epochs, every rule with them, 10: two core-hours."""
    plain = [cell for epochs in (10, 30) for cell in recipe("mnist", ["predsim"], epochs, 1024, 3, 0, 3)]
    return [*fast(), *plain, *recipe("mnist", [*RULES], 10, 1024, 3, 2, 3)]


def paper() -> list[Cell]:
    """The published hundred epochs, images that are moved, three seeds: half a day on a core."""
    return [*long(), *recipe("mnist", [*RULES], 100, 1024, 3, 2, 3)]


def test_error(rule: str, epochs: int, hidden: int, jitter: int) -> Ours:
    """Test error in per cent, one number per seed."""

    def ours(table: pd.DataFrame) -> list[float]:
        found = table[(table.split == "test") & (table.metric == "accuracy")]
        mine = (option(found, "rule_rule") == rule) & (option(found, "rule_task") == "mnist")
        for name, value in (("epochs", epochs), ("hidden", hidden), ("jitter", jitter)):
            mine &= option(found, f"rule_{name}").astype(float) == value
        return [100 * (1 - float(value)) for value in found[mine].value]

    return ours


TABLE = "anokland/local-loss, README: MNIST, mlp"
ERRORS = {"blocks-backprop": 0.75, "layerwise-classifiers": 0.68, "local-similarity": 0.80, "predsim": 0.62}
PLAIN = (1.6, "a perceptron's by backpropagation, without normalisation and moved images [noekland2016]")
BINOMIAL = "two standard errors of a rate of 0.7 % on 10,000 images, 0.08 points each"
HALF = "less than half way to a plain perceptron's error"
SMALL = {"network": "layers of 256 units", "epochs": "4, not 100", "data": "images are not moved"}
SHORT = {"epochs": "10, not 100", "data": "images are not moved"}
published = (
    *(
        Published(f"{rule}, 3×256, test error after 4 epochs without moved images, per cent", error, 0.39, TABLE, "V", test_error(rule, 4, 256, 0), PERCENT, otherwise=PLAIN, because=HALF, differs=SMALL, runs=f"{rule}, small")
        for rule, error in ERRORS.items()
    ),
    *(
        Published(f"predsim, test error after {epochs} epochs without moved images, per cent", 1.2, 0.0, TABLE, "V", test_error("predsim", epochs, 1024, 0), PERCENT, side="at most", otherwise=PLAIN, because="twice the published 0.62 %, which has 100 epochs, and moved images", differs={**SHORT, "epochs": f"{epochs}, not 100"}, runs=f"predsim, {epochs} epochs")
        for epochs in (10, 30)
    ),
    *(
        Published(f"{rule}, test error after 100 epochs, per cent", error, 0.16, TABLE, "V", test_error(rule, 100, 1024, 2), PERCENT, otherwise=PLAIN, because=BINOMIAL, runs=f"{rule}, 100 epochs")
        for rule, error in ERRORS.items()
    ),
)  # fmt: skip

study = Study(
    "noekland2019",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "long": long, "paper": paper},
    published,
    metrics=("accuracy",),
)
