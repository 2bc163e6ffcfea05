"""Whether a rule answers from what it has learned alone, and knows nothing of the labels of the test split."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from typing import Literal

import numpy as np

from plausible.contract.promises import Broken, NotJudged, applies, holds
from plausible.contract.world import alike, case, examples, learns_sequences, network
from plausible.core import Array, Params, randomness
from plausible.errors import Unsettled
from plausible.optimise.sgd import SGD
from plausible.probes.cost import MULTIPLY_ADDS, work_of
from plausible.probes.performance import Scores, targets
from plausible.registry import registry
from plausible.study.course import Course, Diverged
from plausible.study.run import Run
from plausible.tasks.task import Recipe, Split, Task, correct

SIZES = (60, 60, 100)  # digits that are learned, once; that nobody looks at; and that are asked for
# The accuracy from which on labels must be known. Chance is 0.1; an answer that tells all ten classes apart, and names
# them at random, has five of them right with a probability of 0.004.
BEFOREHAND = 0.5


@lru_cache(maxsize=4)
def digits(name: str, kind: Literal["classes", "values"]) -> Task:
    """Some of the digits, as images or row by row: their classes, or three values that are linear in the pixels."""
    task = registry.task(name, randomness(0).data)
    train, validation, test = (
        split.some(slice(n)) for split, n in zip(task.splits.values(), SIZES, strict=True)
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


def learned(text: str, task: Task) -> tuple[Array, Params]:
    """What a rule answers to the test split, (answers, n_out), having learned the training split once; its weights."""
    rule, own = case(text).rule, registry.own_optimiser(text)
    optimiser = SGD(0.05, momentum=0.9) if own is None else registry.optimiser(own)
    batch: int = getattr(rule, "presentation", 20)
    probes = (Scores("test", ("end",)),)
    run = Run("digits", text, network(text), optimiser, epochs=1, batch_size=batch, probes=probes)
    course = Course(run, task, rule, randomness(0))
    try:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            course.learn(lambda fraction: None, math.inf, None)
    except (Diverged, Unsettled) as ended:
        raise NotJudged(f"it learns no digits: {ended}") from ended
    return course.answers["test"], course.params


def hears_nothing_of_test_labels(text: str) -> None:
    """Other labels in the test split change none of its answers and none of its weights, to the last bit."""
    task = task_for(text)
    moved = replace(task, test=task.test._replace(y=np.roll(task.test.y, 1, axis=-1)))
    first, other = learned(text, task), learned(text, moved)
    if not alike(first, other):
        if not alike(first, learned(text, task)):
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

    answer, _ = learned(text, replace(task, train=shuffled(task.train), validation=shuffled(task.validation)))
    accuracy = float(correct(answer, targets(task.test)).mean())
    holds(
        accuracy < BEFOREHAND,
        f"accuracy {accuracy:.2f} on the test split of the digits after labels that tell nothing; chance is 0.10: "
        "expected a rule that brings no labels of its own",
    )
