"""How fast a rule learns."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np

from plausible.core import Measurement
from plausible.probes.probe import Moment, Sight


@dataclass(frozen=True)
class Speed:
    """Examples per second of learning alone; see `speed`."""

    name: ClassVar[str] = "speed"
    split: ClassVar[str] = "train"
    when: ClassVar[tuple[Moment, ...]] = ("end",)

    def __call__(self, sight: Sight) -> Iterator[Measurement]:
        yield Measurement("examples per second", "", speed(sight.clock()))


def speed(clock: Iterable[tuple[int, float]]) -> float:
    """Examples per second: the median over the stretches between measurements, as other work delays some of them.

    `clock` says how many examples were shown at each measurement, and after how many seconds. A measurement is made
    when the next step has been computed, and the last when there is none: the last stretch has a step less than its
    examples, so that it does not count; where it is the only one, the first step is counted with it.
    """
    points = sorted(set(clock))
    stretches = list(pairwise(points))[:-1] or [((0, 0.0), point) for point in points[-1:]]
    rates = [
        (more - few) / (late - early)
        for (few, early), (more, late) in stretches
        if more > few and late > early
    ]
    return float(np.median(rates)) if rates else math.nan
