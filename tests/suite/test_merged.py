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

BIG = (1e9 + np.arange(200.0))[:, None]
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


def test_a_pair_that_is_held_out_is_told_of() -> None:
    x = np.random.default_rng(0).normal(size=(200, 1))
    (line,) = heard(lambda: pl.Task.from_arrays(x, Y, test=(BIG, Y)))
    assert line.startswith(merged_of(BIG, "X of test"))
    assert heard(lambda: pl.Task.from_arrays(x, Y, test=(BIG, Y), dtype="float64")) == []


@pytest.mark.parametrize("name", ["a\0b.npz", "\0"])
def test_a_path_with_a_nul_is_refused_in_one_line(name: str) -> None:
    fitted = pl.fit("fa", "two-moons[examples=100]", **SMALL)
    for call in (fitted.save, pl.load):
        with pytest.raises(pl.BadInput, match=r"expected a path, which holds no NUL$") as refused:
            call(name)
        assert "\n" not in str(refused.value)
