"""Processes that end together: the leader of a group, all that it starts, and what they start.

A process that begins a session or a group of its own, as daemons do, has left the group and is not ended. Windows has
no such groups: there the leader ends alone.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

AGAIN = 0.02  # seconds between two checks whether a process is left
GROUPS = hasattr(os, "killpg")
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)


def lead() -> None:
    """Make this process the leader of a group, in the session that it is in.

    The group is in the background of the terminal. Even so, a process that reads from the terminal gets an error and is
    not stopped, and one that writes there is not stopped either.
    """
    if not GROUPS:
        return
    with suppress(PermissionError):  # this process leads a session
        os.setpgid(0, 0)
    for number in (signal.SIGTTIN, signal.SIGTTOU):
        signal.signal(number, signal.SIG_IGN)


def send(leader: int, number: int) -> bool:
    """Send a signal to all in the group of a leader, which may have ended. Returns whether any process was there."""
    if not GROUPS:
        return False
    try:
        os.killpg(leader, number)
    except OSError:  # no process, or, as macOS says it, none that is alive
        return False
    return True


def send_own(number: int) -> None:
    """Send a signal to all in the group that this process leads, itself included; does nothing if it leads none."""
    if GROUPS and os.getpgrp() == os.getpid():
        send(os.getpid(), number)


def end(leader: int, until: float) -> None:
    """Wait for a group that has been asked to end, and kill it at the time `until` of the monotonic clock."""
    while send(leader, 0) and time.monotonic() < until:
        time.sleep(AGAIN)
    send(leader, KILL)


def die(number: int) -> None:
    """End this process by a signal, as if it had no handler."""
    sys.unraisablehook = lambda unraisable: (
        None
    )  # Python tells of a second one that comes before this one has acted
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)


@contextmanager
def stopped_together(others: Callable[[int], None]) -> Iterator[None]:
    """A context in which Ctrl-Z also stops other groups, which do not receive it; they go on when this process does.

    Args:
        others: the function that sends a signal to all of them.
    """
    ours = threading.current_thread() is threading.main_thread()
    if not (GROUPS and ours and signal.getsignal(signal.SIGTSTP) is signal.SIG_DFL):
        yield
        return

    def stop(number: int, frame: Any) -> None:
        others(signal.SIGSTOP)
        os.kill(os.getpid(), signal.SIGSTOP)
        others(signal.SIGCONT)

    signal.signal(signal.SIGTSTP, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
