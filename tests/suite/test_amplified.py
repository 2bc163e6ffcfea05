"""Rounding that learning amplifies is told from a changed equation.

Oracle: the same run in another order of rounding is amplified rounding; a run whose rate is a thousandth larger is not,
though both end equally far away, as learning by dual propagation on digits is unstable by its end.
"""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from plausible.networks.activations import relu
from plausible.networks.mlp import MLP
from plausible.optimise.sgd import SGD
from plausible.probes.criterion import Within
from plausible.study import verified
from plausible.study.amplified import Nudged
from plausible.study.experiment import Experiment
from plausible.study.networked import network_of
from plausible.study.run import Outcome, Row, Run
from plausible.study.verified import Cell, compared, recomputed
from plausible.study.workers.kernels import elsewhere

RUN = Run(
    "digits", "dual-propagation[nudge=0.1]", MLP((24, 24, 24), relu), SGD(0.05, momentum=0.9), 8, 32, seed=2
)
CELL = Cell("mine", "", "", 1.0, "bitwise")


def table_of(run: Run) -> pd.DataFrame:
    """What a table has of a run that was computed elsewhere."""
    return pd.DataFrame(recomputed(run).rows, columns=list(Row._fields)).assign(status="done")


def test_rounding_is_told_from_a_changed_rate() -> None:
    """A rate that differs by a fiftieth of a per cent; what rounding has grown to at the end is as large."""
    outcome = recomputed(RUN)
    elsewhere = [table_of(replace(RUN, optimiser=Nudged(RUN.optimiser, seed=seed))) for seed in (7, 12, 13)]
    changed = table_of(replace(RUN, optimiser=SGD(0.05001, momentum=0.9)))
    cells = [compared(CELL, table, RUN, outcome) for table in elsewhere]
    assert {(cell.verdict, cell.reason) for cell in cells} == {("amplified", "")}
    assert all(cell.largest > cell.bound for cell in cells)
    assert compared(CELL, elsewhere[0], RUN, outcome, settled=True).verdict == "different"
    other = compared(CELL, changed, RUN, outcome)
    assert (other.verdict, other.reason) == ("different", "")
    largest = max(cell.largest for cell in cells)
    assert other.largest < 2 * largest  # the end alone would not tell them apart


def test_one_answer_more_is_no_change_where_rounding_has_grown() -> None:
    """Of the validation split, whose examples are fewer than those that training is measured by."""
    outcome, first = recomputed(RUN), 1
    table = table_of(replace(RUN, optimiser=Nudged(RUN.optimiser, seed=7)))
    accuracies = table[(table.metric == "accuracy") & (table.split == "validation")].sort_values("examples")
    table.loc[accuracies.index[first], "value"] += 1 / 359
    assert compared(CELL, table, RUN, outcome).verdict == "amplified"
    table.loc[accuracies.index[first], "value"] += 20 / 359
    assert compared(CELL, table, RUN, outcome).verdict == "different"


def test_a_run_that_fails_today_is_another() -> None:
    cell = compared(CELL, table_of(RUN), RUN, Outcome(RUN, "failed", "no data", []))
    assert (cell.verdict, "it is failed today (no data), was done" in cell.reason) == ("different", True)


def test_a_change_at_the_end_alone_is_no_rounding() -> None:
    """Of the loss by a thousandth, where rounding has come to a ten-thousandth of it or less."""
    run = replace(RUN, optimiser=SGD(0.01, momentum=0.9), epochs=2)
    table = table_of(run)
    last = table[table.metric == "loss"].index[-1]
    table.loc[last, "value"] *= 1.001
    assert compared(CELL, table, run, recomputed(run)).verdict == "different"


def test_one_number_that_has_changed_alone_is_no_rounding() -> None:
    """A last accuracy that is ten points less, where all else that is measured of these weights is as it was."""
    outcome = recomputed(RUN)
    table = table_of(RUN)
    last = table[(table.metric == "accuracy") & (table.split == "validation")].index[-1]
    table.loc[last, "value"] -= 0.1
    assert compared(CELL, table, RUN, outcome).verdict == "different"


@pytest.mark.parametrize(("times", "verdict"), [(2, "amplified"), (5, "amplified"), (8, "different")])
def test_a_difference_is_held_against_what_nudges_come_to(
    times: float, verdict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each nudge moves the last losses by a hundredth; the table's differ by so many hundredths."""
    outcome = recomputed(RUN)
    last = max(row.examples for row in outcome.rows)

    def moved(by: float) -> list[Row]:
        there = (row.metric == "loss" and row.examples == last for row in outcome.rows)
        return [
            row._replace(value=row.value * (1 + by * at)) for row, at in zip(outcome.rows, there, strict=True)
        ]

    monkeypatch.setattr(verified, "recomputed", lambda run: Outcome(run, "done", "", moved(0.01)))
    table = pd.DataFrame(moved(0.01 * times), columns=list(Row._fields)).assign(status="done")
    assert compared(CELL, table, RUN, outcome).verdict == verdict


def test_a_criterion_may_be_met_at_another_time_by_rounding_alone() -> None:
    """What is measured before decides; where nothing differs there, it is the criterion that has changed."""
    run = replace(RUN, rule="backprop", optimiser=SGD(0.1, momentum=0.9), epochs=4, until=Within(0.5))
    outcome = recomputed(run)
    table = pd.DataFrame(outcome.rows, columns=list(Row._fields)).assign(status="done")
    sooner = table[table.examples < table.examples.max()]
    assert compared(CELL, table, run, outcome).verdict == "bitwise"
    cell = compared(CELL, sooner, run, outcome)
    assert (cell.verdict, "at another time" in cell.reason) == ("different", True)
    losses = (sooner.metric == "loss") & (sooner.examples == sooner.examples.unique()[-2])
    grown = sooner.assign(value=sooner.value.where(~losses, sooner.value * (1 + 1e-7)))
    assert compared(CELL, grown, run, outcome).verdict == "amplified"
    assert compared(CELL, grown, replace(run, until=None), outcome).verdict == "rounding"


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_nudge_is_a_unit_in_the_last_place(dtype: str) -> None:
    params = {"W1": np.array([1.0, -3.0, 0.0], dtype), "b1": np.ones(2, dtype)}
    optimiser = Nudged(SGD(0.5), seed=1)
    optimiser.apply(params, {"W1": np.zeros(3, dtype)}, optimiser.init(params))
    moved = np.abs(params["W1"] - np.array([1.0, -3.0, 0.0], dtype))
    eps = np.finfo(dtype).eps
    assert params["W1"].dtype == dtype
    assert moved[2] == 0
    assert eps / 2 <= moved[0] <= eps
    assert 2 * eps <= moved[1] <= 4 * eps
    assert (params["b1"] == 1).all()


ONLINE = Experiment(
    "studies.song2024:online",
    (("rule", "backprop"), ("rate", 1.0), ("task", "digits"), ("batch", 8), ("iterations", 512)),
    1,
)


def test_another_kernel_computes_the_same_experiment_in_a_process_of_its_own() -> None:
    """To a thousandth of a per cent, if BLAS has another kernel; the environment of this process stays as it was."""
    outcome, before = recomputed(ONLINE), dict(os.environ)
    for other in elsewhere(ONLINE):
        assert other.status == "done"
        assert [row[:5] + row[6:9] for row in other.rows] == [row[:5] + row[6:9] for row in outcome.rows]
        assert [row.value for row in other.rows] == pytest.approx(
            [row.value for row in outcome.rows], abs=1e-3
        )
    assert dict(os.environ) == before


@pytest.mark.parametrize(
    ("first", "verdict"), [(0.0, "amplified"), (1e-3, "different")], ids=["grown", "from the start"]
)
def test_an_experiment_is_held_against_other_kernels(
    monkeypatch: pytest.MonkeyPatch, first: float, verdict: str
) -> None:
    """Kernels that come apart half way excuse a table that does, too, and none that is another from the start."""
    outcome = recomputed(ONLINE)
    half = len(outcome.rows) // 2
    apart = [row._replace(value=row.value + 0.5 * (at >= half)) for at, row in enumerate(outcome.rows)]
    monkeypatch.setattr(verified, "elsewhere", lambda run: iter([Outcome(run, "done", "", apart)]))
    values = [row.value + (-0.7 if at >= half else first) for at, row in enumerate(outcome.rows)]
    table = pd.DataFrame(outcome.rows, columns=list(Row._fields)).assign(status="done", value=values)
    assert compared(CELL, table, ONLINE, outcome).verdict == verdict
    monkeypatch.setattr(verified, "elsewhere", lambda run: iter([]))
    assert compared(CELL, table, ONLINE, outcome).verdict == "different"


def test_a_run_has_a_network_and_an_experiment_has_none() -> None:
    assert network_of(RUN) is RUN.network
    assert network_of(Experiment("studies.stdp_windows:triplets", (), 0)) is None
