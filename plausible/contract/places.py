"""Whether the answer to an example hangs on the example alone: not on its place, nor on how many are asked with it.

A rule that keeps the labels of a split in their order knows the answers where it is asked for that split in that order.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from plausible.contract.promises import NotJudged, Promise, holds
from plausible.contract.unseen import (
    affordable,
    course_of,
    digits,
    hears_nothing_of_test_labels,
    knows_no_answer_beforehand,
    task_for,
)
from plausible.core import Array, View, read_only
from plausible.errors import Unsettled
from plausible.probes.performance import CHUNK, responses
from plausible.study.course import Course
from plausible.study.samples import cast
from plausible.tasks.task import Split

FEWEST = 20  # examples that any rule is asked for, however slow it is
TIMES = 6  # that each of them is asked for, about: in three orders, in another number, and for two roundings
TOGETHER = 50  # examples at once, for another number than the whole split has
EXPECTED = "expected answers that hang on the example alone"
DEVIATIONS = 3  # of a count that is as likely on either side, above which it is no chance: one in a thousand


class Asked:
    """A rule that has learned, and is asked for examples again and again."""

    def __init__(self, course: Course) -> None:
        self.course, self.drew = course, False

    def __call__(
        self, split: Split, seed: int = 0, at_once: int = CHUNK, params: View | None = None
    ) -> Array:
        """The answers to a split, (examples, steps, n_out), in float64; steps that do not count are 0."""
        course, rng = self.course, np.random.default_rng(seed)
        params = read_only(course.params) if params is None else params
        found = []
        for start in range(0, split.examples, at_once):
            piece = split.some(slice(start, start + at_once))
            answer = np.asarray(responses(course.rule, params, course.state, piece, rng)[-1], np.float64)
            if piece.mask is not None:
                answer = np.where(piece.mask[..., None] > 0, answer, 0)
            found.append(np.moveaxis(answer, 0, 1) if piece.sequential else answer[:, None])
        self.drew |= rng.bit_generator.state != np.random.default_rng(seed).bit_generator.state
        return np.concatenate(found)

    def rounded(self, split: Split, answer: Array) -> Array:
        """By how much rounding moves each answer, (examples,), at most.

        A sum of n products, in whatever order it is computed, is the exact one of factors that are moved by n units in
        the last place at most. So weights are moved by as much, up or down by chance, and the answers themselves.
        """
        params = self.course.params
        terms = max([*split.x.shape[-1:], *(size for array in params.values() for size in array.shape)])
        share = terms * float(np.finfo(split.x.dtype).eps)
        moved = np.full(len(answer), share * np.abs(answer).max())
        for seed in (0, 1):
            rng = np.random.default_rng(seed)
            others = {
                name: array * (1 + share * rng.choice((-1, 1), array.shape)).astype(array.dtype)
                if array.dtype.kind == "f"
                else array
                for name, array in params.items()
            }
            moved = np.maximum(moved, apart(self(split, params=read_only(others)), answer))
        return moved


def hangs_on_no_place(text: str) -> None:
    """The answer to an example hangs on the example, and not on its place, nor on how many are asked with it."""
    task = task_for(text)
    asked = Asked(course_of(text, task))
    try:
        if task.name == "points":  # in the number alone that its program is compiled for, one after another
            split = asked.course.splits["test"]
            answer = asked(split)
            check_places(asked, split, answer, lambda: np.zeros(len(answer)))
        else:
            check_questions(asked, *everything(asked.course))
    except Unsettled as ended:
        raise NotJudged(f"it answers no digits: {ended}") from ended


def everything(course: Course) -> tuple[Split, int]:
    """All digits as the rule is shown them, those of the test split first, and how many these are."""
    splits = digits(course.task.name, course.task.kind, whole=True).splits
    x, y, masks = zip(*(splits[name] for name in ("test", "validation", "train")), strict=True)
    mask = None if masks[0] is None else np.concatenate(masks, axis=-1)
    every = Split(np.concatenate(x, axis=-2), np.concatenate(y, axis=-2), mask)
    return cast(every, course.run.network.dtype), splits["test"].examples


def check_questions(asked: Asked, every: Split, whole: int) -> None:
    """Raise `Broken` where examples of the test split, the first of all, are answered otherwise in another question."""
    began = time.perf_counter()
    split = every.some(slice(FEWEST))
    answer = asked(split)
    seconds = time.perf_counter() - began
    number = affordable(seconds, FEWEST, whole, TIMES)
    if number > FEWEST:
        split = every.some(slice(number))
        answer = asked(split)
    rounding = cache(lambda: asked.rounded(split, answer))  # it is asked for where it matters alone
    shuffled = check_places(asked, split, answer, rounding)
    if asked.drew:  # then no answer is the same twice
        return
    others = questions(asked, every, split, affordable(seconds, FEWEST, CHUNK))
    for how, again in chain([("in another order", shuffled)], others):
        n, classes = len(again), asked.course.task.kind == "classes"
        most = np.sqrt(n) / 2  # no difference: the deviation of how many are right, where half of them are
        unlike = otherwise(answer[:n], again, np.zeros(n), classes)
        if unlike.sum() > most:
            unlike = otherwise(answer[:n], again, rounding()[:n], classes)
        holds(
            unlike.sum() <= most,
            f"asked {how}, {unlike.sum()} of {n} digits are answered otherwise than in a split of {len(answer)}: "
            f"{EXPECTED}",
        )


def questions(asked: Asked, every: Split, split: Split, most: int) -> Iterator[tuple[str, Array]]:
    """How else a split is asked for, and the answers to the first of it; `most` digits at once are affordable."""
    back = np.arange(split.examples)[::-1]
    yield "in the order reversed", asked(split.some(back))[back]
    if split.examples > TOGETHER:
        yield f"{TOGETHER} at once", asked(split, at_once=TOGETHER)
    yield "one by one", asked(split.some(slice(FEWEST)), at_once=1)
    if most == CHUNK:  # as many as a run asks for at once
        yield f"{CHUNK} at once", asked(every.some(slice(CHUNK)))[: split.examples]


def check_places(asked: Asked, split: Split, answer: Array, rounding: Callable[[], Array]) -> Array:
    """The answers to a split that is asked for in an order by chance, put back in its own order.

    Raises `Broken` where they follow places, so that what stands at one has what stood there before. Each answer is
    nearer to that of the same example or to that of the same place, unless both are as near as rounding leaves them.
    Where answers tell nothing but noise, one is as likely as the other.
    """
    order = np.random.default_rng(0).permutation(split.examples)
    again = asked(split.some(order), seed=1)
    by_example, by_place = apart(again, answer[order]), apart(again, answer)
    apart_by = np.maximum(by_example, by_place)

    def too_many(limit: Array) -> int:
        """How many answers follow places, if that is no chance; 0 if it may be."""
        unequal = (by_example != by_place) & (apart_by > limit)
        places, either = int((by_place < by_example)[unequal].sum()), int(unequal.sum())
        return places if places > either / 2 + DEVIATIONS * np.sqrt(either) / 2 else 0

    if too_many(np.zeros(len(order))):
        places = too_many(rounding()[order])
        holds(
            not places,
            f"asked in another order, {places} of {split.examples} examples are answered as what stood at their places "
            f"before: {EXPECTED}",
        )
    return again[np.argsort(order)]


def otherwise(answer: Array, again: Array, limit: Array, classes: bool) -> NDArray[np.bool_]:
    """Which examples are answered otherwise, by more than their limit; of classes, with another class."""
    found: NDArray[np.bool_] = ~(apart(answer, again) <= limit)
    if classes and answer.shape[-1] > 1:
        found &= (answer.argmax(axis=-1) != again.argmax(axis=-1)).any(axis=-1)
    return found


def apart(answer: Array, again: Array) -> Array:
    """How far two answers to each example are apart, (examples,): the largest difference; infinite where one is NaN."""
    with np.errstate(invalid="ignore"):
        same = (again == answer) | (np.isnan(again) & np.isnan(answer))
        far = np.where(same, 0, np.abs(again - answer)).max(axis=(1, 2))
    return np.where(np.isnan(far), np.inf, far)


ON_ANSWERS: tuple[Promise, ...] = (
    hangs_on_no_place,
    hears_nothing_of_test_labels,
    knows_no_answer_beforehand,
)
"""What rules promise on tasks, which are read while they are not at work."""
