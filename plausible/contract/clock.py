"""How long another process has been at something, by the processor time that it tells from time to time.

On a busy machine a process that computes waits for a processor, through no fault of its own: that wait does not count.
A process that computes nothing, since it sleeps, or waits for what does not come, has the time of the wall. So has one
that cannot tell.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

BEAT = 0.5  # seconds between two tellings
IDLE = 0.01  # of the time of the wall: who computes less waits for something other than a processor
SLOWEST = (
    10.0  # times the limit of the wall, after which no process has any left, however busy the machine is
)


def processor_time() -> float:
    """Seconds that this process has computed so far, and those of its children that have ended."""
    return sum(os.times()[:4])


class Clock:
    """The time that another process has had, in seconds; at most that of the wall, at least a tenth of it."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.now, self.computed = now, 0.0
        self.begin()

    def begin(self) -> None:
        """Something begins."""
        self.had, self.looked = 0.0, self.now()

    def tick(self, computed: float) -> None:
        """The process tells how many seconds it has computed since it started."""
        wall, busy = self.now() - self.looked, computed - self.computed
        self.looked, self.computed = self.looked + wall, computed
        self.had += wall if busy < IDLE * wall else min(max(busy, wall / SLOWEST), wall)

    def left(self, limit: float) -> float:
        """Seconds of the wall in which a limit is over, should the process not tell anything any more."""
        return max(limit - self.had, 0.0) - (self.now() - self.looked)
