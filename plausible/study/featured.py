"""Features that are learned first, and a read-out that learns from labels after them: for papers that do so."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from plausible.core import Optimiser, Rule, randomness, read_only
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
    """A rule whose first layer learns, and rests when the read-out begins.

    Args:
        bench: with the seed, and whom to tell of progress.
        rule: with one hidden layer; its read-out starts from 0.
        first, then: the optimisers of the two stages; in the first, weights of the first layer learn alone.
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
    stream = Minibatches(batch)
    early, late = (count * stream.length(train) for count in epochs)
    there = rule.init(found.n_in, found.n_out, np.random.default_rng(0))[0]
    names = tuple(name for name in ("W1", "b1", "R1") if name in there)
    learner = Learner.new(rule, Staged(first, then, names, early), found.n_in, found.n_out, roles)
    learner.params["W2"][...] = 0  # features may need a wide start, and the read-out none
    before = learner.params["W1"].copy()
    looks = {*np.linspace(early, early + late, LOOKS + 1).round().astype(int).tolist()}

    def accuracy(split: Split) -> float:
        pieces = [split.some(slice(i, i + 1000)) for i in range(0, split.examples, 1000)]
        right = [
            correct(rule.respond(read_only(learner.params), learner.state, one.x, roles.probes)[-1], one.y)
            for one in pieces
        ]
        return float(np.concatenate(right).mean())

    for tick in learner.ticks(stream(train, found.kind, sum(epochs), roles.order)):
        if tick.number == early:
            weights = np.array(tick.params["W1"])
            yield from fields(weights, shown=bench.seed == 0 and bool((weights != before).any()))
        if tick.number in looks:
            at = epochs[1] * (tick.number - early) / late
            yield Measured("accuracy", accuracy(validation), at, "validation")
            bench.progress(tick.number / (early + late))
    yield Measured("accuracy", accuracy(validation), epochs[1], "validation")
    yield Measured("accuracy", accuracy(test), epochs[1], "test")


def fields(weights: np.ndarray[tuple[int, int], np.dtype[np.float32]], shown: bool) -> Iterator[Measured]:
    """Norms, and if they are shown the weights of some units."""
    yield Measured("norm", float(np.linalg.norm(weights, axis=0).mean()))
    units = np.linspace(0, weights.shape[1] - 1, min(DRAWN, weights.shape[1])).round().astype(int)
    for place, unit in enumerate(units if shown else ()):
        field = weights[:, unit] / max(abs(weights[:, unit]).max(), 1e-30)
        for pixel, value in enumerate(field.tolist()):
            yield Measured("weight", round(value, 2), place * len(weights) + pixel)
