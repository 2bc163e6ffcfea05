"""What every task promises, beyond what `Task` refuses where it is made."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from plausible.contract.promises import Broken, NotApplicable, NotJudged, Promise, applies, holds
from plausible.core import randomness
from plausible.errors import BadInput
from plausible.optimise.batch import needs_full_batch
from plausible.registry import registry
from plausible.study.compare import suiting
from plausible.study.keys.data import digest_of
from plausible.tasks.scored import seen
from plausible.tasks.streams import stream
from plausible.tasks.task import Task

SEVERAL = 3  # seeds of a task that is drawn, whose sizes are compared


class Drawn(NamedTuple):
    """A task as it was drawn at a seed."""

    task: Task
    digest: str  # of its examples
    moved: bool  # whether it drew from rng


def draw(text: str, seed: int = 0) -> Drawn:
    """The task that `text` names, drawn at a seed. Raises `NotJudged` if it cannot be, or `Broken` at another seed."""
    rng = randomness(seed).data
    before = str(rng.bit_generator.state)
    try:
        task = registry.task(text, rng)
    except BadInput as error:
        raise (Broken(f"at seed {seed}: {error}") if seed else NotJudged("it cannot be made")) from error
    return Drawn(task, digest_of(task), str(rng.bit_generator.state) != before)


@lru_cache(maxsize=1)
def first(text: str) -> Drawn:
    """The task at seed 0, made once for all promises: large ones take a while to load."""
    return draw(text)


def is_made(text: str) -> None:
    """It can be made: splits share no example or say why, numbers are real and finite, classes are one-hot."""
    first.cache_clear()  # a file may have changed
    try:
        first(text)
    except NotJudged as error:
        raise Broken(str(error.__cause__)) from error


def repeats_itself(text: str) -> None:
    """One seed gives the same examples, to the last bit, whatever else has been drawn: rules are paired by seed."""
    same = first(text).digest == draw(text).digest
    holds(same, "two calls with one seed give other examples: draw from rng only")


def is_drawn_or_fixed(text: str) -> None:
    """Every seed draws examples of its own, of the same size and kind; or none does, and all are the same."""
    applies(first(text).moved, "it draws nothing from rng: its examples are fixed")
    draws = [first(text), *(draw(text, seed) for seed in range(1, SEVERAL))]
    sizes = {(it.task.n_in, it.task.n_out, it.task.kind, it.task.sequential) for it in draws}
    holds(len(sizes) == 1, f"inputs, outputs or kind differ from seed to seed: {sorted(sizes)}")
    holds(len({it.digest for it in draws}) > 1, "it draws from rng, and all seeds give the same examples")


def leaves_its_splits_alone(text: str) -> None:
    """A later call, or its report, writes nothing into the examples of an earlier one."""
    task, before, _ = draw(text)
    draw(text, 1)
    holds(digest_of(task) == before, "a second call changed the examples of the first: return new arrays")
    if task.report is not None:
        list(task.report([task.test.y.copy()]))
        holds(digest_of(task) == before, "its report changed the examples")


def has_examples_of_every_class(text: str) -> None:
    """Every class, or either value of a single output, that is asked for is there to be learned."""
    task = first(text).task
    applies(task.kind == "classes", "its targets are values")
    holds(
        len(seen(task.train)) > 1,
        "all examples of the train split are of one class: there is nothing to learn",
    )
    for name in ("validation", "test"):
        missing = sorted(seen(task.splits[name]) - seen(task.train))
        holds(not missing, f"classes {missing} are in the {name} split and not in the train split")


def can_be_learned_by_its_recipe(text: str) -> None:
    """Its recipe names an optimiser, an output and layers that its own data can be shown to."""
    task, recipe = first(text).task, first(text).task.recipe
    try:
        optimiser = registry.optimiser(recipe.optimiser)
        params = suiting(task).start(task.n_in, task.n_out, randomness(0).weights)
        optimiser.init(params)
        stream(recipe.batch_size, recipe.window if task.sequential else None)
    except BadInput as error:
        raise Broken(f"its recipe cannot be followed: {error}") from error
    whole = recipe.batch_size >= task.train.examples
    holds(
        whole or not needs_full_batch(optimiser),
        f"{recipe.optimiser} learns from whole epochs, not from batches of {recipe.batch_size}",
    )
    holds(recipe.window is None or task.sequential, "its recipe names a window, and it shows single examples")


def reports(text: str) -> None:
    """Its report measures numbers, of answers as the network gives them."""
    task = first(text).task
    if task.report is None:
        raise NotApplicable("it has no report")
    measured = list(task.report([task.test.y.astype("float32")]))
    holds(bool(measured), "its report measures nothing")
    for name, layer, value in measured:
        holds(isinstance(name, str) and isinstance(layer, str), f"{name!r}, {layer!r}: expected words")
        holds(np.isscalar(value), f"{name} is of kind {type(value).__name__}: expected a number")


PROMISES: tuple[Promise, ...] = (
    is_made,
    repeats_itself,
    is_drawn_or_fixed,
    leaves_its_splits_alone,
    has_examples_of_every_class,
    can_be_learned_by_its_recipe,
    reports,
)
