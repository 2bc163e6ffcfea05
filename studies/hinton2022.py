"""Do layers that each judge for themselves, Forward-Forward, learn MNIST as [hinton2022] and its re-makers report?

Rectified units, labels over the first ten pixels, wrong labels drawn evenly, the sum of squares as goodness with a
threshold of one a unit, as in the re-make by loeweX. Peer normalisation of 0.03 is the author's, which is 5 n times that
of the re-make in layers of n units. Also different there: three layers of 1,000, momentum of 0.9 at 1e-3, weight decay,
100 epochs, straight-through slopes and all 60,000 training examples; here Adam at 1e-3 on half a cosine, slopes as they
are, and 50,000 examples. On digits wrong labels are also drawn from the softmax, "hard", of which [hinton2022] says that
they saved two thirds of the epochs. Goodness before and after learning, example by example, is another table:
`python -m studies.goodness`.
"""

from __future__ import annotations

import pandas as pd

from plausible.networks.activations import relu
from plausible.networks.inits import He
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.adam import Adam
from plausible.optimise.schedules import Cosine
from plausible.report.published import accuracy_in_percent
from plausible.study.statistics import PERCENT
from plausible.study.study import Cell, Ours, Published, Study, cells

SOFTMAX, GOODNESS = (f"forward-forward[label=over,answer={answer}]" for answer in ("softmax", "goodness"))
HARD = "forward-forward[label=over,answer=softmax,negatives=hard]"
BATCH = 100


def recipe(
    task: str, rules: tuple[str, ...], hidden: tuple[int, ...], epochs: int, per_epoch: int, seeds: int
) -> list[Cell]:
    """Rules on one network; `per_epoch` steps make an epoch."""
    network = MLP(hidden, relu, output("softmax"), init=He())
    adam = Adam(Cosine(1e-3, epochs * per_epoch))
    return cells([task], rules, [network], adam, epochs, BATCH, seeds)


def smoke() -> list[Cell]:
    """Digits, in seconds."""
    return recipe("digits", (SOFTMAX, GOODNESS), (32, 32), 2, 11, 1)


def fast() -> list[Cell]:
    """Digits by both ways of answering, and with hard labels; three layers of 128, three seeds, in minutes."""
    return recipe("digits", (SOFTMAX, GOODNESS, HARD, "backprop"), (128, 128, 128), 30, 11, 3)


def long() -> list[Cell]:
    """The same, and MNIST on 784-500-500-500, twelve epochs, one seed; a quarter of an hour."""
    return [*fast(), *recipe("mnist", (SOFTMAX, "backprop"), (500,) * 3, 12, 500, 1)]


def paper() -> list[Cell]:
    """The published sizes: three layers of 1,000 for 100 epochs, and four of 2,000 for 60, three seeds; weeks."""
    rules = (SOFTMAX, GOODNESS, "backprop")
    return [
        *recipe("mnist", rules, (1000,) * 3, 100, 500, 3),
        *recipe("mnist", rules, (2000,) * 4, 60, 500, 3),
    ]


def error(rule: str, epoch: int | None = None, hidden: str | None = None) -> Ours:
    """The test error on MNIST in per cent by seed."""

    def ours(table: pd.DataFrame) -> list[float]:
        return [100 - value for value in accuracy_in_percent("mnist", rule, epoch, hidden)(table)]

    return ours


REMAKE = "loeweX/Forward-Forward, README"
ALONE = (8.0, "what a read-out learns alone")
DIFFERS = {
    "rule": "peer normalisation of the author's, 5 n times that of the re-make",
    "rates": "Adam on half a cosine, not momentum with a weight decay and a rate that falls from half way on",
    "network": "He's normal distribution, and a read-out with biases that starts at random",
}
published = (
    Published("Forward-Forward on MNIST, three layers of 500, 12 epochs, test error, per cent", 3.0, 0.0, f"{REMAKE}: 1.45 after 100 epochs", "V", error(SOFTMAX, 12, "500-500-500"), PERCENT, side="at most", otherwise=ALONE, because="a claim of ours for an eighth of the epochs", differs={**DIFFERS, "network": "three layers of 500, not 1,000", "epochs": "12, not 100"}, hindsight="the bound of 3, of which nothing is published", runs="12 epochs"),
    Published("3×1000, 100 epochs, test error, per cent", 1.45, 0.3, REMAKE, "V", error(SOFTMAX, 100, "1000-1000-1000"), PERCENT, otherwise=ALONE, because="two standard errors of an error near 1.5 per cent on 10,000 images, and 0.05", differs=DIFFERS, runs="3×1000"),
    Published("4×2000, 60 epochs, test error, per cent", 1.36, 0.3, "[hinton2022]", "M", error(GOODNESS, 60, "2000-2000-2000-2000"), PERCENT, otherwise=ALONE, because="two standard errors of an error near 1.5 per cent on 10,000 images, and 0.05", differs={"rates": DIFFERS["rates"]}, runs="4×2000"),
)  # fmt: skip

study = Study(
    "hinton2022",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "long": long, "paper": paper},
    published,
    metrics=("accuracy",),
)
