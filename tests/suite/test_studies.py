"""Studies are run once, kept whole, and say what was lost. Oracle: the promises of the design, by experiment."""

from __future__ import annotations

import os
import shutil
import signal
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from plausible.networks.mlp import MLP
from plausible.optimise.sgd import SGD
from plausible.study.course import execute
from plausible.study.keys.key import key
from plausible.study.store.store import Store
from plausible.study.study import Skipped, Study, cells
from tests.processes import COMMAND, finished, heard, session, started, until
from tests.suite.command import command
from tests.suite.quick import RULE, SLEEPS, mine

STUDY = (
    SLEEPS
    + """
import os
from dataclasses import dataclass
import numpy as np
from baselines.backprop import Backprop
from plausible.networks.mlp import MLP
from plausible.optimise.sgd import SGD
from plausible.study.study import Study, cells

@dataclass(frozen=True)
class Raises(Backprop):
    def signals(self, params, passed, error):
        raise RuntimeError("no idea")

@dataclass(frozen=True)
class Exits(Backprop):
    def signals(self, params, passed, error):
        os._exit(3)

@dataclass(frozen=True)
class Hangs(Backprop):
    def signals(self, params, passed, error):
        sleeps()

@dataclass(frozen=True)
class Eats(Backprop):
    def signals(self, params, passed, error):
        np.ones(2**40)

@dataclass(frozen=True)
class Diverges(Backprop):
    def signals(self, params, passed, error):
        return [np.nan * signal for signal in super().signals(params, passed, error)]

def smoke():
    here = __file__
    rules = ["backprop", *(f"{here}:{name}" for name in NAMES)]
    return cells(["two-moons[examples=100]"], rules, [MLP((4,))], SGD(0.1), 2, 10, seeds=2)

NAMES = ["Raises", "Exits", "Eats", "Diverges"]
study = Study("mine", "Does it hold?", {"smoke": smoke})
"""
)


def test_one_bad_run_costs_itself_alone(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(STUDY)
    arguments = ("run", str(file), "--scale", "smoke", "--workers", "2")
    code, out, err = command(*arguments, capsys=capsys)
    assert code == 1
    assert "10 computed, 0 were there" in out
    for line in (
        "Raises@two-moons[examples=100]/0: failed: RuntimeError: no idea",
        "Exits@",
        "Eats@",
        "Diverges@",
    ):
        assert line in err
    assert "MemoryError" in err
    assert "diverged: weights or loss not finite" in err
    statuses = pd.Series({(s.run.rule.rpartition(":")[2], s.run.seed): s.status for s in store})
    assert statuses.groupby(level=0).agg(set).to_dict() == {
        **{name: {"failed"} for name in ("Raises", "Exits", "Eats")},
        "Diverges": {"diverged"},
        "backprop": {"done"},
    }
    code, out, _ = command(*arguments, capsys=capsys)
    assert (code, "0 computed, 10 were there" in out) == (1, True)
    code, out, _ = command(*arguments, "--retry-failed", "--only", "Raises*", capsys=capsys)
    assert "2 computed, 0 were there" in out
    code, out, _ = command("status", str(file), "--scale", "smoke", capsys=capsys)
    assert [line.split() for line in out.splitlines()[-3:]] == [
        ["2", "done"],
        ["2", "diverged"],
        ["6", "failed"],
    ]


def test_a_run_that_hangs_is_ended(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.py"
    file.write_text(STUDY.replace('NAMES = ["Raises", "Exits", "Eats", "Diverges"]', 'NAMES = ["Hangs"]'))
    code, _, err = command(
        "run", str(file), "--scale", "smoke", "--limit", "1000", "--only", "*/0", capsys=capsys
    )
    assert code == 1
    assert "Hangs@two-moons[examples=100]/0: timed out" in err
    assert {stored.status for stored in store} == {"done", "timed out"}


def test_a_combination_that_cannot_be_is_a_row_with_its_reason() -> None:
    found = cells(["xor", "two-moons[examples=100]"], ["backprop"], [MLP((4,))], SGD(0.1), 1, 4, seeds=3)
    skipped = [cell for cell in found if isinstance(cell, Skipped)]
    assert len(found) == 4
    assert [cell.run.task for cell in skipped] == ["xor"]
    assert "two or more for softmax" in skipped[0].reason


EXECUTORS = {"one": ["--workers", "1"], "two": ["--workers", "2"], "dask": ["--executor", "dask:local"]}


def test_workers_and_executors_change_nothing(tmp_path: Path) -> None:
    """In processes of their own, as Dask leaves threads behind; the tables are equal to the last bit.

    Files in the folder are not run because they are called as modules of the library.
    """
    pytest.importorskip("distributed", reason="the extra `dask` is not installed")
    hostile = tmp_path / "hostile"
    hostile.mkdir()
    for module in ("random", "queue", "numpy", "pickle", "socket", "signal", "threading"):
        (hostile / f"{module}.py").write_text("raise SystemExit('this is run')\n")
    tables = []
    for name, arguments in EXECUTORS.items():
        line = [*COMMAND, "run", "accuracy", "--scale", "smoke", *arguments]
        environment = {**os.environ, "PLAUSIBLE_RESULTS": str(tmp_path / name)}
        ended = finished(line, environment, cwd=hostile)
        assert "8 computed, 0 were there" in ended.stdout
        assert "Traceback" not in ended.stderr
        tables.append(stored_numbers(tmp_path / name))
    for table in tables[1:]:
        pd.testing.assert_frame_equal(tables[0], table, check_exact=True)


def test_why(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = mine(tmp_path / "a", RULE)
    store.save(key(run), execute(run))
    name = key(run).name
    assert "nothing changed" in command("why", name[:8], capsys=capsys)[1]
    mine(tmp_path / "a", RULE.replace("2 *", "3 *"))
    told = command("why", name[:8], capsys=capsys)[1]
    assert told == "the code of mine.py changed\nthe data were not looked at\n"
    assert command("clean", "--all", "--yes", capsys=capsys)[1] == "0 left over and 1 stale removed\n"
    assert list(store) == []


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["run", "acuracy"], "did you mean 'accuracy'"),
        (["run", "accuracy", "--scale", "fats"], "did you mean 'fast'"),
        (["run", "accuracy", "--scale", "smoke", "--only", "nothing*"], "no run of 'accuracy' matches"),
        (["run", "accuracy", "--scale", "smoke", "--executor", "cloud"], "unknown executor 'cloud'"),
        (["run", "accuracy", "--scale", "smoke", "--workers", "-1"], "the number of workers is -1"),
        (["run", "accuracy", "--scale", "smoke", "--limit", "-1"], "the limit in seconds is -1"),
        (["run", "./nowhere.py"], "is not there"),
        (["why", "zzz"], "0 stored runs begin with 'zzz'"),
        (["export", "accuracy", "--scale", "smoke"], "8 of 8 runs missing"),
    ],
    ids=str,
)
def test_bad_input_of_studies(
    arguments: list[str], expected: str, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = command(*arguments, capsys=capsys)
    assert (code, err.count("\n")) == (2, 1)
    assert expected in err


def test_a_study_file_that_raises(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "broken.py"
    file.write_text("raise OSError('no\\nway')")
    code, _, err = command("run", str(file), capsys=capsys)
    assert (code, err.count("\n")) == (2, 1)
    assert "OSError: no" in err


def test_every_study_has_its_scales() -> None:
    from plausible.study.study import candidates, find

    names = {file.stem for file in candidates() if "study = Study(" in file.read_text()}
    assert "accuracy" in names
    for name in names:
        study = find(name)
        assert isinstance(study, Study)
        assert study.name == name
        assert study.question.endswith("?")
        assert {"smoke", "fast", "paper"} <= set(study.scales) <= {"smoke", "fast", "long", "tuned", "paper"}
        assert study.cells("smoke")


def stored_numbers(folder: Path) -> pd.DataFrame:
    """Every measurement in a store but those of time."""
    found = Store(folder).load()
    found = found[found.metric != "examples per second"].drop(columns="seconds")
    return found.sort_values(list(found.columns)).reset_index(drop=True)


@pytest.mark.slow
def test_kills_at_random_instants_lose_only_what_was_in_flight(tmp_path: Path) -> None:
    """Twenty kills of the main process and twenty of a worker; then the table is that of an undisturbed run."""
    import psutil

    def arguments(folder: str) -> tuple[list[str], dict[str, str]]:
        environment = {**os.environ, "PLAUSIBLE_RESULTS": str(tmp_path / folder)}
        return [
            *COMMAND,
            "run",
            "accuracy",
            "--scale",
            "smoke",
            "--workers",
            "2",
            "--retry-failed",
        ], environment

    line, environment = arguments("calm")
    finished(line, environment)
    rng = np.random.default_rng(0)
    line, environment = arguments("stormy")
    for victim in ["main", "worker"] * 20:
        with started(line, env=environment) as process:
            time.sleep(rng.uniform(0.5, 6))
            children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
            if victim == "main" or not children:
                process.kill()
            else:
                rng.choice(np.array(children, dtype=object)).send_signal(signal.SIGKILL)
            heard(process)
            until(lambda: not session(process.pid))
        assert all(stored.status in ("done", "failed") for stored in Store(tmp_path / "stormy"))
        if victim == "worker" and rng.random() < 0.3:  # begin anew, so that there is always something to lose
            for stored in list(Store(tmp_path / "stormy"))[::2]:
                shutil.rmtree(stored.folder)
    finished(line, environment)
    pd.testing.assert_frame_equal(
        stored_numbers(tmp_path / "stormy"), stored_numbers(tmp_path / "calm"), check_exact=True
    )


@pytest.mark.slow
def test_two_processes_share_one_store_without_waste(tmp_path: Path) -> None:
    line = [*COMMAND, "run", "accuracy", "--scale", "smoke", "--workers", "1"]
    environment = {**os.environ, "PLAUSIBLE_RESULTS": str(tmp_path)}
    with started(line, env=environment) as one, started(line, env=environment) as other:
        processes = (one, other)
        outputs = [heard(process)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert len(list(Store(tmp_path))) == 8
    assert list((tmp_path / "quarantine").glob("*")) == []
    computed = [int(output.split(": ")[1].split()[0]) for output in outputs]
    assert sum(computed) == 8, f"every run once, in one of the two: {computed}"


@pytest.mark.slow
def test_a_full_disk_costs_what_was_in_flight(tmp_path: Path) -> None:
    """One line and exit code 2; what was stored stays; with room, the study goes on to the same table."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=80k", "tmpfs", str(disk)]
    if finished(mount, check=False).returncode:
        pytest.skip("a small file system cannot be mounted here")
    try:
        line = [*COMMAND, "run", "accuracy", "--scale", "smoke", "--workers", "2"]
        full = {**os.environ, "PLAUSIBLE_RESULTS": str(disk)}
        ended = finished(line, full, check=False)
        assert ended.returncode == 2
        assert "No space left on device" in ended.stderr
        assert "Traceback" not in ended.stderr
        stored = [run.key for run in Store(disk)]
        assert 0 < len(stored) < 8
        assert not (disk / "quarantine").exists()
        finished(["mount", "-o", "remount,size=20m", str(disk)])
        again = finished(line, full)
        assert f"{8 - len(stored)} computed, {len(stored)} were there" in again.stdout
        calm = {**os.environ, "PLAUSIBLE_RESULTS": str(tmp_path / "calm")}
        finished(line, calm)
        pd.testing.assert_frame_equal(
            stored_numbers(disk), stored_numbers(tmp_path / "calm"), check_exact=True
        )
    finally:
        finished(["umount", str(disk)], check=False)
