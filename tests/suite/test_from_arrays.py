"""Tasks of arrays, lists and frames: their splits, their labels, and what is said of them.

What is refused is in tests/contract. Oracles: scikit-learn's stratified splits and encoders, Python's own sets of
rows, and what float32 holds.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris, load_wine
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelBinarizer, StandardScaler
from sklearn.utils.class_weight import compute_class_weight

from plausible.errors import BadInput
from plausible.tasks.given import encode_targets
from plausible.tasks.labels import class_weights, encode_labels
from plausible.tasks.splitting import apportioned, split_rows
from plausible.tasks.task import Task

X = np.random.default_rng(0).normal(size=(60, 3))
Y = np.repeat([0, 1, 2], 20)
WORDS = np.array(["ant", "bee", "cat"])[Y]
FRAME = pd.DataFrame(X, columns=["a", "b", "c"])


def rows_of(task: Task) -> dict[str, set[bytes]]:
    return {name: {row.tobytes() for row in split.x} for name, split in task.splits.items()}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("counts", [(50, 50, 50), (7, 33, 110), (3, 3, 94), (1000, 11, 39)])
def test_every_class_has_its_share_of_every_split(counts: tuple[int, ...], seed: int) -> None:
    """Within one example of the exact share, as scikit-learn's splits are; and the totals are exact."""
    labels = np.repeat(np.arange(len(counts)), counts)
    parts = split_rows(np.arange(len(labels)), labels, 0.2, 0.2, np.random.default_rng(seed))
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(labels)))
    _, theirs = train_test_split(np.arange(len(labels)), test_size=0.2, stratify=labels, random_state=seed)
    for rows in parts[1:]:
        ours = np.bincount(labels[rows], minlength=len(counts))
        assert (abs(ours - 0.2 * np.array(counts)) < 1).all()
        assert (abs(ours - np.bincount(labels[theirs], minlength=len(counts))) <= 1).all()
        assert (ours >= 1).all()
        assert abs(len(rows) - 0.2 * len(labels)) <= sum(0.2 * n < 1 for n in counts)


def test_largest_remainders_by_hand() -> None:
    assert apportioned(np.array([2.5, 2.3, 1.2])).tolist() == [3, 2, 1]
    assert apportioned(np.array([0.2, 5.8])).tolist() == [1, 6]  # none is left out
    assert apportioned(np.array([0.0, 5.0])).tolist() == [0, 5]  # unless there is nothing to have


def test_the_seed_decides_the_split_and_nothing_else_does() -> None:
    first, again, other = (Task.from_arrays(X, Y, seed=seed) for seed in (1, 1, 2))
    assert all((first.splits[name].x == again.splits[name].x).all() for name in first.splits)
    assert rows_of(first)["test"] != rows_of(other)["test"]
    before = np.random.get_state()[1].tolist()  # type: ignore[index]
    Task.from_arrays(X, Y)
    assert np.random.get_state()[1].tolist() == before  # type: ignore[index]


@pytest.mark.parametrize("times", [2, 3, 7])
def test_equal_rows_go_into_one_split(times: int) -> None:
    """Also those whose labels differ, and those that only float32 cannot tell apart."""
    x = np.tile(X, (times, 1))
    x[60:] *= 1 + 1e-12
    y = np.tile(Y, times)
    y[-1] = 0
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        task = Task.from_arrays(x, y)
    assert [str(each.message)[:40] for each in said] == [
        "X in float32: 120 different values of co",
        f"{60 * times - 60} of the {60 * times} rows of X in float32 repeat another"[:40],
    ]
    held = rows_of(task)
    pairs = combinations(held.values(), 2)
    assert not any(one & other for one, other in pairs)
    assert sum(split.examples for split in task.splits.values()) == 60 * times
    assert all(abs(task.splits[name].examples - 12 * times) <= 3 * times for name in ("validation", "test"))


def test_a_few_equal_rows_are_no_news() -> None:
    x, y = load_iris(return_X_y=True)
    assert len(np.unique(x, axis=0)) == 149
    held = rows_of(Task.from_arrays(x, y))
    assert sum(map(len, held.values())) == 149


def test_with_a_reason_equal_rows_may_stand_in_several_splits() -> None:
    patterns, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]] * 10), [0, 1, 1, 0] * 10
    task = Task.from_arrays(patterns, y, shared="there are only four patterns")
    assert [split.examples for split in task.splits.values()] == [24, 8, 8]
    with (
        pytest.warns(UserWarning, match="36 of the 40 rows"),
        pytest.raises(BadInput, match=r"class 0 has 2 different examples: expected at least 3"),
    ):
        Task.from_arrays(patterns, y)


def test_negative_zero_is_zero() -> None:
    from plausible.tasks.overlap import equal_rows

    assert len({*equal_rows(np.array([[0.0, 1.0], [-0.0, 1.0], [1.0, 0.0]])).tolist()}) == 2


LABELS: dict[str, tuple[Callable[[], Any], list[Any]]] = {
    "whole numbers": (lambda: Y, [0, 1, 2]),
    "whole numbers that begin elsewhere": (lambda: 3 * Y - 2, [-2, 1, 4]),
    "a list": (Y.tolist, [0, 1, 2]),
    "words": (lambda: WORDS, ["ant", "bee", "cat"]),
    "a list of words": (WORDS.tolist, ["ant", "bee", "cat"]),
    "objects that are words": (lambda: WORDS.astype(object), ["ant", "bee", "cat"]),
    "truth values": (lambda: Y == 1, [False, True]),
    "a column": (lambda: Y[:, None], [0, 1, 2]),
    "one-hot": (lambda: np.eye(3)[Y], [0, 1, 2]),
    "one-hot truth values": (lambda: np.eye(3, dtype=bool)[Y], [0, 1, 2]),
    "a series": (lambda: pd.Series(WORDS), ["ant", "bee", "cat"]),
    "a categorical series": (lambda: pd.Series(pd.Categorical(WORDS)), ["ant", "bee", "cat"]),
    "pandas' words": (lambda: pd.Series(WORDS, dtype="string"), ["ant", "bee", "cat"]),
    "a frame of one column": (lambda: pd.DataFrame({"animal": WORDS}), ["ant", "bee", "cat"]),
    "dummies": (lambda: pd.get_dummies(pd.Series(WORDS)), ["ant", "bee", "cat"]),
}  # fmt: skip


@pytest.mark.parametrize("how", LABELS)
def test_labels_in_every_form_are_the_same_task_and_come_back_as_they_were(
    how: str, rng: np.random.Generator
) -> None:
    make, classes = LABELS[how]
    task = Task.from_arrays(X, make())
    assert task.kind == "classes"
    assert task.classes is not None
    assert task.classes.tolist() == classes
    flat = np.asarray(
        make() if how not in ("one-hot", "one-hot truth values", "dummies") else np.array(classes)[Y]
    )
    flat = flat.reshape(-1)
    expected = LabelBinarizer().fit(flat).transform(flat)
    expected = expected if len(classes) > 2 else np.hstack([1 - expected, expected])
    by_row = {row.tobytes(): target for row, target in zip(X.astype(np.float32), expected, strict=True)}
    for split in task.splits.values():
        assert all((by_row[row.tobytes()] == y).all() for row, y in zip(split.x, split.y, strict=True))
    assert (task.coded.outputs(expected + rng.uniform(-0.4, 0.4, expected.shape)) == flat).all()
    assert (task.coded.targets(make(), task.n_out) == expected).all()


def test_the_labels_of_registered_tasks_are_numbers() -> None:
    from plausible.registry import registry

    task = registry.task("two-moons[examples=100]", np.random.default_rng(0))
    assert task.classes is not None
    assert task.classes.tolist() == [0, 1]
    assert task.coded.inputs([[0, 1]]).dtype == task.train.x.dtype
    values = registry.task("cosines", np.random.default_rng(0))
    assert values.classes is None


def test_values_come_back_in_the_shape_that_they_were_given_in() -> None:
    one, column, several = (Task.from_arrays(X, y) for y in (X[:, 0], X[:, :1], X[:, :2]))
    assert [task.kind for task in (one, column, several)] == ["values"] * 3
    assert [task.n_out for task in (one, column, several)] == [1, 1, 2]
    answer = np.ones((5, 1))
    assert [one.coded.outputs(answer).shape, column.coded.outputs(answer).shape] == [(5,), (5, 1)]
    assert several.coded.outputs(np.ones((5, 2))).shape == (5, 2)
    assert several.recipe.output == "linear"
    assert {row.tobytes() for row in several.test.y} <= {row.tobytes() for row in X[:, :2].astype(np.float32)}


KINDS = {
    "floats": (X[:, 0], "values", None),
    "whole floats": (Y.astype(float), "values", "taken for values: say kind='classes'"),
    "many whole numbers": (
        np.arange(180) // 3,
        "classes",
        "60 different ones, taken for labels: say kind='values'",
    ),
    "whole numbers in columns": (np.arange(120).reshape(60, 2), "values", None),
    "several labels each": (np.tri(60, 3, dtype=int), "values", "output='logistic'"),
}


@pytest.mark.parametrize("what", KINDS)
def test_the_kind_is_told_by_the_dtype_and_said_where_it_may_not_be_meant(what: str) -> None:
    y, kind, said = KINDS[what]
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        assert ("values" if encode_targets(y).classes is None else "classes") == kind
    assert [said in str(each.message) for each in heard if said] == ([True] if said else [])
    assert bool(heard) == bool(said)
    assert all("\n" not in str(each.message) for each in heard)


def heard(x: Any, **settings: Any) -> list[str]:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        Task.from_arrays(x, Y, **settings)
    return [str(each.message) for each in said]


def test_a_cast_that_merges_values_is_said_and_no_other(rng: np.random.Generator) -> None:
    """Above 2^24 float32 holds even numbers only; a day in seconds since 1970 is 675 of its steps of 128."""
    odd = np.column_stack([X, 2**24 + np.arange(60)])
    assert [message[:70] for message in heard(odd)] == [
        "X in float32: 60 different values of column 3, about 1.68e+07, become 31"[:70]
    ]
    whole = (2**26 + np.arange(180)).reshape(60, 3)
    assert [message.startswith("X in float32") for message in heard(whole)] == [
        True,
        False,
    ]  # and equal rows, that come of it
    times = FRAME.assign(time=1.7e9 + np.arange(60))
    (message,) = heard(times)
    assert message == (
        "X in float32: 60 different values of column 'time', about 1.7e+09, become 1; subtract the mean, or "
        "standardise=True"
    )
    assert (
        heard(odd, standardise=True)
        == heard(odd, dtype="float64")
        == heard(X)
        == heard(X.astype(np.float32))
        == []
    )
    assert (
        heard(np.round(255 * rng.random((60, 3))).astype(np.uint8))
        == heard(2**23 + np.arange(180).reshape(60, 3))
        == []
    )
    assert heard(np.round(X * 2**20) / 2**20) == []


def test_rows_that_merge_are_said_where_columns_hardly_do() -> None:
    x = np.repeat(X, 2, axis=0)[:60]
    x[1, 0] += 1e-12
    assert any(message.startswith("X in float32: 31 different rows become 30") for message in heard(x))


def test_standardised_inputs_are_those_of_scikit_learn_and_new_ones_too() -> None:
    x, y = load_wine(return_X_y=True)
    plain, task = Task.from_arrays(x, y, dtype="float64"), Task.from_arrays(x, y, standardise=True)
    scaler = StandardScaler().fit(plain.train.x)
    for name, split in task.splits.items():
        assert np.allclose(split.x, scaler.transform(plain.splits[name].x), atol=1e-5)
    assert np.allclose(task.coded.inputs(x), scaler.transform(x), atol=1e-5)
    constant = Task.from_arrays(np.column_stack([X, np.full(60, 7.0)]), Y, standardise=True)
    assert (constant.train.x[:, 3] == 0).all()


def test_splits_of_ones_own_are_taken_as_they_are() -> None:
    task = Task.from_arrays(X, WORDS, validation=(X[:9] + 1, WORDS[::7][:9]), test=(X + 2, WORDS))
    assert [split.examples for split in task.splits.values()] == [60, 9, 60]
    assert (task.test.y == np.eye(3)[Y]).all()
    half = Task.from_arrays(X, WORDS, test=[X + 2, WORDS])
    assert [split.examples for split in half.splits.values()] == [48, 12, 60]


def test_the_recipe_is_given_by_keyword() -> None:
    task = Task.from_arrays(
        X, Y, name="mine", hidden=[5, 4], activation="tanh", epochs=3, optimiser="sgd[rate=0.1]"
    )
    assert task.name == "mine"
    assert task.recipe[:6] == ((5, 4), "softmax", 3, 32, "sgd[rate=0.1]", "tanh")


def test_balanced_weights_are_those_of_scikit_learn(rng: np.random.Generator) -> None:
    labels = np.repeat(WORDS[[0, 20, 40]], (5, 20, 75))
    classes, codes = encode_labels(labels)
    expected = compute_class_weight("balanced", classes=classes, y=labels)
    assert np.allclose(class_weights("balanced", codes, classes), expected)
    assert class_weights({"bee": 3}, codes, classes) == (1.0, 3.0, 1.0)
    assert class_weights("balanced", np.array([0, 1, 1, 0]), classes[:2]) == ()
    x = rng.normal(size=(100, 2))
    task = Task.from_arrays(x, labels, class_weight="balanced")
    assert np.allclose(task.recipe.weights, 60 / (3 * np.array([3, 12, 45])))


def test_a_task_says_how_many_of_what_it_has() -> None:
    told = repr(Task.from_arrays(X[:, :1], X[:, 1], name="line"))
    assert told == "<task 'line' of values: 1 input, 1 output; examples: 36 train, 12 validation, 12 test>"


def test_the_warning_is_of_the_callers_line() -> None:
    with pytest.warns(UserWarning, match="taken for values") as said:
        Task.from_arrays(X, Y.astype(float))
    assert said[0].filename == __file__


def test_a_notebook_shows_what_a_task_is_and_not_its_numbers() -> None:
    shown = Task.from_arrays(X, np.array(["<a>", "b", "c"])[Y], name="letters")._repr_html_()
    assert shown.startswith("<pre>letters: 3 inputs, 3 classes (&#x27;&lt;a&gt;&#x27;, ")
    assert "train        36 examples, of each class 12, 12, 12\n" in shown
    assert len(shown.splitlines()) == 5


def test_no_array_of_the_callers_is_part_of_the_task() -> None:
    """What is done to them later changes no split, drawn or given."""
    x, y = X.astype("float32"), np.eye(3, dtype="float32")[Y]
    held = (x[40:50].copy() + 9, y[[0, 20, 40] * 3 + [0]].copy())
    tested = (x[50:].copy() - 9, y[[0, 20, 40] * 3 + [0]].copy())
    task = Task.from_arrays(x, y, validation=held, test=tested)
    for given in (x, y, *held, *tested):
        for split in task.splits.values():
            assert not np.shares_memory(given, split.x)
            assert not np.shares_memory(given, split.y)


@pytest.mark.parametrize(
    ("given", "said"),
    [(X, "ndarray"), ((X,), "a tuple of 1"), ([X, Y, Y], "a tuple of 3"), ("0.2", "str"), (0, "0")],
)
def test_a_split_that_is_neither_share_nor_pair_is_refused_in_one_line(given: Any, said: str) -> None:
    with pytest.raises(
        BadInput, match=f"^test is '?{said}'?: expected a share of the examples above 0, or a pair"
    ):
        Task.from_arrays(X, Y, test=given)


def test_another_task_is_told_from_the_one_that_was_learned() -> None:
    """Oracle: which of them give the same numbers of the same rows."""
    task = Task.from_arrays(X, Y)
    assert task.coded.differs(Task.from_arrays(X + 9, Y, seed=1).coded) == ""
    assert "labels" in task.coded.differs(Task.from_arrays(X, WORDS).coded)
    assert "values" in task.coded.differs(Task.from_arrays(X, X[:, :1]).coded)
    assert "standardised" in task.coded.differs(Task.from_arrays(X, Y, standardise=True).coded)


@pytest.mark.parametrize("columns", [2, 4])
def test_one_hot_rows_that_are_held_out_have_a_column_for_each_class(columns: int) -> None:
    held = np.eye(columns)[Y[:40]]
    told = f"^the columns of y of test is {columns}: expected 3, one for each class, or labels$"
    with pytest.raises(BadInput, match=told):
        Task.from_arrays(X, Y, test=(X[:40] + 9, held))
    named = pd.DataFrame(np.eye(2)[Y[:40]], columns=["ant", "bee"])
    task = Task.from_arrays(X, WORDS, test=(X[:40] + 9, named))
    assert (task.test.y == np.eye(3)[Y[:40]]).all()


def test_balanced_weights_are_of_what_is_learned_alone() -> None:
    """Of 7 and 53 examples, the training split has other shares: of each class the rounding is another."""
    odd = np.repeat([0, 1], (7, 53))
    task = Task.from_arrays(X, odd, class_weight="balanced", validation=0.3, test=0.3)
    counts = task.train.y.sum(axis=0)
    assert abs(counts[0] / counts.sum() - 7 / 60) > 0.001
    assert np.allclose(task.recipe.weights, counts.sum() / (2 * counts))


def test_truth_values_among_numbers_are_not_taken_for_ones() -> None:
    for y in ([True, 2] * 30, [False, 0.5] * 30):
        with pytest.raises(BadInput, match=r"^y holds truth values beside numbers: expected one kind"):
            Task.from_arrays(X, y)
    assert Task.from_arrays(X, [True, False] * 30).classes.tolist() == [False, True]  # type: ignore[union-attr]
