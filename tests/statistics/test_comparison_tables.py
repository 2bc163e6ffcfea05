"""The table of a comparison: every rule beside the reference. Oracles: its functions, and examples worked by hand."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from plausible.errors import BadInput
from plausible.report.comparisons import COLUMNS, comparisons
from plausible.study.designs import detectable, luck
from plausible.study.statistics import (
    SHARE,
    effect_size,
    equivalence,
    interquartile_mean,
    mean_interval,
    paired_test,
    probability_of_improvement,
)

Change = Callable[[pd.DataFrame], pd.DataFrame]
FINAL = {  # test accuracy by seed; at seed 3, "wild" diverged, and nobody planned a run of "gone"
    "backprop": [0.96, 0.95, 0.97, 0.94],
    "wild": [0.97, 0.97, 0.98, None],
    "same": [0.96, 0.95, 0.97, 0.94],
    "gone": [0.90, 0.91, 0.92],
}


def rows(task: str, rule: str, seed: int, value: float | None) -> list[tuple[object, ...]]:
    """A run of two epochs whose accuracy came to `value`; one that diverged after the first for None."""
    course = [(0.0, "validation", 0.1), (1.0, "validation", 0.99)]
    if value is not None:
        course += [(2.0, "validation", value - 0.01), (2.0, "test", value)]
    measured = [(task, rule, seed, epoch, split, "accuracy", "", v) for epoch, split, v in course]
    aside = [
        (task, rule, seed, 2.0, "test", "accuracy", "W1", 55.0),
        (task, rule, seed, 2.0, "test", "loss", "", 66.0),
    ]
    return measured + (aside if value is not None else [])


def table(task: str = "digits", final: dict[str, list[float | None]] = FINAL) -> pd.DataFrame:
    found = [
        row
        for rule, values in final.items()
        for seed, value in enumerate(values)
        for row in rows(task, rule, seed, value)
    ]
    return pd.DataFrame(found, columns=["task", "rule", "seed", "epoch", "split", "metric", "layer", "value"])


def test_a_comparison_by_hand() -> None:
    found = comparisons(table()).set_index("rule")
    assert list(found.index) == list(FINAL)
    counts = found[["n", "pairs", "lost", "lost_reference"]]
    assert counts.loc["backprop"].tolist() == [4, 4, 0, 0]
    assert counts.loc["wild"].tolist() == [3, 3, 1, 0]
    assert counts.loc["gone"].tolist() == [3, 3, 0, 0]
    told = comparisons(table(), lost=[("digits", "gone", 3)], count_lost_as=0.1).set_index("rule")
    assert told.loc["gone", ["n", "pairs", "lost"]].tolist() == [4, 4, 1]
    wild = found.loc["wild"]
    assert wild["mean"] == pytest.approx((0.97 + 0.97 + 0.98) / 3)
    assert wild.iqm == pytest.approx((0.25 * 0.97 + 0.97 + 0.25 * 0.98) / 1.5)
    assert wild.difference == pytest.approx((0.01 + 0.02 + 0.01) / 3)
    assert wild.p_smallest == 2 * 2 / 8  # so that no p is told
    assert math.isnan(wild.p)
    assert wild.d == pytest.approx(wild.difference / np.std([0.01, 0.02, 0.01], ddof=1) / math.sqrt(math.pi))
    assert wild.improvement == pytest.approx((7 + 2 / 2) / 9)  # 0.97 ties twice with 0.97, and never loses
    assert wild.cliff == pytest.approx(7 / 9)
    assert found.loc["same", ["difference", "d", "cliff"]].tolist() == [0, 0, 0]
    assert found.loc["same", "p_smallest"] == 3 * 2 / 16  # it has four pairs, the others three
    assert found.as_good["same"] == "yes"
    assert found.as_good["gone"] == "worse"  # -0.05 ± 0.0248 of three pairs, at a margin of 0.01
    assert found.as_good["wild"] == "undecided"
    assert found.loc["backprop", "difference":].isna().all()  # type: ignore[misc]


def test_the_columns_are_those_of_the_functions() -> None:
    found = comparisons(table(), level=0.9, seed=3, margin=0.02).set_index("rule").loc["gone"]
    mine, theirs = FINAL["gone"], FINAL["backprop"][:3]
    test = paired_test(mine, theirs, 0.9, 3)
    assert (found["mean"], found.low, found.high, found.n) == mean_interval(mine, SHARE, 0.9)
    assert (found.iqm, found.iqm_low, found.iqm_high, found.n) == interquartile_mean(mine, SHARE, 0.9)
    assert (found.difference, found.difference_low, found.difference_high, 3) == test.difference
    better = probability_of_improvement(mine, theirs, 0.9)
    assert (found.improvement, found.improvement_low, found.improvement_high, 3) == better
    assert (found.d, found.cliff) == effect_size(mine, theirs)
    assert (found.p_equivalence, found.margin) == (equivalence(mine, theirs, 0.02).p, 0.02)
    apart = np.subtract(mine, theirs)
    assert found.detectable == detectable(3, apart.std(ddof=1), level=0.9)
    assert found.luck == luck(3, 3)


def many(pairs: int) -> dict[str, list[float | None]]:
    """Rules of so many seeds: one that is worse each time, and one that is not."""
    backprop = np.linspace(0.90, 0.95, pairs)
    sides = 0.001 * np.resize([1.0, -1.0], pairs)
    return {"backprop": [*backprop], "worse": [*(backprop - 0.02)], "alike": [*(backprop + sides)]}


def test_a_p_stands_where_one_could_reject_and_is_corrected_over_the_rules_of_a_task() -> None:
    """Two rules of seven pairs: 2 · 2 / 2⁷ = 0.031; of six, 0.0625, so that none is told. A second task is another
    question: it changes nothing."""
    found = comparisons(pd.concat([table("a", many(7)), table("b", many(6))])).set_index(["task", "rule"])
    assert found.p["a", "worse"] == 2 / 2**7
    assert found.p_holm["a", "worse"] == found.p_smallest["a", "worse"] == 2 * 2 / 2**7
    assert found.p_holm["a", "alike"] > 0.5
    assert found.p_smallest["b", "worse"] == 2 * 2 / 2**6
    assert found.loc["b", ["p", "p_holm"]].isna().all(axis=None)


def test_runs_that_are_still_to_be_made_are_not_lost() -> None:
    missing = [("digits", "wild", 3), ("digits", "never", 0)]
    found = comparisons(table(), missing=missing, count_lost_as=0.1).set_index("rule")
    assert found.loc["gone", ["n", "pairs", "lost"]].tolist() == [3, 3, 0]
    assert found.loc["wild", ["n", "pairs", "lost"]].tolist() == [3, 3, 0]


def test_columns_and_types_are_as_documented() -> None:
    found = comparisons(pd.concat([table("b"), table("a")]))
    assert list(found.columns) == list(COLUMNS)
    assert found[["task", "rule"]].to_numpy().tolist() == [[task, rule] for task in "ba" for rule in FINAL]
    assert (found.dtypes[["n", "pairs", "lost", "lost_reference"]] == "int64").all()
    assert (found.dtypes["mean":] == "float64").all()  # type: ignore[misc]
    one = comparisons(table("b"))
    pd.testing.assert_frame_equal(found[found.task == "b"], one)
    assert found.p_smallest.dropna().tolist() == [*one.p_smallest.dropna()] * 2  # two tasks are two questions


def test_no_rule_looks_good_by_diverging() -> None:
    """Counted at chance, the lost seed turns the sign."""
    found = comparisons(table(), count_lost_as=0.1).set_index("rule")
    wild = found.loc["wild"]
    assert (wild.n, wild.pairs, wild.lost, wild.lost_reference) == (4, 4, 1, 0)
    assert wild["mean"] == pytest.approx((0.97 + 0.97 + 0.98 + 0.1) / 4)
    assert wild.difference == pytest.approx((0.01 + 0.02 + 0.01 - 0.84) / 4)
    assert (found.lost_as == 0.1).all()
    pd.testing.assert_frame_equal(
        found, comparisons(table(), count_lost_as={"digits": 0.1}).set_index("rule")
    )


def test_the_reference_may_be_lost_too() -> None:
    found = comparisons(table(), reference="wild").set_index("rule")
    assert (found.lost_reference == 1).all()
    assert found.loc["backprop", ["n", "pairs", "lost"]].tolist() == [4, 3, 0]
    assert found.loc["backprop", "mean"] == pytest.approx(0.955)  # of its own four
    assert found.loc["backprop", "difference"] == pytest.approx(-0.04 / 3)
    refilled = comparisons(table(), reference="wild", count_lost_as=0.1).set_index("rule").loc["backprop"]
    assert (refilled.pairs, refilled.lost_reference) == (4, 1)
    assert refilled.difference == pytest.approx((-0.04 + 0.84) / 4)


def test_a_lost_run_does_not_pass_with_its_last_validation() -> None:
    """At validation "wild" was at 0.99 when it diverged. Without test rows only `lost` can tell."""
    found = comparisons(table(), split="validation").set_index("rule")
    assert found.loc["wild", ["n", "lost"]].tolist() == [3, 1]
    assert found.loc["wild", "mean"] == pytest.approx((0.96 + 0.96 + 0.97) / 3)
    untested = table()[lambda frame: frame.split != "test"]
    assert comparisons(untested, split="validation").set_index("rule").lost["wild"] == 0
    told = comparisons(untested, split="validation", lost=[("digits", "wild", 3)]).set_index("rule")
    assert told.lost["wild"] == 1
    assert told.loc["wild", "mean"] == pytest.approx((0.96 + 0.96 + 0.97) / 3)


def test_a_rule_that_lost_everything_has_a_row() -> None:
    final = FINAL | {"dead": [None] * 4}
    dead = comparisons(table(final=final), lost=[("digits", "dead", 4)]).set_index("rule").loc["dead"]
    assert (dead.n, dead.pairs, dead.lost, dead.lost_reference) == (0, 0, 5, 0)
    assert dead["mean":].isna().all()  # type: ignore[misc]
    never = comparisons(table(), lost=[("digits", "never", seed) for seed in range(4)]).set_index("rule")
    assert never.loc["never", ["n", "lost"]].tolist() == [0, 4]
    at_chance = comparisons(table(final=final), count_lost_as=0.1).set_index("rule").loc["dead"]
    assert (at_chance["mean"], at_chance.low, at_chance.high, at_chance.pairs) == (0.1, 0.1, 0.1, 4)


def test_a_value_that_is_not_finite_is_lost() -> None:
    final = FINAL | {"wild": [0.97, 0.97, 0.98, math.nan], "gone": [0.9, math.inf, 0.92, 0.9]}
    found = comparisons(table(final=final)).set_index("rule")
    assert found.loc[["wild", "gone"], "lost"].tolist() == [1, 1]
    assert found.loc["gone", "mean"] == pytest.approx(2.72 / 3)


def test_a_task_without_the_metric_or_the_reference() -> None:
    other = table("teacher").assign(metric="normalised error")
    pd.testing.assert_frame_equal(comparisons(pd.concat([table(), other])), comparisons(table()))
    alone = comparisons(pd.concat([table(), table("new", {"wild": [0.5, 0.6]})])).iloc[-1]
    assert (alone.task, alone.n, alone.pairs, alone.lost_reference) == ("new", 2, 0, 0)
    assert math.isnan(alone.p)


def test_smaller_may_be_better() -> None:
    """Only improvement turns round; differences keep their sign."""
    up = comparisons(table()).set_index("rule").loc["gone"]
    down = comparisons(table(), larger_is_better=False).set_index("rule").loc["gone"]
    assert up.improvement == 1 - down.improvement == 0
    assert up.difference == down.difference < 0


def test_rows_in_any_order_and_one_seed() -> None:
    shuffled = table().sample(frac=1, random_state=0)
    expected = comparisons(table()).set_index("rule")
    pd.testing.assert_frame_equal(comparisons(shuffled).set_index("rule").loc[list(FINAL)], expected)
    one = comparisons(table()[lambda frame: frame.seed == 0]).set_index("rule").loc["wild"]
    assert (one.n, one.p_smallest, one.lost) == (1, 1, 0)
    assert one.as_good == "undecided"
    assert math.isnan(one.low)
    assert math.isnan(one.d)


@pytest.mark.parametrize(
    ("change", "options", "expected"),
    [
        (lambda t: t.drop(columns="layer"), {}, "also layer"),
        (lambda t: t, {"metric": "acuracy"}, "did you mean 'accuracy'"),
        (lambda t: t, {"reference": "backprob"}, "did you mean 'backprop'"),
        (lambda t: t, {"split": "tset"}, "did you mean 'test'"),
        (
            lambda t: pd.concat([t, t.tail(4)]),
            {},
            "several last values of accuracy is [['digits', 'gone', 2]]",
        ),
        (lambda t: t, {"count_lost_as": {"mnist": 0.1}}, "one for 'digits' too"),
        (lambda t: t, {"count_lost_as": math.nan}, "the value of a lost run"),
        (lambda t: t, {"level": 2.0}, "the level is 2.0"),
    ],
)
def test_tables_that_cannot_be_used_are_refused(
    change: Change, options: dict[str, object], expected: str
) -> None:
    with pytest.raises(BadInput) as caught:
        comparisons(change(table()), **options)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)
