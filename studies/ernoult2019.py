"""Do the increments of equilibrium propagation equal the gradients of backpropagation through time, step by step?"""

from __future__ import annotations

import pandas as pd

from plausible.functions import output, tanh
from plausible.networks import MLP
from plausible.optimise.sgd import SGD
from plausible.study.study import Cell, Ours, Published, Study, cells

WINDOWS = (1, 2, 4, 8, 16, 32, 64)
RATE = 0.08  # as in the authors' toy, where it is called dt
NUDGE = 0.01


def rules(windows: tuple[int, ...]) -> list[str]:
    """After K steps of the nudged phase, and after K steps of backpropagation through a free phase that has settled."""
    free = "euler(20000,0.2,tolerance=1e-12)"
    nudged = [f"nudged=euler({k},{RATE}),nudge={NUDGE},nudging=one-sided" for k in windows]
    ours = [f"equilibrium-propagation[free={free},{how}]" for how in nudged]
    return ours + [f"equilibrium-gradient[steps=20000,rate={RATE},window={k}]" for k in windows]


def at(task: str, hidden: tuple[int, ...], windows: tuple[int, ...], seeds: int) -> list[Cell]:
    """One step from initial weights for every K; the distances are to the gradient at the equilibrium."""
    network = MLP(hidden, tanh, output("softmax"), "float64")
    return cells([task], rules(windows), [network], SGD(1e-6), 1, 100_000, seeds)


def smoke() -> list[Cell]:
    """Seconds."""
    return at("two-moons[examples=40]", (4,), (1, 3), 1)


def fast() -> list[Cell]:
    """Two hidden layers on two moons, some minutes; the authors' toy is fully connected, 10-50-5."""
    return at("two-moons[examples=60]", (6, 5), WINDOWS, 3)


def paper() -> list[Cell]:
    """Digits in the authors' sizes."""
    return at("digits", (50, 50), WINDOWS, 5)


def ratio(layer: str) -> Ours:
    """The norm of what EP has learned after K steps, over that of BPTT: the mean over K, one for every seed."""

    def ours(table: pd.DataFrame) -> list[float]:
        found = table[(table.metric == "update norm") & (table.layer == layer) & (table.epoch == 0)]
        k = found.rule.str.extract(r"(?:window=|nudged=euler\()(\d+)")[0].astype(int)
        mine = found.rule.str.startswith("equilibrium-propagation")
        both = found.assign(k=k, mine=mine).pivot_table("value", ["seed", "k"], "mine")
        if not {True, False} <= {*both.columns}:
            return []
        both = both[both[False] > 0]
        return [float(value) for value in (both[True] / both[False]).groupby("seed").mean()]

    return ours


THEOREM = "the theorem, to first order in the nudge"
published = tuple(
    Published(f"EP over BPTT, {layer}, mean over time", 1.0, 0.03, THEOREM, "C", ratio(layer))
    for layer in ("W1", "W2", "W3")
)

study = Study(
    "ernoult2019",
    " ".join((__doc__ or "").split()),
    {"smoke": smoke, "fast": fast, "paper": paper},
    published,
    ("gradient distance", "gradient angle", "update norm"),
)
