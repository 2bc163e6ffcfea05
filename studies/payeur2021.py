"""Do bursts that are more or fewer than usual teach hidden layers, along feedback that is drawn once?

Networks of event rates learn MNIST by Burstprop, with the rates, momentum and lateral inhibition of the authors' program
and its fixed feedback. Beside it are feedback alignment, and backprop, whose rates are smaller by the factors with which
bursts shrink errors as they vanish: P at the output, and P / 4 below.
"""

from __future__ import annotations

import pandas as pd

from plausible.networks.inits import Glorot
from plausible.networks.outputs import output
from plausible.optimise.sgd import SGD
from plausible.optimise.wrappers import Grouped
from plausible.rules.dendritic.events import EventNetwork
from plausible.study.statistics import PERCENT
from plausible.study.study import Cell, Ours, Published, Study, cells

BATCH, BASELINE = 32, 0.2
HIDDEN, LAST, LATERAL = 0.1, 0.01, 1e-4  # rates of the program, of sums over the batch
BURSTS = "burstprop[learned=False]"
OTHERS = ("backprop", "feedback-alignment[feedback=gaussian(1.0)]")


def at(task: str, hidden: tuple[int, ...], epochs: int, seeds: int) -> list[Cell]:
    """All three rules, from Glorot's weights; changes are means over the batch, and so have rates 32 times as large."""
    network = EventNetwork(hidden=hidden, output=output("logistic-squared"), init=Glorot("normal"))
    last, lateral = f"[Wb]{len(hidden) + 1}", SGD(BATCH * LATERAL * hidden[0])
    top = SGD(BATCH * LAST, 0.8)
    ours = Grouped(((last, top), ("S*", lateral)), SGD(BATCH * HIDDEN, 0.8))
    bursts = cells([task], [BURSTS], [network], ours, epochs, BATCH, seeds)
    reference = Grouped(((last, SGD(BATCH * LAST * BASELINE, 0.8)),), SGD(BATCH * HIDDEN * BASELINE / 4, 0.8))
    return [*bursts, *cells([task], OTHERS, [network], reference, epochs, BATCH, seeds)]


def smoke() -> list[Cell]:
    """Seconds."""
    return at("two-moons[examples=200]", (8, 8), 2, 1)


def fast() -> list[Cell]:
    """MNIST in three layers of 200 units and 4 epochs, with three seeds; three minutes of one core."""
    return at("mnist", (200,) * 3, 4, 3)


def paper() -> list[Cell]:
    """784-500-500-500-10, 500 epochs, five seeds, and what `fast` has; days."""
    return [*at("mnist", (500,) * 3, 500, 5), *fast()]


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


SMALLER = {
    "data": "50 000 images to learn from, not 60 000; pixels from 0 to 1, not standardised",
    "rates": "no decay of weights, not 1e-6",
    "network": "200×3, not 500×3",
    "epochs": "4, not 500",
}
published = (
    Published(
        "MNIST, 500×3, 500 epochs: test accuracy, per cent", 98.9, 0.5, "[payeur2021], as it is remembered", "M",
        accuracy(BURSTS, "500-500-500"), PERCENT, otherwise=(92.0, "what a read-out alone learns"),
        because="half a point, as the figure is remembered", differs={name: SMALLER[name] for name in ("data", "rates")}, runs="500×3",
    ),
    Published(
        "MNIST, 200×3, 4 epochs: test accuracy less feedback alignment's, points", 0.0, 1.0,
        "[payeur2021], as errors vanish, order of approximation", "C", accuracy(BURSTS, "200-200-200", OTHERS[1]),
        otherwise=(-3.0, "what saturated bursts would lose"), because="a point, stated as equivalent",
        differs=SMALLER, runs="200×3, beside feedback alignment",
    ),
)  # fmt: skip

study = Study(
    "payeur2021",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "paper": paper},
    published,
    ("accuracy", "gradient angle", "weight angle"),
)
