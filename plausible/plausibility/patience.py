"""The time that a rule may take for one step where it is audited: one that never ends must not hold the audit for ever.

A thread watches, by the time that this process has computed, so that waiting for a busy processor does not count. When
a step is overdue an exception is raised in the thread that audits, wherever it is in Python's code. What sleeps or
waits outside of that cannot be reached so: a command names what is done then, such as to say so and to end.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from plausible.contract.clock import BEAT, Clock, processor_time
from plausible.errors import BadInput, require_number

LIMIT = 120.0  # seconds that one step of a rule may take in the audit's small world
GRACE = 5.0  # seconds after which one that was told to stop is taken not to hear


class Overdue(BaseException):
    """What is raised in a step that takes too long; a rule that catches exceptions does not catch it."""


class Steps:
    """How many steps of rules have begun or ended so far; whoever lets a rule compute counts."""

    number = 0


def counted() -> None:
    """A rule is at a new step."""
    Steps.number += 1


@contextmanager
def patient(
    text: str, limit: float = LIMIT, deaf: Callable[[str], None] = lambda said: None
) -> Iterator[None]:
    """A time in which no step of a rule may take longer than a limit.

    Args:
        text: what is audited, in the words of the user.
        limit: seconds that a step may take, those not counted in which this process waits for a busy processor.
        deaf: what is done, with what is to be said, where a step does not heed the exception.

    Raises:
        BadInput: if one takes longer.
    """
    require_number("the limit of a step in seconds", limit, open_low=True)
    said = (
        f"rule {text!r} does not end a step within {limit:g} s where it is audited: expected init, respond and update "
        "to return; mend the loop that goes on, or give it more time by --limit"
    )
    done, lock, thread = threading.Event(), threading.Lock(), threading.get_ident()
    given = limit, thread, done, lock, lambda: deaf(said)
    watcher = threading.Thread(target=watch, args=given, daemon=True)
    watcher.start()
    try:
        yield
    except Overdue:
        raise BadInput(said) from None
    finally:
        heard(done, lock)


def heard(done: threading.Event, lock: threading.Lock) -> None:
    """All is done; an exception that is on its way comes here, as none may be taken back.

    Python 3.11 would wait for one that was, for ever, as soon as code is traced.
    """
    while True:
        try:
            with lock:
                done.set()
            for _ in range(100):  # so that it comes
                pass
        except Overdue:
            continue
        return


def watch(
    limit: float,
    thread: int,
    done: threading.Event,
    lock: threading.Lock,
    deaf: Callable[[], None],
) -> None:
    """Wait until all is done, or a step is overdue."""
    clock, before = Clock(), -1
    while not done.wait(min(BEAT, limit / 4)):
        if Steps.number != before:
            before = Steps.number
            clock.begin()
        clock.tick(processor_time())
        if clock.left(limit) <= 0.0:
            break
    for _ in range(int(GRACE / BEAT)):
        with lock:
            if done.is_set():
                return
            raised_in(thread, Overdue)
        done.wait(BEAT)
    if not done.is_set():
        deaf()


def raised_in(thread: int, kind: type[BaseException]) -> None:
    """Raise an exception in a thread as soon as it executes Python's code."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(kind))
