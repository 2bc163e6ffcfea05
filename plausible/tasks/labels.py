"""Labels as whole numbers and back, and the weights of their classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plausible.core import Array
from plausible.errors import BadInput, is_real, plain, require
from plausible.tasks.as_numbers import as_array, columns_of, missing_in

FEW = 20  # labels that a message tells


def encode_labels(given: ArrayLike, what: str = "y") -> tuple[NDArray[Any], NDArray[np.intp]]:
    """The different labels, sorted, (n_classes,), and the number of each example's among them, (examples,).

    Labels are whole numbers, truth values, words or floats, (examples,) or (examples, 1); or one-hot rows, (examples,
    n_classes), whose labels are the numbers of the columns, or the names of a frame's columns.

    Raises:
        BadInput: for one class only, missing labels, words among numbers, several labels an example, and a column of
            one-hot rows that is never 1.

    >>> from plausible.tasks.labels import encode_labels
    >>> classes, codes = encode_labels(["b", "a", "b"])
    >>> classes.tolist(), codes.tolist()
    (['a', 'b'], [1, 0, 1])
    """
    array = as_array(given, what)
    if array.ndim == 2 and array.shape[1] > 1:
        require(
            is_one_hot(array), f"{what} of shape {array.shape}", "no one-hot rows",
            "(examples,) of labels, or rows of zeros with a single 1; for several values an example, kind='values'",
        )  # fmt: skip
        codes = array.argmax(axis=1)
        classes = np.array(columns_of(given) or range(array.shape[1]))
        missing = np.flatnonzero(~array.astype(bool).any(axis=0))
        if len(missing):
            raise BadInput(
                f"column {missing[0]} of {what} is 0 in all rows: expected an example of each class; leave it out"
            )
        return classes, codes
    labels = labels_of(given, what)
    classes, codes = np.unique(labels, return_inverse=True)
    if len(classes) == 1:
        raise BadInput(
            f"{what} is of one class only, {plain(classes[0])!r}, in all of its {len(labels)} rows: expected two or "
            "more, as there is nothing to learn of one"
        )
    return classes, codes.reshape(-1)


def labels_of(given: ArrayLike, what: str = "y", known: int | None = None) -> NDArray[Any]:
    """Labels, (examples,), words as words; of one-hot rows without names, a column for each of the `known` classes.

    Raises `BadInput`, as `encode_labels` does.
    """
    array = as_array(given, what)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim == 2 and is_one_hot(array):
        named, columns = columns_of(given), array.shape[1]
        good = bool(named) or known in (None, columns)
        require(good, f"the columns of {what}", columns, f"{known}, one for each class, or labels")
        return np.array(named or range(columns))[array.argmax(axis=1)]
    good = array.ndim == 1 and len(array) > 0
    require(good, f"the shape of {what}", array.shape, "(examples,) or (examples, 1), of labels")
    kind = array.dtype.kind
    if kind in "mMcSV":
        raise BadInput(
            f"{what} has dtype {array.dtype}: expected labels that are whole numbers or words; {what}.astype(str)"
        )
    gone = missing_in(array)
    if len(gone):
        raise BadInput(
            f"{what} has {len(gone)} missing labels, the first in row {gone[0]}: expected a label of each example; "
            "leave these rows out"
        )
    if kind != "O":
        return array
    types = {
        str if isinstance(each, str) else bool if isinstance(each, bool | np.bool_) else float
        for each in array
    }
    if len(types) > 1 or not (
        types == {str} or all(isinstance(each, bool | np.bool_) or is_real(each) for each in array)
    ):
        names = sorted({type(each).__name__ for each in array})
        raise BadInput(
            f"{what} holds {' and '.join(names)}: expected labels of one kind, such as words; {what}.astype(str)"
        )
    return np.array(array.tolist())


def codes_of(labels: NDArray[Any], classes: NDArray[Any], what: str = "y") -> NDArray[np.intp]:
    """The number of each label, (examples,), among the classes. Raises `BadInput` for one that is none of them."""
    known = {plain(label): number for number, label in enumerate(classes)}
    try:
        return np.array([known[plain(label)] for label in labels], np.intp)
    except KeyError as error:
        told = ", ".join(map(repr, [*known][:FEW])) + (", ..." if len(known) > FEW else "")
        raise BadInput(
            f"{what} has label {error.args[0]!r}: expected one of {told}, as the task has"
        ) from None


def decode_labels(answer: Array, classes: NDArray[Any]) -> NDArray[Any]:
    """The label of the largest of an answer, (examples,); of a single output, the second label above one half.

    >>> import numpy as np
    >>> from plausible.tasks.labels import decode_labels
    >>> decode_labels(np.array([[0.7], [0.2]]), np.array(["no", "yes"])).tolist()
    ['yes', 'no']
    """
    codes = answer.argmax(axis=-1) if answer.shape[-1] > 1 else (answer[..., 0] > 0.5).astype(np.intp)
    return classes[codes]


def class_weights(
    given: Mapping[Any, float] | Literal["balanced"] | None,
    codes: NDArray[np.intp],
    classes: NDArray[Any],
    shown: NDArray[np.float64] | None = None,
) -> tuple[float, ...]:
    """The weight of each class, in the order of `classes`; () where all weigh alike.

    "balanced" is n / (n_classes · n_c) [king2001], of n examples of which n_c are of class c: the weights of all
    examples add up to n. An example counts as often as it is `shown`, (examples,), or once. A mapping gives weights by
    label; a label that it leaves out weighs 1.

    Raises:
        BadInput: for another word, a label that there is not, and a weight that is not a number above 0.

    >>> import numpy as np
    >>> from plausible.tasks.labels import class_weights
    >>> class_weights("balanced", np.array([0, 0, 0, 1]), np.array(["no", "yes"]))
    (0.6666666666666666, 2.0)
    >>> class_weights({"yes": 3}, np.array([0, 0, 0, 1]), np.array(["no", "yes"]))
    (1.0, 3.0)
    """
    if given is None:
        return ()
    if isinstance(given, str):
        require(given == "balanced", "class_weight", given, "'balanced', or a mapping of labels to weights")
        counts = np.bincount(codes, shown, len(classes))
        even = (counts == counts[0]).all()
        return () if even else tuple((counts.sum() / (len(classes) * counts)).tolist())
    good = isinstance(given, Mapping)
    require(good, "class_weight", given, "'balanced', or a mapping of labels to weights")
    weights = [1.0] * len(classes)
    for number, (label, weight) in zip(
        codes_of(np.array([*given], object), classes, "class_weight"), given.items(), strict=True
    ):
        good = is_real(weight) and 0 < weight < np.inf
        require(good, f"class_weight of {plain(label)!r}", weight, "a finite number above 0")
        weights[number] = float(weight)
    return tuple(weights) if len({*weights}) > 1 else ()


def is_one_hot(array: NDArray[Any]) -> bool:
    """Whether these are rows of zeros with a single 1, (examples, two classes or more)."""
    if array.ndim != 2 or array.shape[1] < 2 or array.dtype.kind not in "fiub":
        return False
    return bool(((array == 0) | (array == 1)).all() and (array.sum(axis=1) == 1).all())
