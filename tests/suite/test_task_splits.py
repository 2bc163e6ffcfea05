"""What a task refuses where it is made: shared examples, other kinds of numbers, recipes that nobody could follow.

Oracles: counting equal examples with Python's own sets; and the definition of a task.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from baselines.backprop import Backprop
from plausible.core import randomness
from plausible.errors import BadInput
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.registry import registry
from plausible.study.refusals import check_inputs
from plausible.tasks.overlap import BLOCK, hashes
from plausible.tasks.task import Recipe, Split, Task, one_hot

RECIPE = Recipe((3,), "softmax", 1, 2, "sgd")
LINEAR = RECIPE._replace(output="linear")
RNG = np.random.default_rng(0)
WHOLE = Split(RNG.normal(size=(300, 4)), one_hot(np.arange(300) // 2 % 3, 3))
LONG = RNG.normal(size=(9, 300, 4))


def made(
    train: Split,
    validation: Split,
    test: Split,
    kind: Any = "classes",
    recipe: Any = RECIPE,
    shared: str = "",
) -> Task:
    return Task("mine", train, validation, test, kind, recipe, shared=shared)


def parts(split: Split = WHOLE) -> list[Split]:
    """Three splits of 100 examples each, in memories of their own."""
    found = [split.some(np.arange(start, start + 100)) for start in (0, 100, 200)]
    return [Split(one.x.copy(), one.y.copy(), one.mask) for one in found]


def sequences(lengths: np.ndarray) -> Split:
    """300 sequences of these lengths, with other numbers after their ends."""
    mask = (np.arange(9)[:, None] < lengths).astype(float)
    return Split(LONG, np.eye(3)[np.arange(300) % 3] * np.ones((9, 1, 1)), mask)


SHARED: dict[str, Callable[[], tuple[Split, Split, Split]]] = {
    "all three the same": lambda: (WHOLE, WHOLE, WHOLE),
    "three copies": lambda: (parts()[0], parts()[0], parts()[0]),
    "validation is train": lambda: (parts()[0], parts()[0], parts()[2]),
    "test is validation": lambda: (parts()[0], parts()[1], parts()[1]),
    "test is train in another order": lambda: (parts()[0], parts()[1], parts()[0].some(np.arange(100)[::-1])),
    "test lies in train": lambda: (WHOLE, parts()[1], WHOLE.some(slice(0, 10))),
    "a tenth of test in train": lambda: (parts()[0], parts()[1], WHOLE.some(np.arange(90, 190)).some(np.arange(100))),
    "cut as 60, 40, 40 with an overlap": lambda: (
        WHOLE.some(np.arange(180)), WHOLE.some(np.arange(180, 240)), WHOLE.some(np.arange(170, 300))
    ),
    "sequences": lambda: (sequences(np.full(300, 9)), parts(sequences(np.full(300, 9)))[0],
                          parts(sequences(np.full(300, 9)))[1]),
}  # fmt: skip


@pytest.mark.parametrize("splits", SHARED.values(), ids=SHARED)
def test_splits_that_share_examples_are_refused_unless_the_task_says_why(
    splits: Callable[[], tuple[Split, Split, Split]],
) -> None:
    with pytest.raises(BadInput, match=r"expected splits that share no example; .* shared=\"why\"") as caught:
        made(*splits())
    assert "\n" not in str(caught.value)
    assert made(*splits(), shared="there are few").shared == "there are few"


def test_a_few_doubles_as_in_real_data_are_none_of_our_business() -> None:
    """Five of a hundred are the most that may be; six are too many."""
    train, validation, test = parts()
    for doubles in (5, 6):
        x, y = test.x.copy(), test.y.copy()
        x[:doubles], y[:doubles] = train.x[:doubles], train.y[:doubles]
        if doubles == 5:
            made(train, validation, Split(x, y))
        else:
            with pytest.raises(BadInput, match="share 6 % of the examples of the smaller"):
                made(train, validation, Split(x, y))


NEAR = np.float32(1.0) + np.spacing(np.float32(1.0)) * (np.arange(100) % 2).astype(
    "float32"
)  # 1 and the next
BILLION = 1e9 + np.arange(100.0) / 100  # as of a clock: all the same in float32, in which networks learn
DEGENERATE: dict[str, tuple[Split, str, Recipe, str]] = {
    "one class": (Split(WHOLE.x[:100], one_hot([1] * 100, 3)), "classes", RECIPE, "is of class 1 in all of its"),
    "one row": (WHOLE.some(slice(0, 1)), "classes", RECIPE, "is of class 0 in all of its answers (1)"),
    "all zeros": (Split(WHOLE.x[:100], np.zeros((100, 1))), "classes", LINEAR, "is of class 0 in all of its"),
    "one value": (Split(WHOLE.x[:100], np.full((100, 1), 0.1)), "values", LINEAR, "the same in all of its answers"),
    "the last bit": (Split(WHOLE.x[:100], NEAR[:, None]), "values", LINEAR, "but for their rounding to float32"),
    "one value with no finite square": (Split(WHOLE.x[:100], np.full((100, 1), 1.7e308)), "values", LINEAR, "the same"),
    "one row of values": (Split(WHOLE.x[:1], np.ones((1, 1))), "values", LINEAR, "the same in all of its answers (1)"),
}  # fmt: skip


@pytest.mark.parametrize("where", ["train", "validation", "test"])
@pytest.mark.parametrize(("split", "kind", "recipe", "said"), DEGENERATE.values(), ids=DEGENERATE)
def test_a_split_of_which_a_score_says_nothing_is_refused(
    where: str, split: Split, kind: str, recipe: Recipe, said: str
) -> None:
    """Its normalised error is undefined, or that of its rounding; or a constant answer is right of all of it."""
    columns = split.y.shape[1]
    good = [Split(one.x, one.y if columns == 3 else one.y[:, :1]) for one in parts()]
    splits = [
        split if name == where else one
        for name, one in zip(("train", "validation", "test"), good, strict=True)
    ]
    with pytest.raises(BadInput) as caught:
        made(*splits, kind=kind, recipe=recipe, shared="other tests are of that")
    assert f"y in the {where} split of mine is" in str(caught.value)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("roundings", [8, 15, 17, 100])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_values_have_to_differ_by_more_than_their_rounding(dtype: str, roundings: int) -> None:
    """1 ± s has the standard deviation s: sixteen relative distances of neighbouring numbers are the limit."""
    s = roundings * np.finfo(dtype).eps
    y = (1 + s * (1 - 2 * (np.arange(100) % 2)))[:, None].astype(dtype)
    splits = [Split(one.x, y) for one in parts()]
    if roundings > 16:
        made(*splits, kind="values", recipe=LINEAR)
    else:
        with pytest.raises(BadInput, match=f"but for their rounding to {dtype}"):
            made(*splits, kind="values", recipe=LINEAR)


def test_values_that_float32_does_not_tell_apart_need_float64() -> None:
    """A task may have them; a run in float32 may not."""
    task = made(*[Split(one.x, BILLION[:, None]) for one in parts()], kind="values", recipe=LINEAR)
    linear = output("linear")
    check_inputs(Backprop(MLP((3,), output=linear, dtype="float64")), task)
    with pytest.raises(
        BadInput, match=r"in the train split of mine is the same .* rounding to float32"
    ) as caught:
        check_inputs(Backprop(MLP((3,), output=linear)), task)
    assert "\n" not in str(caught.value)


SHARES = np.array([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]])[np.arange(100) % 2]
OUTPUTS: dict[str, tuple[Any, str, str]] = {  # targets, output, what is said, or nothing
    "probabilities under softmax": (SHARES, "softmax", ""),
    "rounded probabilities": (0.9995 * SHARES, "softmax", ""),
    "shares that sum up to 1.5": (SHARES + SHARES[:, [1, 2, 0]] / 2, "softmax", "sum up to 1 ± 0.5"),
    "signed values under softmax": (SHARES - 0.5, "softmax", "goes from -0.5 to 0.5"),
    "signs under logistic": (2 * SHARES - 1, "logistic", "goes from -1 to 1, and output 'logistic' answers from 0"),
    "pixels of 255 under logistic": (255 * SHARES, "logistic", "goes from 0 to 255"),
    "signs under squares": (2 * SHARES - 1, "logistic-squared", "goes from -1 to 1"),
    "shares under logistic": (SHARES, "logistic", ""),
    "shares under squares": (SHARES, "logistic-squared", ""),
    "signs, linear": (2 * SHARES - 1, "linear", ""),
    "one column under softmax": (np.arange(100.0)[:, None] % 2, "softmax", "the number of outputs of mine is 1"),
}  # fmt: skip


@pytest.mark.parametrize(("y", "name", "said"), OUTPUTS.values(), ids=OUTPUTS)
def test_an_output_that_cannot_give_the_targets_is_refused(y: Any, name: str, said: str) -> None:
    """In the recipe of a task, and in the network of a run; by the range of the output and of its loss."""
    splits = [Split(one.x, y) for one in parts()]
    recipe, network = RECIPE._replace(output=name), MLP((3,), output=output(name))
    if not said:
        check_inputs(Backprop(network), made(*splits, kind="values", recipe=recipe))
        return
    for refused in (
        lambda: made(*splits, kind="values", recipe=recipe),
        lambda: check_inputs(Backprop(network), made(*splits, kind="values", recipe=LINEAR)),
    ):
        with pytest.raises(BadInput) as caught:
            refused()
        assert said in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["softmax", "logistic", "linear", "logistic-squared"])
def test_every_output_takes_classes(name: str) -> None:
    task = made(*parts(), recipe=RECIPE._replace(output=name))
    check_inputs(Backprop(MLP((3,), output=output(name))), task)


def test_sequences_that_by_chance_ask_for_one_class_are_not_refused() -> None:
    """Short streams that are drawn do at some seed; what that means is remarked on when they are learned."""
    mask = np.ones((9, 100))
    one = [
        Split(LONG[:, i : i + 100], np.eye(3)[[1] * 100] * np.ones((9, 1, 1)), mask) for i in (0, 100, 200)
    ]
    assert made(*one).sequential


def test_parts_of_one_array_share_no_memory() -> None:
    """As `np.split` gives them, and every third row; views on one another do not overlap."""
    made(*(WHOLE.some(slice(start, start + 100)) for start in (0, 100, 200)))
    made(*(WHOLE.some(slice(start, None, 3)) for start in range(3)))


def test_sequences_end_where_the_last_answer_counts() -> None:
    """What follows is padding, and says nothing of whether two sequences are the same."""
    first = sequences(np.full(300, 5))
    other = Split(first.x + 7 * (first.mask[..., None] == 0), first.y, first.mask)  # type: ignore[index]
    np.testing.assert_array_equal(hashes(first), hashes(other))
    np.testing.assert_array_equal(hashes(first), hashes(Split(*(part[:6] for part in first))))  # type: ignore[arg-type, index]
    gap = np.ones((9, 300))
    gap[4] = 0  # a step within that does not count is still shown
    inner = Split(first.x + 7 * (gap[..., None] == 0), first.y, gap)
    assert (hashes(Split(first.x, first.y, gap)) != hashes(inner)).all()


@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8", "bool"])
@pytest.mark.parametrize("columns", [1, 2, 7, 8, BLOCK + 2])
def test_examples_are_told_apart_as_python_tells_them(dtype: str, columns: int) -> None:
    """Zeros and ones, of which many rows are the same where there are few columns; by sets of bytes."""
    x = (np.random.default_rng(1).random((400, columns)) < 0.3).astype(dtype)
    x[200:] = x[RNG.permutation(200)]
    y = np.zeros((400, 1), dtype)
    found, rows = hashes(Split(x, y)), [row.tobytes() for row in x]
    assert len(set(found.tolist())) == len(set(rows))
    assert len({*zip(found.tolist(), rows, strict=True)}) == len(set(rows))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_all_bits_of_a_hash_tell_zeros_and_ones_apart(dtype: str) -> None:
    """Of 400 rows of 40 coins, with 2^-40 for two the same, the last 16 bits of 2^16 values meet 400²/2^17 = 1.2 times.

    Products of numbers whose last bits are 0 would have none: eleven such meetings come with probability 1e-7.
    """
    x = (np.random.default_rng(2).random((400, 40)) < 0.5).astype(dtype)
    last = hashes(Split(x, x[:, :2])) % np.uint64(2**16)
    assert len(np.unique(last)) > 389


def test_windows_of_one_text_that_overlap_are_refused() -> None:
    """No window is the other, number by number; they lie in one memory."""
    text = Split(RNG.normal(size=(1000, 1, 2)), RNG.normal(size=(1000, 1, 1)))
    train, validation, test = (
        Split(text.x[part], text.y[part]) for part in (slice(600), slice(550, 800), slice(800, None))
    )
    with pytest.raises(BadInput, match="the train and the validation split of mine lie in one memory"):
        made(train, validation, test, "values", LINEAR)
    made(train, Split(text.x[600:800], text.y[600:800]), test, "values", LINEAR)


def test_the_mask_and_y_are_part_of_an_example() -> None:
    mask = np.ones((9, 300))
    whole = sequences(np.full(300, 9))
    assert (hashes(whole) == hashes(whole._replace(mask=mask))).all()
    mask[3] = 0
    assert (hashes(whole) != hashes(whole._replace(mask=mask))).all()
    assert (hashes(WHOLE) != hashes(WHOLE._replace(y=WHOLE.y[:, [1, 2, 0]]))).all()


@pytest.mark.parametrize(
    "name", ["xor", "encoder", "symmetry", "family-trees", "copy", "reber", "embedded-reber"]
)
def test_tasks_of_few_patterns_say_that_their_splits_share_them(name: str) -> None:
    assert registry.task(name, randomness(0).data).shared


@pytest.mark.parametrize(
    "task",
    ["letter-prediction[syllables=2]", "delayed-recall[steps=6,symbols=2,delay=1]", "copy[symbols=2,length=1]",
     "reber[strings=5]", "simple-sentences[sentences=4]"],
)  # fmt: skip
def test_short_tasks_of_few_symbols_are_drawn_at_any_seed(task: str) -> None:
    """Splits that are the same by chance are none of the fault that is refused."""
    for seed in range(40):
        registry.task(task, randomness(seed).data)


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


@pytest.mark.parametrize("kind", ["float64", "uint8", "int64"])
def test_the_same_examples_in_numbers_of_another_kind_are_the_same(kind: str) -> None:
    """As by np.eye(3)[labels], float64, in one split and one_hot, float32, in another."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 255, (60, 4)).astype("float32")
    y = np.eye(2, dtype="float32")[rng.integers(0, 2, 60)]
    apart = Split(x[40:] + 300, y[40:])
    train, again = Split(x[:40], y[:40]), Split(x[:20].astype(kind), y[:20].astype(kind))
    recipe = Recipe((4,), "softmax", 1, 10, "sgd")
    with pytest.raises(BadInput, match="share 100 % of the examples"):
        Task("twice", train, again, apart, "classes", recipe)
    Task("once", train, Split((255 - x[20:40]).astype(kind), y[20:40].astype(kind)), apart, "classes", recipe)
