"""Whether a count of presentations turns what is learned: first with one sign, then with the other, as in two phases.

A clock is what the state holds alike, whatever was shown, and otherwise after another number of presentations. It alone
is set back, and the change of the same example is compared. A smaller step by a count is no phase.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from plausible.core import Array
from plausible.plausibility.intervention import STILL, dense, is_forward
from plausible.plausibility.onwards import lengthened
from plausible.plausibility.world import World

Path: TypeAlias = tuple[Any, ...]
SHOWN = 6  # presentations of each of three streams
TURNED = -0.9  # the cosine of two changes of which the one is to undo the other
SAME = 1 - 1e-6  # of two that differ in size alone


def turned_by_clock(world: World) -> float:
    """The smallest cosine of a weight's change with the one at another reading of the clock; 1 without one."""
    several = [[world.state] for _ in (0, 1, 2)]
    long, other = (lengthened(world, seed).shown for seed in (0, 1))
    streams = [long, other[::-1], tuple(shown._replace(x=-shown.x) for shown in long)]
    least = 1.0
    for number in range(SHOWN):
        for shown, states in zip(streams, several, strict=True):
            states.append(world.step(state=states[-1], shown=shown[number]).state)
        if number and not clocks(several):
            return 1.0
    for now in several[0][2:]:
        least = min(least, cosine(world, now, set_back(now, several[0][1], clocks(several))))
    return least


def clocks(several: Sequence[Sequence[Any]]) -> set[Path]:
    """The places of numbers that are the same in all streams of states after each presentation, and do not stay."""
    first, *others = [[dict(numbers(state)) for state in states[1:]] for states in several]
    found = {
        path for path, number in first[0].items() if not all(same(number, each.get(path)) for each in first)
    }
    return {
        p
        for p in found
        if all(same(a.get(p), b.get(p)) for o in others for a, b in zip(first, o, strict=True))
    }


def numbers(state: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The numbers and arrays of a state by their places; a seed is none."""
    if isinstance(state, bool | int | float | np.number | np.ndarray):
        yield path, state
    parts = state.items() if isinstance(state, Mapping) else ()
    for key, part in enumerate(state) if isinstance(state, tuple | list) else parts:
        if key != "seed":
            yield from numbers(part, (*path, key))


def same(one: Any, other: Any) -> bool:
    """Whether there are the same numbers at one place of two states."""
    return one is not None and other is not None and np.array_equal(one, other)


def set_back(now: Any, early: Any, places: set[Path], path: Path = ()) -> Any:
    """A state whose clock reads as it did early."""
    if path in places:
        return early
    if isinstance(now, Mapping) and isinstance(early, Mapping):
        return {
            key: set_back(each, early[key], places, (*path, key)) if key in early else each
            for key, each in now.items()
        }
    if isinstance(now, tuple | list) and type(early) is type(now) and len(now) == len(early):
        parts = [set_back(each, early[n], places, (*path, n)) for n, each in enumerate(now)]
        return type(now)(parts) if type(now) in (tuple, list) else type(now)(*parts)
    return now


def cosine(world: World, one: Any, other: Any) -> float:
    """The smallest cosine of the changes of a forward weight by the same example with two states."""
    first, second = dense(world.step(state=one)), dense(world.step(state=other))
    found = [along(first[name], second[name]) for name in first.keys() & second.keys() if is_forward(name)]
    return min(found, default=1.0)


def along(a: Array, b: Array) -> float:
    """The cosine of two arrays; 1 where one of them is nothing."""
    size = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(np.vdot(a, b).real) / size if size > STILL**2 else 1.0
