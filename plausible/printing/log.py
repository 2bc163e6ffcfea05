"""How far the work is, in lines of a log, where nobody looks at a terminal."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from plausible.printing.terminal import remark
from plausible.printing.words import count

EVERY = 30.0  # seconds after which a log has another line, whatever was done
LEAST = 5.0  # seconds between two lines, when another tenth is done


class Log:
    """Lines for a log, such as a batch system's: after every tenth of the work, and at least every `EVERY` seconds.

    Work that takes less than `LEAST` seconds has no lines.
    """

    def __init__(
        self,
        total: float,
        done: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
        write: Callable[[str], None] = remark,
        unit: str = "run",
    ) -> None:
        self.total, self.done, self.before = total, done, done
        self.clock, self.write, self.unit = clock, write, unit
        self.began = self.last = clock()
        self.tenth = self.tenths()
        self.lock = threading.Lock()

    def tenths(self) -> int:
        """Whole tenths that are done."""
        return int(10 * self.done / self.total + 1e-9) if self.total else 10

    def at(self, done: float) -> None:
        """Note how much is done, parts of a whole included, and write a line after each tenth."""
        self.done = done
        if self.tenths() > self.tenth:
            self.line(LEAST)

    def tick(self) -> None:
        """Write a line if the last one was written `EVERY` seconds ago."""
        self.line(EVERY)

    def line(self, least: float) -> None:
        """Write a line, unless there was one in the last `least` seconds."""
        with self.lock:
            now = self.clock()
            if now - self.last < least:
                return
            self.last, self.tenth = now, self.tenths()
        took, new = now - self.began, self.done - self.before
        left = f", about {duration(took * (self.total - self.done) / new)} left" if new > 0 else ""
        share = 100 * self.done / self.total if self.total else 100.0
        self.write(
            f"{self.done:.1f} of {count(int(self.total), self.unit)}, {share:.0f} %, after {duration(took)}{left}"
        )


def duration(seconds: float) -> str:
    """A time in words: in seconds, in minutes and seconds, or in hours and minutes."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


@contextmanager
def ticking(log: Log | None) -> Iterator[None]:
    """A context in which the log ticks every second."""
    ended = threading.Event()

    def tick() -> None:
        while log is not None and not ended.wait(1.0):
            log.tick()

    thread = threading.Thread(target=tick, daemon=True)
    if log is not None:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        if log is not None:
            thread.join()
