"""How far the work is: bars on a terminal, a line now and then in a log."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.progress import Progress, TaskID

from plausible.printing.terminal import bars, err, remark, tell_executed
from plausible.printing.words import count, visible
from plausible.study.work import Outcome, Work

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
    ) -> None:
        self.total, self.done, self.before = total, done, done
        self.clock, self.write = clock, write
        self.began = self.last = clock()
        self.tenth = self.tenths()
        self.lock = threading.Lock()

    def tenths(self) -> int:
        """Whole tenths that are done."""
        return int(10 * self.done / self.total + 1e-9) if self.total else 10

    def at(self, done: float) -> None:
        """Note how many runs are done, parts of runs included, and write a line after each tenth."""
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
            f"{self.done:.1f} of {count(int(self.total), 'run')}, {share:.0f} %, after {duration(took)}{left}"
        )


def duration(seconds: float) -> str:
    """A time in words: in seconds, in minutes and seconds, or in hours and minutes."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


@dataclass
class Lines:
    """A listener to runs: on a terminal, bars of each run under way and of all together; elsewhere, lines of a log."""

    progress: Progress
    total: TaskID
    log: Log | None
    done: float  # runs that have ended
    lines: dict[Work, TaskID] = field(default_factory=dict)
    fractions: dict[Work, float] = field(default_factory=dict)  # how far each run under way is, from 0 to 1

    def hear(self, run: Work, fraction: float) -> None:
        from plausible.study.campaign import name

        if run not in self.lines:
            self.lines[run] = self.progress.add_task(visible(name(run)), total=1.0)
        self.progress.update(self.lines[run], completed=fraction)
        self.fractions[run] = fraction
        self.tell()

    def ended(self, outcome: Outcome) -> None:
        if outcome.run in self.lines:
            self.progress.remove_task(self.lines.pop(outcome.run))
        self.fractions.pop(outcome.run, None)
        self.progress.advance(self.total)
        self.done += 1
        self.tell()

    def tell(self) -> None:
        """Tell the log how many runs are done, with the parts of those under way."""
        if self.log is not None:
            self.log.at(self.done + sum(self.fractions.values()))

    def all_done(self, done: float) -> None:
        """Note how many runs are done, parts of runs included, where single runs have no bars."""
        self.progress.update(self.total, completed=done)
        if self.log is not None:
            self.log.at(done)


@contextmanager
def followed(what: str, total: int, there: int = 0) -> Iterator[Lines]:
    """A listener to work of `total` runs, of which `there` are stored already. Its bars end with the context."""
    tell_executed()
    log = None if err.is_terminal else Log(total, there)
    with bars() as progress, ticking(log):
        yield Lines(progress, progress.add_task(what, total=total, completed=there), log, there)


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
