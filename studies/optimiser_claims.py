"""How much of a rule's lead over feedback alignment is left under the same optimiser?

Rules with feedback that learns or is correlated with the error, feedback alignment and backprop learn digits by plain
gradient descent, with momentum and by Adam, each at two rates, of which the better on the validation split counts. A lead
over feedback alignment under another optimiser, as some papers report, is held against the lead under the same one.
"""

from __future__ import annotations

import pandas as pd

from plausible.core import Optimiser
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.adam import Adam
from plausible.optimise.sgd import SGD
from plausible.study.study import Cell, Ours, Published, Study, cells

OPTIMISERS: dict[str, tuple[Optimiser, ...]] = {
    "sgd": (SGD(0.01), SGD(0.1)),
    "momentum": (SGD(0.01, 0.9), SGD(0.05, 0.9)),
    "adam": (Adam(1e-3), Adam(3e-3)),
}
ALIGNMENT = "feedback-alignment"
RULES = (
    ALIGNMENT,
    "kolen-pollack",
    "product-feedback-alignment",
    "error-broadcast-decorrelation",
    "backprop",
)


def at(task: str, hidden: tuple[int, ...], epochs: int, seeds: int) -> list[Cell]:
    """Every rule by every optimiser at every rate."""
    network, every = MLP(hidden, output=output("softmax")), [o for pair in OPTIMISERS.values() for o in pair]
    return [cell for each in every for cell in cells([task], RULES, [network], each, epochs, 32, seeds)]


def smoke() -> list[Cell]:
    """Seconds."""
    return at("two-moons[examples=100]", (6,), 1, 1)


def fast() -> list[Cell]:
    """Digits, 64-64 units, 5 epochs, three seeds; two minutes of one core."""
    return at("digits", (64, 64), 5, 3)


def paper() -> list[Cell]:
    """MNIST, 500-500 units, 20 epochs, five seeds; a day."""
    return at("mnist", (500, 500), 20, 5)


def best(table: pd.DataFrame, rule: str, optimiser: str) -> pd.Series[float]:
    """Test accuracy by seed, per cent, at the rate of an optimiser whose mean on the validation split is the best."""
    named = [repr(each) for each in OPTIMISERS[optimiser]]
    mine = table[(table.metric == "accuracy") & (table.rule == rule)]
    mine = mine.assign(optimiser=mine.optimiser.astype(str))
    mine = mine[mine.optimiser.isin(named)]
    held = mine[(mine["split"] == "validation") & (mine.epoch == mine.epoch.max())]
    if not len(held):
        return pd.Series(dtype=float)
    chosen = held.groupby("optimiser").value.mean().idxmax()
    tested = mine[(mine["split"] == "test") & (mine.optimiser == chosen)]
    return 100 * tested.groupby("seed").value.mean()


def lead(rule: str, optimiser: str, other: str) -> Ours:
    """Test accuracy of a rule by an optimiser less that of feedback alignment by another one, points, by seed."""

    def ours(table: pd.DataFrame) -> list[float]:
        apart = best(table, rule, optimiser) - best(table, ALIGNMENT, other)
        return [float(value) for value in apart.dropna()]

    return ours


SOURCE = "[lv2025], whose program is feedback alignment by Adam beside feedback alignment by gradient descent"
ELSEWHERE = {"data": "digits", "network": "64-64", "epochs": "5"}
published = tuple(
    Published(
        f"feedback alignment by {optimiser} less by plain gradient descent: test accuracy, points", 0.5, 0.0, SOURCE, "V",
        lead(ALIGNMENT, optimiser, "sgd"), side="at least", otherwise=(0.0, "a lead that is the rule's alone"),
        because="the least lead that papers report as one", differs=ELSEWHERE, runs=f"feedback alignment by {optimiser}",
    )
    for optimiser in ("momentum", "adam")
)  # fmt: skip

study = Study(
    "optimiser_claims",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "paper": paper},
    published,
    ("accuracy",),
)
