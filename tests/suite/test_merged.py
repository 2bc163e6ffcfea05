"""What is said where numbers that differ become equal, wherever they are cast. Oracle: what float32 holds.

Around 1e9 neighbouring float32 numbers are 64 apart: of 200 whole numbers in a row, it holds 4.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import plausible as pl
from plausible.api.estimators import PlausibleClassifier
from plausible.tasks.as_numbers import rows_merged

BIG = (1e9 + np.arange(200.0))[:, None]
NEAR = np.random.default_rng(0).normal(size=(200, 1)).astype("float32")  # none of these merge
Y = np.arange(200) % 2
SMALL: dict[str, Any] = {"hidden": (4,), "epochs": 2, "optimiser": "sgd[rate=1e-40]"}


def heard(call: Callable[[], object]) -> list[str]:
    """What a call says of merged numbers."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        call()
    assert all("\n" not in str(each.message) and each.filename == __file__ for each in said)
    return [str(each.message) for each in said if " in float" in str(each.message)]


def merged_of(x: np.ndarray[Any, Any], name: str) -> str:
    """The beginning of the line that says so of a split."""
    numbers = len({*x[:, 0].tolist()}), len({*x[:, 0].astype("float32").tolist()})
    return f"{name} in float32: {numbers[0]} different values of column 0, about 1e+09, become {numbers[1]}; "


@pytest.mark.parametrize("network", [None, "mlp[dtype=float64]"])
def test_a_network_of_less_precision_than_its_task_is_told_of_once(network: str | None) -> None:
    task = pl.Task.from_arrays(BIG, Y, dtype="float64")
    assert task.train.x.dtype == np.float64
    how: dict[str, Any] = {**SMALL, "network": network}
    said = heard(lambda: pl.fit("fa", task, **how))
    ticks = heard(lambda: [*pl.ticks("fa", task, **how)])
    compared = heard(lambda: pl.compare(["fa", "backprop"], task, seeds=2, workers=0, **how))
    lines = [merged_of(task.train.x, "x of the train split")] if network is None else []
    for found in (said, compared):
        assert len(found) == len(lines)
        assert all(line.startswith(begin) for line, begin in zip(found, lines, strict=True))
    assert ticks == said


def test_values_that_a_network_merges_are_told_of() -> None:
    x = np.random.default_rng(0).normal(size=(200, 2)).astype("float32")
    task = pl.Task.from_arrays(x, np.where(Y, BIG[:, 0], np.arange(200.0)), dtype="float64")
    (line,) = heard(lambda: pl.fit("fa", task, **SMALL))
    assert line.startswith(merged_of(task.train.y, "y of the train split"))


def test_what_a_network_tells_apart_is_no_news(rng: np.random.Generator) -> None:
    """Also of a column of so many numbers that a few lie within one rounding."""
    x = rng.normal(size=(20_000, 1))
    assert len(np.unique(x.astype("float32"))) < len(np.unique(x)) == len(x)
    task = pl.Task.from_arrays(x, x > 0, dtype="float64", batch_size=2000)
    assert heard(lambda: pl.fit("fa", task, **SMALL)) == []
    assert heard(lambda: pl.fit("fa", pl.Task.from_arrays(x - x.mean(), x > 0), **SMALL)) == []


def test_standardised_inputs_that_merge_beside_some_far_away_are_told_of() -> None:
    """With a tenth above 1e12, the deviation is about 3e11: whole numbers are 3e-12 apart, and a rounding is 3e-8."""
    x = np.concatenate([np.arange(180.0), 1e12 + 1e10 * np.arange(20)])
    rows = np.column_stack([x, np.random.default_rng(0).normal(size=200)])
    (line,) = heard(lambda: pl.Task.from_arrays(rows, Y, standardise=True))
    begin = "X standardised in float32: 200 different values of column 0, about 1.19e+12, become 21; "
    assert line.startswith(begin)
    assert heard(lambda: pl.Task.from_arrays(rows, Y, standardise=True, dtype="float64")) == []
    assert heard(lambda: pl.Task.from_arrays(BIG, Y, standardise=True)) == []


@pytest.mark.filterwarnings("ignore:X ")
@pytest.mark.parametrize("small", [1.0, 1e-5])
def test_splits_that_share_only_what_standardising_merged_are_told_so(small: float) -> None:
    """Ten in a hundred numbers lie far away; beside them the others are one number, which stands in all splits."""
    x = np.concatenate([small * np.arange(180.0), 1e12 + 1e10 * np.arange(20)])[:, None]
    with pytest.raises(pl.BadInput) as refused:
        pl.Task.from_arrays(x, Y, standardise=True)
    begin = "the train and the validation split of arrays share "
    end = " % of the examples of the smaller once they are standardised in float32, and 0 % as they were given: "
    assert str(refused.value).startswith(begin)
    assert end in str(refused.value)
    assert str(refused.value).endswith("dtype='float64', or leave out numbers that lie far from the others")
    share = float(str(refused.value).removeprefix(begin).split()[0])
    assert (
        100 * 30 / 40 <= share <= 100
    )  # of 40 that are held out, 180 in 200 are those, within the few of two classes
    pl.Task.from_arrays(x, Y, standardise=True, dtype="float64")


@pytest.mark.filterwarnings("ignore:X ")
def test_pairs_that_share_only_what_a_cast_merged_are_told_so() -> None:
    """float32 makes one number of neighbours: so the test pair is the validation pair, and shares none of its rows."""
    two = (BIG[:100:2], Y[:50]), (BIG[1:100:2], Y[:50])
    told = "the validation and the test split of arrays share 100 % of the examples of the smaller once they are in "
    told += "float32, and 0 % as they were given: expected examples that stay apart; dtype='float64', or subtract the "
    with pytest.raises(pl.BadInput, match=f"^{told}mean$"):
        pl.Task.from_arrays(NEAR, Y, validation=two[0], test=two[1])
    with pytest.raises(
        pl.BadInput, match=r"share 100 % of the examples of the smaller: expected splits that share"
    ):
        pl.Task.from_arrays(NEAR, Y, validation=two[0], test=two[0])


@pytest.mark.filterwarnings("ignore:X in float32. 200")
def test_counts_of_different_rows_say_that_they_are_those_of_a_cast() -> None:
    told = r"^class 0 has 2 different examples in float32: expected at least 3, .*, or dtype='float64'$"
    doubles = pytest.warns(UserWarning, match=r"^196 of the 200 rows of X in float32 repeat another: ")
    with doubles, pytest.raises(pl.BadInput, match=told):
        pl.Task.from_arrays(BIG, Y)
    with pytest.raises(pl.BadInput, match=r"^class 0 has 2 different examples: .*if y counts$"):
        pl.Task.from_arrays(np.arange(3.0)[:, None], [0, 0, 1])


def test_whole_numbers_that_double_precision_merges_are_told_apart() -> None:
    """Around 2⁶⁰ it holds every 256th whole number."""
    whole = np.stack([2**60 + np.arange(200), np.arange(200) % 5], axis=1)
    assert rows_merged(whole, whole.astype("float64")) == (200, len({*map(tuple, whole.astype("float64"))}))


def test_a_pair_that_is_held_out_is_told_of() -> None:
    x = np.random.default_rng(0).normal(size=(200, 1))
    (line,) = heard(lambda: pl.Task.from_arrays(x, Y, test=(BIG, Y)))
    assert line.startswith(merged_of(BIG, "X of test"))
    assert heard(lambda: pl.Task.from_arrays(x, Y, test=(BIG, Y), dtype="float64")) == []


FAR = "a task of dtype='float64' and network='mlp[dtype=float64]' keep them apart"
TWO = np.column_stack(
    [BIG[:, 0], np.arange(200) % 5]
)  # of 4 different numbers and 5 others, 20 rows are left


def answered_by(fitted: pl.Fitted, x: Any) -> list[Callable[[], object]]:
    """All that shows examples of a user's to a network which has learned."""
    ask = fitted.predict, fitted.answers, fitted.activities
    told = [lambda call=call: call(x) for call in ask]  # type: ignore[misc]
    return [
        *told,
        *(lambda call=call: call(x, Y) for call in (fitted.score, fitted.scores, fitted.confusion)),
    ]


@pytest.mark.parametrize("x", [BIG, BIG.astype("int64"), TWO], ids=["floats", "whole", "two columns"])
def test_answers_to_rows_that_merge_are_told_of(x: Any) -> None:
    columns = x.shape[1]
    learned = pl.Task.from_arrays(np.repeat(NEAR, columns, axis=1), Y)
    fitted = pl.fit("fa", learned, **SMALL)
    calls = answered_by(fitted, x)
    assert len(calls) == 6
    for call in calls:
        assert heard(call) == [f"{merged_of(x, 'X')}{FAR}"]
    double = pl.fit(
        "fa", learned, network="mlp[dtype=float64]", **SMALL
    )  # its task is float32: X is cast to that
    assert heard(lambda: double.predict(x)) == [f"{merged_of(x, 'X')}{FAR}"]


def test_answers_to_rows_that_stay_apart_are_no_news() -> None:
    """Rows that are equal as they were given; a single row; and all that a task and a network of float64 hold."""
    fitted = pl.fit("fa", pl.Task.from_arrays(NEAR, Y), **SMALL)
    for x in (np.repeat(BIG[:1], 200, axis=0), BIG[:1], NEAR.astype("float64"), NEAR, NEAR / 3.0):
        assert heard(lambda x=x: fitted.predict(x)) == []  # type: ignore[misc]
    exact = pl.Task.from_arrays(NEAR, Y, dtype="float64")
    assert heard(lambda: pl.fit("fa", exact, network="mlp[dtype=float64]", **SMALL).score(BIG, Y)) == []
    single = pl.fit("fa", exact, **SMALL)
    assert heard(lambda: single.score(BIG, Y)) == [f"{merged_of(BIG, 'X')}{FAR}"]


def test_rows_that_a_column_keeps_apart_have_answers_of_their_own() -> None:
    apart = np.column_stack([BIG[:, 0], np.arange(200.0)])
    fitted = pl.fit("fa", pl.Task.from_arrays(np.repeat(NEAR, 2, axis=1), Y), **SMALL)
    assert heard(lambda: fitted.predict(apart)) == []


def test_standardised_rows_that_merge_are_told_of() -> None:
    """Of numbers about 0 and 1, whole numbers that start at 1e9 are as far as float32 makes them."""
    fitted = pl.fit("fa", pl.Task.from_arrays(NEAR, Y, standardise=True), **SMALL)
    (line,) = heard(lambda: fitted.predict(BIG))
    assert line.startswith("X in float32: 200 different values of column 0, about 1e+09, become ")
    near = pl.Task.from_arrays(BIG, Y, standardise=True)  # scaled first, these are apart
    assert heard(lambda: pl.fit("fa", near, **SMALL).predict(BIG)) == []


def test_values_that_merge_in_a_score_are_told_of() -> None:
    fitted = pl.fit("fa", pl.Task.from_arrays(NEAR, NEAR[:, 0]), **SMALL)
    (line,) = heard(lambda: fitted.score(NEAR, BIG[:, 0]))
    assert line.startswith(merged_of(BIG, "y"))


def test_sequences_whose_steps_merge_are_told_of() -> None:
    steps = pl.task("temporal-xor[steps=200]")
    fitted = pl.fit("bptt", steps, hidden=(3,), epochs=1, window=20)
    x = np.repeat(BIG[:, None], steps.n_in, axis=2)
    (line,) = heard(lambda: fitted.predict(x))
    assert line.startswith(merged_of(x[:, 0], "X"))


def test_estimators_tell_of_rows_that_merge_in_answers_and_one_by_one() -> None:
    learned = PlausibleClassifier("fa", hidden=(4,), epochs=1, random_state=0).fit(NEAR, Y)
    told = f"{merged_of(BIG, 'X')}subtract the mean"
    for call in (learned.predict, learned.predict_proba, lambda x: learned.score(x, Y)):
        assert heard(lambda call=call: call(BIG)) == [told]  # type: ignore[misc]
    less = BIG * 1e-9
    shown = merged_of(less, "X").replace("1e+09", "1") + "subtract the mean"
    assert heard(lambda: learned.partial_fit(less, Y, sample_weight=np.arange(200) % 3)) == [shown]
    assert heard(lambda: learned.predict(NEAR.astype("float64"))) == []
    double = PlausibleClassifier("fa", hidden=(4,), epochs=1, random_state=0).fit(NEAR.astype("float64"), Y)
    assert heard(lambda: double.predict(BIG)) == []


@pytest.mark.parametrize("name", ["a\0b.npz", "\0"])
def test_a_path_with_a_nul_is_refused_in_one_line(name: str) -> None:
    fitted = pl.fit("fa", "two-moons[examples=100]", **SMALL)
    for call in (fitted.save, pl.load):
        with pytest.raises(pl.BadInput, match=r"expected a path, which holds no NUL$") as refused:
            call(name)
        assert "\n" not in str(refused.value)
