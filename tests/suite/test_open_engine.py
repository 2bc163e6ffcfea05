"""All that a user can bring, in one file and one study: killed, resumed elsewhere, reported and drawn.

Oracle: the same study in one process, number by number, and what each part is by its definition.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from plausible.contract.check import check, kind_of
from plausible.registry.files import from_file
from plausible.study.run import Run
from plausible.study.store.store import Store
from tests.processes import COMMAND, session, started, until
from tests.suite.command import command
from tests.suite.own_engine import written

SMOKE = ("--scale", "smoke")


def measured(folder: Path) -> pd.DataFrame:
    """All that the runs of a store have measured, but for times and what is counted in them."""
    table = pd.concat([stored.metrics().assign(status=stored.status) for stored in Store(folder)])
    table = table[~table.metric.str.contains("second|per ")].drop(columns="seconds")
    return table.sort_values(["key", "epoch", "split", "metric", "layer"]).reset_index(drop=True)


def killed(study: Path, folder: Path, gate: Path) -> None:
    """Run the study on two workers until two of its runs are stored, and the others under way; then kill it."""
    around = {**os.environ, "PLAUSIBLE_RESULTS": str(folder), "GATE": str(gate)}
    with started([*COMMAND, "run", str(study), *SMOKE, "--workers", "2"], env=around) as process:
        until(lambda: len(list(folder.glob("runs/*"))) >= 2, process)
        os.kill(process.pid, signal.SIGKILL)
        until(lambda: not session(process.pid))


def test_a_study_of_ones_own_in_every_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("distributed", reason="the extra `dask` is not installed")
    study = written(tmp_path / "mine")
    results, gate = tmp_path / "results", tmp_path / "gate"
    gate.mkdir()
    monkeypatch.chdir(study.parents[1])
    monkeypatch.setenv("PLAUSIBLE_RESULTS", str(results))

    killed(study, results, gate)
    assert len(list(results.glob("runs/*"))) == 2
    ended = command("run", "open", *SMOKE, "--workers", "2", "--executor", "dask:local", capsys=capsys)
    assert (ended.code, ended.out) == (0, "open, smoke: 2 computed, 2 were there\n"), ended.err

    monkeypatch.setenv("PLAUSIBLE_RESULTS", str(tmp_path / "here"))
    ended = command("run", "open", *SMOKE, "--workers", "0", capsys=capsys)
    assert (ended.code, ended.out) == (0, "open, smoke: 4 computed, 0 were there\n"), ended.err
    found = measured(results)
    pd.testing.assert_frame_equal(found, measured(tmp_path / "here"), check_exact=True)
    assert {"largest weight", "gradient angle", "accuracy"} <= set(found.metric)
    check_parts(study)

    monkeypatch.setenv("PLAUSIBLE_RESULTS", str(results))
    ended = command("status", "open", *SMOKE, capsys=capsys)
    assert (ended.code, "done" in ended.out, "missing" in ended.out) == (0, True, False)
    for stored in Store(results):
        ended = command("why", stored.key.name, "--execute-files", capsys=capsys)
        assert (ended.code, "nothing changed" in ended.out) == (0, True), ended
    ended = command("report", "open", *SMOKE, capsys=capsys)
    assert (ended.code, "ResidualFeedback" in ended.out) == (0, True), ended.err
    assert command("export", "open", *SMOKE, capsys=capsys).code == 0
    ended = command("figure", "open", "--format", "svg", capsys=capsys)
    assert ended.code == 0, ended.err
    (drawing,) = Path.cwd().rglob("open.svg")
    assert drawing.read_text(encoding="utf-8").count("<path") > 4


def check_parts(study: Path) -> None:
    """Each part of the runs is the user's own, and does what it says."""
    own: Any = {
        name: from_file(str(study.with_name("own.py")), name)
        for name in ("Residual", "softsign", "Sparse", "Signs", "Largest", "rings")
    }
    runs = {stored.run for stored in Store()}
    assert all(isinstance(run, Run) for run in runs)
    assert {run.network for run in runs} == {own["Residual"](6, 2, own["softsign"], init=own["Sparse"](2))}
    assert {run.optimiser for run in runs} == {own["Signs"](0.02)}
    assert all(own["Largest"](2.0) in run.probes for run in runs)
    h = np.linspace(-3, 3, 7)
    step = 1e-6
    slope = (own["softsign"].value(h + step) - own["softsign"].value(h - step)) / (2 * step)
    np.testing.assert_allclose(own["softsign"].slope(own["softsign"].value(h)), slope, rtol=1e-6)
    weights = own["Sparse"](2).draw(np.random.default_rng(0), 5, 4)
    assert (np.sort(abs(weights), axis=0)[:, 0] == np.array([0, 0, 0, 1, 1]) / 2**0.5).all()
    params = {"W": np.array([1.0, 2.0])}
    own["Signs"](0.5).apply(params, {"W": np.array([3.0, -3.0])}, own["Signs"]().init(params))
    assert params["W"].tolist() == [1.5, 1.5]


KINDS = {
    "ResidualBackprop": "rule",
    "ResidualFeedback[feedback_init=zero]": "rule",
    "Residual": "network",
    "Signs[rate=0.1]": "optimiser",
    "rings[examples=90]": "task",
    "Sparse[into=2]": "init",
    "Largest": "probe",
    "softsign": "activation",
}


@pytest.mark.parametrize("name", KINDS)
def test_each_part_keeps_the_contract_of_its_kind(name: str, tmp_path: Path) -> None:
    """And is told to be of its kind."""
    text = f"{written(tmp_path / 'mine').with_name('own.py')}:{name}"
    assert kind_of(text) == KINDS[name]
    broken = [finding for finding in check(text) if finding.verdict not in ("kept", "not applicable")]
    assert broken == []
