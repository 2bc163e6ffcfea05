"""Whenever a command is interrupted it says one line, which is true, and nothing that it has started goes on."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import psutil
import pytest

from plausible.cli import interrupts
from plausible.cli.main import app, main
from tests.processes import COMMAND, files, heard, session, started, until

LEARNS = """
import multiprocessing, os, subprocess, sys, time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from baselines.backprop import Backprop

STUBBORN = "import signal, time; signal.signal(15, signal.SIG_IGN); print(flush=True); time.sleep(100000)"

@cache
def others():  # processes of its own, which would compute on
    multiprocessing.get_context("fork").Process(target=time.sleep, args=(100000,)).start()
    stubborn = subprocess.Popen([sys.executable, "-S", "-c", STUBBORN], stdout=subprocess.PIPE)
    stubborn.stdout.readline()
    return stubborn

@dataclass(frozen=True)
class Learns(Backprop):
    def signals(self, params, passed, error):
        others()
        Path(os.environ["LEARNING"], str(os.getpid())).touch()  # by this the test knows that this process learns
        return super().signals(params, passed, error)
"""
AT_IMPORT = """
import os, signal, sys

class Ends:
    def find_spec(self, name, path, target=None):
        if name == moment:
            sys.meta_path.remove(self)
            os.killpg(0, signal.SIGINT)

moment = os.environ.pop("MOMENT", None)  # of this process, and of none that it starts
sys.meta_path.insert(0, Ends())
"""
AT_START = """
import os, signal, sys

def interrupted(of):
    def fork(*arguments):
        pid = of(*arguments)
        if mine == os.getpid() and (which is None or which in str(arguments[0])):  # nobody knows its number yet
            open(os.environ["STARTED"], "w").write(str(pid))
            os.kill(mine, SENT)
        return pid
    return fork

mine, which, SENT = os.getpid(), os.environ.pop("WHICH", None), int(os.environ["SENT"])
if which is not None:  # of this process, and of none that it starts
    import _posixsubprocess
    _posixsubprocess.fork_exec = interrupted(_posixsubprocess.fork_exec)
"""
AT_SPAWN = """
import os, signal, sys

if "spawn_main" in " ".join(sys.orig_argv) and os.environ.get("SPAWNED"):  # a worker of a cluster begins
    try:
        os.mkdir(os.environ["SPAWNED"])  # the first of them
    except FileExistsError:
        pass
    else:
        number = int(os.environ["SENT"])
        os.killpg(0, number) if os.environ["TO"] == "all" else os.kill(os.getppid(), number)
"""
LOSES = """
import os, signal, time
from dataclasses import dataclass
from functools import cache
from baselines.backprop import Backprop

class Destroyed:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.1)

@cache
def in_a_destructor():
    Destroyed()

@cache
def in_a_library():
    try:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(100000)
    except BaseException:  # as a library in C does that cannot call back
        pass

@dataclass(frozen=True)
class Loses(Backprop):
    def signals(self, params, passed, error):
        WHERE()
        return super().signals(params, passed, error)
"""
STUDY = ("run", "accuracy", "--scale", "smoke")
QUICK = ("compare", "--task", "two-moons[examples=100]", "--hidden", "4", "--epochs", "1", "--seeds", "1")


def forever(folder: Path) -> tuple[list[str], dict[str, str]]:
    """A comparison of two runs that does not end by itself; command and environment."""
    (folder / "learns.py").write_text(LEARNS)
    (folder / "learning").mkdir()
    line = [*COMMAND, "compare", "--task", "spirals", "--epochs", "100000", "--seeds", "2", "--workers", "2"]
    line += ["--rules", f"{folder / 'learns.py'}:Learns", "--out", str(folder / "out")]
    return line, environment(folder) | {"LEARNING": str(folder / "learning")}


def environment(folder: Path) -> dict[str, str]:
    """Where results do not mix with the user's."""
    return {**os.environ, "PLAUSIBLE_RESULTS": str(folder / "results")}


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_while_workers_learn(tmp_path: Path, sent: signal.Signals) -> None:
    """Ctrl-C goes to the whole group of processes, as from a terminal; a scheduler ends the one that it started.

    The processes that the rule has started end with its workers.
    """
    line, around = forever(tmp_path)
    with started(line, env=around) as process:
        until(files(tmp_path / "learning", 2), process)
        os.killpg(process.pid, sent) if sent == signal.SIGINT else process.send_signal(sent)
        out, err = heard(process)
        assert (process.returncode, out) == (130, "")
        assert err.splitlines() == [f"executed {tmp_path / 'learns.py'}", interrupts.said(["compare"])]
        until(lambda: not session(process.pid))
    assert list((tmp_path / "out").iterdir()) == []


def test_a_command_that_is_killed_leaves_nothing_that_computes(tmp_path: Path) -> None:
    """It can end nobody itself: its workers see that it is gone, and end what they have started."""
    line, around = forever(tmp_path)
    with started(line, env=around) as process:
        until(files(tmp_path / "learning", 2), process)
        process.kill()
        until(lambda: not session(process.pid))


def test_a_command_that_is_stopped_stops_its_workers_and_goes_on_with_them(tmp_path: Path) -> None:
    """Ctrl-Z reaches the group of the command alone."""
    line, around = forever(tmp_path)
    learning = tmp_path / "learning"
    with started(line, env=around) as process:
        until(files(learning, 2), process)
        workers = [psutil.Process(int(file.name)) for file in learning.iterdir()]
        process.send_signal(signal.SIGTSTP)
        for one in [psutil.Process(process.pid), *workers]:
            until(lambda one=one: one.status() == psutil.STATUS_STOPPED)
        for file in learning.iterdir():
            file.unlink()
        process.send_signal(signal.SIGCONT)
        until(files(learning, 2), process)


def test_in_the_background_sigterm_is_heeded_and_sigint_is_not(tmp_path: Path) -> None:
    """A shell starts jobs in the background, and those under nohup, so that they ignore interrupts."""
    line, around = forever(tmp_path)
    with started(line, signal.SIG_IGN, env=around) as process:
        until(files(tmp_path / "learning", 2), process)
        os.killpg(process.pid, signal.SIGINT)
        for file in (tmp_path / "learning").iterdir():
            file.unlink()
        until(files(tmp_path / "learning", 2), process)
        process.terminate()
        out, err = heard(process)
        assert (process.returncode, out) == (130, "")
        assert err.splitlines() == [f"executed {tmp_path / 'learns.py'}", interrupts.said(["compare"])]
        until(lambda: not session(process.pid))


@pytest.mark.parametrize(
    ("moment", "command"),
    [
        ("typer", QUICK),
        ("plausible.study.workers.executors", STUDY),
        ("matplotlib.figure", QUICK),
        ("plausible.registry.catalogue", ("list", "rules")),
        ("plausible.contract", ("check", "backprop")),
    ],
)
def test_while_something_is_imported(tmp_path: Path, moment: str, command: tuple[str, ...]) -> None:
    (tmp_path / "sitecustomize.py").write_text(AT_IMPORT)
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    around = environment(tmp_path) | {"PYTHONPATH": path, "MOMENT": moment}
    more = ["--out", str(tmp_path / "out")] if command[0] == "compare" else []
    with started([*COMMAND, *command, *more], env=around) as process:
        _, err = heard(process)
        assert (process.returncode, err.splitlines()[-1:]) == (130, [interrupts.said(list(command))])
        assert "Traceback" not in err
        assert "Exception" not in err
        until(lambda: not session(process.pid))


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    ("which", "command"), [("plausible.contract.aside", ("check", "backprop")), ("forkserver", QUICK)]
)
def test_while_a_process_starts(
    tmp_path: Path, which: str, command: tuple[str, ...], sent: signal.Signals
) -> None:
    """The signal comes at once after the fork, before the command can know whom it has started."""
    (tmp_path / "sitecustomize.py").write_text(AT_START)
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    begun = tmp_path / "begun"
    around = environment(tmp_path) | {"PYTHONPATH": path, "WHICH": which, "STARTED": str(begun)}
    around |= {"SENT": str(int(sent))}
    more = ["--out", str(tmp_path / "out")] if command[0] == "compare" else []
    with started([*COMMAND, *command, *more], env=around) as process:
        out, err = heard(process)
        assert (process.returncode, out, err.splitlines()) == (130, "", [interrupts.said(list(command))])
        if command[0] == "check":
            assert not psutil.pid_exists(int(begun.read_text())), "the command ends whom it has started"
        until(lambda: not psutil.pid_exists(int(begun.read_text())))


@pytest.mark.parametrize(
    ("sent", "to"),
    [(signal.SIGINT, "all"), (signal.SIGTERM, "one"), (signal.SIGTERM, "all"), (signal.SIGHUP, "one")],
)
def test_while_a_cluster_starts(sent: signal.Signals, to: str, tmp_path: Path) -> None:
    """What is sent to all reaches its processes, too, as they are in the group of the command."""
    pytest.importorskip("distributed", reason="the extra `dask` is not installed")
    (tmp_path / "sitecustomize.py").write_text(AT_SPAWN)
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    around = environment(tmp_path) | {"PYTHONPATH": path, "SPAWNED": str(tmp_path / "spawned")}
    around |= {"SENT": str(int(sent)), "TO": to}
    line = [*COMMAND, *STUDY, "--executor", "dask:local", "--workers", "1"]
    with started(line, env=around) as process:
        out, err = heard(process)
        assert (tmp_path / "spawned").exists()
        assert (process.returncode, out, err.splitlines()) == (130, "", [interrupts.said(["run"])])
        until(lambda: not session(process.pid))


@pytest.mark.parametrize("where", ["in_a_destructor", "in_a_library"])
def test_an_interrupt_that_got_lost_comes_again(tmp_path: Path, where: str) -> None:
    """The comparison does not end by itself, and takes no other interrupt."""
    (tmp_path / "loses.py").write_text(LOSES.replace("WHERE", where))
    line = [*COMMAND, "compare", "--task", "spirals", "--epochs", "100000", "--seeds", "1", "--workers", "0"]
    line += ["--rules", f"{tmp_path / 'loses.py'}:Loses", "--out", str(tmp_path / "out")]
    with started(line, env=environment(tmp_path)) as process:
        out, err = heard(process)
        assert (process.returncode, out) == (130, "")
        assert err.splitlines() == [f"executed {tmp_path / 'loses.py'}", interrupts.said(["compare"])]


def test_what_is_said_is_about_the_command() -> None:
    names = {
        command.name or command.callback.__name__ for command in app.registered_commands if command.callback
    }
    for group in app.registered_groups:
        part = group.typer_instance
        assert part is not None
        names |= {c.name or c.callback.__name__ for c in part.registered_commands if c.callback}
    assert interrupts.KEPT.keys() <= names
    for command in ("check", "list", "status", "why", "report"):
        assert interrupts.said([command]) == "interrupted", "there is nothing to keep"
    assert interrupts.said(["--version"]) == interrupts.said([]) == "interrupted"
    assert "goes on from there" in interrupts.said(["run", "accuracy"])


def test_a_second_interrupt_changes_nothing_and_none_cuts_into_an_import(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent: list[int] = []
    looks: list[Callable[[], None]] = []  # of which none comes by itself, however slow the machine is
    monkeypatch.setattr(interrupts, "send", sent.append)
    monkeypatch.setattr(interrupts, "later", lambda seconds, look: looks.append(look))
    handler = interrupts.Interrupts()
    handler.begun = True
    handler(signal.SIGINT, frame_of("<frozen importlib._bootstrap>"))
    looks.pop()()  # it is looked at again soon
    assert sent == [signal.SIGINT]
    assert handler.asked is not None
    handler.asked -= interrupts.IMPORTING
    with pytest.raises(KeyboardInterrupt):  # an import that takes for ever
        handler(signal.SIGINT, frame_of("<frozen importlib._bootstrap>"))
    handler(signal.SIGINT, None)
    handler.obeyed -= interrupts.TWICE
    with pytest.raises(KeyboardInterrupt):
        handler(signal.SIGINT, frame_of("a.py"))
    handler.over = True  # it looks no more


def frame_of(file: str) -> FrameType:
    """A frame below which code of a file has been called."""
    names: dict[str, FrameType] = {}
    exec(compile("import sys\nframe = sys._getframe()", file, "exec"), names)
    return names["frame"]


def test_what_waits_for_the_last_import_is_heeded(capsys: pytest.CaptureFixture[str]) -> None:
    """The command is done before the signal is sent again: it says so by its exit code, and a script's loop ends."""
    handler = interrupts.Interrupts()
    handler.asked = 0.0
    before = signal.signal(signal.SIGINT, handler)
    try:
        with pytest.raises(SystemExit) as ended:
            main(["list", "rules"])
    finally:
        signal.signal(signal.SIGINT, before)
    assert (ended.value.code, capsys.readouterr().err.splitlines()[-1]) == (130, "interrupted")
