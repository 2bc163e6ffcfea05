"""The numbers that a rule itself reports with its changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from plausible.core import Measurement
from plausible.errors import is_real
from plausible.probes.probe import Moment, Sight


@dataclass(frozen=True)
class Internals:
    """The numbers in `Step.internals` of the last minibatch, such as the residual of a relaxation."""

    name: ClassVar[str] = "internals"
    split: ClassVar[str] = "train"
    when: ClassVar[tuple[Moment, ...]] = ("measurement",)

    def __call__(self, sight: Sight) -> Iterator[Measurement]:
        with sight.asking():
            yield from numbers(sight.tick.step.internals)


def numbers(internals: Mapping[str, Any]) -> Iterator[Measurement]:
    """The internals that are single numbers."""
    for name, value in internals.items():
        if is_real(value):
            yield Measurement(name, "", float(value))
