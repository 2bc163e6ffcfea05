"""How well a rule answers: loss, accuracy, error. Labels are compared with answers here, never shown to a rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from plausible.core import Array, Measurement, Rule, State, View, at_work
from plausible.probes.probe import Moment, Sight
from plausible.tasks.task import Split, codes, correct

CHUNK = 1000  # examples or sequences answered at once: bounds memory


@dataclass(frozen=True)
class Scores:
    """How well the rule answers on a split, as `performance` says; of training, on the examples that are probed."""

    name: ClassVar[str] = "scores"
    in_turn: ClassVar[bool] = True
    split: str = "validation"
    when: tuple[Moment, ...] = ("measurement",)

    def __call__(self, sight: Sight) -> Iterator[Measurement]:
        split = sight.probed.answered if self.split == "train" else sight.splits[self.split]
        params, state = sight.tick.params, sight.tick.step.state
        with sight.asking():
            answer = answers(sight.rule, params, state, split, sight.rng)
            measured = [*performance_of(answer, split, sight.task.kind, sight.loss, sight.task.uneven)]
        sight.answers[self.split] = answer
        yield from measured


@dataclass(frozen=True)
class Report:
    """What the task measures of the answers to its test split, if it has a report."""

    name: ClassVar[str] = "report of the task"
    in_turn: ClassVar[bool] = True
    split: ClassVar[str] = "test"
    when: ClassVar[tuple[Moment, ...]] = ("end",)

    def __call__(self, sight: Sight) -> Iterator[Measurement]:
        if sight.task.report is not None:
            with sight.asking():
                state, test = sight.tick.step.state, sight.splits["test"]
                layers = responses(sight.rule, sight.tick.params, state, test, sight.rng)
            yield from sight.task.report(layers)


def performance(
    rule: Rule,
    params: View,
    state: State,
    split: Split,
    kind: str,
    loss: Callable[[Array, Array], Array] | None,
    rng: Generator,
    uneven: bool = False,
) -> Iterator[Measurement]:
    """How good the answers of a rule to a split are; see `performance_of`."""
    yield from performance_of(answers(rule, params, state, split, rng), split, kind, loss, uneven)


def answers(rule: Rule, params: View, state: State, split: Split, rng: Generator) -> Array:
    """The answers that count of a rule to a split, (answers, n_out), in float64. Raises as `responses` does."""
    found = [piece.counted(responses(rule, params, state, piece, rng)[-1]) for piece in pieces(split)]
    return np.concatenate(found).astype(np.float64)


def pieces(split: Split) -> list[Split]:
    """A split in pieces that are answered at once."""
    return [split.some(slice(i, i + CHUNK)) for i in range(0, split.examples, CHUNK)]


def targets(split: Split) -> Array:
    """The targets of a split whose answers count, (answers, n_out), in the order of `answers`."""
    return np.concatenate([piece.counted(piece.y) for piece in pieces(split)])


def performance_of(
    answer: Array,
    split: Split,
    kind: str,
    loss: Callable[[Array, Array], Array] | None,
    uneven: bool = False,
) -> Iterator[Measurement]:
    """Mean loss (if the rule has one), and accuracy for classes or normalised squared error for values.

    Where classes are `uneven`, the balanced accuracy follows [brodersen2010]: the mean over the classes that the split
    has of the share of each that is answered right. To answer the most frequent class always gives 1 / n_classes.

    The normalised squared error is Σ (y - answer)² / Σ (y - mean y)²: 0 is perfect, 1 is no better than the mean.
    Of sequences, all are means over the steps at which answers count. Nothing is said where no answer counts, and no
    normalised error where all targets are the same.
    """
    y = targets(split)
    if not len(y):
        return
    if loss is not None:
        yield Measurement("loss", "", float(loss(answer, y).mean()))
    if kind == "classes":
        right = correct(answer, y) * np.isfinite(answer).all(axis=1)
        yield Measurement("accuracy", "", float(right.mean()))
        if uneven:
            yield Measurement("balanced accuracy", "", balanced(right, codes(y)))
    else:
        variance = ((y - y.mean(axis=0)) ** 2).sum()
        if variance > 0:
            yield Measurement("normalised error", "", float(((y - answer) ** 2).sum() / variance))


def balanced(right: Array, classes: NDArray[np.intp]) -> float:
    """The mean over classes of the mean of `right`, (answers,), 1 or 0, in each of the `classes`, (answers,)."""
    counts = np.bincount(classes)
    hits = np.bincount(classes, weights=right)
    return float((hits[counts > 0] / counts[counts > 0]).mean())


def responses(rule: Rule, params: View, state: State, split: Split, rng: Generator) -> list[Array]:
    """Activity by layer of a split, the answer last.

    Raises:
        TypeError: for an array in the place of the list: its last row would be taken for the answer.
        ValueError: for answers of another shape than the targets, which might be compared with them all the same.
    """
    with at_work(type(rule).__name__):
        layers = rule.respond(params, state, split.x, rng)
    if isinstance(layers, np.ndarray):
        raise TypeError("respond returned an array: expected a list of arrays, one for each layer")
    shape = np.shape(layers[-1])
    if shape != split.y.shape:
        raise ValueError(f"respond answers with shape {shape}: expected {split.y.shape}, that of the targets")
    return layers
