"""Does feedback that bursts send and events cancel teach hidden layers in one phase as well as backprop does?

Networks of event rates learn MNIST by BurstCCN, with the settings of the authors' notebook: random feedback of bursts,
cancellation that starts exact and learns on, gradient descent with a rate of 0.3. Beside it are feedback alignment
through weights drawn alike, and backprop, on the same networks.
"""

from __future__ import annotations

import pandas as pd

from plausible.networks.outputs import output
from plausible.optimise.sgd import SGD
from plausible.optimise.wrappers import Grouped
from plausible.rules.dendritic.events import EventNetwork, WideGlorot
from plausible.study.statistics import PERCENT
from plausible.study.study import Cell, Ours, Published, Study, cells

RATE, CANCELLING = 0.3, 0.000731  # of W, and of C
BURSTS = "burst-ccn[feedback=gaussian(0.5)]"
OTHERS = ("backprop", "feedback-alignment[feedback=gaussian(0.5)]")


def at(task: str, hidden: tuple[int, ...], epochs: int, seeds: int) -> list[Cell]:
    """All three rules. Of BurstCCN the changes are ½ of the others', as half of all events are bursts: so is their rate."""
    network = EventNetwork(hidden=hidden, output=output("logistic-squared"), init=WideGlorot(3.6))
    ours = Grouped((("BC*", SGD(CANCELLING)),), SGD(RATE))
    bursts = cells([task], [BURSTS], [network], ours, epochs, 32, seeds)
    return [*bursts, *cells([task], OTHERS, [network], SGD(RATE / 2), epochs, 32, seeds)]


def smoke() -> list[Cell]:
    """Seconds."""
    return at("two-moons[examples=200]", (8, 8), 2, 1)


def fast() -> list[Cell]:
    """MNIST in three layers of 200 units and 4 epochs, with three seeds; three minutes of one core."""
    return at("mnist", (200,) * 3, 4, 3)


def paper() -> list[Cell]:
    """784-500-500-500-10, batches of 32, 50 epochs, five seeds; a day."""
    return [*fast(), *at("mnist", (500,) * 3, 50, 5)]


def accuracy(rule: str, hidden: str, less: str = "") -> Ours:
    """Test accuracy of a rule in per cent, one number per seed, in networks of these sizes; `less` another rule's."""

    def ours(table: pd.DataFrame) -> list[float]:
        found = table[(table.metric == "accuracy") & (table.split == "test")]
        found = found[found.hidden.astype(str) == hidden]
        wide = found.pivot_table("value", "seed", "rule", observed=True)
        if not {rule, less or rule} <= {*wide}:
            return []
        return list(100 * (wide[rule] - (wide[less] if less else 0)).dropna())

    return ours


NOTEBOOK = "[greedy2022], the authors' notebook"
SMALLER = {
    "data": "50 000 images to learn from, not 60 000",
    "network": "200×3, not 500×3",
    "epochs": "4, not 50",
}
published = (
    Published(
        "MNIST, 500×3, 50 epochs: test accuracy, per cent", 97.5, 0.0, "[greedy2022], as it is remembered, about 98", "M",
        accuracy(BURSTS, "500-500-500"), PERCENT, side="at least", otherwise=(92.4, "what the notebook has after an epoch"),
        because="half a point below what is remembered", differs={"data": SMALLER["data"]}, runs="500×3",
    ),
    Published(
        "MNIST, 200×3, 4 epochs: test accuracy, per cent", 94.13, 0.0, f"{NOTEBOOK}, 500×3, after 2 epochs", "V",
        accuracy(BURSTS, "200-200-200"), PERCENT, side="at least", otherwise=(92.41, "what it has there after one epoch"),
        because="twice as many epochs make up for what the network and the data lack", differs=SMALLER, runs="200×3",
    ),
    Published(
        "MNIST, 200×3, 4 epochs: test accuracy less feedback alignment's, points", 0.0, 1.0,
        "[greedy2022], as errors vanish, order of approximation", "C",
        accuracy(BURSTS, "200-200-200", OTHERS[1]), otherwise=(-3.0, "what saturated bursts would lose"),
        because="a point, stated as equivalent", differs=SMALLER, runs="200×3, beside feedback alignment",
    ),
)  # fmt: skip

study = Study(
    "greedy2022",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "paper": paper},
    published,
    ("accuracy", "gradient angle", "weight angle", "apical potential"),
)
