"""Processes that tests start. They end whatever happens, and no test depends on how fast they are."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

COMMAND = [sys.executable, "-m", "plausible"]
PATIENCE = 300.0  # seconds until something is given up: for a busy machine, no promise of speed
FAR = re.compile(
    r"^\d+\.\d of [\d,]+ \w+, \d+ %, after .*\n", re.MULTILINE
)  # as `plausible.printing.log` writes


@contextmanager
def started(
    line: Sequence[str], sigint: Any = signal.SIG_DFL, **more: Any
) -> Iterator[subprocess.Popen[str]]:
    """A process in a session of its own, which is killed with all that it has started, when the context ends.

    Args:
        line: command and arguments.
        sigint: what it inherits on interrupts; `SIG_IGN` is what `nohup` and jobs in the background get.
        more: for `subprocess.Popen`.
    """

    def inherit() -> None:
        signal.signal(signal.SIGINT, sigint)

    pipes: dict[str, Any] = {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
    }
    process = subprocess.Popen(line, text=True, start_new_session=True, preexec_fn=inherit, **(pipes | more))
    try:
        yield process
    finally:
        while left := session(process.pid):
            for one in left:
                with suppress(psutil.NoSuchProcess):
                    one.kill()
            psutil.wait_procs(left, timeout=1)
        process.communicate()


def session(leader: int) -> list[psutil.Process]:
    """The processes of a session that are alive, also those whose parent is gone."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, ProcessLookupError, PermissionError):
            if os.getsid(process.pid) == leader and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def heard(process: subprocess.Popen[str], typed: str | None = None) -> tuple[str, str]:
    """Standard output and standard error of a process that has ended, in answer to what is typed.

    Lines on how far the work is are left out: how many there are depends on how fast the machine is.
    """
    out, err = process.communicate(typed, timeout=PATIENCE)
    return out, err if err is None else FAR.sub("", err)


def finished(
    line: Sequence[str], env: Mapping[str, str] | None = None, *, check: bool = True, **more: Any
) -> subprocess.CompletedProcess[str]:
    """A process that has run to its end, and left nothing behind. Raises `CalledProcessError` if it failed."""
    with started(line, env=env, **more) as process:
        out, err = heard(process)
        until(lambda: not session(process.pid))  # all that it has started ends with it
    if check and process.returncode:
        raise subprocess.CalledProcessError(process.returncode, line, out, err)
    return subprocess.CompletedProcess(line, process.returncode, out, err)


def until(happened: Callable[[], Any], process: subprocess.Popen[str] | None = None) -> None:
    """Wait until something has happened, while `process` is alive."""
    ends = time.monotonic() + PATIENCE
    while not happened():
        if process is not None and process.poll() is not None:
            raise AssertionError(f"the process has ended: {process.communicate()}")
        assert time.monotonic() < ends, "it has not happened"
        time.sleep(0.05)


def files(folder: Path, number: int) -> Callable[[], bool]:
    """Whether a folder holds so many files."""
    return lambda: len(list(folder.glob("*"))) >= number
