"""What scikit-learn's estimators are given, as arrays: checked by scikit-learn, and refused in one line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_array, column_or_1d, validate_data

from plausible.core import Array
from plausible.errors import BadInput, require
from plausible.tasks.as_numbers import as_array, check_range, columns_of, holds_all, say_alike, say_merged
from plausible.tasks.given import encode_inputs, encode_values
from plausible.tasks.labels import labels_of

MOST = 100  # how often an example may come in an epoch, in the mean, where weights are whole numbers


class OfNoKind(BadInput, TypeError):
    """Bad input that is a `TypeError` too, as scikit-learn's contract has it; its message is one line."""


@contextmanager
def one_line(known: Callable[[], object] | None = None) -> Iterator[None]:
    """What scikit-learn says of bad input, in one line, followed by what `known`, which is called then, says of it.

    Raises:
        BadInput: in the place of ValueError; in that of a TypeError one that is both.
    """
    try:
        yield
    except BadInput:
        raise
    except (ValueError, TypeError) as error:
        told = in_words(error, known)
        raise (OfNoKind if isinstance(error, TypeError) else BadInput)(told) from None


def in_words(error: Exception, known: Callable[[], object] | None) -> str:
    """What an error says without the arrays that it quotes, and what `known` says where it raises `BadInput`."""
    whole = str(error)
    if known is not None:
        try:
            known()
        except BadInput as better:
            return f"{whole.splitlines()[0].rstrip(' .:')}: {better}"
    return " ".join(re.sub(r"array=.*?\.\s+Reshape", "Reshape", whole, flags=re.DOTALL).split())


def refuse(given: object, what: str) -> None:
    """Raise `BadInput` for sparse matrices, masked arrays, what is no array, and words among the numbers of a list."""
    no_array = given is None or isinstance(given, str | bytes | dict | set)
    if no_array or isinstance(given, np.ma.MaskedArray | list) or hasattr(given, "toarray"):
        as_array(given, what)  # type: ignore[arg-type]


def examples(estimator: Any, X: ArrayLike, reset: bool, least: int = 1) -> NDArray[Any]:
    """Examples as finite numbers, (examples, columns), of float64 or float32.

    With `reset` the estimator learns from them how many columns there are, and their names; without, they must be so.

    Raises:
        BadInput: for anything else, and fewer than `least` examples; a `TypeError` too for objects that are no numbers.
    """
    refuse(X, "X")

    def explained() -> None:
        if np.ndim(np.asarray(X, object)) == 2:  # of other shapes, scikit-learn says what to do
            encode_inputs(X)

    options: dict[str, Any] = {"ensure_min_samples": least, "dtype": (np.float64, np.float32)}
    with one_line(explained):
        x: NDArray[Any] = validate_data(estimator, X, reset=reset, **options)
    return x


def cast(x: NDArray[Any], dtype: str, what: str) -> Array:
    """Numbers (examples, columns) in `dtype`, in contiguous memory. Raises `BadInput` for what is not finite there."""
    check_range(x, what, dtype)
    return np.ascontiguousarray(x, dtype)


def say_cast(given: ArrayLike, what: str, dtype: str) -> None:
    """Warn in one line where different rows, as a user gave them, become equal in a network's dtype.

    They are looked at before scikit-learn makes float64 of whole numbers, which may merge some by itself.
    """
    numbers = np.asarray(given)
    if numbers.dtype.kind in "iuf":
        say_merged(numbers.reshape(len(numbers), -1), what, dtype, columns_of(given))


def say_shown(given: ArrayLike, what: str, dtype: str) -> None:
    """Warn in one line where different rows, as a user gave them, are shown to a network of `dtype` alike.

    It takes a small part of the time of `say_cast`, and tells of no column alone.
    """
    numbers = np.asarray(given)
    if numbers.dtype.kind in "iuf" and not holds_all(dtype, numbers.dtype):
        say_alike(numbers, numbers.astype(dtype), what, columns_of(given))


def required(y: object, of: object) -> None:
    """Raise `BadInput` if there are no targets."""
    if y is None:
        raise BadInput(
            f"{type(of).__name__} requires y to be passed, but the target y is None: expected a target of each example"
        )


def flat(y: NDArray[Any]) -> NDArray[Any]:
    """Targets (examples, 1) as (examples,), of which scikit-learn's estimators warn; others as they are."""
    return np.asarray(column_or_1d(y, warn=True)) if y.ndim == 2 and y.shape[1] == 1 else y


def labels(y: ArrayLike, of: Any) -> NDArray[Any]:
    """Labels, (examples,), or zeros and ones, (examples, labels), where an example may have several.

    Raises:
        BadInput: for masked arrays, numbers with a fraction, and infinite or missing ones.
    """
    refuse(y, "y")
    with one_line(lambda: labels_of(y)):
        found: NDArray[Any] = check_array(y, ensure_2d=False, dtype=None, input_name="y", estimator=of)
        found = flat(found)
        check_classification_targets(found)
        kind = type_of_target(found, input_name="y")
    good = found.ndim == 1 or kind == "multilabel-indicator"
    require(
        good, "the shape of y", found.shape, "(examples,), or zeros and ones in columns, one for each label"
    )
    return found


def values(y: ArrayLike, of: Any) -> NDArray[Any]:
    """Targets as finite numbers, (examples,) or (examples, n_out). Raises `BadInput` for anything else."""
    refuse(y, "y")
    with one_line(lambda: encode_values(y)):
        found: NDArray[Any] = check_array(
            y, ensure_2d=False, dtype=(np.float64, np.float32), input_name="y", estimator=of
        )
        found = flat(found)
    require(found.ndim in (1, 2), "the shape of y", found.shape, "(examples,) or (examples, n_out)")
    return found


def as_many(x: NDArray[Any], y: NDArray[Any]) -> None:
    """Raise `BadInput` unless there are as many targets as examples."""
    require(len(x) == len(y), "the number of rows of X and y", (len(x), len(y)), "as many of each")


def counts_of(weights: ArrayLike | None, n: int) -> NDArray[np.float64] | None:
    """How often each of `n` examples comes in an epoch, (n,), in the mean; None where each comes once.

    Whole numbers are counts. Others, and whole numbers of a mean above 100, are relative, and divided by their mean.

    Raises:
        BadInput: for weights that are no finite numbers of at least 0, one for each example, and where all are zero.

    >>> from plausible.api.validated import counts_of
    >>> counts_of([0, 2, 1], 3).tolist(), counts_of([0.25, 0.75], 2).tolist()
    ([0.0, 2.0, 1.0], [0.5, 1.5])
    """
    if weights is None:
        return None
    given = as_array(weights, "sample_weight")
    require(given.shape == (n,), "the shape of sample_weight", given.shape, f"({n},), one for each example")
    with one_line():
        found: NDArray[np.float64] = check_array(
            given, ensure_2d=False, dtype=np.float64, input_name="sample_weight"
        )
    low = float(found.min())
    require(low >= 0, "the smallest sample weight", low, "at least 0")
    if not found.any():
        raise BadInput(
            f"sample_weight is zero for all {n} examples: expected a weight above 0 for some of them"
        )
    whole = (found == np.floor(found)).all() and found.mean() <= MOST
    return found if whole else found / found.mean()
