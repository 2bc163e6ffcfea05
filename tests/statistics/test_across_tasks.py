"""Rules over several tasks. Oracles: scores worked by hand, units that must not matter, coverage with its error bar."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import plausible as pl
from plausible.errors import BadInput
from plausible.report.across import across, anchored, profiles, shown
from plausible.study.across import over_tasks, profile
from studies import profiles as profiles_of

ROOT = Path(__file__).parents[2]

BY_HAND = {  # seeds by rule: shallow and backprop are 0.1 apart on a, 0.4 on b
    "a": {"shallow": [0.89, 0.91, 0.90], "backprop": [0.99, 1.00, 1.01], "fa": [0.95, 0.96, 0.97]},
    "b": {"shallow": [0.39, 0.40, 0.41], "backprop": [0.79, 0.80, 0.81], "fa": [0.60, 0.61, 0.62]},
}


def table(values: dict[str, dict[str, list[float | None]]], chance: float | None = 0.1) -> pd.DataFrame:
    """Runs that end with these test accuracies; None for one that diverged."""
    rows = []
    for task, rules in values.items():
        for rule, of in rules.items():
            for seed, value in enumerate(of):
                rows.append((task, rule, seed, 0.0, "validation", "accuracy", "", 0.5))
                if chance is not None:
                    rows.append((task, rule, seed, 0.0, "validation", "chance", "", chance))
                if value is not None:
                    rows.append((task, rule, seed, 1.0, "test", "accuracy", "", value))
    return pd.DataFrame(rows, columns=["task", "rule", "seed", "epoch", "split", "metric", "layer", "value"])


def test_scores_by_hand() -> None:
    """On a, (0.95, 0.96, 0.97 - 0.9) / 0.1; on b, (0.60, 0.61, 0.62 - 0.4) / 0.4: all between 0.5 and 0.7."""
    found = across(table(BY_HAND)).set_index("rule")
    assert found.loc["fa", "mean"] == pytest.approx(((0.5 + 0.6 + 0.7) + (0.5 + 0.525 + 0.55)) / 6)
    assert found.loc["backprop", "mean"] == pytest.approx(1)
    assert found.loc["shallow", "mean"] == pytest.approx(0)
    assert found.loc["fa", ["tasks", "runs", "lost"]].tolist() == [2, 6, 0]
    assert found.low["fa"] < found["mean"]["fa"] < found.high["fa"]
    middle = np.sort([0.5, 0.6, 0.7, 0.5, 0.525, 0.55])
    assert found.loc["fa", "iqm"] == pytest.approx(
        (0.5 * middle[1] + middle[2] + middle[3] + 0.5 * middle[4]) / 3
    )


def test_the_unit_of_a_task_is_no_matter() -> None:
    """Errors instead of accuracies, and another scale: the scores are the same."""
    moved = {
        task: {rule: [-3 * value for value in of] for rule, of in rules.items()}
        for task, rules in BY_HAND.items()
    }
    errors = table(moved).assign(metric=lambda t: t.metric.replace("accuracy", "normalised error"))
    pd.testing.assert_frame_equal(across(errors), across(table(BY_HAND)))


def test_a_task_whose_anchors_are_not_apart_is_left_out_and_named() -> None:
    same = {"shallow": [0.5, 0.7, 0.6], "backprop": [0.6, 0.6, 0.6], "fa": [0.6, 0.6, 0.6]}
    measured = table(BY_HAND | {"same": same, "none": {"fa": [0.5, 0.6, 0.7]}})
    assert anchored(measured).left_out == ["same", "none"]
    pd.testing.assert_frame_equal(across(measured), across(table(BY_HAND)))
    told = shown(across(measured), anchored(measured).left_out)
    assert told is not None
    assert "left out, as these are not apart there: same; none" in told.caption
    assert not len(across(table({"a": BY_HAND["a"], "same": same})))  # one task is no average over tasks
    with pytest.raises(BadInput, match="two anchors that are apart"):
        profiles(table({"same": same}))


def test_lost_runs_stand_in_their_column_and_in_a_row_at_chance() -> None:
    """The lost run of fa on b counts as (0.1 - 0.4) / 0.4 = -0.75. Left out, the anchors are those of the other two
    seeds, 0.395 and 0.795."""
    lost = {**BY_HAND, "b": BY_HAND["b"] | {"fa": [0.60, 0.61, None]}}
    found = across(table(lost))
    rows = found[found.rule == "fa"]
    assert rows.lost_as_chance.tolist() == [False, True]
    assert rows.lost.tolist() == [1, 1]
    assert rows.runs.tolist() == [5, 6]
    assert rows["mean"].iloc[0] == pytest.approx((0.5 + 0.6 + 0.7 + 0.5125 + 0.5375) / 5)
    assert rows["mean"].iloc[1] == pytest.approx((0.5 + 0.6 + 0.7 + 0.5 + 0.525 - 0.75) / 6)
    assert len(across(table(lost, chance=None))) == 3  # where chance was not measured
    shares = profiles(table(lost), [0.0, 0.51]).set_index(["rule", "threshold"]).share
    assert shares["fa", 0.0] == pytest.approx(5 / 6)  # it is above no threshold
    assert shares["fa", 0.51] == pytest.approx(3 / 6)


def test_winners_with_other_options_on_each_task_are_one_rule() -> None:
    renamed = {
        task: {rule.replace("fa", f"fa[feedback=uniform({at})]@adam"): of for rule, of in rules.items()}
        for at, (task, rules) in enumerate(BY_HAND.items())
    }
    assert across(table(renamed)).rule.tolist() == ["shallow", "backprop", "fa"]


def test_a_profile_falls_from_all_runs_to_none() -> None:
    found = profiles(table(BY_HAND), [-1.0, 0.4, 0.52, 0.65, 2.0])
    fa = found[found.rule == "fa"]
    assert fa.share.tolist() == pytest.approx([1, 1, 4 / 6, 1 / 6, 0])
    assert (fa.low <= fa.share).all()
    assert (fa.share <= fa.high).all()
    assert fa.low.iloc[0] == fa.high.iloc[0] == 1
    assert (found.runs == 6).all()


def test_a_run_as_accurate_as_an_anchor_in_the_mean_is_not_above_it() -> None:
    """In doubles 0.74 is above the mean of 0.7, 0.74, 0.78, and 0.72 below that of 0.7, 0.72, 0.74; neither is."""
    for ends in ([0.7, 0.74, 0.78], [0.7, 0.72, 0.74]):
        runs = table({"a": {"shallow": [0.0] * 3, "backprop": ends, "fa": ends}})
        made = profiles(runs, [1.0]).set_index("rule").share
        assert made["fa"] == made["backprop"] == pytest.approx(1 / 3)


def test_the_stratified_interval_covers_as_often_as_it_says() -> None:
    """Three tasks of five seeds, whose anchors are drawn too: at least 95 %, less three standard errors and a point."""
    simulations, rng = 400, np.random.default_rng(0)
    means = ((0.95, 0.90, 0.98), (0.60, 0.40, 0.90), (0.80, 0.75, 0.90))
    true = np.mean([(rule - low) / (high - low) for rule, low, high in means])
    covered = []
    for _ in range(simulations):
        tasks = [rng.normal(of, 0.1 * (of[2] - of[1]), (5, 3)) for of in means]
        found = over_tasks(tasks, rng=rng, resamples=499)
        covered.append(found.low <= true <= found.high)
    error = 3 * math.sqrt(0.95 * 0.05 / simulations)
    assert 0.95 - 0.01 - error < np.mean(covered) < 0.95 + 0.02 + error, np.mean(covered)


def test_what_has_no_scores_is_refused() -> None:
    good = np.array([[0.5, 0.1, 0.9], [0.6, 0.2, 0.8]])
    for bad, expected in (
        ([], "one or more"),
        ([good[:, :2]], "(seeds, 3)"),
        ([np.where(good == 0.5, np.nan, good)], "say first what lost runs count as"),
        ([np.where(good == 0.9, np.nan, good)], "finite numbers"),
        ([good[:, [0, 1, 1]]], "another one than the upper's"),
    ):
        with pytest.raises(BadInput) as caught:
            over_tasks(bad)
        assert expected in str(caught.value)
    assert profile([np.where(good == 0.5, np.nan, good)], [0.0])[0].estimate == 0.5
    assert math.isnan(over_tasks([good[:1]]).low)


def test_frames_from_a_committed_table() -> None:
    """The names of the package take any long table; the median run of backprop scores about 1."""
    table = pl.tables["accuracy"]
    rules = pl.across(table).set_index("rule")
    assert rules["mean"].idxmax() == "backprop"
    assert rules.loc["backprop", "mean"] == pytest.approx(1)
    assert {*pl.profiles(table).rule} == {*rules.index}
    seeds = pl.seed_by_seed(table)
    means = seeds.groupby(["task", "rule"]).difference.mean()
    rows = pl.beside(table).dropna(subset="difference").set_index(["task", "rule"]).difference
    pd.testing.assert_series_equal(means.sort_index(), rows.sort_index(), check_names=False)


def test_the_committed_profiles_are_those_of_the_committed_table_of_accuracy() -> None:
    """Of the shares themselves by counting: of the scores of each task between the means of shallow and backprop."""
    told = profiles_of.computed()
    kept = pd.read_parquet(ROOT / "studies" / "tables" / "profiles.parquet")
    pd.testing.assert_frame_equal(kept, told, check_dtype=False, rtol=1e-12)
    table = pd.read_parquet(ROOT / "studies" / "tables" / "accuracy.parquet")
    last = table[(table.metric == "accuracy") & (table.split == "test") & (table.status == "done")]
    values = last.assign(rule=last.rule.str.partition("[")[0]).set_index(["task", "rule", "seed"]).value
    means = values.groupby(["task", "rule"]).mean().unstack()
    scored = values.unstack("rule").sub(means.shallow, level="task", axis=0)
    scored = scored.div(means.backprop - means.shallow, level="task", axis=0)
    for row in told.itertuples():
        above = scored[row.rule] > row.threshold + 1e-9  # a run of MNIST is what backprop is in the mean
        assert row.value == pytest.approx(above.mean(), abs=1e-12)
        assert row.low <= row.value <= row.high
