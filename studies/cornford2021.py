"""Do networks of neurons that excite or inhibit learn as those whose synapses may have both signs, as in [cornford2021]?

MNIST by gradient descent, whose gradient is handed on to weights that are never negative: by interneurons with corrected
updates (DANN), without the correction, and by columns of excitatory and inhibitory units (ColEI); beside an unconstrained
perceptron. Rates are those of the released settings. And feedback alignment under
the same constraint, at a rate at which it does not diverge.
"""

from __future__ import annotations

import pandas as pd

from plausible.core import Optimiser
from plausible.networks.activations import relu
from plausible.networks.mlp import MLP
from plausible.optimise.sgd import SGD
from plausible.probes.performance import Scores
from plausible.study.study import Cell, Ours, Published, Study, cells

DANN, UNCORRECTED = "dann[rule=backprop]", "dann[rule=backprop,corrected=False]"
COLUMNS = "column-ei[rule=backprop,centre=0.1307]"
RATES = {"backprop": 0.1107, DANN: 0.1107, UNCORRECTED: 0.1107, COLUMNS: 0.05273, "dann": 0.02}
BATCH = 32


def recipe(task: str, hidden: tuple[int, ...], epochs: int, seeds: int) -> list[Cell]:
    """Every rule at its rate."""
    optimisers: dict[str, Optimiser] = {rule: SGD(rate) for rule, rate in RATES.items()}
    return cells([task], [*RATES], [MLP(hidden, relu)], optimisers, epochs, BATCH, seeds)


def smoke() -> list[Cell]:
    """Digits, in seconds."""
    return recipe("digits", (22, 22), 2, 1)


def fast() -> list[Cell]:
    """Three layers of 110 units, 2000 images of MNIST, 10 epochs, three seeds: minutes."""
    return recipe("mnist-part[examples=2000]", (110, 110, 110), 10, 3)


def paper() -> list[Cell]:
    """Three layers of 500 units, all images, 50 epochs, six seeds: a day on a core."""
    return recipe("mnist", (500, 500, 500), 50, 6)


def errors(rule: str, hidden: str) -> Ours:
    """Test error in per cent, one number per seed."""

    def ours(table: pd.DataFrame) -> list[float]:
        mine = (table.rule == rule) & (table.hidden.astype(str) == hidden) & (table.task != "digits")
        found = table[mine & (table.split == "test") & (table.metric == "accuracy")]
        return [100 * (1 - float(value)) for value in found.sort_values("seed").value]

    return ours


def apart(rule: str, other: str, hidden: str) -> Ours:
    """Points of test error that a rule has more than another, seed by seed."""

    def ours(table: pd.DataFrame) -> list[float]:
        pairs = zip(errors(rule, hidden)(table), errors(other, hidden)(table), strict=False)
        return [mine - its for mine, its in pairs]

    return ours


ABSTRACT = "[cornford2021], abstract: DANNs learn as standard networks, ColEI networks do worse"
PART = {
    "data": "2000 images, not 60,000",
    "network": "3×110 units, not 3×500",
    "epochs": "10, not 50",
    "rule": "inhibition subtracts alone",
}
WHOLE = {"rule": "inhibition subtracts alone"}
COLUMNS_SEEN = "ColEI's biases centre its inputs since a first try erred on 84 % of the test split"
published = tuple(
    row
    for hidden, differs, room in (("110-110-110", PART, 1.0), ("500-500-500", WHOLE, 0.3))
    for row in (
        Published(f"{hidden}, points of test error that DANN has more than a perceptron", room, 0.0, ABSTRACT, "V", apart(DANN, "backprop", hidden), side="at most", otherwise=(3 * room, "a clear loss"), because="two errors of sampling the test split", differs=differs, runs=hidden),
        Published(f"{hidden}, points of test error that ColEI has more than DANN", 0.0, 0.0, ABSTRACT, "V", apart(COLUMNS, DANN, hidden), side="at least", otherwise=(-room, "a clear gain"), because="the claim is of an order, not of a size", differs=differs, hindsight=COLUMNS_SEEN if differs is PART else "", runs=hidden),
    )
)  # fmt: skip

study = Study(
    "cornford2021",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "paper": paper},
    published,
    metrics=("accuracy",),
    probes=(Scores("train"), Scores("test", ("end",))),
)
