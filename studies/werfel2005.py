"""How does the time that perturbation needs to learn grow with the network, as in the theory of [werfel2005]?

A linear perceptron of M inputs and N outputs learns a teacher of its form, one example at a time, whose inputs are
standard normal. Theory gives the factor by which a step multiplies the mean excess error, 1 - 2η + η² (M + 2) d, with d = 1
for the gradient, N + 2 for noise in nodes and M N + 2 for noise in weights; the best rate is η = 1 / ((M + 2) d), and the
learning time is (M + 2) d steps. Here the registered rules learn, at their best rates, and the factor is the ratio of the
sums of excess errors after and before all steps. Nets begin anew after one learning time.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from plausible.core import Presentation, randomness
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.plotting.findings import slope
from plausible.registry import registry
from plausible.study.columns import option
from plausible.study.experiment import Bench, Experiment, Measured
from plausible.study.statistics import ANY
from plausible.study.study import Cell, Ours, Published, Study
from plausible.tasks.streams import rewarding

NOISE = "sigma=1e-5,antithetic=True"
RULES = {
    "backprop": "gradient",
    f"node-perturbation[{NOISE}]": "nodes",
    "forward-gradient": "nodes",
    f"weight-perturbation[{NOISE}]": "weights",
    "forward-gradient[over=weights]": "weights",
}
TIME = "learning time"
SIZES = ((10, 2), (10, 5), (10, 10), (10, 20), (5, 5), (20, 5))  # (M, N)


def dimension(kind: str, inputs: int, outputs: int) -> float:
    """d: 1, N + 2 or M N + 2."""
    return {"gradient": 1.0, "nodes": outputs + 2.0, "weights": inputs * outputs + 2.0}[kind]


def learning(bench: Bench, rule: str, inputs: int, outputs: int, steps: int) -> Iterator[Measured]:
    """The learning time of a rule, in steps, over so many of them; and the factor a step."""
    roles = randomness(bench.seed)
    network = MLP((), output=output("linear"), dtype="float64", bias=False)
    learner = registry.rule(rule, network)
    slowness = (inputs + 2) * dimension(RULES[rule], inputs, outputs)
    period, before, after = round(slowness), 0.0, 0.0
    teacher = roles.data.normal(size=(inputs, outputs))
    weights = teacher
    for step in range(max(steps, period)):
        if step % period == 0:
            weights = teacher + roles.weights.normal(size=teacher.shape)
        x = roles.data.normal(size=(1, inputs))
        y = x @ teacher
        shown = Presentation(x, y, rewarding("values", y, None))
        update = learner.update({"W1": weights}, None, shown, roles.noise).updates["W1"]
        before += float(((weights - teacher) ** 2).sum())
        change = update if isinstance(update, np.ndarray) else update.dense()
        weights = weights + change / slowness
        after += float(((weights - teacher) ** 2).sum())
    yield Measured("factor", after / before, steps)
    yield Measured(TIME, 1 / (1 - after / before), steps)


def at(sizes: tuple[tuple[int, int], ...], steps: int, seeds: int) -> list[Cell]:
    """Every rule at every size."""
    here = "studies.werfel2005:learning"
    options = [
        (("rule", rule), ("inputs", m), ("outputs", n), ("steps", steps)) for m, n in sizes for rule in RULES
    ]
    return [Experiment(here, each, seed) for each in options for seed in range(seeds)]


def smoke() -> list[Cell]:
    """Seconds."""
    return at(SIZES[:2], 300, 1)


def fast() -> list[Cell]:
    """Six sizes, five seeds, 4000 steps: two minutes."""
    return at(SIZES, 4000, 5)


def paper() -> list[Cell]:
    """Six sizes, ten seeds, 100,000 steps: an hour."""
    return at(SIZES, 100_000, 10)


def of(table: pd.DataFrame, metric: str) -> pd.DataFrame:
    """The runs of a metric, with their options as columns."""
    found = table[(table.metric == metric) & table.rule.astype(str).str.startswith("rule=")]
    learner, m, n = (option(found, f"rule_{name}") for name in ("rule", "inputs", "outputs"))
    kept = pd.DataFrame({"learner": learner, "m": m.astype(int), "n": n.astype(int)})
    kept = kept.assign(seed=found.seed, value=found.value)
    sizes = zip(kept.learner, kept.m, kept.n, strict=True)
    return kept.assign(slowness=[(m + 2) * dimension(RULES[rule], m, n) for rule, m, n in sizes])


def growth(rule: str) -> Ours:
    """The slope of log(learning time) over log((M + 2) d), one number per seed."""

    def ours(table: pd.DataFrame) -> list[float]:
        mine = of(table, TIME)
        mine = mine[mine.learner == rule]
        return [slope(one.slowness, one.value) for _, one in mine.groupby("seed") if len(one) > 2]

    return ours


def factor(rule: str) -> Ours:
    """1000 times what is lost of the excess error at a step, at M = 10 and N = 5, one number per seed."""

    def ours(table: pd.DataFrame) -> list[float]:
        mine = of(table, "factor")
        mine = mine[(mine.learner == rule) & (mine.m == 10) & (mine.n == 5)]
        return [1000 * (1 - float(value)) for value in mine.value]

    return ours


PAPER = "[werfel2005], equations of learning curves, which were derived anew"
BEST = {"gradient": 1000 / 12, "nodes": 1000 / (12 * 7), "weights": 1000 / (12 * 52)}
SMALLER = {"gradient": ("nodes", 1), "nodes": ("weights", 1), "weights": ("nodes", 1)}
published = (
    *(Published(f"{rule}, power of (M + 2) d by which its learning time grows", 1.0, 0.15, PAPER, "R", growth(rule), ANY, otherwise=(0.5, "it grows with half of the power"), because="the error of a slope over six sizes is below 0.1 in 4000 steps", runs=f"{rule}, sizes") for rule in RULES),
    *(Published(f"{rule}, M = 10, N = 5, excess error lost a step, per mille", round(BEST[kind], 3), round(BEST[kind] * 0.15, 3), PAPER, "R", factor(rule), ANY, otherwise=(round(BEST[SMALLER[kind][0]], 3), f"that of noise in {SMALLER[kind][0]}"), because="a tenth is the error of 4000 steps, and half of it more", runs=f"{rule}, one size") for rule, kind in RULES.items()),
)  # fmt: skip

study = Study(
    "werfel2005",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "paper": paper},
    published,
    metrics=("factor", TIME),
)
