"""A run under way: learn, measure on the way, and read the test split once, at the end."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from plausible.core import Array, Measurement, Randomness, Rule, Tick, at_work, randomness
from plausible.errors import BadInput, Unsettled
from plausible.networks.network import Network, reference_in
from plausible.probes.criterion import Criterion
from plausible.probes.performance import responses
from plausible.probes.probe import Moment, Probe, Sight, numbered
from plausible.registry import registry
from plausible.registry.failure import failure
from plausible.registry.users import of_the_code
from plausible.study import checkpoint as checkpoints
from plausible.study import resumption
from plausible.study.answers import of_split
from plausible.study.answers import packed as packed_answers
from plausible.study.learned import UNKEPT, Learned, packed
from plausible.study.refusals import check_fit, check_inputs
from plausible.study.run import SCORES, Outcome, OutOfTime, Row, Run
from plausible.study.samples import cast, probed, rehearse
from plausible.tasks.streams import stream
from plausible.tasks.task import Task
from plausible.train import begin, train

FEWEST, MOST = 20, 50  # measurements over a run; between these numbers, one an epoch

DIVERGED = 10.0  # times the training loss before learning

KEEP_EVERY = 30.0  # seconds between two checkpoints, at least


def execute(
    run: Run,
    progress: Callable[[float], None] = lambda fraction: None,
    limit: float | None = None,
    checkpoint: Path | None = None,
    keep: bool = False,
) -> Outcome:
    """Learn, measure on the way, and read the test split once, at the end.

    If the rule raises, also to end the process, the outcome is "failed", with the traceback. If a probe raises, only
    its own measurements are lost, and the reason of the outcome names it. If weights or loss are no longer finite, or
    the training loss is above `DIVERGED` times that before learning, the run ends there as "diverged".

    Args:
        run: what to do.
        progress: is called with the fraction that is done.
        limit: seconds that the run may take, evaluation included; after them it ends as "timed out".
        checkpoint: the file to go on from, if it is there, and to write on the way. A run that goes on from it ends
            with the same numbers to the last bit.
        keep: whether the outcome of a run that is done holds what was learned (`plausible.study.learned`). If that
            cannot be stored, the reason of the outcome says so.

    Raises:
        BadInput: if the run cannot start at all.
    """
    ends = math.inf if limit is None else time.monotonic() + limit
    roles = randomness(run.seed)
    task = registry.task(run.task, roles.data)
    course = Course(run, task, registry.rule(run.rule, run.network), roles)
    try:
        # numpy need not warn of divergence, which is looked for and reported
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            course.learn(progress, ends, checkpoint)
    except (Diverged, Unsettled) as ended:
        return Outcome(run, "diverged", str(ended), course.rows)
    except OutOfTime:
        return Outcome(run, "timed out", f"out of time at epoch {course.told()} of {run.epochs}", course.rows)
    except Pruned as ended:
        return Outcome(run, "pruned", str(ended), course.rows)
    except BaseException as error:
        if not of_the_code(error):
            raise
        reason, traceback = failure(error)
        return Outcome(run, "failed", reason, course.rows, traceback)
    learned, unkept = course.learned() if keep else (b"", "")
    reason = "; ".join([*course.failures.values(), *filter(None, [unkept])])
    answers = course.answered()
    return Outcome(run, "done", reason, course.rows, course.traceback, learned=learned, answers=answers)


class Diverged(Exception):
    """Weights or loss went out of bounds."""


class Pruned(Exception):
    """A trial fell behind the others."""


class Watch(Protocol):
    """What may end a run before its epochs are over."""

    def stops(self, tick: Tick) -> bool:
        """Whether the run ends before the change of this tick, the first one of an epoch, is applied."""
        ...

    def last(self, tick: Tick) -> Tick:
        """The tick whose weights and state are those that were learned, at the end of the run."""
        ...


class Course:
    """A run under way: what is learned so far, what was measured, and the clock of learning."""

    def __init__(self, run: Run, task: Task, rule: Rule, roles: Randomness) -> None:
        check_fit(run, task, rule)
        check_inputs(rule, task)
        self.run, self.task, self.rule, self.roles = run, task, rule, roles
        splits = {name: cast(split, run.network.dtype) for name, split in task.splits.items()}
        self.splits = {name: split for name, split in splits.items() if run.test or name != "test"}
        self.stream = stream(run.batch_size, run.window)
        self.in_epoch = self.stream.size(task.train)
        self.per_epoch = self.stream.length(task.train)
        self.steps = run.epochs * self.per_epoch
        points = np.linspace(0, self.steps, min(max(run.epochs, FEWEST), MOST) + 1)
        self.points = set(points.round().astype(int).tolist())
        start = begin(rule, run.optimiser, task.n_in, task.n_out, roles.weights)
        self.params, self.state, self.memory = start
        self.probed = probed(self.splits["train"], task.kind, stream(1, run.window), roles.probes)
        network: Network | None = getattr(rule, "network", None)  # it may not be the run's
        name = reference_of(rule)
        self.reference = registry.rule(name, network or run.network) if name else None
        self.loss = None if network is None else network.output.loss
        self.each_epoch = any("epoch" in probe.when for probe in run.probes)
        self.rows: list[Row] = []
        self.number, self.examples, self.seconds = 0, 0, 0.0
        self.before: float | None = None  # the training loss before learning
        self.failures: dict[str, str] = {}  # by probe, the first error that it raised
        self.traceback = ""  # of the first failure
        self.watch: Watch | None = None
        self.answers: dict[str, Array] = {}  # by split, the last ones

    def learn(self, progress: Callable[[float], None], ends: float, checkpoint: Path | None) -> None:
        """Learn to the end. Raises as `ticks` does."""
        with at_work(self.run.head()[1]):
            deque(self.ticks(progress, ends, checkpoint), maxlen=0)

    def ticks(
        self, progress: Callable[[float], None], ends: float = math.inf, checkpoint: Path | None = None
    ) -> Iterator[Tick]:
        """The loop around the trainer: yields every tick once it is measured, before its change is applied.

        The clock stands while the caller holds a tick. The caller sets `at_work` around the loop, as `learn` does.
        Raises `Diverged`, `OutOfTime`, and whatever the rule raises.
        """
        resumed = self.resume(checkpoint)
        kept = time.monotonic()
        noise: Any = self.roles.noise.bit_generator
        stream = self.stream(self.splits["train"], self.task.kind, self.run.epochs, self.roles.order)
        ahead = islice(stream, self.number, None)
        start = (self.rule, self.run.optimiser, self.params, self.state, ahead, self.roles.noise)
        then: dict[str, Any] = {"state": self.state, "noise": noise.state}  # before this tick was proposed
        tick: Tick | None = None
        solved = over = False
        began = time.perf_counter()
        for tick in train(*start, memory=self.memory, first=self.number):
            epoch = tick.number % self.per_epoch == 0 and tick.number != resumed
            if epoch and (self.run.until is not None or self.watch is not None):
                self.seconds += time.perf_counter() - began
                solved = self.run.until is not None and self.meets(self.run.until, tick)
                over = solved or (self.watch is not None and self.watch.stops(tick))
                began = time.perf_counter()
                if over:
                    break
            if self.each_epoch and epoch:
                self.seconds += time.perf_counter() - began
                self.look("epoch", tick)
                began = time.perf_counter()
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
            yield tick
            self.state = tick.step.state  # here, as a run that ends early has what it has learned so far
            began = time.perf_counter()
        self.seconds += time.perf_counter() - began
        if tick is not None:
            # weights are views, so the last change is in them by now, unless the run ended before it
            tick = tick if over else tick._replace(number=self.steps)
            tick = tick if self.watch is None else self.watch.last(tick)
            self.finish(tick)
            self.state = tick.step.state
            if self.run.until is not None:
                self.add("train", [Measurement("solved", "", float(solved))])
            if solved:
                self.add("train", [Measurement("epochs to criterion", "", self.examples / self.in_epoch)])

    def warm(self) -> None:
        """Rehearse the first step: what happens once in a process is no part of how fast a rule learns."""
        learner = self.rule, self.run.optimiser, self.params, self.state, self.memory
        source = self.splits["train"], self.task.kind, self.stream, self.roles.order
        rehearse(*learner, *source, self.roles.noise, self.number)

    def meets(self, criterion: Criterion, tick: Tick) -> bool:
        """Whether the answers to the training split are good enough."""
        split = self.splits["train"]
        answer = responses(self.rule, tick.params, tick.step.state, split, self.roles.probes)[-1]
        return criterion(split.counted(answer), split.counted(split.y))

    def finish(self, tick: Tick) -> None:
        """Measure once more, and call the probes of the end, for which the test split is read."""
        self.measure(tick)
        self.look("end", tick)

    def learned(self) -> tuple[bytes, str]:
        """What was learned, as a file holds it, and why it cannot be stored, "" if it can."""
        of_task = self.task.n_out, self.task.kind, self.task.coded
        try:
            return packed(Learned(self.run, self.params, self.state, *of_task, self.rows)), ""
        except BadInput as error:
            return b"", f"{UNKEPT}: {error}"

    def answered(self) -> bytes:
        """The answers to the test split, as a file holds them; nothing if none were asked for."""
        answer = self.answers.get("test")
        kept = None if answer is None else of_split(answer, self.splits["test"], self.task.kind)
        return b"" if kept is None else packed_answers(kept)

    def measure(self, tick: Tick) -> None:
        """Call the probes of a measurement. Raises `Diverged` or `Pruned` if the run ends here."""
        values = self.look("measurement", tick)
        if tick.number == 0:
            self.look("begin", tick)
        now = values.get(("train", "loss"), values.get(("train", "normalised error")))
        self.before = now if self.before is None else self.before
        epoch = f"at epoch {self.told()}"
        finite = all(np.isfinite(array).all() for array in tick.params.values())
        if not (finite and (now is None or np.isfinite(now))):
            raise Diverged(f"weights or loss not finite {epoch}")
        if now is not None and self.before is not None and now > DIVERGED * self.before:
            raise Diverged(f"training loss {now:.3g} {epoch}, {self.before:.3g} before learning")
        scores = ((sign, values.get(("validation", name))) for name, sign in SCORES.items())
        score = next((sign * value for sign, value in scores if value is not None), np.inf)
        for since, floor in self.run.floors:
            if self.examples >= since * self.in_epoch and score < floor:
                raise Pruned(f"validation score {score:.4g} {epoch}, below {floor:.4g}")

    def look(self, moment: Moment, tick: Tick) -> dict[tuple[str, str], float]:
        """Call the probes of a moment. Returns their values for the whole network, by split and metric."""
        values: dict[tuple[str, str], float] = {}
        for probe in self.run.probes:
            if moment in probe.when and (self.run.test or probe.split != "test"):
                measured = self.probe(probe, self.sight(probe, tick))
                self.add(probe.split, measured)
                for metric, layer, value in measured:
                    if not layer:
                        values.setdefault((probe.split, metric), value)
        return values

    def sight(self, probe: Probe, tick: Tick) -> Sight:
        """The `Sight` that a probe is given at a tick."""
        in_turn = getattr(probe, "in_turn", False)
        rng = self.roles.probes if in_turn else np.random.default_rng(self.run.seed)
        places = self.rule, self.reference, self.task, self.splits, self.probed, self.loss, rng
        sight = Sight(tick, *places, clock=lambda: [(row.examples, row.seconds) for row in self.rows])
        sight.answers = self.answers
        return sight

    def probe(self, probe: Probe, sight: Sight) -> list[Measurement]:
        """The measurements of a probe. If it raises, those before that; the reason goes into `failures`."""
        measured: list[Measurement] = []
        try:
            with at_work(""):  # a probe may read other data, and says when it asks the rule
                measured.extend(numbered(probe(sight)))
        except Exception as error:
            if error is sight.raised:
                raise
            reason, traceback = failure(error)
            epoch, name = self.told(), probe.name
            self.failures.setdefault(name, f"probe {name!r}, not the rule, failed at epoch {epoch}: {reason}")
            self.traceback = self.traceback or traceback
        return measured

    def told(self) -> str:
        """How many epochs were learned, in digits."""
        epochs = self.examples / self.in_epoch
        return f"{epochs:.3g}" if epochs < 100 else f"{epochs:.0f}"

    def add(self, split: str, measurements: Iterable[Measurement]) -> None:
        """Add measurements to the rows of the run."""
        head = (*self.run.head(), self.examples / self.in_epoch, self.examples, self.seconds, split)
        self.rows += [Row(*head, *read) for read in measurements]

    def keep(self, file: Path, then: dict[str, Any]) -> None:
        """Write a checkpoint, unless the rule's state cannot be stored."""
        counters = {name: getattr(self, name) for name in COUNTERS}
        rows = [list(row) for row in self.rows]
        probes: Any = self.roles.probes.bit_generator
        with suppress(checkpoints.NotStorable), at_work(""):
            learned = {"params": self.params, "memory": self.memory, "probes": probes.state}
            checkpoints.save(file, {**learned, **then, "rows": rows, "counters": counters})

    def resume(self, file: Path | None) -> int | None:
        """Take up the checkpoint, if there is one that fits, and rehearse. Returns the step it was made at, or None."""
        with at_work(""):
            held = None if file is None else checkpoints.load(file)
        if held is not None and resumption.of_run(
            held, self.params, self.state, self.points, self.run.epochs * self.in_epoch, self.run.head()
        ):
            fresh = dict(vars(self))
            vars(self).update({name: held[name] for name in ("params", "memory", "state")})
            with suppress(Exception):  # a state or a memory of another rule counts as no checkpoint
                vars(self).update({name: held["counters"][name] for name in COUNTERS})
                self.warm()
                for name in ("noise", "probes"):
                    resumption.restore(getattr(self.roles, name), held[name])
                self.rows = [Row(*row) for row in held["rows"]]
                return self.number
            vars(self).update(fresh)
        self.warm()
        return None


COUNTERS = ("number", "examples", "seconds", "before", "failures", "traceback")


def reference_of(rule: object) -> str:
    """The registered rule, with its options, whose changes are the gradient for `rule`, an instance; "" if none is."""
    name: str = getattr(rule, "reference", reference_in(getattr(rule, "network", None)))
    return name
