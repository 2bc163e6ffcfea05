"""What a task is: three splits that share no example, unless it says why, checked when they are made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plausible.core import Array, Measurement
from plausible.errors import BadInput, is_whole, require, require_number
from plausible.networks import (  # not their functions, whose names are those of parameters here
    activations,
    outputs,
)
from plausible.networks.inits import distribution
from plausible.tasks.given import Encoding, Kind
from plausible.tasks.overlap import check_apart
from plausible.tasks.scored import check_mask, check_output, check_scored, check_weights
from plausible.tasks.shown import as_html, in_a_line
from plausible.tasks.shut import check, guard

KINDS = ("classes", "values")
UNEVEN = 1.5  # times as many examples of a class as of another, from which on balanced accuracy is told


class Split(NamedTuple):
    """Examples, row by row; or sequences, side by side, with time in front.

    >>> import numpy as np
    >>> from plausible.tasks.task import Split
    >>> sequences = Split(np.zeros((20, 5, 3)), np.zeros((20, 5, 2)))
    >>> sequences.examples, sequences.some(slice(2), steps=10).x.shape
    (5, (10, 2, 3))
    """

    x: Array  # (examples, n_in) | (time, sequences, n_in)
    y: Array  # (examples, n_out) | (time, sequences, n_out)
    mask: Array | None = (
        None  # (time, sequences): 1 where the answer counts, else 0; None where all of them do
    )

    @property
    def sequential(self) -> bool:
        """Whether examples are sequences, with time in front. Only this property decides that by the number of axes."""
        return self.x.ndim == 3

    @property
    def examples(self) -> int:
        """The number of rows, or of sequences."""
        return int(self.x.shape[-2])

    def counted(self, values: Array) -> Array:
        """Those of `values`, (..., n) with the leading axes of x, whose answers count, (answers, n)."""
        return values.reshape(-1, values.shape[-1]) if self.mask is None else values[self.mask > 0]

    def some(self, chosen: NDArray[np.intp] | slice, steps: int | None = None) -> Split:
        """The examples or sequences that are `chosen`; of sequences, the first `steps` steps."""
        if not self.sequential:
            return Split(self.x[chosen], self.y[chosen])
        mask = None if self.mask is None else self.mask[:steps, chosen]
        return Split(self.x[:steps, chosen], self.y[:steps, chosen], mask)


class Recipe(NamedTuple):
    """Settings under which backprop learns a task in reasonable time; the defaults of `plausible compare`."""

    hidden: tuple[int, ...]
    output: str  # a name for plausible.networks.outputs.output
    epochs: int
    batch_size: int
    optimiser: str  # as on the command line
    activation: str = "tanh"  # a name for plausible.networks.activations.activation
    leak: float = 1.0  # of recurrent units
    recurrent: str = "orthogonal"  # the distribution of recurrent weights, as on the command line
    window: int | None = None  # steps of a sequence between two weight changes; None shows whole sequences
    weights: tuple[float, ...] = ()  # of each class in loss and error, as `weighed` says; () weighs all alike


Report: TypeAlias = Callable[[list[Array]], Iterable[Measurement]]
"""A function that measures more on the test split, from activity by layer, the answer last."""


@dataclass(frozen=True, eq=False, repr=False)
class Task:
    """Something to be learned from examples.

    Args:
        name: as in the registry.
        train: what rules learn from.
        validation: what settings are chosen on.
        test: what is read once, at the end of a run.
        kind: "classes", when y is one-hot (or one column of zeros and ones), or "values", when it is real.
        recipe: sensible settings.
        report: a function that measures more on the answers to the test split.
        shared: why examples stand in more than one split, where they do: "there are only four patterns".
        encoding: how examples and labels of a user become x and y, and answers labels; None where they are as they are.

    Raises:
        BadInput: for an empty split, sequences without a step, or masks that hide a whole split; for NaN or infinite
            numbers, complex ones or words, or shapes that do not fit each other; for targets that are not one-hot in a
            task of classes, or that in one split are all equal, equal but for rounding, or of one class
            (`plausible.tasks.scored.check_scored`); for another kind; for a recipe that no run could follow or whose
            output cannot give the targets (`check_output` there); for splits that share examples, unless `shared` says
            why (`plausible.tasks.overlap.check_apart`); while a rule is at work (`plausible.tasks.shut`).

    The parity of two signs, whose four patterns are all shown:

    >>> import numpy as np
    >>> from plausible.tasks.task import Recipe, Split, Task
    >>> x = np.array([[1.0, 1], [1, -1], [-1, 1], [-1, -1]])
    >>> split = Split(x, x[:, :1] * x[:, 1:])
    >>> recipe = Recipe((4,), "linear", epochs=100, batch_size=4, optimiser="adam")
    >>> task = Task("parity", split, split, split, "values", recipe, shared="there are only four patterns")
    >>> task.n_in, task.n_out, task.sequential
    (2, 1, False)
    """

    name: str
    train: Split
    validation: Split
    test: Split
    kind: Literal["classes", "values"]
    recipe: Recipe
    report: Report | None = None
    shared: str = ""
    encoding: Encoding | None = None

    def __post_init__(self) -> None:
        check(f"a task, {self.name!r},")
        guard()
        require(isinstance(self.name, str) and bool(self.name), "the name of a task", self.name, "a word")
        require(self.kind in KINDS, f"the kind of {self.name}", self.kind, " or ".join(map(repr, KINDS)))
        require(
            isinstance(self.shared, str), f"shared of {self.name}", self.shared, "words that say why, or ''"
        )
        check_recipe(f"the recipe of {self.name}", self.recipe)
        good = self.report is None or callable(self.report)
        require(good, f"the report of {self.name}", self.report, "a function of activities by layer, or None")
        for name, split in self.splits.items():
            check_split(f"the {name} split of {self.name}", split, self.kind)
            sizes = split.x.shape[-1], split.y.shape[-1]
            expected = f"({self.n_in}, {self.n_out}), as in the train split"
            require(
                sizes == (self.n_in, self.n_out),
                f"the columns of x and y in the {name} split of {self.name}",
                sizes,
                expected,
            )
            require(
                split.x.ndim == self.train.x.ndim,
                f"the axes of x in the {name} split of {self.name}",
                split.x.ndim,
                f"{self.train.x.ndim}, as in the train split",
            )
        check_output(self.recipe.output, self)
        check_weights("the recipe", self.recipe.weights, self)
        check_apart(self)

    def __repr__(self) -> str:
        return in_a_line(self)

    @property
    def splits(self) -> dict[str, Split]:
        """The three splits by name."""
        return {"train": self.train, "validation": self.validation, "test": self.test}

    def _repr_html_(self) -> str:
        return as_html(self)

    @classmethod
    def from_arrays(
        cls,
        X: ArrayLike,
        y: ArrayLike,
        *,
        kind: Kind | None = None,
        validation: float | Sequence[ArrayLike] = 0.2,
        test: float | Sequence[ArrayLike] = 0.2,
        seed: int = 0,
        name: str = "arrays",
        class_weight: Mapping[Any, float] | Literal["balanced"] | None = None,
        standardise: bool = False,
        shared: str = "",
        dtype: str = "float32",
        hidden: Sequence[int] = (64,),
        activation: str = "relu",
        output: str | None = None,
        epochs: int = 50,
        batch_size: int = 32,
        optimiser: str = "adam",
    ) -> Task:
        """A task of arrays, lists or pandas frames: three splits, drawn from `seed`, that share no example.

        Validation and test get their shares of every class, within one example. Rows of X that are equal, as `dtype`
        holds them, go into the same split, whatever their labels.

        Args:
            X: examples, (examples, n_in), of numbers or truth values.
            y: labels, (examples,), (examples, 1) or one-hot, that are whole numbers, truth values or words; or values,
                (examples,) or (examples, n_out).
            kind: "classes" or "values"; None takes floats that are not one-hot for values, and whole numbers in several
                columns, and all else for labels.
            validation: the share of the examples that settings are chosen on; or these examples, (X, y).
            test: the share that is read once, at the end; or these examples, (X, y).
            seed: of the split. The seed of a run moves no example.
            name: of the task, in tables.
            class_weight: what the error of an example weighs, by its label: "balanced" or a mapping, as
                `plausible.tasks.labels.class_weights` says; None weighs all alike. It is a part of the recipe: a
                network of one's own needs an output that weighs, as `plausible.networks.outputs.weighed` makes it.
            standardise: whether inputs are made of mean 0 and standard deviation 1, those of the training split; rules
                learn slowly from inputs that are large, or of different sizes.
            shared: why equal rows may stand in several splits; "" puts them into one.
            dtype: of the task's arrays. A network of dtype float32 is shown float32 whatever they are.
            hidden, activation, output, epochs, batch_size, optimiser: the recipe. The output is "softmax" for classes
                and "linear" for values unless one is named.

        Raises:
            BadInput: in one line, for what cannot be used; see `plausible.tasks.given.encode_inputs` and
                `encode_targets`, and for as few examples of a class that some split would have none.

        Warns in one line where distinct rows, or more than a tenth of the distinct values of a column, are equal in
        `dtype`; and where `kind` was told by the dtype and may not be meant.

        >>> from sklearn.datasets import load_iris
        >>> from plausible.tasks.task import Task
        >>> X, y = load_iris(return_X_y=True)
        >>> task = Task.from_arrays(X, y, name="iris")
        >>> [split.examples for split in task.splits.values()], task.classes.tolist()
        ([90, 30, 30], [0, 1, 2])
        """
        from plausible.tasks.arrays import (
            Settings,
            of_arrays,
            paired,
        )  # here, as that module imports this one

        held = paired(validation), paired(test)
        settings = Settings(kind, *held, seed, name, class_weight, standardise, shared, dtype)
        recipe = {
            "hidden": tuple(hidden) if isinstance(hidden, list) else hidden,
            "activation": activation,
            "output": output,
            "epochs": epochs,
        }
        return of_arrays(X, y, settings, {**recipe, "batch_size": batch_size, "optimiser": optimiser})

    @cached_property
    def coded(self) -> Encoding:
        """How examples become inputs, and answers labels or values; of classes without labels, their numbers."""
        if self.encoding is not None:
            return self.encoding
        classes = np.arange(max(self.n_out, 2)) if self.kind == "classes" else None
        return Encoding(self.n_in, classes, dtype=self.train.x.dtype.name, sequential=self.sequential)

    @property
    def classes(self) -> NDArray[Any] | None:
        """The labels, (n_classes,), in the order of the outputs; of one output, those of 0 and 1. None for values."""
        return self.coded.classes

    @cached_property
    def uneven(self) -> bool:
        """Whether a class of the training split has more than `UNEVEN` times as many answers as another one."""
        if self.kind != "classes":
            return False
        return uneven(codes(self.train.counted(self.train.y)))

    @property
    def sequential(self) -> bool:
        """Whether examples are sequences."""
        return self.train.sequential

    @property
    def n_in(self) -> int:
        """Columns of x."""
        return int(self.train.x.shape[-1])

    @property
    def n_out(self) -> int:
        """Columns of y."""
        return int(self.train.y.shape[-1])


def check_recipe(what: str, recipe: Recipe) -> None:
    """Raise `BadInput` unless a run can follow a recipe."""
    require(isinstance(recipe, Recipe), what, recipe, "a plausible.tasks.task.Recipe")
    activations.activation(recipe.activation)
    outputs.output(recipe.output)
    distribution(recipe.recurrent)
    counts: dict[str, Any] = {
        "hidden": recipe.hidden,
        "epochs": recipe.epochs,
        "batch_size": recipe.batch_size,
    }
    counts |= {"window": recipe.window} if recipe.window is not None else {}
    for name, value in counts.items():
        numbers = value if name == "hidden" else (value,)
        good = isinstance(numbers, tuple) and all(is_whole(n) and n > 0 for n in numbers)
        require(
            good, f"{name} in {what}", value, "whole numbers above 0" + ", in a tuple" * (name == "hidden")
        )
    good = isinstance(recipe.optimiser, str) and bool(recipe.optimiser.strip())
    require(good, f"optimiser in {what}", recipe.optimiser, "a name as on the command line, such as 'adam'")
    require_number(f"leak in {what}", recipe.leak, 0, 1, open_low=True)
    outputs.weighed(outputs.output(recipe.output), recipe.weights)


def check_split(what: str, split: Split, kind: str) -> None:
    """Raise `BadInput` unless `split` holds usable examples."""
    require(isinstance(split, Split), what, type(split).__name__, "a plausible.tasks.task.Split")
    x, y, mask = split
    for name, array in (("x", x), ("y", y), ("mask", mask)):
        if array is not None or name != "mask":
            given = array.dtype if isinstance(array, np.ndarray) else type(array).__name__
            good = isinstance(array, np.ndarray) and array.dtype.kind in "fiub"
            require(good, f"{name} in {what}", str(given), "a numpy array of real numbers")
    require(
        x.ndim == y.ndim and x.ndim in (2, 3),
        f"the shape of x and y in {what}",
        (x.shape, y.shape),
        "(examples, columns) for both, or (time, sequences, columns)",
    )
    if x.ndim == 3:
        require(len(x) > 0, f"the number of time steps in {what}", 0, "at least one")
        require(
            len(x) == len(y), f"the number of time steps of x and y in {what}", (len(x), len(y)), "as many"
        )
    n, m = x.shape[-2], y.shape[-2]
    require(n == m, f"the number of examples of x and y in {what}", (n, m), "as many of each")
    require(n > 0, f"the number of examples in {what}", 0, "at least one")
    columns = x.shape[-1], y.shape[-1]
    require(min(columns) > 0, f"the columns of x and y in {what}", columns, "at least one each")
    check_mask(what, x, mask)
    for name, array in (("x", x), ("y", y)):
        bad = int(np.count_nonzero(~np.isfinite(array)))
        if bad:
            raise BadInput(
                f"{name} in {what} has {bad} NaN or infinite numbers: expected finite ones; clean the data first"
            )
    if kind == "classes":
        labels = split.counted(y)
        binary = bool(np.isin(labels, (0, 1)).all())
        one_hot = labels.shape[1] == 1 or bool((labels.sum(axis=1) == 1).all())
        require(
            binary and one_hot,
            f"y in {what}",
            "something else",
            "one-hot rows, or one column of zeros and ones",
        )
    check_scored(what, split, kind)


def one_hot(labels: ArrayLike, classes: int, dtype: str = "float32") -> Array:
    """Labels 0 ... classes - 1, (examples,), as rows of zeros with a single one, (examples, classes).

    Raises:
        BadInput: if a label is not a whole number in that range.

    >>> from plausible.tasks.task import one_hot
    >>> one_hot([2, 0], classes=3)
    array([[0., 0., 1.],
           [1., 0., 0.]], dtype=float32)
    """
    given: NDArray[Any] = np.asarray(labels)
    require(given.ndim == 1, "the shape of the labels", given.shape, "(examples,)")
    outside = given[(given < 0) | (given >= classes) | (given != np.floor(given))]
    if len(outside):
        raise BadInput(f"label {outside[0]} is out of range: expected whole numbers from 0 to {classes - 1}")
    return np.eye(classes, dtype=dtype)[given.astype(int)]


def codes(y: Array) -> NDArray[np.intp]:
    """The numbers of the classes, (...,), of targets (..., n_out), one-hot; of a single column, 0 and 1."""
    return y.argmax(axis=-1) if y.shape[-1] > 1 else (y[..., 0] > 0.5).astype(np.intp)


def uneven(classes: NDArray[np.intp]) -> bool:
    """Whether of the numbers of classes, (examples,), one comes more than `UNEVEN` times as often as another one."""
    counts = np.bincount(classes.reshape(-1))
    return bool(counts.max() > UNEVEN * counts[counts > 0].min())


def correct(answer: Array, y: Array) -> Array:
    """1 where the largest answer is the right class, else 0, (batch,); a single column means class 1 above one half.

    >>> import numpy as np
    >>> from plausible.tasks.task import correct
    >>> correct(np.array([[0.9, 0.1], [0.6, 0.4]]), np.array([[1, 0], [0, 1]]))
    array([1., 0.])
    """
    if y.shape[-1] == 1:
        right = (answer[..., 0] > 0.5) == (y[..., 0] > 0.5)
    else:
        right = answer.argmax(axis=-1) == y.argmax(axis=-1)
    return right.astype(answer.dtype)
