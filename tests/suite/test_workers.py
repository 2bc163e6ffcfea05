"""What a worker does, or what is done to it, costs its own run and no more. Oracle: the promises, by experiment."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from plausible.cli.main import main
from plausible.errors import LINE
from plausible.optimise.sgd import SGD
from plausible.registry import files as own_files
from plausible.registry.failure import failure, place
from plausible.study.course import execute
from plausible.study.engine import compute
from plausible.study.run import Outcome
from plausible.study.store.store import Store
from plausible.study.workers import workers
from plausible.study.workers.executors import executor
from tests.processes import COMMAND, PATIENCE, files, finished, heard, session, started, until
from tests.suite.command import Outcomes
from tests.suite.quick import QUICK, SLEEPS

RULES = (
    SLEEPS
    + """
import os, signal, sys, time
from dataclasses import dataclass
from pathlib import Path
import numpy as np
from baselines.backprop import Backprop

def rule(does):
    class Made(Backprop):
        def signals(self, params, passed, error):
            does()
            return super().signals(params, passed, error)
    return dataclass(frozen=True)(Made)

def stubborn():
    while True:
        try:
            time.sleep(1000)
        except BaseException:
            pass

def prints():
    print("in Python")
    os.write(1, b"below it\\n")
    os.system("echo in a child")

def waits():
    Path(os.environ["LEARNING"], str(os.getpid())).touch()
    while not Path(os.environ["GO"]).exists():
        time.sleep(0.05)

Quits = rule(lambda: os._exit(0))
QuitsWith3 = rule(lambda: os._exit(3))
Exits = rule(lambda: sys.exit(0))
Killed = rule(lambda: os.kill(os.getpid(), signal.SIGKILL))
Interrupts = rule(lambda: exec("raise KeyboardInterrupt"))
Closes = rule(lambda: os.closerange(3, 1000))
Raises = rule(lambda: np.linalg.inv(np.zeros((2, 2))))  # this line is told
Sleeps = rule(sleeps)
Stubborn = rule(stubborn)
Prints = rule(prints)
Waits = rule(waits)
"""
)
STUDY = """
from plausible.networks.mlp import MLP
from plausible.optimise.sgd import SGD
from plausible.study.study import Study, cells

def smoke():
    return cells(["two-moons[examples=100]"], {rules}, [MLP((4,))], SGD(0.1), 2, 10, seeds={seeds})

study = Study("mine", "Does it hold?", {{"smoke": smoke}})
"""


def computed(file: Path, *names: str) -> dict[str, Outcome]:
    """What becomes of a run of each rule in a file, and of one of backpropagation, in two workers."""
    runs = [replace(QUICK, rule=f"{file}:{name}") for name in names]
    listener = Outcomes()
    with executor("local", 2, tasks=[QUICK.task]) as workplace:
        compute([*runs, replace(QUICK, rule="backprop")], workplace, 3, listener)
    return {run.rule.rpartition(":")[2]: outcome for run, outcome in listener.outcomes.items()}


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """The file of rules."""
    file = tmp_path / "rules.py"
    file.write_text(RULES)
    return file


def test_each_death_costs_its_own_run(rules: Path) -> None:
    """An exit code of 0 is no success, and no reason to wait for an answer."""
    names = ("Quits", "Exits", "QuitsWith3", "Killed", "Interrupts", "Closes")
    found = computed(rules, *names)
    assert {name: outcome.status for name, outcome in found.items()} == {
        "backprop": "done",
        **dict.fromkeys(names, "failed"),
    }
    line = next(n for n, text in enumerate(RULES.splitlines(), 1) if text.startswith("Exits"))
    assert found["Exits"].reason == f"SystemExit: 0 ({rules}:{line})"
    assert found["Quits"].reason == "its worker ended with exit code 0 in the middle of the run"
    assert found["QuitsWith3"].reason == "its worker ended with exit code 3 in the middle of the run"
    assert found["Killed"].reason == "its worker was killed by SIGKILL; was memory short?"
    assert found["Interrupts"].reason.startswith("KeyboardInterrupt")
    here = execute(
        replace(QUICK, rule=f"{rules}:Exits")
    )  # in the caller's own process, which it does not end
    assert (here.status, here.reason) == ("failed", found["Exits"].reason)


def test_a_limit_holds(rules: Path) -> None:
    """A rule that sleeps is woken, and what was measured is there; one that sleeps on is killed."""
    limits = {"backprop": 1000.0, f"{rules}:Sleeps": 1000.0, f"{rules}:Stubborn": 3.0}
    with executor("local", 2, tasks=[QUICK.task]) as workplace:
        futures = [workplace.submit(replace(QUICK, rule=rule), limits[rule], None) for rule in limits]
        done, sleeps, stubborn = (future.result(PATIENCE) for future in futures)
    assert (done.status, sleeps.status, stubborn.status) == ("done", "timed out", "timed out")
    assert sleeps.reason == "out of time at epoch 0 of 2"
    assert stubborn.reason == "the run did not end within 3 s, and its worker was killed"


def test_what_workers_print_is_no_output(rules: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(STUDY.format(rules=[f"{rules}:Prints"], seeds=1))
    line = [*COMMAND, "run", str(tmp_path / "mine.py"), "--scale", "smoke", "--workers", "1"]
    ended = finished(line, {**os.environ, "PLAUSIBLE_RESULTS": str(tmp_path / "results")})
    assert ended.stdout == "mine, smoke: 1 computed, 0 were there\n"
    for words in ("in Python", "below it", "in a child"):
        assert words in ended.stderr.splitlines()


def test_a_failure_tells_where_and_where_all_of_it_is(
    rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of an error that numpy raises, the line in the user's file; the same in every command that tells of it."""
    (tmp_path / "mine.py").write_text(STUDY.format(rules=["rules.py:Raises"], seeds=1))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLAUSIBLE_RESULTS", "results")
    number = next(n for n, text in enumerate(RULES.splitlines(), 1) if text.startswith("Raises"))
    for command in (["run", "--workers", "1"], ["run"], ["status"]):
        with pytest.raises(SystemExit):
            main([*command, "mine.py", "--scale", "smoke"])
        (told,) = [line for line in capsys.readouterr().err.splitlines() if ": failed: " in line]
        reason, _, log = told.partition("; traceback in ")
        assert reason.endswith(f": failed: numpy.linalg.LinAlgError: Singular matrix (rules.py:{number})")
        assert "in inv" in Path(log).read_text()
    with pytest.raises(SystemExit):
        main(["compare", "--task", "two-moons[examples=100]", "--rules", "rules.py:Raises", "--seeds", "1"])
    told = capsys.readouterr().err
    assert (
        f"failed: numpy.linalg.LinAlgError: Singular matrix (rules.py:{number}); traceback in results" in told
    )


def test_how_an_error_is_told(tmp_path: Path) -> None:
    def of(text: str) -> str:
        file = tmp_path / "own.py"
        file.write_text(text)
        try:
            exec(compile(text, str(file), "exec"), {})
        except (Exception, SystemExit) as error:
            return failure(error).reason.replace(str(tmp_path), "")
        return ""

    assert of("\nraise ValueError('one\\ntwo')") == "ValueError: one (/own.py:2)"
    assert of("raise KeyError('W3')") == "KeyError: 'W3' (/own.py:1)"
    assert of("import sys\n\nsys.exit()") == "SystemExit (/own.py:3)"
    assert of("from plausible.errors import BadInput\nraise BadInput('a word')") == "a word"
    assert of(f"raise ValueError({'x' * 1000!r})") == f"ValueError: {'x' * (LINE - 12)} ... (/own.py:1)"
    assert of("class E(Exception):\n    def __str__(self): raise E\nraise E").endswith("(/own.py:3)")


def test_an_error_is_told_of_the_users_code_before_that_of_the_suite_and_of_libraries(tmp_path: Path) -> None:
    own, suite, library = str(tmp_path / "own.py"), str(failure.__code__.co_filename), np.linalg.__file__
    Path(own).touch()
    assert place([suite, own, suite, library, os.__file__, "<string>"]) == own
    assert place([suite, library]) == suite, "a probe's failure is told of the probe"
    assert place([library]) == place([]) == ""


SCRIPT = """
from plausible.__main__ import main
if __name__ == "__main__":
    main()
"""
HOSTILE = ("random", "queue", "numpy", "pickle", "socket", "selectors", "signal", "threading", "typing")


@pytest.mark.parametrize("script", [False, True], ids=["python -m plausible", "plausible"])
def test_nothing_is_imported_because_it_lies_in_the_folder(script: bool, tmp_path: Path) -> None:
    """A file of rules works, whatever its name, and files that are called as the library's modules are not run."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "plausible").write_text(SCRIPT)
    command = [str(tmp_path / "bin" / "plausible")] if script else ["-m", "plausible"]
    for name in HOSTILE:
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'run')!r}, 'a').write({name!r})\n")
    (tmp_path / "copy.py").write_text(
        "from dataclasses import dataclass\nfrom baselines.backprop import Backprop\n"
        "@dataclass(frozen=True)\nclass Mine(Backprop):\n    pass\n"
    )
    line = [sys.executable, *command, "compare", "--task", "two-moons[examples=100]"]
    line += ["--rules", "copy.py:Mine", "--hidden", "4", "--epochs", "1", "--seeds", "1", "--workers", "1"]
    ended = finished(line, cwd=tmp_path, env={**os.environ, "PLAUSIBLE_RESULTS": str(tmp_path / "results")})
    assert "Mine" in ended.stdout
    assert not (tmp_path / "run").exists()


def test_two_processes_one_of_which_is_killed(rules: Path, tmp_path: Path) -> None:
    """The workers of the killed one end, its run is taken over, and every run is there once."""
    (tmp_path / "mine.py").write_text(STUDY.format(rules=[f"{rules}:Waits"], seeds=3))
    learning, go = tmp_path / "learning", tmp_path / "go"
    learning.mkdir()
    around = {"PLAUSIBLE_RESULTS": str(tmp_path / "results"), "LEARNING": str(learning), "GO": str(go)}
    line = [
        *COMMAND,
        "run",
        str(tmp_path / "mine.py"),
        "--scale",
        "smoke",
        "--only",
        "Waits*",
        "--workers",
        "1",
    ]
    with started(line, env=os.environ | around) as one, started(line, env=os.environ | around) as other:
        until(files(learning, 2), one)
        os.kill(one.pid, signal.SIGKILL)
        until(lambda: not session(one.pid))
        go.touch()
        out, err = heard(other)
        assert (other.returncode, out) == (0, "mine, smoke: 3 computed, 0 were there\n"), err
    store = Store(tmp_path / "results")
    assert [stored.status for stored in store] == ["done"] * 3
    assert list((tmp_path / "results" / "locks").iterdir()) == []


def test_what_a_run_is_made_of_travels_to_a_worker(rules: Path, tmp_path: Path) -> None:
    """Also an optimiser of one's own, from a file; what cannot travel costs its own run, and says so."""
    (tmp_path / "own.py").write_text(
        "from dataclasses import dataclass\nfrom plausible.optimise.sgd import SGD\n"
        "@dataclass(frozen=True)\nclass Own(SGD):\n    pass\n"
    )
    own = own_files.from_file(str(tmp_path / "own.py"), "Own")

    @dataclass(frozen=True)
    class Here(SGD):
        """A class that no other process can find."""

    runs = [replace(QUICK, optimiser=optimiser) for optimiser in (own(0.1), Here(0.1), SGD(0.1))]
    listener = Outcomes()
    with executor("local", 2) as workplace:
        compute(runs, workplace, 3, listener)
    first, second, third = (listener.outcomes[run] for run in runs)
    assert (first.status, second.status, third.status) == ("done", "failed", "done")
    assert second.reason.startswith("the run cannot be sent to a worker: ")
    assert [row.value for row in first.rows if row.metric == "loss"] == [
        row.value for row in third.rows if row.metric == "loss"
    ]


FLOODED = """
import os, signal, sys, time
from plausible.study.workers import workers

handler = workers.Leave()
for _ in range(300):
    ready, begun = os.pipe()
    if (pid := os.fork()) == 0:
        try:
            if sys.argv[1] == "worker":  # else a process that the worker has forked
                handler = workers.Leave()
            signal.signal(signal.SIGTERM, handler)
            os.write(begun, b".")
            time.sleep(1000)
        except workers.Leaving:
            for _ in range(10_000):
                pass
            os._exit(0)
    os.read(ready, 1)
    for _ in range(40):  # without a bound, handlers may nest to the limit of Python's stack
        if os.waitpid(pid, os.WNOHANG) == (0, 0):
            os.kill(pid, signal.SIGTERM)
        else:
            break
    else:
        while os.waitpid(pid, os.WNOHANG) == (0, 0):  # all may have come just before it began to sleep
            time.sleep(0.01)
            os.kill(pid, signal.SIGTERM)
    os.close(ready)
    os.close(begun)
"""


@pytest.mark.parametrize("who", ["worker", "forked"])
def test_signals_that_come_together_are_not_told_of(who: str) -> None:
    done = finished([sys.executable, "-c", FLOODED, who])
    assert (done.stdout, done.stderr) == ("", "")


def test_the_handler_of_a_worker_stays_and_leaves_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python tells of a signal that comes while its handler is taken away."""
    changed: list[object] = []
    leave = workers.Leave()
    monkeypatch.setattr(signal, "signal", lambda *given: changed.append(given))
    with pytest.raises(workers.Leaving):
        leave(signal.SIGTERM, None)
    leave(signal.SIGTERM, None)
    assert changed == []
