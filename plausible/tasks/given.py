"""What users give as arrays, lists and pandas frames, as numbers; and answers as the labels that users gave.

Everything here is a function of what it is given alone: `Task.from_arrays` and the estimators use the same ones. What
cannot be used is refused in one line: what was given, what was expected, what to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plausible.core import Array
from plausible.errors import BadInput, plain, require
from plausible.tasks.as_numbers import (
    as_array,
    check_finite,
    check_range,
    columns_of,
    holds_all,
    numbers,
    say_alike,
    say_merged,
    word,
)
from plausible.tasks.labels import codes_of, decode_labels, encode_labels, is_one_hot, labels_of

FEW = 20  # different whole numbers among floats: so few may be labels
APART = "a task of dtype='float64' and network='mlp[dtype=float64]' keep them apart"
MANY = 50  # different whole numbers: so many may be quantities

Kind = Literal["classes", "values"]


class Inputs(NamedTuple):
    """Examples as numbers."""

    x: NDArray[Any]  # (examples, n_in), of the dtype that was given
    columns: tuple[str, ...]  # the names of the columns of a frame; () where there are none


class Targets(NamedTuple):
    """What examples are to be answered with."""

    y: NDArray[Any]  # (examples, n_out): one-hot for classes, else values
    classes: NDArray[Any] | None  # (n_classes,), the labels in the order of the columns of y; None for values
    flat: bool  # whether they were given without a second axis, (examples,)


@dataclass(frozen=True, eq=False)
class Encoding:
    """How examples become the inputs of a task, and answers of a network the labels or values of its user.

    Args:
        n_in: columns of an example.
        classes: labels, (n_classes,), in the order of the outputs; None for values.
        columns: the names of the columns of the frame that was given, or ().
        shift: what is subtracted from each column, (n_in,); None for nothing.
        scale: what each column is then divided by, (n_in,).
        flat: whether values are (examples,), with no second axis.
        dtype: of the inputs.
        sequential: whether examples are sequences, (time, sequences, n_in).

    >>> import numpy as np
    >>> from plausible.tasks.given import Encoding
    >>> encoding = Encoding(2, np.array(["cat", "dog"]))
    >>> encoding.inputs([[1, 2]])
    array([[1., 2.]], dtype=float32)
    >>> encoding.outputs(np.array([[0.2, 0.8], [0.9, 0.1]]))
    array(['dog', 'cat'], dtype='<U3')
    """

    n_in: int
    classes: NDArray[Any] | None = None
    columns: tuple[str, ...] = ()
    shift: NDArray[np.float64] | None = None
    scale: NDArray[np.float64] | None = None
    flat: bool = False
    dtype: str = "float32"
    sequential: bool = False

    def differs(self, other: Encoding) -> str:
        """In words, what makes another encoding mean other examples or labels; "" if nothing does."""

        def same(one: NDArray[Any] | None, two: NDArray[Any] | None) -> bool:
            return (one is None and two is None) or (
                one is not None and two is not None and np.array_equal(one, two)
            )

        if (self.classes is None) != (other.classes is None):
            return "classes in the place of values, or values in that of classes"
        if not same(self.classes, other.classes):
            return f"the labels {plain(self.told_classes())}, and not {plain(other.told_classes())}"
        if not (same(self.shift, other.shift) and same(self.scale, other.scale)):
            return "inputs that are standardised otherwise"
        return ""

    def told_classes(self) -> list[Any]:
        """The first labels, for messages."""
        return [] if self.classes is None else self.classes[:5].tolist()

    def inputs(self, given: ArrayLike, what: str = "X", dtype: str | None = None) -> Array:
        """Examples (examples, n_in), as a network of `dtype` is shown them; of the task's dtype, if it is None.

        Warns in one line where different rows become equal. Raises `BadInput` if the task has other columns.
        """
        x, columns = self.read(given, what)
        scaled = self.scaled(x, what)
        shown = scaled.astype(dtype or self.dtype, copy=False)
        least = min(scaled, shown, key=lambda array: array.itemsize)
        if self.shift is not None or not holds_all(least.dtype, x.dtype):
            say_alike(x, least, what, columns or self.columns, APART)
        return shown

    def read(self, given: ArrayLike, what: str = "X") -> Inputs:
        """Examples (examples, n_in), as they were given. Raises `BadInput` if the task has other columns."""
        found = encode_inputs(given, what, axes=3 if self.sequential else 2)
        x, columns = found
        if x.shape[-1] != self.n_in:
            raise BadInput(f"{what} has {x.shape[-1]} columns: expected {self.n_in}, as the task has")
        if columns and self.columns and columns != self.columns:
            wrong = next(
                i for i, pair in enumerate(zip(columns, self.columns, strict=True)) if len({*pair}) > 1
            )
            raise BadInput(
                f"column {wrong} of {what} is {columns[wrong]!r}: expected {self.columns[wrong]!r}, as in the task: "
                f"{what}[names], with the names in the order of the task"
            )
        return found

    def scaled(self, x: NDArray[Any], what: str = "X") -> Array:
        """Numbers x less `shift`, over `scale`, in `dtype`. Raises `BadInput` for what is not finite there."""
        if self.shift is not None and self.scale is not None:
            x = (x.astype(np.float64) - self.shift) / self.scale
        check_range(x, what, self.dtype)
        return np.ascontiguousarray(x, self.dtype)

    def outputs(self, answer: Array) -> NDArray[Any]:
        """Labels, (examples,), or values, (examples, n_out) or (examples,), from answers (examples, n_out)."""
        if self.classes is not None:
            return decode_labels(answer, self.classes)
        return answer[..., 0] if self.flat else answer

    def targets(self, given: ArrayLike, n_out: int, what: str = "y", dtype: str | None = None) -> Array:
        """Targets, (examples, n_out), of labels or values, in `dtype` or the task's.

        Warns in one line where different values become equal. Raises `BadInput` for others than the task has.
        """
        if self.classes is None:
            y = encode_values(given, what).y
            require(y.shape[1] == n_out, f"the columns of {what}", y.shape[1], f"{n_out}, as the task has")
            say_merged(y, what, min(self.dtype, dtype or self.dtype))  # "float32" before "float64"
            return np.ascontiguousarray(y, self.dtype).astype(dtype or self.dtype, copy=False)
        codes = codes_of(labels_of(given, what, len(self.classes)), self.classes, what)
        if n_out == 1:
            return codes[:, None].astype(self.dtype)
        return np.eye(n_out, dtype=self.dtype)[codes]


def encode_inputs(given: ArrayLike, what: str = "X", axes: int = 2) -> Inputs:
    """Examples as finite numbers, (examples, columns), of the dtype that they have.

    Raises:
        BadInput: for masked, sparse, ragged, complex, text, date and object data, another number of axes, no example or
            column, and missing or infinite numbers.

    >>> from plausible.tasks.given import encode_inputs
    >>> encode_inputs([[1, 2], [3, 4]]).x.shape
    (2, 2)
    >>> encode_inputs([1, 2, 3])
    Traceback (most recent call last):
    plausible.errors.BadInput: X has shape (3,): expected (examples, columns): X.reshape(-1, 1) of one column, \
X.reshape(1, -1) of one example
    """
    names = columns_of(given)
    x = numbers(given, what)
    if x.ndim == 1 and axes == 2:
        raise BadInput(
            f"{what} has shape {x.shape}: expected (examples, columns): {what}.reshape(-1, 1) of one column, "
            f"{what}.reshape(1, -1) of one example"
        )
    if x.ndim != axes:
        shape = "(examples, columns)" if axes == 2 else "(time, sequences, columns)"
        more = f": {what}.reshape(len({what}), -1) for images" if x.ndim > axes == 2 else ""
        raise BadInput(f"{what} has shape {x.shape}: expected {shape}{more}")
    require(min(x.shape) > 0, f"the shape of {what}", x.shape, "at least one example, and one column")
    check_finite(x, what, names)
    return Inputs(x, names)


def encode_targets(given: ArrayLike, kind: Kind | None = None, what: str = "y") -> Targets:
    """Labels as one-hot rows, or values as they are; `kind` None tells by the dtype which of the two they are.

    Whole numbers, truth values, words and one-hot rows are labels; other numbers with a fraction or of dtype float are
    values. Where that may not be meant, one line of warning says so.

    Raises:
        BadInput: as `encode_labels` and `encode_values` do, and for another kind.

    >>> from plausible.tasks.given import encode_targets
    >>> y, classes, flat = encode_targets(["no", "yes", "no"])
    >>> y.tolist(), classes.tolist()
    ([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]], ['no', 'yes'])
    >>> encode_targets([0.5, 1.5]).y.tolist()
    [[0.5], [1.5]]
    """
    require(kind in (None, "classes", "values"), "kind", kind, "'classes', 'values', or None")
    if (kind or kind_of(given, what)) == "values":
        return encode_values(given, what)
    classes, codes = encode_labels(given, what)
    return Targets(np.eye(len(classes), dtype=np.float32)[codes], classes, True)


def kind_of(given: ArrayLike, what: str = "y") -> Kind:
    """Whether targets are labels or values, by their dtype. Warns in one line where that may not be meant."""
    array = as_array(given, what)
    if array.dtype.kind != "f":
        if array.ndim == 2 and array.shape[1] > 1 and array.dtype.kind in "iub" and not is_one_hot(array):
            say_several(array, what)
            return "values"
        distinct = len(np.unique(array)) if array.dtype.kind in "iu" else 0
        if distinct > MANY:
            word(
                f"{what} is whole numbers, {distinct} different ones, taken for labels: say kind='values' if they count"
            )
        return "classes"
    if is_one_hot(array):
        return "classes"
    say_several(array, what)
    whole = np.isfinite(array).all() and (array == np.floor(array)).all()
    distinct = len(np.unique(array)) if whole and array.size == len(array) else 0
    if 1 < distinct <= FEW and distinct < len(array):
        word(
            f"{what} is floats, {distinct} different whole ones, taken for values: say kind='classes' for labels"
        )
    return "values"


def encode_values(given: ArrayLike, what: str = "y") -> Targets:
    """Values as finite numbers, (examples, n_out). Raises `BadInput`, as `encode_inputs` does; and where all are equal.

    >>> from plausible.tasks.given import encode_values
    >>> encode_values([1, 2, 4]).y.shape, encode_values([[1, 2], [3, 4]]).y.shape
    ((3, 1), (2, 2))
    """
    y = numbers(given, what)
    good = y.ndim in (1, 2) and min(y.shape) > 0
    require(good, f"the shape of {what}", y.shape, "(examples,) or (examples, n_out), for values")
    check_finite(y, what, columns_of(given))
    return Targets(y.reshape(len(y), -1), None, y.ndim == 1)


def say_several(array: NDArray[Any], what: str) -> None:
    """Warn in one line of columns of zeros and ones that are not one-hot: of several labels an example."""
    if array.ndim == 2 and array.shape[1] > 1 and ((array == 0) | (array == 1)).all():
        word(f"{what} is {array.shape[1]} columns of 0 and 1, taken for values; output='logistic' for labels")


def check_varies(y: NDArray[Any], what: str = "y") -> None:
    """Raise `BadInput` if all values y, (examples, n_out), are the same."""
    if len(y) > 1 and (y == y[:1]).all():
        raise BadInput(
            f"{what} is {plain(y[0, 0])!r} in all of its {len(y)} rows: expected values that differ, as there is "
            "nothing to learn of one"
        )
