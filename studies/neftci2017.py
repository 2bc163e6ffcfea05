"""Do spikes of error neurons, which reach dendrites through random weights, teach hidden neurons, as [neftci2017] reports?

Event-driven random feedback on digits and on MNIST, beside rate networks with as many hidden units: test accuracy by the
examples that were seen, and what an example costs in spikes and synaptic events. `long` is a reduced setting of MNIST, with
constants by default, which validation examples of digits chose: 100 hidden neurons, all images, four passes.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from plausible.core import randomness
from plausible.networks.mlp import MLP
from plausible.optimise.sgd import SGD
from plausible.registry import registry
from plausible.rules.spiking.event_driven import EventDrivenFeedback
from plausible.study.compare import Comparison
from plausible.study.experiment import Bench, Experiment, Measured
from plausible.study.learner import Learner
from plausible.study.statistics import PERCENT
from plausible.study.study import Cell, Ours, Published, Study
from plausible.tasks.streams import Minibatches
from plausible.tasks.task import correct

RULES = ("backprop", "feedback-alignment", "shallow")
CHUNK = 1000  # examples a run of the program


def learn(bench: Bench, task: str, hidden: int, layers: int, passes: int) -> Iterator[Measured]:
    """Test accuracy by examples seen, after 1, 2, 4, ... passes and the last; spikes and events of an example."""
    roles = randomness(bench.seed)
    given = registry.task(task, roles.data)
    rule = EventDrivenFeedback(MLP((hidden,) * layers))
    learner = Learner.new(rule, SGD(1.0), given.n_in, given.n_out, roles)
    for done in range(1, passes + 1):
        spikes = events = 0
        for tick in learner.ticks(Minibatches(CHUNK)(given.train, given.kind, 1, roles.order)):
            spikes, events = (
                spikes + tick.step.internals["spikes"],
                events + tick.step.internals["synaptic events"],
            )
        bench.progress(done / passes)
        if done & (done - 1) == 0 or done == passes:
            seen = done * len(given.train.x)
            answer = rule.respond(learner.params, learner.state, given.test.x, roles.probes)[-1]
            yield Measured("accuracy", float(correct(answer, given.test.y).mean()), seen, "test")
    yield Measured("spikes per example", spikes / len(given.train.x), seen)
    yield Measured("events per example", events / len(given.train.x), seen)


def cells(task: str, hidden: int, layers: int, passes: int, seeds: int) -> list[Cell]:
    """One size, over seeds."""
    named = (("task", task), ("hidden", hidden), ("layers", layers), ("passes", passes))
    return [Experiment("studies.neftci2017:learn", named, seed) for seed in range(seeds)]


def smoke() -> list[Cell]:
    """Seconds, once the program is compiled."""
    return [*cells("digits", 20, 1, 1, 1), *Comparison("digits", ("backprop",), 1, 1, (20,)).runs()]


def fast() -> list[Cell]:
    """Digits, 100 hidden neurons: some minutes."""
    return [*cells("digits", 100, 1, 16, 3), *Comparison("digits", RULES, 3, hidden=(100,)).runs()]


def long() -> list[Cell]:
    """MNIST, 100 hidden neurons, four passes, three seeds: twenty minutes."""
    return [*cells("mnist", 100, 1, 4, 3), *Comparison("mnist", RULES, 3, 4, (100,)).runs()]


def paper() -> list[Cell]:
    """Digits with two hidden layers, too, and MNIST with the paper's smallest network for twenty passes: a day."""
    mnist = [*cells("mnist", 100, 1, 20, 3), *Comparison("mnist", RULES, 3, hidden=(100,)).runs()]
    return [*fast(), *cells("digits", 100, 2, 32, 3), *mnist]


def last(task: str) -> Ours:
    """Test accuracy after the last pass, in per cent, one number per seed."""

    def ours(table: pd.DataFrame) -> list[float]:
        label = table.rule.astype(str).str.startswith(f"task={task},")
        found = table[label & (table.metric == "accuracy") & (table.split == "test")].sort_values("epoch")
        return [
            100 * float(part.value.iloc[-1]) for _, part in found.groupby(["rule", "seed"], observed=True)
        ]

    return ours


published = (
    Published(
        "test accuracy on digits, per cent", 98.0, 1.0, "[neftci2017], of its larger networks on MNIST, from memory", "M",
        last("digits"), PERCENT, otherwise=(94.4, "what a network tells of which the output alone learns"),
        because="sizes differ by a per cent or so",
        differs={"data": "digits of 8 x 8 pixels", "network": "100 hidden neurons", "epochs": "16 passes"}, runs="digits",
    ),
    Published(
        "test accuracy on MNIST, per cent", 98.0, 1.0, "[neftci2017], of its larger networks, from memory", "M",
        last("mnist"), PERCENT, otherwise=(92.0, "a linear classifier's"), because="sizes differ by a per cent or so",
        differs={"network": "100 hidden neurons, not 500 and 500", "epochs": "4 passes (long), 20 (paper)"}, runs="mnist",
    ),
)  # fmt: skip

study = Study(
    "neftci2017",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "long": long, "paper": paper},
    published,
    metrics=("accuracy", "events per example", "spikes per example", "multiply-adds per example"),
)
