"""What becomes of an interrupt, and what is said of it."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

from plausible.errors import Passing

GO_ON = "the runs that were done are kept, and the same command goes on from there"
TABLE = "the table is whole, as it was or as it should be"
KEPT = {  # by command, what holds whenever it is interrupted; the others leave nothing half done
    **dict.fromkeys(("compare", "run", "tune", "reproduce"), GO_ON),
    "export": TABLE,
    **dict.fromkeys(("figure", "figures"), "every figure is whole, as it was or as it should be"),
    "clean": "what has not been removed by now is still there",
}
INTERRUPTED = 130  # the exit code
IGNORE = signal.SIG_IGN
IMPORTING = 3.0  # seconds that an import, or a start, may take to its end before an interrupt cuts into it
STARTS = ("_execute_child", "spawnv_passfds")  # functions of Python's library that start a process
AGAIN = 0.02  # seconds between two looks at whether the import, or the start, has ended
LOOK = 0.5  # seconds until the handler looks whether its exception is still under way
TWICE = 5.0  # seconds in which a second interrupt changes nothing: the first is being obeyed


def said(arguments: list[str]) -> str:
    """The line that tells of an interrupt, for the command and its `arguments`."""
    command = next((word for word in arguments if not word.startswith("-")), "")
    return f"interrupted: {KEPT[command]}" if command in KEPT else "interrupted"


class Interrupted(Passing, KeyboardInterrupt):
    """A signal asked the command to end. A user's code may raise a plain KeyboardInterrupt without any signal."""


class Interrupts:
    """The handler of signals that ask the command to end: it raises `Interrupted`, once, and where it cuts nothing.

    A module that an exception interrupts while it is imported may turn it into another exception, and print the first.
    A process that is started half way is known to nobody, and nobody ends it. An exception that got lost is raised
    again: Python ignores it in a destructor, and a library in C may turn it into another one.
    """

    def __init__(self) -> None:
        self.begun = False  # whether the command itself has begun; before, nothing has to be left in order
        self.asked: float | None = None  # when the first signal came that has not been obeyed yet
        self.obeyed = -TWICE
        self.looks = False  # whether the next signal is of the handler's own
        self.over = False  # whether the command has ended as it was asked to

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if not self.begun:
            os.write(2, f"{said(sys.argv[1:])}\n".encode())
            os._exit(INTERRUPTED)
        now = time.monotonic()
        self.asked = now if self.asked is None else self.asked
        if is_cut(frame) and now < self.asked + IMPORTING:
            later(AGAIN, partial(send, number))
            return
        self.asked = None
        looks, self.looks = self.looks, False
        if self.over:
            return
        if not looks and now < self.obeyed + TWICE:
            return
        later(LOOK, partial(self.look, number))
        if not (looks and under_way(sys.exc_info()[1])):
            self.obeyed = now
            raise Interrupted

    def look(self, number: int) -> None:
        """Let the main thread look whether the exception is under way."""
        if not self.over:
            self.looks = True
            send(number)

    def ignored(self, unraisable: Any) -> None:
        """Tell of an exception that Python cannot raise, unless it is an interrupt, which is raised again soon.

        Nor is it told that a signal came while its handler was taken away.
        """
        error = unraisable.exc_value
        if not (
            isinstance(error, Interrupted) or (isinstance(error, OSError) and "race condition" in str(error))
        ):
            sys.__unraisablehook__(unraisable)


def handlers() -> set[Interrupts]:
    """The handlers of signals that ask this command to end."""
    return {known for known in map(signal.getsignal, signal.valid_signals()) if isinstance(known, Interrupts)}


def waits() -> bool:
    """Whether a signal came that has not been obeyed: in an import, say, that was the last thing the command did."""
    return any(handler.asked is not None for handler in handlers())


def settle() -> None:
    """Tell the handlers of signals that the command has ended as it was asked to."""
    for handler in handlers():
        handler.over = True


def under_way(error: BaseException | None) -> bool:
    """Whether an interrupt is being handled: it is `error`, or what was handled when `error` was raised."""
    while error is not None and not isinstance(error, Interrupted):
        error = error.__context__
    return error is not None


def is_cut(frame: FrameType | None) -> bool:
    """Whether `frame`, or a frame that called it, is importing a module or starting a process."""
    while frame is not None:
        code = frame.f_code
        if code.co_filename.startswith("<frozen importlib") or code.co_name in STARTS:
            return True
        frame = frame.f_back
    return False


def later(seconds: float, act: Callable[[], None]) -> None:
    """Do something in a thread of its own, after so many seconds."""
    timer = threading.Timer(seconds, act)
    timer.daemon = True
    timer.start()


def send(number: int) -> None:
    """Send a signal to the main thread."""
    main = threading.main_thread().ident
    if hasattr(signal, "pthread_kill") and main is not None:
        signal.pthread_kill(main, number)
    else:
        signal.raise_signal(number)


def heed(handler: Any) -> None:
    """Let `handler` take the signals that ask to end, but for those that the command was started to ignore."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, handler)
