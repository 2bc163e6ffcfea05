"""Code of a user's own, whatever it raises: an error of it is told, and is no end of the command."""

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
    """Code of a user's own called `os._exit`."""


@contextmanager
def guarded(told: Callable[[str, BaseException], str]) -> Iterator[None]:
    """Code of a user's own runs meanwhile.

    Args:
        told: of the reason, in one line, and of the error: what is said.

    Raises:
        BadInput: for whatever that code raises, and where it would end the process; one of its own goes through.
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
    """Whether an error is one of the code that ran, and no signal to end.

    An interrupt raises `Passing` where this command heeds signals; a plain KeyboardInterrupt is one of the code then.
    Elsewhere, as in a Python session, the two cannot be told apart, and it is taken for an interrupt.
    """
    if isinstance(error, Passing):
        return False
    plain = isinstance(error, KeyboardInterrupt)
    return not (plain and signal.getsignal(signal.SIGINT) is signal.default_int_handler)


@contextmanager
def staying() -> Iterator[None]:
    """`os._exit` raises `Left` meanwhile, in this thread of this process; a child that ends itself does end."""
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
        over.set()  # whoever has kept it leaves by it
        os._exit = real
