"""How a learning rate, or a momentum, changes over a run."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

from plausible.errors import is_real, is_whole, plain_fields, require, require_number, unknown


class Schedule(Protocol):
    """A learning rate, or a momentum, for every step of a run, counted from 0.

    Optional: `started(rate)`, the same course from another rate, without which tuning leaves it alone; and
    `shortened(fraction)`, the same course over a fraction of the steps, which begins at the same rate and ends at the
    same, and without which it is not shortened.
    """

    def __call__(self, step: int) -> float: ...


Rate: TypeAlias = float | Schedule


@dataclass(frozen=True)
class Steps:
    """`start`, multiplied by `factor` at each of the steps `at`.

    >>> from plausible.optimise.schedules import Steps
    >>> rate = Steps(0.5, at=(10, 20), factor=0.5)
    >>> rate(0), rate(9), rate(10), rate(20)
    (0.5, 0.5, 0.25, 0.125)
    """

    start: float
    at: tuple[int, ...]
    factor: float = 0.1

    def __post_init__(self) -> None:
        plain_fields(self)
        require_number("the learning rate", self.start)
        require_number("the factor of a step schedule", self.factor, 0, 1)
        good = isinstance(self.at, tuple) and all(is_whole(step) and step >= 0 for step in self.at)
        require(good, "at", self.at, "a tuple of steps, counted from 0")

    def __call__(self, step: int) -> float:
        return self.start * self.factor ** sum(step >= there for there in self.at)

    def started(self, start: float) -> Steps:
        """The same course from another rate."""
        return replace(self, start=start)

    def shortened(self, fraction: float) -> Steps:
        """The same course over a fraction of the steps."""
        return replace(self, at=tuple(round(fraction * step) for step in self.at))


@dataclass(frozen=True)
class Levels:
    """`values[0]` before step `at[0]`, `values[1]` from there to step `at[1]`, and so on.

    >>> from plausible.optimise.schedules import Levels
    >>> rate = Levels((0.1, 0.01), at=(100,))
    >>> rate(99), rate(100)
    (0.1, 0.01)
    """

    values: tuple[float, ...]
    at: tuple[int, ...]

    def __post_init__(self) -> None:
        plain_fields(self)
        finite = all(is_real(value) and 0 <= value < math.inf for value in self.values)
        require(finite, "values", self.values, "numbers from 0 on, one for each level")
        whole = all(is_whole(step) and step >= 0 for step in self.at)
        good = whole and list(self.at) == sorted(self.at) and len(self.values) == len(self.at) + 1
        require(good, "at", self.at, "steps in rising order, counted from 0, one fewer than there are values")

    def __call__(self, step: int) -> float:
        return self.values[bisect_right(self.at, step)]

    def started(self, start: float) -> Levels:
        """The same course from another rate: every level in proportion; from 0, all but the first are as they were."""
        first = self.values[0]
        scaled = (value * start / first for value in self.values[1:]) if first else self.values[1:]
        return replace(self, values=(start, *scaled))

    def shortened(self, fraction: float) -> Levels:
        """The same course over a fraction of the steps."""
        return replace(self, at=tuple(round(fraction * step) for step in self.at))


@dataclass(frozen=True)
class Cosine:
    """From `start` to `end` along half a cosine of `steps` steps, then `end` [loshchilov2017].

    >>> from plausible.optimise.schedules import Cosine
    >>> rate = Cosine(0.1, steps=100)
    >>> [round(rate(step), 3) for step in (0, 50, 100, 200)]
    [0.1, 0.05, 0.0, 0.0]
    """

    start: float
    steps: int
    end: float = 0.0

    def __post_init__(self) -> None:
        plain_fields(self)
        require_number("the learning rate", self.start)
        require_number("the last learning rate", self.end)
        require_number("the number of steps of a cosine", self.steps, 1)

    def __call__(self, step: int) -> float:
        return self.end + (self.start - self.end) * (1 + math.cos(math.pi * min(step / self.steps, 1))) / 2

    def started(self, start: float) -> Cosine:
        """The same course from another rate."""
        return replace(self, start=start)

    def shortened(self, fraction: float) -> Cosine:
        """The same course over a fraction of the steps."""
        return replace(self, steps=max(round(fraction * self.steps), 1))


def check_rate(rate: Rate) -> None:
    """Raise `BadInput` unless `rate` is a schedule or a finite number that is not negative."""
    if not callable(rate):
        require_number("the learning rate", rate)


def rate_at(rate: Rate, step: int) -> float:
    """The learning rate of step `step`."""
    return rate(step) if callable(rate) else rate


SCHEDULES = ("constant", "step", "cosine")


def scheduled(name: str, rate: float, steps: int) -> Rate:
    """The schedule called `name` for a run of `steps` steps; "step" divides by ten at one half and three quarters.

    >>> from plausible.optimise.schedules import scheduled
    >>> scheduled("constant", 0.1, 1000), scheduled("step", 0.1, 1000)
    (0.1, Steps(start=0.1, at=(500, 750), factor=0.1))
    """
    if name not in SCHEDULES:
        raise unknown("schedule", name, SCHEDULES)
    if name == "cosine":
        return Cosine(rate, max(steps, 1))
    return rate if name == "constant" else Steps(rate, (steps // 2, 3 * steps // 4))
