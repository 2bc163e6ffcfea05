"""What a change is made of is in its provenance: whatever moves it, when it is moved, is among its sources.

Oracle: the change itself, computed again with one of its arguments moved.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from plausible.contract.world import Case, case, values
from plausible.core import Step, read_only
from plausible.probes.cost import MULTIPLY_ADDS, work_of
from plausible.probes.traced import plain, sources, traced_arguments
from plausible.registry import registry

RULES = sorted(registry.registered("rule"))


def moved(it: Case) -> Iterator[tuple[str, Case]]:
    """The same world with one thing moved: the inputs, the targets, or a weight."""
    x, y = it.shown.x, it.shown.y
    yield "x", it._replace(shown=it.shown._replace(x=np.clip(x * 0.9, 0, 1) if x.min() >= 0 else x * 1.1))
    yield "y", it._replace(shown=it.shown._replace(y=np.roll(y, 1, axis=-1)))
    for name, weight in it.params.items():
        yield name, it._replace(params={**it.params, name: (weight * 1.25 + weight.dtype.type(0.01))})


def proposed(it: Case) -> Step:
    return it.rule.update(read_only(it.params), it.state, it.shown, np.random.default_rng(0))


def numbers(step: Step, name: str) -> list[Any]:
    return [part for part in values(step)[name] if part is not None]


@pytest.mark.parametrize("name", RULES)
def test_whatever_moves_a_change_is_among_its_sources(name: str) -> None:
    it = case(name)
    if MULTIPLY_ADDS not in work_of(it.rule):
        return  # a simulation, whose arrays are its own
    arguments = traced_arguments(read_only(it.params), it.state, it.shown)
    traced, before = it.rule.update(*arguments, np.random.default_rng(0)), proposed(it)
    for what, other in moved(it):
        after = proposed(other)
        for weight, update in traced.updates.items():
            pairs = zip(numbers(before, weight), numbers(after, weight), strict=True)
            if any(not np.array_equal(plain(a), plain(b)) for a, b in pairs):
                assert what in sources(update), (
                    f"{what} moves the change of {weight}, made of {sources(update)}"
                )
