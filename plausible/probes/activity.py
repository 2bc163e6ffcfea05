"""Whether anything of the input reaches the answer, and what an answer that is always the same would be worth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Measurement, Rule, State, View, at_work
from plausible.probes.cost import MULTIPLY_ADDS, work_of
from plausible.probes.probe import Moment, Sight
from plausible.tasks.scored import unseen
from plausible.tasks.task import Split, codes


@dataclass(frozen=True)
class Activity:
    """How much activity varies over the examples that are probed, before learning and after it; see `spreads`.

    Rules whose work is in a compiled simulation are left out, as it would take too long.
    """

    name: ClassVar[str] = "activity"
    split: ClassVar[str] = "train"
    when: ClassVar[tuple[Moment, ...]] = ("begin", "end")

    def __call__(self, sight: Sight) -> Iterator[Measurement]:
        if MULTIPLY_ADDS in work_of(sight.rule):
            tick = sight.tick
            yield from spreads(sight.rule, tick.params, tick.step.state, sight.probed.shown.x, sight.rng)


@dataclass(frozen=True)
class Chance:
    """What an answer to the validation split that is always the same would be worth; see `chance`."""

    name: ClassVar[str] = "chance"
    split: ClassVar[str] = "validation"
    when: ClassVar[tuple[Moment, ...]] = ("begin",)

    def __call__(self, sight: Sight) -> Iterator[Measurement]:
        task, splits = sight.task, sight.splits
        yield from chance(splits["validation"], task.kind, splits["train"], task.uneven)


def spreads(rule: Rule, params: View, state: State, x: Array, rng: Generator) -> Iterator[Measurement]:
    """How much activity varies over examples, layer by layer: its standard deviation, root mean square over units.

    Where that is next to nothing in a hidden layer, layers above it cannot tell examples apart. Of sequences, it is
    that over examples and time.
    """
    with at_work(type(rule).__name__):
        activities = rule.respond(params, state, x, rng)[:-1]
    for number, activity in enumerate(activities, 1):
        rows = activity.reshape(-1, activity.shape[-1]).astype(np.float64)
        yield Measurement("activity spread", f"W{number}", float(np.sqrt(np.mean(np.var(rows, axis=0)))))


def chance(split: Split, kind: str, train: Split, uneven: bool = False) -> Iterator[Measurement]:
    """The accuracy of the best answer that is always the same, and of how many answers; nothing for tasks of values.

    Where classes are `uneven`, likewise the balanced accuracy of such an answer, 1/K of K classes, and of how many
    answers: of K²/Σ(1/n_c) for n_c of each class c, as by guessing among K its variance is (1/K)(1 - 1/K) Σ(1/n_c)/K².
    Where `train` lacks a class, also the share of the answers that are of such classes.
    """
    if kind == "classes":
        y = split.counted(split.y)
        shares = y.mean(axis=0) if y.shape[1] > 1 else np.array([y.mean(), 1 - y.mean()])
        yield Measurement("chance", "", float(shares.max()))
        yield Measurement("answers", "", float(len(y)))
        if uneven:
            counts = np.unique(codes(y), return_counts=True)[1]
            yield Measurement("balanced chance", "", 1 / len(counts))
            yield Measurement("balanced answers", "", float(len(counts) ** 2 / (1 / counts).sum()))
        if (share := unseen(split, train)) > 0:
            yield Measurement("unseen classes", "", share)
