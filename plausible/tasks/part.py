"""A part of MNIST, for studies of many runs."""

from __future__ import annotations

from functools import lru_cache

from numpy.random import Generator, default_rng

from plausible.errors import require_whole
from plausible.tasks.images import HELD_OUT, RECIPE, mnist
from plausible.tasks.task import Split, Task


@lru_cache(maxsize=4)
def parts(examples: int) -> tuple[Split, Split, Split]:
    """The first images of each split, read once in a process: arrays of their own, through which nothing is written."""
    whole = mnist(default_rng(0))  # which draws nothing
    splits = []
    for split in (whole.train, whole.validation, whole.test):
        part = split.some(slice(examples))
        copies = part.x.copy(), part.y.copy()
        for copy in copies:
            copy.flags.writeable = False
        splits.append(Split(*copies))
    return splits[0], splits[1], splits[2]


def mnist_part(rng: Generator, *, examples: int = 5000) -> Task:
    """The first images of MNIST [lecun1998]: x (examples, 784) from 0 to 1, y one-hot (..., 10), in each split.

    Nothing is drawn from `rng`: every run has the same splits, each a part of that split of `mnist`.

    Raises:
        BadInput: for more than the validation split has, and as `mnist` does.
    """
    require_whole("examples", examples, high=HELD_OUT)
    train, validation, test = parts(examples)
    return Task("mnist-part", train, validation, test, "classes", RECIPE)
