"""One run: one rule, one task, one seed, from the first weight to the numbers that tables are made of."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np

from plausible import registry
from plausible.core import Optimiser, Randomness, Rule, Tick, randomness
from plausible.errors import BadInput, require
from plausible.networks import MLP
from plausible.optimise.sgd import SGD
from plausible.probes.alignment import Alignment, Measurement
from plausible.probes.cost import multiply_adds
from plausible.probes.performance import performance
from plausible.streams import Minibatches
from plausible.tasks.task import Split, Task
from plausible.train import train

REFERENCE = "backprop"  # whose changes are the gradient
PROBED = 500  # training examples that angles are measured on, the same for every rule at one seed
FEWEST, MOST = 20, 50  # measurements over a run; one an epoch in between
DIVERGED = 10.0  # times the training loss before learning


@dataclass(frozen=True)
class Run:
    """Everything that decides what a run computes. Rules and tasks are named as on the command line."""

    task: str
    rule: str
    network: MLP
    optimiser: Optimiser = SGD(0.05, momentum=0.9)
    epochs: int = 20
    batch_size: int = 64
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size"):
            value = getattr(self, name)
            require(isinstance(value, int) and value > 0, name, value, "a positive whole number")
        require(
            isinstance(self.seed, int) and self.seed >= 0, "seed", self.seed, "a whole number of at least 0"
        )


class Row(NamedTuple):
    """One measurement in long form."""

    task: str
    rule: str
    seed: int
    epoch: float
    examples: int
    seconds: float  # of learning alone; evaluation and probes are outside the clock
    split: str
    metric: str
    layer: str
    value: float


@dataclass(frozen=True)
class Outcome:
    """What came out of a run."""

    run: Run
    status: Literal["done", "diverged", "failed"]
    reason: str = ""
    rows: list[Row] = field(default_factory=list)


def execute(run: Run, progress: Callable[[float], None] = lambda fraction: None) -> Outcome:
    """Learn, measure on the way, and read the test split once, at the end.

    A rule that raises gives a "failed" outcome with the traceback. A run whose weights or loss stop being finite,
    or whose training loss rises above `DIVERGED` times what it was before learning, ends there as "diverged".

    Raises:
        BadInput: if the run cannot start at all.
    """
    roles = randomness(run.seed)
    task = registry.task(run.task, roles.data)
    rule = registry.rule(run.rule, run.network)
    log = Log(run, task)
    try:
        with np.errstate(
            over="ignore", invalid="ignore", divide="ignore"
        ):  # divergence is looked for, and reported
            reason = learn(run, task, rule, roles, log, progress)
    except BadInput:
        raise
    except Exception:
        return Outcome(run, "failed", traceback.format_exc(), log.rows)
    return Outcome(run, "diverged" if reason else "done", reason, log.rows)


class Log:
    """Rows in the making, with the clock of learning."""

    def __init__(self, run: Run, task: Task) -> None:
        self.rows: list[Row] = []
        self.head = (run.task, registry.label(run.rule), run.seed)
        self.in_epoch = len(task.train.x)
        self.examples, self.seconds = 0, 0.0

    def add(self, split: str, measurements: Iterable[Measurement]) -> dict[str, float]:
        """Keep measurements, and return those of the whole network by name."""
        found = list(measurements)
        epoch = self.examples / self.in_epoch
        self.rows += [Row(*self.head, epoch, self.examples, self.seconds, split, *read) for read in found]
        return {metric: value for metric, layer, value in found if not layer}


def learn(
    run: Run, task: Task, rule: Rule, roles: Randomness, log: Log, progress: Callable[[float], None]
) -> str:
    """The loop around the trainer; returns why the run diverged, or nothing."""
    splits = {name: cast(split, run.network.dtype) for name, split in task.splits.items()}
    params, state = rule.init(task.n_in, task.n_out, roles.weights)
    sample = roles.probes.permutation(len(splits["train"].x))[:PROBED]
    seen = Split(*(array[sample] for array in splits["train"]))
    shown = next(Minibatches(len(sample), shuffle=False)(seen, task.kind, 1, roles.probes))
    align = Alignment(rule, registry.rule(REFERENCE, run.network), shown, roles.probes)
    loss = run.network.output.loss if registry.takes_network(type(rule)) else None

    def answers(split: Split, tick: Tick) -> Iterable[Measurement]:
        return performance(rule, tick.params, tick.step.state, split, task.kind, loss, roles.probes)

    def measure(tick: Tick) -> float:
        found = log.add("train", answers(seen, tick))
        log.add("validation", answers(splits["validation"], tick))
        log.add("train", align(tick))
        progress(tick.number / steps)
        weights_finite = all(np.isfinite(array).all() for array in tick.params.values())
        return found.get("loss", found.get("normalised error", 0.0)) if weights_finite else np.nan

    minibatches = Minibatches(run.batch_size)
    steps = run.epochs * minibatches.per_epoch(len(splits["train"].x))
    points = set(np.linspace(0, steps, min(max(run.epochs, FEWEST), MOST) + 1).round().astype(int).tolist())
    stream = minibatches(splits["train"], task.kind, run.epochs, roles.order)
    before = None
    began = time.perf_counter()
    for tick in train(rule, run.optimiser, params, state, stream, roles.noise):
        if tick.number in points:
            log.seconds += time.perf_counter() - began
            now = measure(tick)
            before = now if before is None else before
            if not now <= DIVERGED * before:
                return divergence(now, before, log)
            began = time.perf_counter()
        log.examples += len(tick.shown.x)
    log.seconds += time.perf_counter() - began
    last = tick._replace(number=steps)  # its weights are views: the last change is in them by now
    now = measure(last)
    if before is None or not now <= DIVERGED * before:
        return divergence(now, before, log)
    log.add("test", answers(splits["test"], last))
    work = multiply_adds(rule, last.params, last.step.state, shown, roles.probes)
    log.add("train", [Measurement("multiply-adds per example", "", work)])
    log.add("train", [Measurement("examples per second", "", log.examples / log.seconds)])
    return ""


def divergence(now: float, before: float | None, log: Log) -> str:
    """Why a run that has just been measured counts as diverged."""
    epoch = f"at epoch {log.examples / log.in_epoch:.3g}"
    if before is None or not np.isfinite(now):
        return f"weights or loss not finite {epoch}"
    return f"training loss {now:.3g} {epoch}, {before:.3g} before learning"


def cast(split: Split, dtype: str) -> Split:
    """The same examples in `dtype`, in one piece of memory."""
    return Split(*(np.ascontiguousarray(array, dtype) for array in split))
