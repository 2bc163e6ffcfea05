"""What a task is: three splits that share no example, checked when they are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plausible.core import Array
from plausible.errors import BadInput, require


class Split(NamedTuple):
    """Examples, row by row."""

    x: Array  # (examples, n_in)
    y: Array  # (examples, n_out)


class Recipe(NamedTuple):
    """Settings under which backprop learns a task in reasonable time; the defaults of `plausible compare`."""

    hidden: tuple[int, ...]
    output: str  # a name for plausible.functions.output
    epochs: int
    batch_size: int
    optimiser: str  # as on the command line
    activation: str = "tanh"  # a name for plausible.functions.activation


@dataclass(frozen=True, eq=False)
class Task:
    """Something to be learned from examples.

    Args:
        name: as in the registry.
        train: what rules learn from.
        validation: what settings are chosen on.
        test: what is read once, at the end of a run.
        kind: "classes", when y is one-hot (or one column of zeros and ones), or "values", when it is real.
        recipe: sensible settings.

    Raises:
        BadInput: for an empty split, NaN or infinite numbers, shapes that do not fit each other, or targets that
            are not one-hot in a task of classes.
    """

    name: str
    train: Split
    validation: Split
    test: Split
    kind: Literal["classes", "values"]
    recipe: Recipe

    def __post_init__(self) -> None:
        for name, split in self.splits.items():
            check_split(f"the {name} split of {self.name}", split, self.kind)
            sizes = split.x.shape[1], split.y.shape[1]
            expected = f"({self.n_in}, {self.n_out}), as in the train split"
            require(
                sizes == (self.n_in, self.n_out),
                f"the columns of x and y in the {name} split of {self.name}",
                sizes,
                expected,
            )

    @property
    def splits(self) -> dict[str, Split]:
        """The three splits by name."""
        return {"train": self.train, "validation": self.validation, "test": self.test}

    @property
    def n_in(self) -> int:
        """Columns of x."""
        return int(self.train.x.shape[1])

    @property
    def n_out(self) -> int:
        """Columns of y."""
        return int(self.train.y.shape[1])


def check_split(what: str, split: Split, kind: str) -> None:
    """Raise `BadInput` unless `split` holds usable examples."""
    x, y = split
    require(
        x.ndim == 2 and y.ndim == 2,
        f"the shape of x and y in {what}",
        (x.shape, y.shape),
        "(examples, columns) for both",
    )
    require(
        len(x) == len(y), f"the number of examples of x and y in {what}", (len(x), len(y)), "as many of each"
    )
    require(len(x) > 0, f"the number of examples in {what}", 0, "at least one")
    for name, array in (("x", x), ("y", y)):
        bad = int(np.count_nonzero(~np.isfinite(array)))
        if bad:
            raise BadInput(
                f"{name} in {what} has {bad} NaN or infinite numbers: expected finite ones; clean the data first"
            )
    if kind == "classes":
        binary = bool(np.isin(y, (0, 1)).all())
        one_hot = y.shape[1] == 1 or bool((y.sum(axis=1) == 1).all())
        require(
            binary and one_hot,
            f"y in {what}",
            "something else",
            "one-hot rows, or one column of zeros and ones",
        )


def one_hot(labels: ArrayLike, classes: int, dtype: str = "float32") -> Array:
    """Labels 0 ... classes - 1, (examples,), as rows of zeros with a single one, (examples, classes).

    Raises:
        BadInput: if a label is not a whole number in that range.
    """
    given: NDArray[Any] = np.asarray(labels)
    require(given.ndim == 1, "the shape of the labels", given.shape, "(examples,)")
    outside = given[(given < 0) | (given >= classes) | (given != np.floor(given))]
    if len(outside):
        raise BadInput(f"label {outside[0]} is out of range: expected whole numbers from 0 to {classes - 1}")
    return np.eye(classes, dtype=dtype)[given.astype(int)]


def correct(answer: Array, y: Array) -> Array:
    """1 where the largest answer is the right class, else 0, (batch,); one column answers at one half."""
    if y.shape[-1] == 1:
        right = (answer[..., 0] > 0.5) == (y[..., 0] > 0.5)
    else:
        right = answer.argmax(axis=-1) == y.argmax(axis=-1)
    return right.astype(answer.dtype)
