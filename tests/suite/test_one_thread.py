"""A run computes with one thread, wherever it learns. Oracle: threadpoolctl, asked by a rule at work."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from threadpoolctl import threadpool_limits

import plausible as pl
from plausible.study.campaign import Plan, carry_out
from plausible.study.engine import Silent
from plausible.study.keys.key import key
from plausible.study.store.store import Store
from tests.processes import COMMAND, finished
from tests.suite.quick import mine

ALONE = """
from dataclasses import dataclass
from threadpoolctl import threadpool_info
from baselines.backprop import Backprop

@dataclass(frozen=True)
class Mine(Backprop):
    def signals(self, params, passed, error):
        assert {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"} == {1}
        return super().signals(params, passed, error)
"""


@pytest.mark.parametrize("where", ["here", "fit", "worker"])
def test_a_run_computes_with_one_thread_however_many_there_are(
    where: str, store: Store, tmp_path: Path
) -> None:
    run = mine(tmp_path, ALONE)
    with threadpool_limits(2):
        if where == "here":
            assert carry_out(Plan({run: key(run)}), store, Silent(), workers=0) == 1
            assert [stored.status for stored in store] == ["done"]
        elif where == "fit":
            assert pl.fit(run.rule, run.task, hidden=(4,), epochs=1).status == "done"
        else:
            line = [
                *COMMAND,
                "compare",
                "--task",
                run.task,
                "--rules",
                run.rule,
                "--seeds",
                "1",
                "--epochs",
                "1",
            ]
            several = {f"{library}_NUM_THREADS": "2" for library in ("OPENBLAS", "MKL", "OMP")}
            finished([*line, "--hidden", "4", "--workers", "1"], os.environ | several, cwd=tmp_path)
