"""How far do shallow networks get whose features are random, local or learned without labels, as in [illing2019]?

One hidden layer whose features are learned first, if they learn at all, and rest while the read-out learns with labels; beside
it backpropagation and feedback alignment, which learn all at once. The features are also read out by ridge regression, so
that rules are compared by what their layer tells, not by how fast a delta rule finds it. Krotov-Hopfield and SoftHebb start from
weights of variance 1/4 and learn at 0.1 since a first try, from small weights, erred on 84 % of the test split.
"""

from __future__ import annotations

import pandas as pd

from plausible.core import Optimiser
from plausible.networks.activations import relu
from plausible.networks.inits import Gaussian
from plausible.networks.mlp import MLP
from plausible.optimise.adam import Adam
from plausible.optimise.relative import Relative
from plausible.optimise.sgd import SGD
from plausible.optimise.staged import Staged
from plausible.probes.performance import Scores
from plausible.probes.readout import Readout
from plausible.study.study import Cell, Ours, Published, Study, cells

LOCAL, GABOR = "fixed-features[field=10]", "fixed-features[drawn=gabor,field=10]"
RANDOM, TOGETHER = "fixed-features", ["backprop", "feedback-alignment"]
LEARNED = {  # how each learns in the first stage: chosen on a few runs with the training split alone
    "hebb": Relative(SGD(1e-3)),
    "oja": SGD(1e-2),
    "oja[units=subspace]": SGD(1e-2),
    "sanger": SGD(1e-2),
    "bcm": SGD(1e-3),
    "independent-components": SGD(1e-2),
    "sparse-coding": SGD(1e-2),
    "krotov-hopfield": Relative(SGD(0.1)),
    "soft-hebb": Relative(SGD(0.1)),
}
WIDE = ("krotov-hopfield", "soft-hebb")  # from small weights one unit wins all, and the others die
BATCH, READ = 20, 3e-3


def staged(epochs: int, examples: int) -> dict[str, Optimiser]:
    """Optimisers by rule: features for a third of the epochs, the read-out for the rest."""
    steps = max(epochs // 3, 1) * -(-examples // BATCH)
    read = Adam(READ)
    names = {rule: ("W1", "R1") if rule == "sparse-coding" else ("W1",) for rule in LEARNED}
    made: dict[str, Optimiser] = {
        rule: Staged(first, read, names[rule], steps) for rule, first in LEARNED.items()
    }
    return made | dict.fromkeys([RANDOM, LOCAL, GABOR, *TOGETHER], read)


def recipe(task: str, examples: int, units: int, epochs: int, seeds: int) -> list[Cell]:
    """Every rule, at its optimiser."""
    fixed = [RANDOM] if task == "digits" else [RANDOM, LOCAL, GABOR]
    optimisers, narrow = staged(epochs, examples), [rule for rule in LEARNED if rule not in WIDE]
    network, wide = MLP((units,), relu, bias=False), MLP((units,), relu, bias=False, init=Gaussian(0.5))
    return [
        *cells([task], [*narrow, *fixed, *TOGETHER], [network], optimisers, epochs, BATCH, seeds),
        *cells([task], [*WIDE], [wide], optimisers, epochs, BATCH, seeds),
    ]


def smoke() -> list[Cell]:
    """Digits, in seconds."""
    return recipe("digits", 1078, 16, 3, 1)


def fast() -> list[Cell]:
    """100 units, 2000 images, 9 epochs, three seeds: minutes."""
    return recipe("mnist-part[examples=2000]", 2000, 100, 9, 3)


def paper() -> list[Cell]:
    """5000 units, all images, 30 epochs, three seeds: days on a core."""
    return recipe("mnist", 50_000, 5000, 30, 3)


def error(rule: str, units: int, metric: str = "read-out accuracy") -> Ours:
    """Test error of a read-out in per cent, one number per seed."""

    def ours(table: pd.DataFrame) -> list[float]:
        mine = (table.rule == rule) & (table.hidden.astype(str) == str(units)) & (table.task != "digits")
        found = table[mine & (table.split == "test") & (table.metric == metric) & (table.layer != "x")]
        return [100 * (1 - float(value)) for value in found.sort_values("seed").value]

    return ours


def less(rule: str, than: str, units: int) -> Ours:
    """By how many points of test error a rule is better than another, seed by seed."""

    def ours(table: pd.DataFrame) -> list[float]:
        pairs = zip(error(rule, units)(table), error(than, units)(table), strict=False)
        return [other - mine for mine, other in pairs]

    return ours


ABSTRACT = "[illing2019], abstract: "
PART = {
    "data": "2000 images, not 60,000",
    "network": "100 units, not 5000",
    "measure": "ridge regression reads out",
}
WHOLE = {"measure": "ridge regression reads out"}
EQUAL, ORDER = (-1.0, "a clear loss"), "the claim is of an order, not of a size"
published = tuple(
    Published(f"{units} units, points of test error that {mine} features have less than {others} ones", 0.0, 0.0, ABSTRACT + claim, "V", less(rule, than, units), side="at least", otherwise=EQUAL, because=ORDER, differs=differs, runs=f"{units} units")
    for units, differs in ((100, PART), (5000, WHOLE))
    for mine, rule, others, than, claim in (
        ("localised random", LOCAL, "random", RANDOM, "localised receptive fields improve random projections"),
        ("localised Gabor", GABOR, "random", RANDOM, "localised random Gabor filters improve random projections"),
        ("random", RANDOM, "principal component", "oja[units=subspace]", "fixed features are as good as learned ones in wide layers"),
        ("random", RANDOM, "independent component", "independent-components", "fixed features are as good as learned ones in wide layers"),
        ("random", RANDOM, "sparse", "sparse-coding", "fixed features are as good as learned ones in wide layers"),
    )
)  # fmt: skip

study = Study(
    "illing2019",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "paper": paper},
    published,
    metrics=("accuracy", "read-out accuracy"),
    probes=(Scores("train"), Scores("test", ("end",)), Readout()),
)
