"""A few images of 28 x 28 pixels, for rules of which an image takes milliseconds."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from numpy.random import Generator, default_rng

from plausible.errors import require_whole
from plausible.tasks.images import HELD_OUT, RECIPE, fashion_mnist, mnist
from plausible.tasks.task import Split, Task

MOST = 50_000  # images of training
SOURCES = {"mnist": mnist, "fashion-mnist": fashion_mnist}


def few_images(
    rng: Generator,
    *,
    of: Literal["mnist", "fashion-mnist"] = "mnist",
    examples: int = 3000,
    validated: int = 500,
    tested: int = 1000,
) -> Task:
    """The first images of MNIST [lecun1998] or Fashion-MNIST [xiao2017]: x (images, 784), 0 to 1, y one-hot (..., 10).

    Nothing is drawn from `rng`: every run has the same splits, each the first images of that split of the whole set.

    Args:
        of: the set.
        examples: images of training.
        validated: images of the validation split.
        tested: images of the test split.

    Raises:
        BadInput: for more images than a split has, and as `mnist` does.
    """
    require_whole("examples", examples, high=MOST)
    require_whole("validated", validated, high=HELD_OUT)
    require_whole("tested", tested, high=HELD_OUT)
    train, validation, test = first(of, examples, validated, tested)
    return Task(f"few-{of}", train, validation, test, "classes", RECIPE)


@lru_cache(maxsize=4)
def first(of: str, *sizes: int) -> tuple[Split, Split, Split]:
    """The first images of each split, read once in a process: arrays of their own, through which nothing is written."""
    whole = SOURCES[of](default_rng(0))  # which draws nothing
    splits = []
    for split, size in zip((whole.train, whole.validation, whole.test), sizes, strict=True):
        copies = split.x[:size].copy(), split.y[:size].copy()
        for copy in copies:
            copy.flags.writeable = False
        splits.append(Split(*copies))
    return splits[0], splits[1], splits[2]
