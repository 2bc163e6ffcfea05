"""A run under way: learn, measure on the way, and read the test split once, at the end."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np

from plausible.core import Measurement, Randomness, Rule, Tick, randomness
from plausible.errors import Unsettled, is_real
from plausible.networks.mlp import MLP
from plausible.networks.rnn import RNN, Network
from plausible.probes.activity import chance, spreads
from plausible.probes.alignment import Alignment
from plausible.probes.cost import MULTIPLY_ADDS, costs, work_of
from plausible.probes.criterion import Criterion
from plausible.probes.performance import performance, responses
from plausible.registry import registry
from plausible.registry.failure import failure
from plausible.registry.users import of_the_code
from plausible.study import checkpoint as checkpoints
from plausible.study import taken_up
from plausible.study.probed import cast, probed, rehearse
from plausible.study.refused import check_fit, check_inputs
from plausible.study.run import REFERENCES, SCORES, Outcome, OutOfTime, Row, Run
from plausible.tasks.streams import stream
from plausible.tasks.task import Split, Task
from plausible.train import begin, train

FEWEST, MOST = 20, 50  # measurements over a run; one an epoch in between

DIVERGED = 10.0  # times the training loss before learning

KEEP_EVERY = 30.0  # seconds between two checkpoints, at least


def execute(
    run: Run,
    progress: Callable[[float], None] = lambda fraction: None,
    limit: float | None = None,
    checkpoint: Path | None = None,
) -> Outcome:
    """Learn, measure on the way, and read the test split once, at the end.

    A rule that raises, also to leave the process, gives a "failed" outcome with the traceback. A probe that raises
    costs its own measurements only: the reason of the outcome names it. A run whose weights or loss stop being finite,
    or whose training loss rises above `DIVERGED` times what it was before learning, ends there as "diverged".

    Args:
        run: what to do.
        progress: hears which fraction is done.
        limit: seconds that it may take, evaluation included; it then ends as "timed out".
        checkpoint: a file to go on from if it is there, and to keep on the way; the end is the same to the last bit.

    Raises:
        BadInput: if the run cannot start at all.
    """
    ends = math.inf if limit is None else time.monotonic() + limit
    roles = randomness(run.seed)
    task = registry.task(run.task, roles.data)
    course = Course(run, task, registry.rule(run.rule, run.network), roles)
    try:
        # divergence is looked for and reported, so numpy need not warn of it
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            course.learn(progress, ends, checkpoint)
    except (Diverged, Unsettled) as ended:
        return Outcome(run, "diverged", str(ended), course.rows)
    except OutOfTime:
        epoch = f"{course.examples / course.in_epoch:.3g}"
        return Outcome(run, "timed out", f"out of time at epoch {epoch} of {run.epochs}", course.rows)
    except Pruned as ended:
        return Outcome(run, "pruned", str(ended), course.rows)
    except BaseException as error:
        if not of_the_code(error):
            raise
        reason, traceback = failure(error)
        return Outcome(run, "failed", reason, course.rows, traceback)
    return Outcome(run, "done", "; ".join(course.failures.values()), course.rows, course.traceback)


class Diverged(Exception):
    """Weights or loss went out of bounds."""


class Pruned(Exception):
    """A trial fell behind the others."""


class Course:
    """A run under way: what is learned so far, what was measured, and the clock of learning."""

    def __init__(self, run: Run, task: Task, rule: Rule, roles: Randomness) -> None:
        check_fit(run, task)
        check_inputs(rule, task)
        self.run, self.task, self.rule, self.roles = run, task, rule, roles
        self.splits = {name: cast(split, run.network.dtype) for name, split in task.splits.items()}
        self.stream = stream(run.batch_size, run.window)
        self.in_epoch = self.stream.size(task.train)
        self.per_epoch = self.stream.length(task.train)
        self.steps = run.epochs * self.per_epoch
        points = np.linspace(0, self.steps, min(max(run.epochs, FEWEST), MOST) + 1)
        self.points = set(points.round().astype(int).tolist())
        start = begin(rule, run.optimiser, task.n_in, task.n_out, roles.weights)
        self.params, self.state, self.memory = start
        self.probed = probed(self.splits["train"], task.kind, stream(1, run.window), roles.probes)
        network: Network | None = getattr(rule, "network", None)  # a rule may use less than it was given
        name = reference_of(rule)
        reference = registry.rule(name, network or run.network) if name else None
        self.align = Alignment(rule, reference, self.probed.shown, roles.probes)
        self.loss = None if network is None else network.output.loss
        self.rows: list[Row] = []
        self.number, self.examples, self.seconds = 0, 0, 0.0
        self.before: float | None = None  # the training loss before learning
        self.failures: dict[str, str] = {}  # by probe, what it raised first
        self.traceback = ""  # of the first of them

    def learn(self, progress: Callable[[float], None], ends: float, checkpoint: Path | None) -> None:
        """The loop around the trainer. Raises `Diverged`, `OutOfTime`, and whatever the rule raises."""
        resumed = self.resume(checkpoint)
        kept = time.monotonic()
        noise: Any = self.roles.noise.bit_generator
        stream = self.stream(self.splits["train"], self.task.kind, self.run.epochs, self.roles.order)
        ahead = islice(stream, self.number, None)
        start = (self.rule, self.run.optimiser, self.params, self.state, ahead, self.roles.noise)
        then: dict[str, Any] = {"state": self.state, "noise": noise.state}  # before this tick was proposed
        tick: Tick | None = None
        solved = False
        began = time.perf_counter()
        for tick in train(*start, memory=self.memory, first=self.number):
            if self.run.until is not None and tick.number % self.per_epoch == 0 and tick.number != resumed:
                self.seconds += time.perf_counter() - began
                solved = self.meets(self.run.until, tick)
                began = time.perf_counter()
                if solved:
                    break
            if tick.number in self.points and tick.number != resumed:
                self.seconds += time.perf_counter() - began
                self.number = tick.number
                self.measure(tick)
                progress(tick.number / self.steps)
                if checkpoint is not None and time.monotonic() - kept >= KEEP_EVERY:
                    self.keep(checkpoint, then)
                    kept = time.monotonic()
                began = time.perf_counter()
            if time.monotonic() > ends:
                raise OutOfTime
            self.examples += self.stream.count(tick.shown)
            if tick.number + 1 in self.points:
                then = {"state": tick.step.state, "noise": noise.state}
        self.seconds += time.perf_counter() - began
        if tick is not None:
            # weights are views: but for a criterion that was met, the last change is in them by now
            self.finish(tick if solved else tick._replace(number=self.steps))
            if self.run.until is not None:
                self.add("train", [Measurement("solved", "", float(solved))])
            if solved:
                self.add("train", [Measurement("epochs to criterion", "", self.examples / self.in_epoch)])

    def warm(self) -> None:
        """Rehearse the first step, as what happens once in a process is no part of how fast a rule learns."""
        learner = self.rule, self.run.optimiser, self.params, self.state, self.memory
        shown = self.splits["train"], self.task.kind, self.stream, self.roles.order
        rehearse(*learner, *shown, self.roles.noise, self.number)

    def meets(self, criterion: Criterion, tick: Tick) -> bool:
        """Whether the answers to the training split are good enough."""
        split = self.splits["train"]
        answer = responses(self.rule, tick.params, tick.step.state, split, self.roles.probes)[-1]
        return criterion(split.counted(answer), split.counted(split.y))

    def finish(self, tick: Tick) -> None:
        """Measure once more, read the test split, and count the cost."""
        self.measure(tick)
        self.look(tick)
        if self.run.test:
            self.add("test", self.answers(self.splits["test"], tick))
            if self.task.report is not None:
                test, probes = self.splits["test"], self.roles.probes
                layers = responses(self.rule, tick.params, tick.step.state, test, probes)
                self.probe("report of the task", "test", partial(self.task.report, layers))
        state, (_, shown, one) = tick.step.state, self.probed
        costly = partial(costs, self.rule, tick.params, state, shown, one, self.roles.probes)
        self.probe("cost", "train", costly)
        self.add("train", [Measurement("examples per second", "", speed(self.rows))])

    def measure(self, tick: Tick) -> None:
        """Measure answers and angles. Raises `Diverged`, and `Pruned`."""
        found = self.add("train", self.answers(self.probed.answered, tick))
        validation = self.add("validation", self.answers(self.splits["validation"], tick))
        step = self.align.step(tick)  # of the rule: what this raises is its own failure
        self.probe("alignment", "train", partial(self.align.read, tick, step))
        self.add("train", numbers(tick.step.internals))
        if tick.number == 0:
            self.add("validation", chance(self.splits["validation"], self.task.kind, self.splits["train"]))
            self.look(tick)
        now = found.get("loss", found.get("normalised error"))
        self.before = now if self.before is None else self.before
        epoch = f"at epoch {self.examples / self.in_epoch:.3g}"
        finite = all(np.isfinite(array).all() for array in tick.params.values())
        if not (finite and (now is None or np.isfinite(now))):
            raise Diverged(f"weights or loss not finite {epoch}")
        if now is not None and self.before is not None and now > DIVERGED * self.before:
            raise Diverged(f"training loss {now:.3g} {epoch}, {self.before:.3g} before learning")
        score = next((sign * validation[name] for name, sign in SCORES.items() if name in validation), np.inf)
        for since, floor in self.run.floors:
            if self.examples >= since * self.in_epoch and score < floor:
                raise Pruned(f"validation score {score:.4g} {epoch}, below {floor:.4g}")

    def look(self, tick: Tick) -> None:
        """Measure how much activity varies; it draws from a generator of its own. Simulations would take too long."""
        if MULTIPLY_ADDS in work_of(self.rule):
            shown, rng = self.probed.shown.x, np.random.default_rng(self.run.seed)
            varied = partial(spreads, self.rule, tick.params, tick.step.state, shown, rng)
            self.probe("activity", "train", varied)

    def answers(self, split: Split, tick: Tick) -> Iterable[Measurement]:
        """How well the rule answers on a split."""
        state, probes = tick.step.state, self.roles.probes
        return performance(self.rule, tick.params, state, split, self.task.kind, self.loss, probes)

    def probe(self, name: str, split: str, measure: Callable[[], Iterable[Measurement]]) -> None:
        """Keep what a probe measures; if it raises, what it measured before that, and why it stopped."""
        found: list[Measurement] = []
        try:
            found.extend(measure())
        except Exception as error:
            reason, traceback = failure(error)
            epoch = f"{self.examples / self.in_epoch:.3g}"
            self.failures.setdefault(name, f"probe {name!r}, not the rule, failed at epoch {epoch}: {reason}")
            self.traceback = self.traceback or traceback
        self.add(split, found)

    def add(self, split: str, measurements: Iterable[Measurement]) -> dict[str, float]:
        """Keep measurements, and return those of the whole network by name."""
        found = list(measurements)
        epoch = self.examples / self.in_epoch
        self.rows += [Row(*self.head(), epoch, self.examples, self.seconds, split, *read) for read in found]
        return {metric: value for metric, layer, value in found if not layer}

    def head(self) -> tuple[str, str, int]:
        """What every row begins with: task, rule and seed."""
        return registry.label(self.run.task, "task"), registry.label(self.run.rule), self.run.seed

    def keep(self, file: Path, then: dict[str, Any]) -> None:
        """Write a checkpoint; a rule whose state is more than arrays goes without."""
        counters = {name: getattr(self, name) for name in COUNTERS}
        rows = [list(row) for row in self.rows]
        probes: Any = self.roles.probes.bit_generator
        with suppress(checkpoints.NotStorable):
            learned = {"params": self.params, "memory": self.memory, "probes": probes.state}
            checkpoints.save(file, {**learned, **then, "rows": rows, "counters": counters})

    def resume(self, file: Path | None) -> int | None:
        """Rehearse, after taking up a checkpoint if there is one and that goes on; returns the step it was made at."""
        found = None if file is None else checkpoints.load(file)
        if found is not None and taken_up.of_run(
            found, self.params, self.state, self.points, self.run.epochs * self.in_epoch, self.head()
        ):
            fresh = dict(vars(self))
            vars(self).update({name: found[name] for name in ("params", "memory", "state")})
            with suppress(Exception):  # of a state or a memory that is none of this rule's: as no checkpoint
                vars(self).update({name: found["counters"][name] for name in COUNTERS})
                self.warm()
                for name in ("noise", "probes"):
                    taken_up.restore(getattr(self.roles, name), found[name])
                self.rows = [Row(*row) for row in found["rows"]]
                return self.number
            vars(self).update(fresh)
        self.warm()
        return None


COUNTERS = ("number", "examples", "seconds", "before", "failures", "traceback")


def reference_of(rule: object) -> str:
    """The registered rule, with its options, whose changes are the gradient for `rule`, an instance; "" if none is."""
    network = getattr(rule, "network", None)
    usual = {MLP: REFERENCES[0], RNN: REFERENCES[1]}.get(
        type(network), ""
    )  # of a network of its own, none is known
    name: str = getattr(rule, "reference", usual)
    return name


def numbers(seen: Mapping[str, Any]) -> Iterator[Measurement]:
    """What a rule offers to probes that is a single number, such as the residual of a relaxation."""
    for name, value in seen.items():
        if is_real(value):
            yield Measurement(name, "", float(value))


def speed(rows: Iterable[Row]) -> float:
    """Examples per second: the median over the stretches between measurements, as other work delays some of them.

    A measurement is made when the next step has been computed, and the last when there is none: the last stretch has a
    step less than its examples, so that it does not count; where it is the only one, the first step is counted with it.
    """
    points = sorted({(row.examples, row.seconds) for row in rows})
    stretches = list(pairwise(points))[:-1] or [((0, 0.0), point) for point in points[-1:]]
    rates = [
        (more - few) / (late - early)
        for (few, early), (more, late) in stretches
        if more > few and late > early
    ]
    return float(np.median(rates)) if rates else math.nan
