"""What `Task.from_arrays` refuses, each in one line. Oracle: what it says that it takes, and inputs that are none of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from plausible.errors import BadInput
from plausible.tasks.task import Task

X = np.random.default_rng(0).normal(size=(60, 3))
Y = np.repeat([0, 1, 2], 20)
WORDS = np.array(["ant", "bee", "cat"])[Y]
FRAME = pd.DataFrame(X, columns=["a", "b", "c"])


def holes() -> np.ndarray[Any, Any]:
    array = X.copy()
    array[3, 1] = np.nan
    return array


def with_word() -> np.ndarray[Any, Any]:
    array = X.astype(object)
    array[2, 1] = "red"
    return array


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "a masked array": (lambda: Task.from_arrays(np.ma.masked_greater(X, 1), Y), r"X is a masked array, which hides \d+ numbers: expected .* X.filled"),
    "rows that are masked": (lambda: Task.from_arrays([np.ma.masked_greater(row, 1) for row in X], Y), r"X is a masked array, which hides"),
    "masked labels": (lambda: Task.from_arrays(X, np.ma.masked_equal(Y, 1)), r"y is a masked array, which hides 20 numbers"),
    "NaN": (lambda: Task.from_arrays(holes(), Y), r"X has 1 missing \(NaN\) number, in row 3, column 1: expected finite numbers; leave"),
    "NaN in a frame": (lambda: Task.from_arrays(pd.DataFrame(holes(), columns=["a", "b", "c"]), Y), r"in row 3, column 'b': expected"),
    "infinite": (lambda: Task.from_arrays(np.where(X > 1, np.inf, X), Y), r"X has \d+ NaN or infinite numbers, the first in row"),
    "missing whole numbers": (lambda: Task.from_arrays(FRAME.assign(q=pd.array([1, None] * 30, dtype="Int64")), Y), r"X has 30 missing .* in row 1, column 'q'"),
    "None among numbers": (lambda: Task.from_arrays([[None, 1.0]] * 60, Y), r"X has 60 missing numbers, the first in row 0, column 0"),
    "a missing label": (lambda: Task.from_arrays(X, [None, *WORDS[1:]]), r"y has 1 missing labels, the first in row 0"),
    "a missing value": (lambda: Task.from_arrays(X, holes()[:, 1]), r"y has 1 missing \(NaN\) number, in row 3: expected"),
    "no labels": (lambda: Task.from_arrays(X, None), r"y is of type NoneType: expected an array"),
    "sparse": (lambda: Task.from_arrays(scipy.sparse.csr_matrix(X), Y), r"X is sparse, a csr_matrix: expected a dense array; X.toarray\(\)"),
    "a sparse array": (lambda: Task.from_arrays(scipy.sparse.coo_array(X), Y), r"X is sparse, a coo_array"),
    "a column of words": (lambda: Task.from_arrays(FRAME.assign(animal=WORDS), Y), r"column 'animal' of X is .*, such as 'ant': expected numbers; pandas.get_dummies"),
    "a column of categories": (lambda: Task.from_arrays(FRAME.assign(animal=pd.Categorical(WORDS)), Y), r"column 'animal' of X is category"),
    "a column of dates": (lambda: Task.from_arrays(FRAME.assign(day=pd.Timestamp("2020-01-01")), Y), r"column 'day' of X is datetime64.*: expected numbers; take days"),
    "1-d examples": (lambda: Task.from_arrays(X[:, 0], Y), r"X has shape \(60,\): expected \(examples, columns\): X.reshape\(-1, 1\)"),
    "3-d examples": (lambda: Task.from_arrays(X[:, :, None], Y), r"X has shape \(60, 3, 1\): expected \(examples, columns\): X.reshape\(len\(X\), -1\)"),
    "no examples": (lambda: Task.from_arrays(X[:0], Y[:0]), r"the shape of X is \(0, 3\): expected at least one example"),
    "ragged": (lambda: Task.from_arrays([[1, 2], [3]], [0, 1]), r"X has rows of different lengths: expected as many columns"),
    "one class": (lambda: Task.from_arrays(X, Y * 0), r"y is of one class only, 0, in all of its 60 rows: expected two or more"),
    "one word": (lambda: Task.from_arrays(X, ["ant"] * 60), r"y is of one class only, 'ant', in all"),
    "constant values": (lambda: Task.from_arrays(X, np.full(60, 2.5)), r"y is 2.5 in all of its 60 rows: expected values that differ"),
    "two rows": (lambda: Task.from_arrays(X[:2], [0, 1]), r"class 0 has 1 different example in float32: expected at least 3, one for each split"),
    "two rows of values": (lambda: Task.from_arrays(X[:2], [0.5, 1]), r"X has 2 different examples in float32: expected at least 3"),
    "different lengths": (lambda: Task.from_arrays(X, Y[:50]), r"X has 60 rows and y has 50: expected a target for each example"),
    "complex": (lambda: Task.from_arrays(X * 1j, Y), r"X is complex \(complex128\): expected real numbers; X.real"),
    "complex values": (lambda: Task.from_arrays(X, X[:, 0] * 1j, kind="values"), r"y is complex"),
    "complex labels": (lambda: Task.from_arrays(X, X[:, 0] * 1j), r"y has dtype complex128: expected labels"),
    "objects that are numbers": (lambda: Task.from_arrays(X.astype(object), Y), r"X has dtype object, though it holds numbers: .* X.astype\(float\)"),
    "objects": (lambda: Task.from_arrays(with_word(), Y), r"X has dtype object, with 'red' in row 2, column 1: expected numbers"),
    "words": (lambda: Task.from_arrays(X.astype(str), Y), r"X has dtype <U32, with '0.1257"),
    "words among numbers": (lambda: Task.from_arrays(X, ["ant", 1] * 30), r"y holds int and str: expected"),
    "bytes": (lambda: Task.from_arrays(X, WORDS.astype(bytes)), r"y has dtype \|S3: expected labels"),
    "a class of its own": (lambda: Task.from_arrays(X, np.eye(4)[Y]), r"column 3 of y is 0 in all rows"),
    "too large for float32": (lambda: Task.from_arrays(X * 1e300, Y), r"X goes from .* and float32 holds numbers up to 3.4e\+38: expected smaller"),
    "an index in another order": (lambda: Task.from_arrays(FRAME, pd.Series(Y).iloc[::-1]), r"y has the index of X in another order"),
    "no share": (lambda: Task.from_arrays(X, Y, validation=0), r"validation is 0: expected a share"),
    "all of it": (lambda: Task.from_arrays(X, Y, validation=0.5, test=0.5), r"validation \+ test is 1.0: expected less than 1"),
    "another number of columns": (lambda: Task.from_arrays(X, Y, test=(X[:, :2], Y)), r"X of test has 2 columns: expected 3"),
    "another label": (lambda: Task.from_arrays(X, Y, test=(X + 1, Y + 1)), r"y of test has label 3: expected one of 0, 1, 2"),
    "the same examples": (lambda: Task.from_arrays(X, Y, test=(X, Y)), r"the train and the test split of arrays share 100 %"),
    "another kind": (lambda: Task.from_arrays(X, Y, kind="regression"), r"kind is 'regression': expected 'classes', 'values', or None"),  # type: ignore[arg-type]
    "weights of no class": (lambda: Task.from_arrays(X, Y, class_weight={7: 2}), r"class_weight has label 7: expected one of 0, 1, 2"),
    "negative weights": (lambda: Task.from_arrays(X, Y, class_weight={0: -2}), r"class_weight of 0 is -2: expected a finite number above 0"),
    "weights of values": (lambda: Task.from_arrays(X, X[:, 0], class_weight="balanced"), r"class_weight is 'balanced': expected None"),
    "columns in another order": (lambda: Task.from_arrays(FRAME, Y).coded.inputs(FRAME[["b", "a", "c"]]), r"column 0 of X is 'b': expected 'a'"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_used_is_refused_in_one_line(what: str) -> None:
    make, expected = REFUSED[what]
    with pytest.raises(BadInput, match=f"^{expected}|{expected}") as caught:
        make()
    assert "\n" not in str(caught.value)
    assert ": expected " in str(caught.value)
