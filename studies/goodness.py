"""How good are right and wrong labels to each layer of Forward-Forward [hinton2022], before and after learning?

    python -m studies.goodness        # some minutes; writes studies/tables/goodness.parquet

Histograms of the goodness per unit of examples of the validation split of MNIST, whose labels the rule has not learned
from. It is no study of runs, as what it keeps of a run is no number but a distribution.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from plausible.core import Array, Params, Presentation, randomness
from plausible.networks.activations import relu
from plausible.networks.inits import He
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.adam import Adam
from plausible.registry import registry
from plausible.rules.forward.forward_forward import ForwardForward
from plausible.study.learner import Learner
from plausible.study.store.tables import write
from plausible.study.workers.machine import machine
from plausible.tasks.streams import Minibatches
from plausible.tasks.task import Task

RULE = ForwardForward(MLP((500, 500, 500), relu, output("softmax"), init=He()), label="over")
EPOCHS, BATCH, SHOWN, SEED = 2, 100, 2000, 0
BINS = np.geomspace(1e-3, 1e2, 61)  # of goodness per unit


def histograms(task: Task, epochs: int) -> Iterator[dict[str, Any]]:
    """A row for every bin of every layer, label and time."""
    roles = randomness(SEED)
    learner = Learner.new(RULE, Adam(1e-3), task.n_in, task.n_out, roles)
    x, y = task.validation.x[:SHOWN], task.validation.y[:SHOWN]
    shown = next(
        Minibatches(len(x), shuffle=False)(task.validation._replace(x=x, y=y), "classes", 1, roles.probes)
    )
    stream = Minibatches(BATCH)(task.train, "classes", epochs, roles.order)
    yield from counted(learner.params, learner.state, shown, roles.probes, 0)
    deque(learner.ticks(stream), maxlen=0)
    yield from counted(learner.params, learner.state, shown, roles.probes, epochs)


def counted(
    params: Params, state: Any, shown: Presentation, rng: np.random.Generator, epoch: int
) -> Iterator[dict[str, Any]]:
    """The share of examples in each bin, by layer and label."""
    seen = RULE.update(params, state, shown, rng).internals
    for layer, units in enumerate(RULE.network.hidden, 1):
        goodness: Array = seen[f"goodness{layer}"][:, 0] / units
        for label, part in zip(("right", "wrong"), np.split(goodness, 2), strict=True):
            shares = np.histogram(np.clip(part, BINS[0], BINS[-1]), BINS)[0] / len(part)
            for low, high, share in zip(BINS, BINS[1:], shares, strict=False):
                row = {
                    "task": "mnist",
                    "rule": "forward-forward",
                    "seed": SEED,
                    "epoch": epoch,
                    "status": "done",
                }
                yield {**row, "layer": f"W{layer}", "label": label, "low": low, "high": high, "value": share}


def main() -> None:
    """Learn, and write the table."""
    task = registry.task("mnist", randomness(SEED).data)
    table = pd.DataFrame(histograms(task, EPOCHS))
    write(table, Path(__file__).parent / "tables" / "goodness.parquet", [machine()])


if __name__ == "__main__":
    main()
