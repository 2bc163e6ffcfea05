"""Features that are learned first, and a read-out that learns from labels after them: for papers that do so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator

from plausible.core import (
    Array,
    Optimiser,
    Params,
    Presentation,
    Rule,
    State,
    Step,
    View,
    randomness,
    read_only,
)
from plausible.networks.mlp import MLP
from plausible.optimise.sgd import SGD
from plausible.optimise.staged import Staged
from plausible.registry import registry
from plausible.study.experiment import Bench, Measured
from plausible.study.learner import Learner
from plausible.study.samples import cast
from plausible.tasks.streams import Minibatches
from plausible.tasks.task import Split, correct

LOOKS = 10  # at validation accuracy, while the read-out learns
DRAWN = 6  # units whose weights are told


def featured(
    bench: Bench,
    rule: Rule,
    first: Optimiser,
    then: Optimiser,
    task: str,
    batch: int,
    epochs: tuple[int, int],
) -> Iterator[Measured]:
    """A rule whose first layer learns, and rests when the read-out begins, a perceptron without hidden layers.

    What the layer answers is computed once, and divided by one number, its mean largest value, so that one rate of
    the read-out suits softmaxes as well as powers.

    Args:
        bench: with the seed, and whom to tell of progress.
        rule: with one hidden layer, of which weights of the first layer learn alone.
        first, then: the optimisers of the two stages.
        task: a task of classes, as on the command line.
        batch: examples of a presentation.
        epochs: of the two stages, over the training split.

    Yields:
        At the end of the first stage "norm", the mean norm of the first layer's units, and, at seed 0 where they
        learned, "weight": of `DRAWN` units evenly spaced, over the largest of each, to two digits, `at` unit · inputs +
        input. Then "accuracy" on the validation split, `at` epochs of the second stage, and at the end on the test
        split.
    """
    roles = randomness(bench.seed)
    found = registry.task(task, roles.data)
    train, validation, test = (cast(s, "float32") for s in (found.train, found.validation, found.test))
    stream, whole = Minibatches(batch), sum(epochs)
    there = rule.init(found.n_in, found.n_out, np.random.default_rng(0))[0]
    names = tuple(name for name in ("W1", "b1", "R1") if name in there)
    early = epochs[0] * stream.length(train)
    learner = Learner.new(
        FirstLayer(rule), Staged(first, SGD(), names, early), found.n_in, found.n_out, roles
    )
    before = learner.params["W1"].copy()
    for tick in learner.ticks(stream(train, found.kind, epochs[0], roles.order)):
        if tick.number % stream.length(train) == 0:
            bench.progress(tick.number / stream.length(train) / whole)
    weights = np.array(learner.params["W1"])
    yield from fields(weights, shown=bench.seed == 0 and bool((weights != before).any()))
    known = [features(learner, split, roles.probes) for split in (train, validation, test)]
    largest = known[0].x.max(axis=1).mean()
    train, validation, test = (Split(np.ascontiguousarray(s.x / largest, "float32"), s.y) for s in known)
    reader = Learner.new(reading(rule), then, train.x.shape[1], found.n_out, roles)
    for name in reader.params:
        reader.params[name][...] = 0
    late = epochs[1] * stream.length(train)
    looks = {*np.linspace(0, late, LOOKS + 1).round().astype(int).tolist()}
    for tick in reader.ticks(stream(train, found.kind, epochs[1], roles.order)):
        if tick.number in looks:
            at = epochs[1] * tick.number / late
            yield Measured("accuracy", accuracy(reader, validation), at, "validation")
            bench.progress((epochs[0] + at) / whole)
    yield Measured("accuracy", accuracy(reader, validation), epochs[1], "validation")
    yield Measured("accuracy", accuracy(reader, test), epochs[1], "test")


@dataclass(frozen=True)
class FirstLayer:
    """The first layer of a rule of features alone, without what the layers above would make of it."""

    rule: Any

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        """The weights and the state of the whole rule."""
        made: tuple[Params, State] = self.rule.init(n_in, n_out, rng)
        return made

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        """What the first layer proposes."""
        rung = self.rule.rung(params, 1, shown.x)
        change = self.rule.change(params, 1, rung, state[0])
        return Step(change.updates, (change.memory,), bounds=change.bounds)

    def respond(self, params: View, state: State, x: Array, rng: Generator) -> list[Array]:
        """What the first layer answers."""
        return [self.rule.rung(params, 1, x).h]


def reading(rule: Any) -> Rule:
    """The delta rule on what a rule's network reads out: its output and its bias, without hidden layers."""
    return registry.rule("delta-rule", MLP((), output=rule.network.output, bias=rule.network.bias))


def features(learner: Learner, split: Split, rng: Generator) -> Split:
    """What the first layer answers to a split, (examples, units), with its targets."""
    pieces = [split.x[i : i + 1000] for i in range(0, split.examples, 1000)]
    params = read_only(learner.params)
    made = [learner.rule.respond(params, learner.state, x, rng)[0] for x in pieces]
    return Split(np.concatenate(made), split.y)


def accuracy(learner: Learner, split: Split) -> float:
    """The share of a split that is answered right."""
    answer = learner.rule.respond(read_only(learner.params), learner.state, split.x, learner.noise)[-1]
    return float(correct(answer, split.y).mean())


def fields(weights: np.ndarray[tuple[int, int], np.dtype[np.float32]], shown: bool) -> Iterator[Measured]:
    """Norms, and if they are shown the weights of some units."""
    yield Measured("norm", float(np.linalg.norm(weights, axis=0).mean()))
    units = np.linspace(0, weights.shape[1] - 1, min(DRAWN, weights.shape[1])).round().astype(int)
    for place, unit in enumerate(units if shown else ()):
        field = weights[:, unit] / max(abs(weights[:, unit]).max(), 1e-30)
        for pixel, value in enumerate(field.tolist()):
            yield Measured("weight", round(value, 2), place * len(weights) + pixel)
