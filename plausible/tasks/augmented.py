"""Streams that change what another stream shows: images moved by a few pixels, and labels that are less sure.

They change what a rule learns from, in every epoch anew, and leave splits as they are, so that answers are scored on
examples and labels as given. What they draw moves no number of the stream that they change.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Presentation
from plausible.errors import BadInput, is_whole, require, require_number, require_whole
from plausible.tasks.streams import Minibatches, Stream
from plausible.tasks.task import Split


@dataclass(frozen=True)
class Changed:
    """A stream of as many presentations as the `stream` that it changes."""

    stream: Stream = Minibatches()

    def length(self, split: Split) -> int:
        """Presentations an epoch."""
        return self.stream.length(split)

    def size(self, split: Split) -> int:
        """Examples an epoch."""
        return self.stream.size(split)

    def count(self, shown: Presentation) -> int:
        """Examples in a presentation."""
        return self.stream.count(shown)


@dataclass(frozen=True)
class Shifted(Changed):
    """Images moved by up to `most` pixels up or down and left or right, every displacement as likely as any other.

    That is a crop of an image with `most` pixels of `fill` around it, as common libraries call it.

    Args:
        stream: what is changed.
        most: pixels.
        shape: rows and columns of an image, whose pixels are the inputs, row by row.
        fill: what comes in at an edge.

    Raises:
        BadInput: for settings that make no image, or if inputs are none of that shape.

    >>> import numpy as np
    >>> from plausible.tasks.augmented import Shifted
    >>> from plausible.tasks.streams import Minibatches
    >>> from plausible.tasks.task import Split
    >>> split = Split(np.eye(9)[[4]], np.ones((1, 1)))
    >>> stream = Shifted(Minibatches(1), most=1, shape=(3, 3))(split, "values", 3, np.random.default_rng(0))
    >>> [int(shown.x.argmax()) for shown in stream]  # the pixel in the middle, moved to one of nine places
    [0, 8, 0]
    """

    most: int = 2
    shape: tuple[int, int] = (28, 28)
    fill: float = 0.0

    def __post_init__(self) -> None:
        require_whole("most", self.most, 0)
        pair = isinstance(self.shape, tuple) and len(self.shape) == 2
        good = pair and all(is_whole(n) and n > 0 for n in self.shape)
        require(good, "shape", self.shape, "(rows, columns), such as (28, 28)")
        require_number("fill", self.fill, -np.inf)

    def __call__(self, split: Split, kind: str, epochs: int, rng: Generator) -> Iterator[Presentation]:
        """The presentations of `epochs` epochs over `split`. Raises `BadInput` if it holds no such images."""
        rows, columns = self.shape
        if split.sequential or split.x.shape[-1] != rows * columns:
            raise BadInput(
                f"examples of shape {split.x.shape[1:]} are no images of {rows} x {columns} pixels: expected "
                f"{rows * columns} inputs an example, or the shape of the images as shape=(rows, columns)"
            )
        (own,) = rng.spawn(1)
        for shown in self.stream(split, kind, epochs, rng):
            yield shown._replace(x=moved(shown.x, self, own))


def moved(x: Array, how: Shifted, rng: Generator) -> Array:
    """The images `x`, (batch, rows · columns), each moved by a displacement of its own; read-only."""
    (rows, columns), most, n = how.shape, how.most, len(x)
    wide = np.full((n, rows + 2 * most, columns + 2 * most), how.fill, x.dtype)
    wide[:, most : most + rows, most : most + columns] = x.reshape(n, rows, columns)
    top, left = rng.integers(0, 2 * most + 1, (2, n))
    down, across = top[:, None] + np.arange(rows), left[:, None] + np.arange(columns)
    crop: Array = wide[np.arange(n)[:, None, None], down[:, :, None], across[:, None, :]].reshape(n, -1)
    crop.setflags(write=False)
    return crop


@dataclass(frozen=True)
class Smoothed(Changed):
    """Labels smoothed [szegedy2016]: (1 - amount) y + amount / n_out in the place of one-hot y, (..., n_out).

    Rewards are still those of y.

    Raises:
        BadInput: for an amount that is no fraction, or targets that are no classes in columns of their own.

    >>> import numpy as np
    >>> from plausible.tasks.augmented import Smoothed
    >>> from plausible.tasks.streams import Minibatches
    >>> from plausible.tasks.task import Split
    >>> split = Split(np.zeros((2, 3)), np.eye(2))
    >>> stream = Smoothed(Minibatches(2, shuffle=False), amount=0.2)
    >>> next(stream(split, "classes", 1, np.random.default_rng(0))).y
    array([[0.9, 0.1],
           [0.1, 0.9]])
    """

    amount: float = 0.1

    def __post_init__(self) -> None:
        require_number("amount", self.amount, 0, 1)

    def __call__(self, split: Split, kind: str, epochs: int, rng: Generator) -> Iterator[Presentation]:
        """The presentations of `epochs` epochs over `split`. Raises `BadInput` if its targets are no classes."""
        classes = split.y.shape[-1]
        if kind != "classes" or classes < 2:
            raise BadInput(
                f"targets of a task of {kind} in {classes} columns cannot be smoothed: expected classes, one-hot"
            )
        for shown in self.stream(split, kind, epochs, rng):
            y = (1 - self.amount) * shown.y + shown.y.dtype.type(self.amount / classes)
            y.setflags(write=False)
            yield shown._replace(y=y)
