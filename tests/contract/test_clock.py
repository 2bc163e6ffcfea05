"""Waiting for a busy processor is no fault of what is checked. Oracle: the shares of a processor that it is given."""

from __future__ import annotations

import pytest

from plausible.contract.aside import next_of
from plausible.contract.clock import BEAT, SLOWEST, Clock, processor_time


class Process:
    """One that has a share of a processor, tells that from time to time if it can, and has ended after so long."""

    def __init__(self, share: float, ends: float, tells: bool = True) -> None:
        self.share, self.ends, self.tells, self.now = share, ends, tells, 0.0

    def get(self, timeout: float) -> tuple[str, object]:
        """What it tells next, as a queue has it."""
        from queue import Empty

        wait = BEAT if self.tells else timeout
        assert wait <= timeout, "it is waited for"
        self.now += wait
        if self.now >= self.ends:
            return "finding", None
        if not self.tells:
            raise Empty
        return "computed", 1000.0 + self.share * self.now  # it has computed before, too


def heard(process: Process, limit: float) -> tuple[str, float]:
    """What is told, or that it hangs, and when."""
    clock = Clock(lambda: process.now)
    clock.tick(1000.0)
    what, _ = next_of(process, limit, clock)  # type: ignore[arg-type]
    return what, process.now


@pytest.mark.parametrize(("share", "ends"), [(1.0, 119.0), (0.25, 470.0), (0.125, 900.0), (4.0, 119.0)])
def test_a_busy_machine_gives_it_longer(share: float, ends: float) -> None:
    """It computes less than 120 s, or takes less than that."""
    assert heard(Process(share, ends), 120.0) == ("finding", ends)


@pytest.mark.parametrize(
    ("share", "over"),
    [(1.0, 120.0), (4.0, 120.0), (0.25, 480.0), (0.0, 120.0), (0.001, 120.0), (0.02, SLOWEST * 120.0)],
)
def test_what_computes_or_waits_for_ever_hangs(share: float, over: float) -> None:
    """However many threads it has; what sleeps has the time of the wall, and what hardly computes has it tenfold."""
    what, when = heard(Process(share, float("inf")), 120.0)
    assert what == "hangs"
    assert over <= when <= over + BEAT


def test_what_cannot_tell_has_the_time_of_the_wall() -> None:
    what, when = heard(Process(1.0, float("inf"), tells=False), 120.0)
    assert what == "hangs"
    assert 120.0 <= when <= 120.0 + BEAT
    assert heard(Process(1.0, 100.0, tells=False), 120.0)[0] == "finding"


def test_every_promise_has_the_limit_for_itself() -> None:
    process = Process(1.0, 100.0)
    clock = Clock(lambda: process.now)
    for _ in range(3):
        assert next_of(process, 120.0, clock)[0] == "finding"  # type: ignore[arg-type]
        process.ends += 100.0


def test_processor_time_is_what_is_computed() -> None:
    before = processor_time()
    while processor_time() < before + 0.05:
        sum(range(1000))
    assert processor_time() >= before + 0.05
