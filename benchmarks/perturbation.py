"""How long a step of perturbation takes, over the forward passes that it makes: `python -m benchmarks.perturbation`.

Step and passes are timed in turn; the median of the ratios is told, so that the pace of the machine drops out. Beside
it stands the ratio to passes and the numbers that are drawn, which a step cannot do without.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from plausible.core import Presentation, randomness
from plausible.networks.mlp import MLP
from plausible.printing.table import Column, Table
from plausible.printing.terminal import show
from plausible.registry import registry
from plausible.tasks.streams import rewarding
from plausible.tasks.task import one_hot

TIMES = 60
SIZES = ((784, (500, 500), 10, 64), (64, (128,), 10, 32))
PASSES = {"node-perturbation": 2, "activity-perturbation": 2, "weight-perturbation": 2, "forward-gradient": 2}


def seconds(call: Callable[[], Any]) -> float:
    """How long a call takes."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def ratios(
    rule: str, passes: int, n_in: int, hidden: tuple[int, ...], n_out: int, batch: int
) -> tuple[float, float]:
    """The median ratio of a step to its passes, and to its passes and draws."""
    roles, network = randomness(0), MLP(hidden)
    params = network.start(n_in, n_out, roles.weights)
    x = roles.data.random((batch, n_in), "float32")
    y = one_hot(roles.data.integers(n_out, size=batch), n_out)
    shown, learner = Presentation(x, y, rewarding("classes", y, None)), registry.rule(rule, network)
    shapes = (
        [w.shape for w in params.values()]
        if rule == "weight-perturbation"
        else [(batch, n) for n in (*hidden, n_out)]
    )

    def forward() -> None:
        for _ in range(passes):
            network.forward(params, x)

    def draws() -> None:
        for shape in shapes:
            roles.noise.standard_normal(shape, "float32")

    def step() -> None:
        learner.update(params, None, shown, roles.noise)

    each = [(seconds(step), seconds(forward), seconds(draws)) for _ in range(TIMES)]
    taken, passed, drawn = np.array(each).T
    return float(np.median(taken / passed)), float(np.median(taken / (passed + drawn)))


def main() -> None:
    """Print the ratios."""
    columns = [
        Column("rule", words=True),
        *map(Column, ("network", "batch", "step / passes", "/ (passes + draws)")),
    ]
    table = Table("perturbation", columns, keys=2)
    for n_in, hidden, n_out, batch in SIZES:
        for rule, passes in PASSES.items():
            over, beside = ratios(rule, passes, n_in, hidden, n_out, batch)
            size = "-".join(map(str, (n_in, *hidden, n_out)))
            table.add(rule, size, str(batch), f"{over:.2f}", f"{beside:.2f}")
    show(table)


if __name__ == "__main__":
    main()
