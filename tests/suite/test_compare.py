"""Comparisons repeat themselves, pair rules by seed, and say what was lost. Oracle: the promises of the README."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from plausible.errors import BadInput
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.sgd import SGD
from plausible.plotting import comparison as figure
from plausible.plotting.saving import save
from plausible.report import comparison as report
from plausible.report.summary import reasons, summary
from plausible.study.compare import Comparison, Result, compare
from plausible.study.course import execute
from plausible.study.run import Run
from plausible.study.statistics import estimate

QUICK = {"task": "two-moons[examples=200]", "epochs": 2, "hidden": (8,), "seeds": 2}
COMPARED = Comparison(**QUICK)
CLOCK = ("seconds",)


def numbers(result: Result) -> pd.DataFrame:
    """Everything that was measured but time, in an order of its own."""
    table = result.metrics[result.metrics.metric != "examples per second"].drop(columns=list(CLOCK))
    return table.sort_values(list(table.columns[:-1])).reset_index(drop=True)


@pytest.fixture(scope="module")
def result() -> Result:
    return compare(Comparison(**QUICK), workers=2)


def test_order_of_rules_and_number_of_workers_change_nothing(result: Result) -> None:
    again = compare(Comparison(**QUICK, rules=("dfa", "fa", "shallow", "backprop")), workers=1)
    pd.testing.assert_frame_equal(numbers(result), numbers(again), check_exact=True)


def test_a_rule_alone_gives_what_it_gives_in_company(result: Result) -> None:
    alone = compare(Comparison(**QUICK, rules=("dfa",)), workers=2)
    table = numbers(result)
    table = table[table.rule == "direct-feedback-alignment"].reset_index(drop=True)
    pd.testing.assert_frame_equal(table, numbers(alone), check_exact=True)


def test_rules_share_their_start_at_one_seed(result: Result) -> None:
    """Before learning, rules with the same forward weights answer alike, whatever their feedback."""
    table = result.metrics
    start = table[(table.epoch == 0) & (table.metric == "loss")]
    by_rule = start.pivot_table(index=["seed", "split"], columns="rule", values="value")
    assert by_rule.shape == (4, 4)
    assert (by_rule.nunique(axis=1) == 1).all()
    assert start.value.nunique() == 4  # and seeds differ


def test_the_test_split_is_read_once_at_the_end(result: Result) -> None:
    table = result.metrics
    test = table[table.split == "test"]
    assert (test.groupby(["rule", "seed", "metric"]).size() == 1).all()
    assert (test.epoch == 2).all()
    assert set(test.metric) == {"loss", "accuracy"}


def test_long_form(result: Result) -> None:
    table = result.metrics
    assert list(table.columns) == [
        *("task", "rule", "seed", "epoch", "examples", "seconds", "split", "metric", "layer", "value"),
    ]
    assert (table.examples == (table.epoch * 120).round()).all()  # 60 % of 200 are trained on
    assert (table.groupby(["rule", "seed"]).seconds.apply(lambda s: s.is_monotonic_increasing)).all()
    assert np.isfinite(table.value).all()
    metrics = {
        "delta angle",
        "gradient angle",
        "weight angle",
        "norm",
        "update norm",
        "multiply-adds per example",
    }
    assert metrics <= set(table.metric)


def test_the_summary_counts_and_averages(result: Result) -> None:
    rows = summary(result).set_index("rule")
    assert (rows.done == 2).all()
    assert rows.loc["shallow", "gradient angle"].n == 0  # no hidden layer learns
    table = result.metrics
    mine = table[(table.rule == "backprop") & (table.split == "test") & (table.metric == "accuracy")]
    assert rows.loc["backprop", "test"].estimate == pytest.approx(mine.value.mean())
    assert rows.loc["backprop", "gradient angle"].estimate == pytest.approx(0, abs=1e-4)


def test_the_interval_of_a_mean_is_students() -> None:
    # by hand: mean 3, standard deviation √2.5, t(4, 0.975) = 2.776445; half width 2.776445 · √(2.5/5) = 1.963243
    found = estimate([1.0, 2.0, 3.0, 4.0, 5.0])
    assert found == pytest.approx((3, 3 - 1.963243, 3 + 1.963243, 5), abs=1e-5)
    assert estimate([7.0])[0] == 7
    assert math.isnan(estimate([7.0]).low)
    assert estimate([]).n == 0


def test_divergence_is_reported_and_not_averaged(tmp_path: Path) -> None:
    comparison = Comparison(
        task="linear-teacher[examples=300]", epochs=1, rules=("backprop",), seeds=2, optimiser="sgd[rate=10]"
    )
    result = compare(comparison)
    assert [outcome.status for outcome in result.outcomes] == ["diverged", "diverged"]
    (row,) = summary(result).to_dict("records")
    assert (row["diverged"], row["done"], row["test"].n) == (2, 0, 0)
    assert "diverged: " in reasons(result)[0]
    assert not (result.metrics.split == "test").any()
    assert [file.name for file in report.write(result, comparison, tmp_path)] == [
        *("comparison.json", "metrics.parquet", "summary.json"),
    ]
    assert "2 of 2 diverged" in rendered(result, comparison)


def rendered(result: Result, comparison: Comparison) -> str:
    """The cells of the summary as text."""
    return "\n".join(cell for row in report.summary_table(result, comparison).rows for cell in row)


def test_lost_runs_have_a_column_and_a_row_in_which_they_count_as_chance(result: Result) -> None:
    """One of two runs took too long. Oracle: the mean of the other's score and the commonest class's share."""
    outcomes = [
        replace(o, status="timed out") if (o.run.rule, o.run.seed) == ("shallow", 1) else o
        for o in result.outcomes
    ]
    lost = result._replace(outcomes=outcomes)
    rows = summary(lost).set_index("rule")
    assert rows["timed out"].tolist() == [int(rule == "shallow") for rule in rows.index]
    mine = result.metrics[(result.metrics.rule == "shallow") & (result.metrics.layer == "")]
    score = mine[(mine.split == "test") & (mine.metric == "accuracy") & (mine.seed == 0)].value.item()
    chance = result.metrics[result.metrics.metric == "chance"].value.mean()
    assert rows.loc["shallow", "test"].estimate == score
    assert rows.loc["shallow", "test, lost as chance"].estimate == pytest.approx((score + chance) / 2)
    assert rows.loc["backprop", "test, lost as chance"] == rows.loc["backprop", "test"]
    printed = report.summary_table(lost, COMPARED)
    assert [row[:2] for row in printed.rows if row[0].startswith("shallow")] == [
        ("shallow\n  1 of 2 timed out", "1"),
        ("shallow, lost as chance", "1"),
    ]
    assert "test, lost as chance" not in summary(result)


def test_loss_that_grows_without_overflow_is_divergence_too() -> None:
    run = Run("linear-teacher[examples=200]", "backprop", MLP((), output=output("linear")), SGD(0.1), 1, 1, 0)
    outcome = execute(run)
    assert outcome.status == "diverged"
    assert "before learning" in outcome.reason or "not finite" in outcome.reason


def test_a_rule_that_raises_fails_alone(tmp_path: Path) -> None:
    file = tmp_path / "bad.py"
    file.write_text(
        "from dataclasses import dataclass\nfrom baselines.backprop import Backprop\n"
        "@dataclass(frozen=True)\nclass Bad(Backprop):\n"
        "    def signals(self, params, passed, error):\n        raise KeyError('W17')\n"
    )
    result = compare(Comparison(**{**QUICK, "seeds": 1}, rules=("backprop", f"{file}:Bad")))
    assert [outcome.status for outcome in result.outcomes] == ["done", "failed"]
    assert reasons(result) == [f"Bad, seed 0: failed: KeyError: 'W17' ({file}:6)"]


def test_a_worker_that_dies_costs_its_own_run(tmp_path: Path) -> None:
    file = tmp_path / "dying.py"
    file.write_text(
        "import os\nfrom dataclasses import dataclass\nfrom baselines.backprop import Backprop\n"
        "@dataclass(frozen=True)\nclass Dying(Backprop):\n"
        "    def signals(self, params, passed, error):\n        os._exit(3)\n"
    )
    result = compare(Comparison(**{**QUICK, "seeds": 1}, rules=(f"{file}:Dying", "backprop")))
    assert [outcome.status for outcome in result.outcomes] == ["failed", "done"]


def test_the_figure_is_a_function_of_the_table(result: Result, tmp_path: Path) -> None:
    files = [tmp_path / "one.svg", tmp_path / "two.svg"]
    for file in files:
        save(figure.draw(result.metrics, "a caption"), file, "svg")
    assert files[0].read_bytes() == files[1].read_bytes()
    drawn = figure.draw(result.metrics)
    left, right = drawn.axes
    (legend,) = drawn.legends
    assert [text.get_text() for text in legend.get_texts()] == list(dict.fromkeys(result.metrics.rule))
    curve = result.metrics.query("rule == 'backprop' and split == 'validation' and metric == 'accuracy'")
    assert left.lines[0].get_ydata()[-1] == pytest.approx(100 * (1 - curve[curve.epoch == 2].value.mean()))
    assert len(right.lines) == 3 * (1 + 2) + 1  # mean and two seeds of three rules, and the line at 90°


@pytest.mark.parametrize("seeds", [1, 3])
def test_the_figure_draws_what_there_is(seeds: int) -> None:
    """One seed, one rule, no angles: still a figure."""
    rows = [
        ("t", "r", seed, epoch, epoch, 0.0, "validation", "accuracy", "", 0.5 + epoch / 10)
        for seed in range(seeds)
        for epoch in range(3)
    ]
    columns = ["task", "rule", "seed", "epoch", "examples", "seconds", "split", "metric", "layer", "value"]
    assert len(figure.draw(pd.DataFrame(rows, columns=columns)).axes) == 2


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"seeds": 0}, "seeds is 0: expected one or more"),
        ({"epochs": 0}, "epochs is 0: expected one or more"),
        ({"rules": ()}, "at least one rule"),
        ({"rules": ("fa", "feedback-alignment")}, "each rule once"),
        ({"hidden": (8, 0)}, "positive whole numbers"),
        ({"batch_size": 0}, "positive whole number of examples"),
        ({"task": "digit"}, "did you mean 'digits'"),
        ({"rules": ("backprob",)}, "did you mean 'backprop'"),
        ({"rules": ("fa[fedback=he]",)}, "did you mean 'feedback'"),
        ({"optimiser": "sgd[rate=-1]"}, "learning rate is -1"),
        ({"optimiser": "sgd[rate=nan]"}, "option rate of optimiser 'sgd' is 'nan'"),
        ({"optimiser": "adma"}, "did you mean 'adam'"),
        ({"schedule": "cosin"}, "did you mean 'cosine'"),
        ({"activation": "tan"}, "did you mean 'tanh'"),
    ],
)
def test_bad_comparisons_are_refused_before_anything_runs(change: dict[str, object], expected: str) -> None:
    with pytest.raises(BadInput) as caught:
        Comparison(**{**QUICK, **change}).runs()
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_summary_tells_what_learning_costs(result: Result) -> None:
    """Each cost is a column of its own, beside multiply-adds; a rule that counts none of it has no estimate."""
    table = result.metrics
    rows = summary(result).set_index("rule")
    for rule in rows.index:
        mine = table[(table.rule == rule) & (table.split == "train") & (table.layer == "")]
        for name in ("multiply-adds", "elementwise operations", "random numbers"):
            values = mine[mine.metric == f"{name} per example"].value
            assert rows.loc[rule, name].estimate == pytest.approx(values.mean())
            assert len(values) == rows.loc[rule, name].n == 2
        for name in ("bytes of weights", "bytes of state", "bytes in flight"):
            assert rows.loc[rule, name].estimate == mine[mine.metric == name].value.mean()
    # float32: 2 · 8 + 8 and 8 · 2 + 2 forward, and feedback of 2 · 8
    weights = {rule: rows.loc[rule, "bytes of weights"].estimate / 4 for rule in rows.index}
    assert (weights["backprop"], weights["feedback-alignment"]) == (42, 42 + 16)
    assert (
        rows.loc["shallow", "elementwise operations"].estimate
        < rows.loc["backprop", "elementwise operations"].estimate
    )


def test_costs_have_a_table_of_their_own(result: Result) -> None:
    (cost,) = [table for table in report.tables(result, COMPARED) if table.title == "cost of learning"]
    heads = [column.head for column in cost.columns]
    assert heads[1:] == [
        *("elementwise operations /example", "random numbers /example"),
        *("bytes of weights", "bytes of state", "bytes in flight"),
    ]
    shown = {row[0]: dict(zip(heads, row, strict=True)) for row in cost.rows}
    assert shown["backprop"]["bytes of weights"] == "168"  # 42 weights of four bytes
    assert shown["backprop"]["random numbers /example"] == "0"


def test_what_a_rule_counts_itself_has_its_own_column(result: Result) -> None:
    """And multiply-adds of it are not counted, where they would say nothing."""
    metrics = result.metrics.copy()
    spiking = (metrics.rule == "shallow") & (metrics.metric == "multiply-adds per example")
    metrics.loc[spiking, "metric"] = "spikes per example"
    rows = summary(result._replace(metrics=metrics)).set_index("rule")
    assert rows.loc["shallow", "multiply-adds"].n == 0
    assert rows.loc["shallow", "spikes"] == summary(result).set_index("rule").loc["shallow", "multiply-adds"]
    assert rows.loc["backprop", "spikes"].n == 0
    shown = report.summary_table(result._replace(metrics=metrics), Comparison(**QUICK))  # type: ignore[arg-type]
    heads = [column.head for column in shown.columns]
    columns = [heads.index(f"{name} /example") for name in ("multiply-adds", "spikes")]
    of = {row[0]: [row[place] for place in columns] for row in shown.rows}
    assert of["shallow"][0] == of["backprop"][1] == "–"
    assert "–" not in (of["shallow"][1], of["backprop"][0])
    assert "spikes" not in summary(result).columns
