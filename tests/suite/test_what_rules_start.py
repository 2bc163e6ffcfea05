"""What a rule starts ends with the worker, however that ends. Oracle: the processes that are alive.

What becomes of it when the command is interrupted or killed is in `test_interrupts.py`.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from plausible.contract import aside
from plausible.study.run import Outcome
from plausible.study.workers.executors import LocalWorkers
from tests.contract.test_contract import SOUND
from tests.processes import COMMAND, PATIENCE, started, until
from tests.suite.quick import QUICK

STARTS = """
import multiprocessing, os, signal, subprocess, sys, time
from dataclasses import dataclass
from pathlib import Path
from baselines.backprop import Backprop

HERE = Path(__file__).parent
BEGIN = '''
import os, signal, sys, time
from pathlib import Path

def asked(*_):
    Path(sys.argv[1], 'asked', str(os.getpid())).touch()
    sys.exit()

signal.signal(signal.SIGTERM, asked if sys.argv[2] == 'heeds' else signal.SIG_IGN)
Path(sys.argv[1], 'begun', str(os.getpid())).touch()
time.sleep(100000)
'''

def sleeps():
    (HERE / "begun" / str(os.getpid())).touch()
    time.sleep(100000)

def begin():
    kinds = ("heeds", "ignores")
    made = [subprocess.Popen([sys.executable, "-S", "-c", BEGIN, str(HERE), kind]) for kind in kinds]
    made.append(multiprocessing.get_context("fork").Process(target=sleeps))
    made[-1].start()
    while not all((HERE / "begun" / str(one.pid)).exists() for one in made):
        time.sleep(0.01)
"""
RULES = (
    STARTS
    + """
def rule(does):
    class Made(Backprop):
        def init(self, n_in, n_out, rng):
            begin()
            does()
            return super().init(n_in, n_out, rng)
    return dataclass(frozen=True)(Made)

def stubborn():
    (HERE / "stubborn").touch()
    while True:
        try:
            time.sleep(1000)
        except BaseException:
            pass

Dies = rule(lambda: os._exit(3))
Killed = rule(lambda: os.kill(os.getpid(), signal.SIGKILL))
Stubborn = rule(stubborn)
Goes = rule(lambda: None)
"""
)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Path]:
    """A folder where processes say that they have begun; they are killed at the end, whatever happens."""
    for name in ("begun", "asked"):
        (tmp_path / name).mkdir()
    (tmp_path / "rules.py").write_text(RULES)
    yield tmp_path
    for process in begun(tmp_path):
        with suppress(psutil.NoSuchProcess):
            process.kill()


def begun(folder: Path) -> list[psutil.Process]:
    """Those that have begun and are alive."""
    found = []
    for file in (folder / "begun").iterdir():
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(int(file.name))
            if process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


@pytest.fixture
def workers() -> Iterator[LocalWorkers]:
    """One worker."""
    made = LocalWorkers(1)
    yield made
    made.end(at_once=True)


def handed_out(workers: LocalWorkers, here: Path, name: str) -> Future[Outcome]:
    """A rule of the file is given to the worker."""
    return workers.submit(replace(QUICK, rule=f"{here / 'rules.py'}:{name}"), None, None)


@pytest.mark.parametrize("name", ["Dies", "Killed"])
def test_a_worker_that_dies_leaves_nothing(workers: LocalWorkers, here: Path, name: str) -> None:
    outcome = handed_out(workers, here, name).result(PATIENCE)
    assert outcome.status == "failed"
    until(lambda: not begun(here))
    assert len(list((here / "begun").iterdir())) == 3


def test_a_worker_that_is_killed_by_a_limit_leaves_nothing(workers: LocalWorkers, here: Path) -> None:
    """The limit is set when the rule has begun: on no machine does it come too early."""
    future = handed_out(workers, here, "Stubborn")
    until((here / "stubborn").exists)
    (worker,) = workers.crew.workers
    assert worker.order is not None
    worker.order.limit = 0.0
    workers.crew.rope.send_bytes(b"look again")
    assert future.result(PATIENCE).status == "timed out"
    until(lambda: not begun(here))


def heeding(text: str) -> str:
    """The same, but all that is started ends when it is asked to."""
    return text.replace('("heeds", "ignores")', '("heeds", "heeds")')


def test_what_a_worker_has_started_is_asked_to_end_before_it_is_killed(
    workers: LocalWorkers, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On no machine is the time for it too short here."""
    monkeypatch.setattr("plausible.study.workers.workers.WIND_UP", PATIENCE)
    (here / "rules.py").write_text(heeding(RULES))
    assert handed_out(workers, here, "Dies").result(PATIENCE).status == "failed"
    assert len(list((here / "asked").iterdir())) == 2
    until(lambda: not begun(here))


def test_the_end_of_the_workers_is_that_of_what_they_have_started(here: Path) -> None:
    workers = LocalWorkers(1)
    try:
        assert handed_out(workers, here, "Goes").result(PATIENCE).status == "done"
        assert len(begun(here)) == 3, "a run that ends does not end what later ones may use"
    finally:
        workers.end(at_once=False)
    until(lambda: not begun(here))


def test_the_outcome_of_a_worker_that_has_left_its_group_is_told(workers: LocalWorkers, here: Path) -> None:
    """Nobody else is ended in its place."""
    text = RULES.replace(
        "begin()\n            does()", "os.setpgid(0, os.getpgid(os.getppid()))\n            does()"
    )
    (here / "rules.py").write_text(text)
    outcome = handed_out(workers, here, "Dies").result(PATIENCE)
    assert outcome.reason == "its worker ended with exit code 3 in the middle of the run"


LINE = "        error ="
CHECKED = STARTS.replace("from baselines.backprop import Backprop\n", "") + SOUND.replace(
    LINE, f"        begin()\n        does()\n{LINE}"
)


def checked(here: Path, does: str) -> str:
    """A rule whose update starts processes, and then does this."""
    (here / "checked.py").write_text(f"{CHECKED}\ndef does():\n    {does}\n")
    return f"{here / 'checked.py'}:Broken"


def test_a_check_ends_what_the_rule_has_started_and_tells_how_it_died(here: Path) -> None:
    """Its forked child holds the channel on which findings are told, which is no reason to wait for more of them."""
    found = list(aside.findings(checked(here, "os._exit(0)"), limit=PATIENCE))
    (first, *_) = [finding for finding in found if finding.verdict == "broken"]
    assert first.words == "it ends the process with exit code 0: expected to return, or to raise an exception"
    until(lambda: not begun(here))


def test_what_a_checked_rule_has_started_is_asked_to_end_before_it_is_killed(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aside, "WIND_UP", PATIENCE)
    text = checked(here, "os._exit(0)")
    (here / "checked.py").write_text(heeding((here / "checked.py").read_text()))
    list(aside.findings(text))
    assert len(list((here / "asked").iterdir())) == 2 * aside.DEATHS


def test_a_check_that_is_killed_leaves_nothing(here: Path) -> None:
    line = [
        *COMMAND,
        "check",
        checked(here, "(HERE / 'pid').write_text(str(os.getpid())); time.sleep(100000)"),
    ]
    silent = dict.fromkeys(("stdout", "stderr"), subprocess.DEVNULL)  # nobody who is left holds our pipes
    with started(line, **silent) as process:
        until(lambda: (here / "pid").exists() and (here / "pid").read_text(), process)
        os.kill(process.pid, signal.SIGKILL)
        until(lambda: not begun(here))
        until(lambda: not psutil.pid_exists(int((here / "pid").read_text())))
