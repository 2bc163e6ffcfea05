"""What a task refuses where it is made: arrays, masks, kinds and recipes that nobody could learn from.

Oracle: the definition of a task.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plausible.core import Array, randomness
from plausible.errors import BadInput
from plausible.registry import registry
from plausible.tasks.task import Recipe, Split, Task, one_hot
from tests.suite.task_parts import LONG, RECIPE, WHOLE, made, parts, sequences

X = np.arange(12, dtype=np.float32).reshape(6, 2)
Y = one_hot([0, 1, 2, 0, 1, 2], 3)


def build(
    x: Array = X, y: Array = Y, kind: Any = "classes", split: str = "train", output: str = "softmax"
) -> Task:
    splits = {name: Split(X, Y) for name in ("train", "validation", "test")} | {split: Split(x, y)}
    recipe = Recipe(hidden=(3,), output=output, epochs=1, batch_size=2, optimiser="sgd")
    return Task("tiny", **splits, kind=kind, recipe=recipe, shared="other tests are of that")


def changed(array: Array, value: float) -> Array:
    array = array.copy()
    array[1, 1] = value
    return array


@pytest.mark.parametrize("split", ["train", "validation", "test"])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_not_finite_are_refused(split: str, value: float) -> None:
    with pytest.raises(BadInput, match=f"x in the {split} split of tiny has 1 NaN or infinite"):
        build(x=changed(X, value), split=split)
    with pytest.raises(BadInput, match=f"y in the {split} split of tiny has 1 NaN or infinite"):
        build(y=changed(Y, value), split=split, kind="values")


@pytest.mark.parametrize("split", ["train", "validation", "test"])
@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (X[:, 0], Y, "shape of x and y in"),
        (X, Y[:, 0], "shape of x and y in"),
        (X[None, None], Y[None, None], "shape of x and y in"),
        (X[None], Y, "shape of x and y in"),
        (X[:5], Y, r"number of examples of x and y in .* is \(5, 6\)"),
        (X[:0], Y[:0], "number of examples in .* is 0"),
        (X, changed(Y, 0), "expected one-hot"),  # a row of zeros
        (X, 1 - Y, "expected one-hot"),  # two ones a row
        (X, np.full_like(Y, 1 / 3), "expected one-hot"),  # the sum is right
        (X, 2 * Y[:, :1], "expected one-hot"),  # one column, but not of zeros and ones
    ],
)
def test_splits_that_cannot_be_used_are_refused(split: str, x: Array, y: Array, message: str) -> None:
    with pytest.raises(BadInput, match=message) as caught:
        build(x, y, split=split)
    assert f"the {split} split of tiny" in str(caught.value)


@pytest.mark.parametrize("split", ["validation", "test"])
def test_splits_that_differ_in_columns_are_refused(split: str) -> None:
    with pytest.raises(BadInput, match=rf"{split} split of tiny is \(1, 3\): expected \(2, 3\)"):
        build(x=X[:, :1], split=split)
    with pytest.raises(BadInput, match=rf"{split} split of tiny is \(2, 1\): expected \(2, 3\)"):
        build(y=Y[:, :1], split=split)


def test_a_task_of_values_takes_any_finite_target() -> None:
    assert build(y=Y - 7.5, kind="values", output="linear").n_out == 3


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_labels_become_one_hot_rows(dtype: str) -> None:
    y = one_hot(np.array([2, 0], np.uint8), 3, dtype)
    assert y.dtype == dtype
    np.testing.assert_array_equal(y, [[0, 0, 1], [1, 0, 0]])


@pytest.mark.parametrize("label", [-1, 3, 0.5, math.nan, math.inf])
def test_a_label_out_of_range_is_refused(label: float) -> None:
    with pytest.raises(BadInput, match=rf"label {label} is out of range: expected whole numbers from 0 to 2"):
        one_hot([0, 2, label], 3)


def test_labels_in_columns_are_refused() -> None:
    with pytest.raises(BadInput, match=r"shape of the labels is \(2, 1\)"):
        one_hot([[0], [1]], 3)


@pytest.mark.parametrize("name", ["train", "validation", "test"])
@pytest.mark.parametrize("rows", [1, 5])
def test_targets_without_variance_have_no_score_and_are_refused(name: str, rows: int) -> None:
    """The normalised error divides by the variance of the targets: that of one row, and of equal rows, is 0."""
    splits = {
        split: Split(np.eye(3) + 10 * place, np.arange(6.0).reshape(3, 2))
        for place, split in enumerate(("train", "validation", "test"), 1)
    }
    recipe = Recipe(hidden=(3,), output="linear", epochs=1, batch_size=2, optimiser="sgd")
    splits[name] = Split(np.arange(3.0 * rows).reshape(rows, 3), np.ones((rows, 2)) * [3.0, 4.0])
    with pytest.raises(BadInput) as caught:
        Task("mine", **splits, kind="values", recipe=recipe)
    assert f"y in the {name} split of mine" in str(caught.value)
    assert "values that differ" in str(caught.value)
    assert "\n" not in str(caught.value)


NUMBERS: dict[str, tuple[Any, str]] = {
    "complex": (WHOLE.x.astype(complex), "complex128"),
    "words": (WHOLE.x.astype(str), "<U32"),
    "objects": (WHOLE.x.astype(object), "object"),
    "dates": (WHOLE.x.astype("datetime64[s]"), "datetime64"),
    "a list": (WHOLE.x.tolist(), "list"),
    "none": (None, "NoneType"),
    "no column": (WHOLE.x[:, :0], "at least one each"),
}


@pytest.mark.parametrize("which", ["x", "y"])
@pytest.mark.parametrize(("array", "said"), NUMBERS.values(), ids=NUMBERS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_other_numbers_than_real_ones_are_refused(which: str, array: Any, said: str) -> None:
    split = WHOLE._replace(**{which: array})
    with pytest.raises(BadInput, match=r"in the (train|validation|test) split of mine") as caught:
        made(split, WHOLE, WHOLE, "values", shared="other tests are of that")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_mask_that_is_no_array_of_numbers_is_refused() -> None:
    with pytest.raises(BadInput, match="mask in the train split of mine is 'list'"):
        made(Split(LONG, LONG, LONG[..., 0].tolist()), WHOLE, WHOLE, "values", shared="so")  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["klasses", "class", "", None, 3])
def test_kinds_are_classes_or_values(kind: Any) -> None:
    with pytest.raises(BadInput, match=r"the kind of mine is .*: expected 'classes' or 'values'"):
        made(*parts(), kind=kind)


RECIPES: dict[str, tuple[Any, str]] = {
    "none": (None, "the recipe of mine is None"),
    "a plain tuple": (tuple(RECIPE), "the recipe of mine"),
    "a list of units": (RECIPE._replace(hidden=[3]), "hidden in the recipe"),
    "one number of units": (RECIPE._replace(hidden=3), "hidden in the recipe"),
    "no units": (RECIPE._replace(hidden=(0,)), "hidden in the recipe"),
    "no epoch": (RECIPE._replace(epochs=0), "epochs in the recipe"),
    "half a batch": (RECIPE._replace(batch_size=0.5), "batch_size in the recipe"),
    "no optimiser": (RECIPE._replace(optimiser=None), "optimiser in the recipe"),
    "an output that there is not": (RECIPE._replace(output="sofmax"), "did you mean 'softmax'"),
    "an activation that there is not": (RECIPE._replace(activation="tahn"), "did you mean 'tanh'"),
    "weights that there are not": (RECIPE._replace(recurrent="orthogon"), "orthogon"),
    "a leak above 1": (RECIPE._replace(leak=1.5), "leak in the recipe"),
    "no window": (RECIPE._replace(window=0), "window in the recipe"),
}


@pytest.mark.parametrize(("recipe", "said"), RECIPES.values(), ids=RECIPES)
def test_a_recipe_that_no_run_could_follow_is_refused(recipe: Any, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        made(*parts(), recipe=recipe)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_splits_of_sequences_and_of_single_examples_do_not_mix() -> None:
    long = sequences(np.full(300, 9))
    with pytest.raises(BadInput, match="the axes of x in the test split of mine is 2: expected 3"):
        made(long, long, WHOLE, shared="other tests are of that")


def test_what_is_no_split_no_name_and_no_report_is_refused() -> None:
    with pytest.raises(BadInput, match="the test split of mine is 'tuple'"):
        made(*parts()[:2], (WHOLE.x, WHOLE.y))  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="the name of a task is ''"):
        Task("", *parts(), "classes", RECIPE)
    with pytest.raises(BadInput, match="the report of mine is 3"):
        Task("mine", *parts(), "classes", RECIPE, report=3)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("x = rng.normal(size=(30, 4))", ""),
        ("x = np.random.normal(size=(30, 4))", "the global generator of numpy"),
        ("x = np.random.rand(30, 4)", "the global generator of numpy"),
        ("x = rng.normal(size=(30, 4)) + random.random()", "the global generator of Python"),
        ("np.random.seed(0); x = np.random.rand(30, 4)", "the global generator of numpy"),
    ],
)
def test_a_task_that_draws_from_a_global_generator_is_refused_where_it_is_made(
    line: str, said: str, tmp_path: Path
) -> None:
    file = tmp_path / "drawn.py"
    file.write_text(
        "import random\nimport numpy as np\nfrom plausible.tasks.task import Recipe, Split, Task\n"
        f"def drawn(rng):\n    {line}\n"
        "    splits = (Split(part, part[:, :1]) for part in np.split(x, 3))\n"
        "    return Task('drawn', *splits, 'values', Recipe((3,), 'linear', 1, 2, 'sgd'))\n"
    )
    if not said:
        assert registry.task(f"{file}:drawn", randomness(0).data).name == "drawn"
        return
    with pytest.raises(BadInput, match=said) as caught:
        registry.task(f"{file}:drawn", randomness(0).data)
    assert "\n" not in str(caught.value)
    assert f"{file}:drawn" in str(caught.value)


def test_what_an_import_draws_the_first_time_is_not_the_tasks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """scikit-learn's data sets draw from `random` as they are imported; the task is the same as with them imported."""
    (tmp_path / "drawing_once.py").write_text("import random\nrandom.random()\n")
    (tmp_path / "late.py").write_text(
        "import numpy as np\nfrom plausible.tasks.task import Recipe, Split, Task\n"
        "def late(rng):\n    x = rng.normal(size=(30, 4))\n    import drawing_once\n"
        "    splits = (Split(part, part[:, :1]) for part in np.split(x, 3))\n"
        "    return Task('late', *splits, 'values', Recipe((3,), 'linear', 1, 2, 'sgd'))\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    first, second = (registry.task(f"{tmp_path}/late.py:late", randomness(0).data) for _ in range(2))
    np.testing.assert_array_equal(first.train.x, second.train.x)
    np.testing.assert_array_equal(first.train.x, randomness(0).data.normal(size=(30, 4))[:10])
