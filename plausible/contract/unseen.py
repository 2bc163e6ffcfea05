"""Whether a rule answers from what it has learned alone, and knows nothing of the labels of the test split."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np

from plausible.contract.promises import Broken, NotJudged, applies, holds
from plausible.contract.world import alike, case, examples, learns_sequences, network
from plausible.core import Array, Params, randomness
from plausible.errors import Unsettled
from plausible.optimise.sgd import SGD
from plausible.probes.cost import MULTIPLY_ADDS, work_of
from plausible.probes.performance import Scores, targets
from plausible.probes.probe import Probe
from plausible.registry import registry
from plausible.study.course import Course, Diverged
from plausible.study.run import Run
from plausible.tasks.task import Recipe, Split, Task, correct

SIZES = (60, 60, 100)  # digits that are learned, once; that nobody looks at; and that are asked for, or all
# The accuracy from which on labels must be known. Chance is 0.1; an answer that tells all ten classes apart, and names
# them at random, has five of them right with a probability of 0.004.
BEFOREHAND = 0.5

SECONDS = (
    2.0  # to ask for more examples: a slow rule is asked for fewer, so that its check takes hardly longer
)


@lru_cache(maxsize=8)
def digits(name: str, kind: Literal["classes", "values"], whole: bool = False) -> Task:
    """Some of the digits, or the whole, as images or row by row: their classes, or three values, linear in x."""
    task = registry.task(name, randomness(0).data)
    train, validation, test = (
        split if whole else split.some(slice(n)) for split, n in zip(task.splits.values(), SIZES, strict=True)
    )
    if kind == "values":
        teacher = np.random.default_rng(0).normal(size=(task.n_in, 3)).astype("float32")
        train, validation, test = (part._replace(y=part.x @ teacher) for part in (train, validation, test))
    recipe = task.recipe._replace(output="softmax" if kind == "classes" else "linear")
    return Task(task.name, train, validation, test, kind, recipe)


def points() -> Task:
    """The small world of `plausible.contract.world` as a task."""
    split = examples(sum(SIZES), "float32", inputs=(0, 1))
    places = np.split(np.arange(sum(SIZES)), np.cumsum(SIZES)[:-1])
    train, validation, test = map(split.some, places)
    return Task("points", train, validation, test, "classes", Recipe((7,), "softmax", 1, 20, "sgd"))


def task_for(text: str) -> Task:
    """The digits as the rule that `text` names is shown them; points where a program is compiled for every size."""
    rule = case(text).rule
    if MULTIPLY_ADDS not in work_of(rule):
        return points()
    kind: Literal["classes", "values"] = (
        "values" if getattr(rule, "targets", "classes") == "values" else "classes"
    )
    return digits("digit-rows" if learns_sequences(text) else "digits", kind)


def course_of(text: str, task: Task, probes: tuple[Probe, ...] = ()) -> Course:
    """A rule that has learned the training split of a task once. Raises `NotJudged` if it cannot."""
    rule, own = case(text).rule, registry.own_optimiser(text)
    optimiser = SGD(0.05, momentum=0.9) if own is None else registry.optimiser(own)
    batch: int = getattr(rule, "presentation", 20)
    run = Run("digits", text, network(text), optimiser, epochs=1, batch_size=batch, probes=probes)
    course = Course(run, task, rule, randomness(0))
    try:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            course.learn(lambda fraction: None, math.inf, None)
    except (Diverged, Unsettled) as ended:
        raise NotJudged(f"it learns no digits: {ended}") from ended
    return course


class Learned(NamedTuple):
    """What a rule answers to the test split, (answers, n_out), having learned the training split once; its weights."""

    answer: Array
    params: Params


def learned(text: str, task: Task) -> tuple[Learned, Task]:
    """What comes of a run, and the same task with the whole test split, unless to ask for all of it would take long.

    A run asks for a whole split at once, and a rule may tell from their number what it is asked for.
    """
    began = time.perf_counter()
    course = course_of(text, task, (Scores("test", ("end",)),))
    seconds, some = time.perf_counter() - began, task.test.examples
    if task.name != "points" and some == SIZES[2]:
        whole = digits(task.name, task.kind, whole=True).test
        if affordable(seconds, some, whole.examples) == whole.examples:
            task = replace(task, test=whole)
    return Learned(course.answers["test"], course.params), task


def hears_nothing_of_test_labels(text: str) -> None:
    """Other labels in the test split change none of its answers and none of its weights, to the last bit."""
    task = task_for(text)
    first, more = learned(text, task)
    if more is not task:
        task, (first, _) = more, learned(text, more)
    moved = replace(task, test=task.test._replace(y=np.roll(task.test.y, 1, axis=-1)))
    if not alike(first, learned(text, moved)[0]):
        if not alike(first, learned(text, task)[0]):
            raise NotJudged("two runs of one seed differ")
        raise Broken(
            "it answers otherwise, or learns other weights, where only the labels of the test split are others: "
            "expected a rule that uses what it is given"
        )


def knows_no_answer_beforehand(text: str) -> None:
    """Having learned digits whose labels are shuffled, it does not know those of the test split."""
    task, rng = task_for(text), np.random.default_rng(0)
    applies(task.name != "points", "it is shown no digits, whose size its program would be compiled for")
    applies(task.kind == "classes", "it learns values only")

    def shuffled(split: Split) -> Split:
        return split._replace(y=split.y[..., rng.permutation(split.examples), :])

    told = replace(task, train=shuffled(task.train), validation=shuffled(task.validation))
    while True:
        first, more = learned(text, told)
        accuracy = float(correct(first.answer, targets(told.test)).mean())
        holds(
            accuracy < BEFOREHAND,
            f"accuracy {accuracy:.2f} on the test split of the digits after labels that tell nothing; chance is 0.10: "
            "expected a rule that brings no labels of its own",
        )
        if more is told:
            return
        told = more


def affordable(seconds: float, examples: int, wanted: int, times: int = 1) -> int:
    """How many of the wanted examples are asked for so many times in `SECONDS`, where some took so many seconds.

    >>> from plausible.contract.unseen import affordable
    >>> affordable(0.5, 100, wanted=360), affordable(1.0, 100, wanted=360), affordable(0.0, 100, wanted=360)
    (360, 200, 360)
    """
    return min(wanted, int(SECONDS * examples / (times * seconds)) if seconds else wanted)
