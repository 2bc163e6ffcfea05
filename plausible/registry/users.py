"""Guards around a user's own code: whatever it raises is reported in one line, and does not end the command."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from plausible.errors import BadInput, Passing
from plausible.registry.failure import failure


class Left(BaseException):
    """A user's own code called `os._exit`."""


@contextmanager
def guarded(told: Callable[[str, BaseException], str]) -> Iterator[None]:
    """A context in which a user's own code runs.

    Args:
        told: makes the message from the reason, in one line, and the error.

    Raises:
        BadInput: for whatever that code raises, also to end the process; a `BadInput` that it raises stays as it is.
    """
    try:
        with staying():
            yield
    except BadInput:
        raise
    except BaseException as error:
        if not of_the_code(error):
            raise
        raise BadInput(told(failure(error).reason, error)) from error


def of_the_code(error: BaseException) -> bool:
    """Whether an error is from the code that ran, and no signal to end.

    Where this command handles signals, an interrupt raises `Passing`, and a plain KeyboardInterrupt is from the code.
    Elsewhere, as in a Python session, the two cannot be told apart, and KeyboardInterrupt is taken for an interrupt.
    """
    if isinstance(error, Passing):
        return False
    plain = isinstance(error, KeyboardInterrupt)
    return not (plain and signal.getsignal(signal.SIGINT) is signal.default_int_handler)


@contextmanager
def staying() -> Iterator[None]:
    """A context in which `os._exit` raises `Left`, in this thread of this process; a child process does end by it."""
    real, here, thread, over = os._exit, os.getpid(), threading.get_ident(), threading.Event()

    def refused(status: int) -> NoReturn:
        if over.is_set() or os.getpid() != here or threading.get_ident() != thread:
            real(status)
        raise Left(f"os._exit({status!r}) was called: expected code that returns")

    exits: Any = refused
    os._exit = exits
    try:
        yield
    finally:
        over.set()  # code that has stored this function can end the process by it from now on
        os._exit = real
