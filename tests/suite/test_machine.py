"""With what a run was computed stands with it, and with tables. Oracle: what the system and threadpoolctl say."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_info

import plausible as pl
from plausible.study.course import execute
from plausible.study.engine import Claims
from plausible.study.keys.key import key
from plausible.study.store import tables
from plausible.study.store.store import Store
from plausible.study.workers import machine as machines
from plausible.study.workers.machine import machine, processor
from plausible.study.workers.travel import heard, told
from tests.processes import finished
from tests.suite.command import command, computed
from tests.suite.quick import QUICK

STUDY = """
from plausible.networks.mlp import MLP
from plausible.optimise.sgd import SGD
from plausible.study.study import Study, cells
from tests.processes import finished

def fast():
    return cells(["two-moons[examples=100]"], ["fa"], [MLP((4,))], SGD(0.1, momentum=0.9), 2, 10, seeds=2)

study = Study("mine", "Where?", {"smoke": fast, "fast": fast})
"""


def test_a_machine_is_its_processor_and_the_kernel_of_its_blas() -> None:
    about = machine()
    assert about.keys() == {"processor", "blas", "commit", "platform", "python"}
    assert all(text for name, text in about.items() if name != "commit")  # "" where it lies in no repository
    used = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    assert used
    for pool in used:
        assert f"{pool['internal_api']} {pool['version']}" in about["blas"]
        assert pool.get("architecture", "") in about["blas"]
    assert os.uname().nodename not in " ".join(about.values()).split()


def test_the_commit_is_that_of_the_code_and_says_if_files_are_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def git(*words: str) -> str:
        command = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b", *words]
        return finished(command).stdout

    monkeypatch.setattr(machines, "PROJECT", tmp_path)
    asked = machines.commit.__wrapped__  # what it remembers is of this process
    assert asked() == ""
    for name in machines.CODE:
        (tmp_path / name).mkdir()
        (tmp_path / name / "code.py").write_text("1\n")
    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "one")
    assert asked() == git("rev-parse", "HEAD")[:12]
    (tmp_path / "notes.txt").write_text("beside the code\n")
    assert asked() == git("rev-parse", "HEAD")[:12]
    (tmp_path / "studies" / "code.py").write_text("2\n")
    assert asked() == git("rev-parse", "HEAD")[:12] + "+"


@pytest.mark.parametrize(
    ("lines", "model"),
    [
        ("processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\nmodel\t\t: 85\n", "Some CPU @ 2 GHz"),
        ("processor\t: 0\nBogoMIPS\t: 243\n\nModel\t\t: Raspberry Pi 5\n", "Raspberry Pi 5"),
    ],
)
def test_the_processor_is_read_as_each_architecture_says_it(
    lines: str, model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cpuinfo").write_text(lines)
    monkeypatch.setattr(machines, "CPUINFO", tmp_path / "cpuinfo")
    assert processor() == model
    monkeypatch.setattr(machines, "CPUINFO", tmp_path / "none")
    assert processor()


def test_a_stored_run_says_with_what_it_was_computed_which_is_no_part_of_its_key(store: Store) -> None:
    """The worker says it, which may be on another machine than the store."""
    before = key(QUICK)
    sent = json.loads(told(execute(QUICK)))
    sent[sent.index(machine())] |= {"processor": "another one"}
    outcome = heard(QUICK, json.dumps(sent))
    claims = Claims(store)
    claims.claim(QUICK)
    claims.settle(outcome)
    stored = store.find(before)
    assert stored is not None
    assert stored.machine == machine() | {"processor": "another one"}
    assert stored.computed_with().keys() >= {"processor", "blas", "platform", "python", "numpy", "scipy"}
    (status,) = store.runs.glob("*/status.json")
    assert os.uname().nodename not in status.read_text(encoding="utf-8").split('"')


def test_an_exported_table_says_with_what_its_runs_were_computed(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.py").write_text(STUDY)
    computed([QUICK], store)
    other = execute(dataclasses.replace(QUICK, seed=1))
    store.save(key(other.run), dataclasses.replace(other, machine=machine() | {"processor": "another one"}))
    ended = command("export", str(tmp_path / "mine.py"), "--folder", str(tmp_path), capsys=capsys)
    assert ended.code == 0, ended.err
    about = tables.computed_with(tmp_path / "mine.parquet")
    assert sorted((one["processor"], one["runs"]) for one in about) == sorted(
        [("another one", 1), (processor(), 1)]
    )
    assert {one["blas"] for one in about} == {machine()["blas"]}
    assert all({"numpy", "scipy", "python", "platform"} <= one.keys() for one in about)
    assert tables.read(tmp_path / "mine.parquet").key.nunique() == 2


def test_a_summary_says_with_what_its_runs_were_computed_and_their_keys(store: Store, tmp_path: Path) -> None:
    """Also of runs that were stored before."""
    for _ in range(2):
        made = pl.compare("fa,backprop", "two-moons[examples=100]", seeds=2, epochs=1, workers=0, store=store)
        about = json.loads(made.write(tmp_path / "out")[2].read_text(encoding="utf-8"))
        (one,) = about["machines"]
        assert one["runs"] == len(about["runs"]) == 4
        assert {name: one[name] for name in machine()} == machine()
        assert one["numpy"] == np.__version__
        assert {run["key"] for run in about["runs"]} == {folder.name for folder in store.folders()}
