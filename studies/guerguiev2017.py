"""Do hidden layers with segregated dendrites learn from plateau potentials what a network without them cannot?

Networks without hidden layers, with one and with two learn MNIST by the rule without spikes, whose plateau potentials
come of the answer and of the target through feedback that is drawn once; direct feedback alignment learns beside it.
"""

from __future__ import annotations

import pandas as pd

from plausible.networks.activations import logistic
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.sgd import SGD
from plausible.study.study import Cell, Ours, Published, Study, cells

RULE = "segregated-dendrites[feedback=uniform(1.0)]"
OTHER = "direct-feedback-alignment[feedback=uniform(0.25)]"  # σ' is ¼ at 0


def at(task: str, units: int, rate: float, epochs: int, seeds: int) -> list[Cell]:
    """Both rules with none, one and two hidden layers, of logistic units, in batches of 20.

    The output has the binary cross-entropy: with the squared error it hardly learns at these rates, as digits showed.
    """
    found: list[Cell] = []
    for layers in range(3):
        network = MLP((units,) * layers, logistic, output("logistic"))
        rules = [RULE, OTHER] if layers else [RULE]
        found += cells([task], rules, [network], SGD(rate, 0.9), epochs, 20, seeds)
    return found


def smoke() -> list[Cell]:
    """Seconds."""
    return at("two-moons[examples=200]", 8, 0.03, 2, 1)


def fast() -> list[Cell]:
    """MNIST with 200 units in a layer, 4 epochs and three seeds; two minutes of one core."""
    return at("mnist", 200, 0.03, 4, 3)


def paper() -> list[Cell]:
    """500 and 500-100 units are the paper's; here 500 in each, 60 epochs, three seeds; hours."""
    return at("mnist", 500, 0.03, 60, 3)


def gain(more: str, fewer: str, rule: str = RULE, other: str = RULE) -> Ours:
    """By how many points the test error is lower with the layers `more` than with `fewer`, seed by seed."""

    def ours(table: pd.DataFrame) -> list[float]:
        found = table[(table.metric == "accuracy") & (table.split == "test")]
        names = found.rule.astype(str) + " " + found.hidden.astype(str)
        wide = found.assign(name=names).pivot_table("value", "seed", "name", observed=True)
        first, second = f"{rule} {more}", f"{other} {fewer}"
        if not {first, second} <= {*wide}:
            return []
        return list(100 * (wide[first] - wide[second]).dropna())

    return ours


SOURCE = "[guerguiev2017], as it is remembered: 8.3, 4.1 and 3.2 % test error"
SMALLER = {
    "data": "50 000 images to learn from, not 60 000",
    "network": "layers of 200 units, not of 500 and 100",
    "rule": "batches of 20, not one image at a time, no spikes, and the binary cross-entropy at the output",
    "epochs": "4, not 60",
}
SEEN = (
    "the rate and the loss of the output, after a run in which hidden layers saturated; the bands are older"
)
published = (
    Published("one hidden layer less none: test accuracy, points", 4.2, 2.0, SOURCE, "M", gain("200", "none"), otherwise=(0.0, "hidden layers that do not learn"), because="half of the way to no gain", differs=SMALLER, hindsight=SEEN, runs="one layer and none"),
    Published("two hidden layers less one: test accuracy, points", 0.9, 0.4, SOURCE, "M", gain("200-200", "200"), otherwise=(0.0, "a second layer that does not help"), because="half of the way to no gain", differs=SMALLER, hindsight=SEEN, runs="two layers and one"),
    Published("one hidden layer: test accuracy less direct feedback alignment's, points", 0.0, 1.0, "[guerguiev2017], weak apical dendrites, order of approximation", "C", gain("200", "200", RULE, OTHER), otherwise=(-3.0, "what saturated plateaus would lose"), because="a point, stated as equivalent", differs=SMALLER, hindsight=SEEN, runs="beside direct feedback"),
)  # fmt: skip

study = Study(
    "guerguiev2017",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "paper": paper},
    published,
    ("accuracy", "gradient angle"),
)
