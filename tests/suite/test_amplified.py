"""Rounding that learning amplifies is told from a changed equation.

Oracle: the same run in another order of rounding is amplified rounding; a run whose rate is a thousandth larger is not,
though both end equally far away, as learning by dual propagation on digits is unstable by its end.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from plausible.networks.activations import relu
from plausible.networks.mlp import MLP
from plausible.optimise.sgd import SGD
from plausible.study.amplified import Nudged, nudged
from plausible.study.experiment import Experiment
from plausible.study.networked import network_of
from plausible.study.run import Row, Run
from plausible.study.verified import Cell, compared, recomputed

RUN = Run(
    "digits", "dual-propagation[nudge=0.1]", MLP((24, 24, 24), relu), SGD(0.05, momentum=0.9), 8, 32, seed=2
)
CELL = Cell("mine", "", "", 1.0, "bitwise")


def table_of(run: Run) -> pd.DataFrame:
    """What a table has of a run that was computed elsewhere."""
    return pd.DataFrame(recomputed(run).rows, columns=list(Row._fields)).assign(status="done")


def test_rounding_is_told_from_a_changed_rate() -> None:
    outcome = recomputed(RUN)
    elsewhere = table_of(replace(RUN, optimiser=Nudged(RUN.optimiser, seed=7)))
    changed = table_of(replace(RUN, optimiser=SGD(0.05005, momentum=0.9)))
    cell = compared(CELL, elsewhere, RUN, outcome)
    assert (cell.verdict, cell.reason) == ("amplified", "")
    assert cell.largest > cell.bound
    assert compared(CELL, elsewhere, RUN, outcome, settled=True).verdict == "different"
    other = compared(CELL, changed, RUN, outcome)
    assert (other.verdict, other.reason) == ("different", "")
    assert other.largest < 2 * cell.largest  # the end alone would not tell them apart


def test_a_change_at_the_end_alone_is_no_rounding() -> None:
    """Of the loss by a thousandth, where rounding has come to a ten-thousandth of it or less."""
    run = replace(RUN, optimiser=SGD(0.01, momentum=0.9), epochs=2)
    table = table_of(run)
    last = table[table.metric == "loss"].index[-1]
    table.loc[last, "value"] *= 1.001
    assert compared(CELL, table, run, recomputed(run)).verdict == "different"


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


def test_an_experiment_has_no_weights_to_nudge() -> None:
    assert nudged(Experiment("studies.stdp_windows:triplets", (), 0)) == []


def test_a_run_has_a_network_and_an_experiment_has_none() -> None:
    assert network_of(RUN) is RUN.network
    assert network_of(Experiment("studies.stdp_windows:triplets", (), 0)) is None
