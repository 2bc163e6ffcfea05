"""A rule that learns from a stream of one's own, for papers that show examples otherwise than the suite does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Optimiser, Rule, randomness, read_only
from plausible.registry import registry
from plausible.study.checkpoint import NotStorable
from plausible.study.experiment import Bench, Measured
from plausible.study.learner import Learner
from plausible.study.resumption import restore
from plausible.tasks.streams import Stream
from plausible.tasks.task import Split, correct

LOOKS = 10  # at training accuracy, on the way
SEEN = 10_000  # training examples that are asked there


def streamed(
    bench: Bench,
    rule: Rule,
    optimiser: Optimiser,
    task: str,
    stream: Stream,
    epochs: int,
    gain: float = 1.0,
    offset: float = 0.0,
    dtype: str = "float32",
) -> Iterator[Measured]:
    """What a rule learns from the training and the validation split together, shown as `stream` does.

    Args:
        bench: with the seed, and whom to tell of progress.
        rule, optimiser: what learns.
        task: a task of classes, as on the command line.
        stream: how examples are shown.
        epochs: over both splits; `at` of what is measured.
        gain, offset: inputs are gain x + offset, in all splits.
        dtype: of examples.

    Yields:
        "accuracy" on the first `SEEN` training examples, `LOOKS` times, and at the end on the test split, which is read
        once.

    At each look a checkpoint is written, from which an interrupted run goes on to the same numbers.
    """
    roles = randomness(bench.seed)
    found = registry.task(task, roles.data)
    x, y = (np.concatenate([part[i] for part in (found.train, found.validation)]) for i in (0, 1))
    whole = Split(scaled(x, gain, offset, dtype), y.astype(dtype))
    learner = Learner.new(rule, optimiser, found.n_in, found.n_out, roles)
    steps = epochs * stream.length(whole)
    looks = {*np.linspace(0, steps, LOOKS + 1).round().astype(int).tolist()}
    resumed = resume(bench, learner, roles.probes)

    def accuracy(x: Array, y: Array) -> float:
        answers = rule.respond(read_only(learner.params), learner.state, x, roles.probes)
        return float(correct(answers[-1], y).mean())

    def before() -> dict[str, Any]:
        """What a presentation that follows is proposed from."""
        return {"state": learner.state, "noise": learner.noise.bit_generator.state}

    then = before()
    ahead = islice(stream(whole, found.kind, epochs, roles.order), learner.done, None)
    for tick in learner.ticks(ahead):
        if tick.number in looks and tick.number != resumed:
            done = tick.number / steps
            yield Measured("accuracy", accuracy(whole.x[:SEEN], whole.y[:SEEN]), epochs * done)
            bench.progress(done)
            keep(bench, learner, then, roles.probes)
        if tick.number + 1 in looks:
            then = before()
    yield Measured("accuracy", accuracy(whole.x[:SEEN], whole.y[:SEEN]), epochs)
    test = scaled(found.test.x, gain, offset, dtype)
    yield Measured("accuracy", accuracy(test, found.test.y), epochs, "test")


KEPT = ("params", "memory", "done")


def keep(bench: Bench, learner: Learner, then: dict[str, Any], probes: Generator) -> None:
    """Write a checkpoint, unless the state of the rule cannot be stored."""
    with suppress(NotStorable):
        now = {name: getattr(learner, name) for name in KEPT}
        bench.keep(**now, **then, probes=probes.bit_generator.state)


def resume(bench: Bench, learner: Learner, probes: Generator) -> int | None:
    """Take up the checkpoint of the attempt before. Returns the step at which it was written, None without one."""
    if bench.found is None:
        return None
    for name in (*KEPT, "state"):
        setattr(learner, name, bench.found[name])
    restore(learner.noise, bench.found["noise"])
    restore(probes, bench.found["probes"])
    return learner.done


def scaled(x: Array, gain: float, offset: float, dtype: str) -> Array:
    """gain x + offset, in `dtype`."""
    x = x.astype(dtype)
    return x if (gain, offset) == (1.0, 0.0) else x * x.dtype.type(gain) + x.dtype.type(offset)
