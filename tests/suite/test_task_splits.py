"""Splits that a task refuses where it is made: those that share examples, and those of which a score says nothing.

Oracles: counting equal examples with Python's own sets; and the definition of a task.
"""

from __future__ import annotations

from collections.abc import Callable
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
from tests.suite.task_parts import LINEAR, LONG, RECIPE, WHOLE, made, parts, sequences

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
def test_examples_are_told_apart_as_python_tells_them(
    dtype: str, columns: int, rng: np.random.Generator
) -> None:
    """Zeros and ones, of which many rows are the same where there are few columns; by sets of bytes."""
    x = (rng.random((400, columns)) < 0.3).astype(dtype)
    x[200:] = x[rng.permutation(200)]
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


def test_windows_of_one_text_that_overlap_are_refused(rng: np.random.Generator) -> None:
    """No window is the other, number by number; they lie in one memory."""
    text = Split(rng.normal(size=(1000, 1, 2)), rng.normal(size=(1000, 1, 1)))
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
