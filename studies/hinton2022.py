"""Do layers that each judge for themselves, Forward-Forward, learn MNIST as [hinton2022] and its re-makers report?

Rectified units, labels over the first ten pixels, wrong labels drawn evenly, the sum of squares as goodness with a
threshold of one a unit, as in the re-make by loeweX. `remade` does what that program does, which learns from the first
50,000 examples; its rates are divided by what our change is smaller by, n / 2 in layers of n units, as its loss is a mean
over right and wrong labels and no mean over units. Its slopes of 1 below zero reach the peer term alone, as ours do. Its
rate is outside of the momentum, ours inside, which differs while the rate falls.

The other cells are runs like all of the suite's. Their peer normalisation of 0.03 is the author's, 5 n times that of the
re-make, and they learn by Adam at 1e-3 on half a cosine, without decay. On digits wrong labels are also drawn from the softmax, "hard", of which [hinton2022] says that
they saved two thirds of the epochs. Goodness before and after learning, example by example, is another table:
`python -m studies.goodness`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

import pandas as pd
from numpy.random import Generator

from plausible.core import Loss, Memory, Optimiser, Outer, Params, Update, View, randomness
from plausible.networks.activations import relu
from plausible.networks.inits import Gaussian, He
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.adam import Adam
from plausible.optimise.schedules import Cosine, Levels
from plausible.optimise.sgd import SGD
from plausible.optimise.wrappers import Grouped
from plausible.registry import registry
from plausible.report.published import accuracy_in_percent
from plausible.rules.forward.forward_forward import ForwardForward
from plausible.study.columns import option
from plausible.study.experiment import Bench, Experiment, Measured
from plausible.study.learner import Learner
from plausible.study.statistics import PERCENT
from plausible.study.study import Cell, Ours, Published, Study, cells
from plausible.tasks.streams import Minibatches
from plausible.tasks.task import Split, correct

SOFTMAX, GOODNESS = (f"forward-forward[label=over,answer={answer}]" for answer in ("softmax", "goodness"))
HARD = "forward-forward[label=over,answer=softmax,negatives=hard]"
BATCH = 100


def recipe(
    task: str, rules: tuple[str, ...], hidden: tuple[int, ...], epochs: int, per_epoch: int, seeds: int
) -> list[Cell]:
    """Rules on one network; `per_epoch` steps make an epoch."""
    network = MLP(hidden, relu, output("softmax"), init=He())
    adam = Adam(Cosine(1e-3, epochs * per_epoch))
    return cells([task], rules, [network], adam, epochs, BATCH, seeds)


@dataclass(frozen=True)
class Penalised:
    """An L2 penalty inside of the change, U ← U - rate · W, so that momentum carries it on, unlike decoupled decay."""

    inner: Optimiser
    rate: float

    def init(self, params: View) -> Memory:
        return self.inner.init(params)

    def apply(
        self, params: Params, updates: Mapping[str, Update], memory: Memory, loss: Loss | None = None
    ) -> None:
        dense = {name: u.dense() if isinstance(u, Outer) else u for name, u in updates.items()}
        penalised = {name: change - self.rate * params[name] for name, change in dense.items()}
        self.inner.apply(params, penalised, memory, loss)


def cooling(rate: float, penalty: float, epochs: int, steps: int) -> Penalised:
    """Momentum of 0.9 at a rate that falls in a line from the middle epoch on, and an L2 penalty."""
    values = [
        rate * min(1.0, 2 * (1 + epochs - epoch) / epochs) if 2 * epoch > epochs else rate
        for epoch in range(epochs)
    ]
    return Penalised(
        SGD(Levels((*values,), tuple(range(steps, epochs * steps, steps))), momentum=0.9), penalty
    )


def remade(bench: Bench, task: str, units: int, layers: int, epochs: int) -> Iterator[Measured]:
    """What the re-make's program does: validation accuracy on the way, and test accuracy at the end."""
    roles = randomness(bench.seed)
    found = registry.task(task, roles.data)
    network = MLP((units,) * layers, relu, output("softmax"), init=Gaussian(units**-0.5))
    rule = ForwardForward(network, peer=0.03 / (5 * units), label="over", answer="softmax")
    stream, last = Minibatches(BATCH, drop_last=True), layers + 1
    steps = stream.length(found.train)
    hidden, readout = (cooling(*of, epochs, steps) for of in ((5e-4 * units, 6e-4 / units), (1e-2, 3e-3)))
    optimiser = Grouped(((f"W{last}", readout), (f"b{last}", SGD(0.0))), hidden)
    learner = Learner.new(rule, optimiser, found.n_in, found.n_out, roles)
    learner.params[f"W{last}"][:] = 0
    done = 0
    if bench.found is not None:
        learner.params, learner.memory, learner.state, done = (bench.found[name] for name in KEPT)
        learner.done = done * steps
        roles.noise.bit_generator.state = bench.found["noise"]
    shown = islice(stream(found.train, found.kind, epochs, roles.order), done * steps, None)
    for epoch in range(done, epochs):
        deque(learner.ticks(islice(shown, steps)), maxlen=0)
        if (epoch + 1) % 10 == 0:
            yield Measured(
                "accuracy", scored(learner, found.validation, roles.probes), epoch + 1, "validation"
            )
        now = dict(zip(KEPT, (learner.params, learner.memory, learner.state, epoch + 1), strict=True))
        bench.keep(**now, noise=roles.noise.bit_generator.state)
        bench.progress((epoch + 1) / epochs)
    yield Measured("accuracy", scored(learner, found.test, roles.probes), epochs, "test")


KEPT = ("params", "memory", "state", "done")


def scored(learner: Learner, split: Split, rng: Generator) -> float:
    """The share of examples that are answered rightly."""
    answer = learner.rule.respond(learner.params, learner.state, split.x, rng)[-1]
    return float(correct(answer, split.y).mean())


def as_remade(task: str, units: int, layers: int, epochs: int, seeds: int) -> list[Cell]:
    """The re-make's program, by seed."""
    given = {"task": task, "units": units, "layers": layers, "epochs": epochs}
    return [Experiment("studies.hinton2022:remade", tuple(given.items()), seed) for seed in range(seeds)]


def smoke() -> list[Cell]:
    """Digits, in seconds."""
    return [*recipe("digits", (SOFTMAX, GOODNESS), (32, 32), 2, 11, 1), *as_remade("digits", 32, 2, 2, 1)]


def fast() -> list[Cell]:
    """Digits by both ways of answering, and with hard labels; three layers of 128, three seeds, in minutes."""
    return recipe("digits", (SOFTMAX, GOODNESS, HARD, "backprop"), (128, 128, 128), 30, 11, 3)


def long() -> list[Cell]:
    """The same, and MNIST on 784-500-500-500, twelve epochs, one seed; a quarter of an hour."""
    return [*fast(), *recipe("mnist", (SOFTMAX, "backprop"), (500,) * 3, 12, 500, 1)]


def paper() -> list[Cell]:
    """The re-make as it is, three seeds, two hours; and three layers of 1,000 and four of 2,000 by our runs: weeks."""
    rules = (SOFTMAX, GOODNESS, "backprop")
    return [
        *as_remade("mnist", 1000, 3, 100, 3),
        *recipe("mnist", rules, (1000,) * 3, 100, 500, 3),
        *recipe("mnist", rules, (2000,) * 4, 60, 500, 3),
    ]


def error(rule: str, epoch: int | None = None, hidden: str | None = None) -> Ours:
    """The test error on MNIST in per cent by seed."""

    def ours(table: pd.DataFrame) -> list[float]:
        return [100 - value for value in accuracy_in_percent("mnist", rule, epoch, hidden)(table)]

    return ours


def error_of_remade(table: pd.DataFrame) -> list[float]:
    """The test error of the re-make's program on MNIST in per cent, one number per seed."""
    mine = (table.task == "remade") & (table.split == "test") & (table.metric == "accuracy")
    found = table[mine & (table.epoch == 100) & (option(table, "rule_task") == "mnist")]
    return [100 * (1 - value) for value in found.value]


REMAKE = "loeweX/Forward-Forward, README"
ALONE = (8.0, "what a read-out learns alone")
DIFFERS = {
    "rule": "peer normalisation of the author's, 5 n times that of the re-make",
    "rates": "Adam on half a cosine, not momentum with a weight decay and a rate that falls from half way on",
    "network": "He's normal distribution, and a read-out with biases that starts at random",
}
published = (
    Published("Forward-Forward on MNIST, three layers of 500, 12 epochs, test error, per cent", 3.0, 0.0, f"{REMAKE}: 1.45 after 100 epochs", "V", error(SOFTMAX, 12, "500-500-500"), PERCENT, side="at most", otherwise=ALONE, because="a claim of ours for an eighth of the epochs", differs={**DIFFERS, "network": "three layers of 500, not 1,000", "epochs": "12, not 100"}, hindsight="the bound of 3, of which nothing is published", runs="12 epochs"),
    Published("3×1000, 100 epochs, as the re-make is, test error, per cent", 1.45, 0.3, REMAKE, "V", error_of_remade, PERCENT, otherwise=ALONE, because="two standard errors of an error near 1.5 per cent on 10,000 images, and 0.05", runs="remade"),
    Published("3×1000, 100 epochs, test error, per cent", 1.45, 0.3, REMAKE, "V", error(SOFTMAX, 100, "1000-1000-1000"), PERCENT, otherwise=ALONE, because="two standard errors of an error near 1.5 per cent on 10,000 images, and 0.05", differs=DIFFERS, runs="3×1000"),
    Published("4×2000, 60 epochs, test error, per cent", 1.36, 0.3, "[hinton2022]", "M", error(GOODNESS, 60, "2000-2000-2000-2000"), PERCENT, otherwise=ALONE, because="two standard errors of an error near 1.5 per cent on 10,000 images, and 0.05", differs={"rates": DIFFERS["rates"]}, runs="4×2000"),
)  # fmt: skip

study = Study(
    "hinton2022",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "long": long, "paper": paper},
    published,
    metrics=("accuracy",),
)
