"""Whether a count of presentations turns what is learned: first with one sign, then with the other, as in two phases.

A clock is what the state holds alike, whatever was shown, and otherwise after another number of presentations. It alone
is set back, and the change of the same example is compared; what goes by equal steps is set forward as well, far on.
What stands still may count, too, where it is a whole number or a word. A smaller step by a count is no phase.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from copy import copy, deepcopy
from enum import Enum
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from plausible.core import Array
from plausible.errors import is_whole
from plausible.plausibility.intervention import STILL, dense, is_forward
from plausible.plausibility.onwards import lengthened
from plausible.plausibility.world import World

Path: TypeAlias = tuple[Any, ...]
SHOWN = 6  # presentations of each of three streams
AHEAD = (
    *range(1, 13),
    16,
    20,
    25,
    32,
    40,
    50,
    64,
    75,
    100,
    128,
    150,
    200,
    256,
    300,
    500,
    512,
    600,
    1000,
    1024,
    2000,
    5000,
)
LATE = (1, 100, AHEAD[-1])  # steps ahead at which what grows with a count is looked at
FAR = (8, 16, 32, 64, 128, 192, 256, 320, 384, 448, 512)  # presentations, one after the other
TURNED = -0.9  # the cosine of two changes of which the one is to undo the other
SAME = 1 - 1e-6  # of two that differ in size alone
WHOLE = bool | int | float | complex | np.generic | np.ndarray | str | bytes | Enum | None  # without parts


class Turned(NamedTuple):
    """The smallest cosines of a change with the one at another reading of the clock; 1 without a clock."""

    back: float = 1.0  # at readings that it had
    ahead: float = 1.0  # at readings that it may have later
    returns: bool = False  # whether what turns later turns back again, as what falls below 0 does not
    sealed: tuple[str, ...] = ()  # kinds of objects in the state that may count, and cannot be looked into


def turned_by_clock(world: World) -> Turned:
    """How changes turn with a count of presentations that the state holds."""
    several = streams_of(world)
    sealed = tuple(sorted({type(part).__name__ for _, part in parts(several[0][-1]) if is_sealed(part)}))
    places, first = clocks(several), several[0]
    early = {path: reading for path, reading in parts(first[1]) if path in places}
    back = [cosine(learned(world, now), learned(world, replaced(now, early))) for now in first[2:] if early]
    shapes = [turned_by_shape(world, first[-1], each) for each in first[1:]]  # a state may begin as None
    back += [turn for turn in shapes if turn <= TURNED]
    later, base = list(ahead(first, places, standing(several))), learned(world, first[-1])
    if places - {*steady(first, places)}:
        later += onwards(world, first[-1])
    turns = [cosine(base, learned(world, each)) for each in later]
    turned = [n for n, each in enumerate(turns) if each <= TURNED]
    returns = bool(turned) and any(each > 0 for each in turns[turned[0] :])
    return Turned(min(back, default=1.0), min(turns, default=1.0), returns, sealed)


def turned_by_shape(world: World, last: Any, other: Any) -> float:
    """The cosine of changes from two states of another shape, as a list that has grown; 1 of the same shape."""
    return 1.0 if shape(last) == shape(other) else cosine(learned(world, last), learned(world, other))


def shape(state: Any) -> Any:
    """The kinds of a state and of all parts of it, how many there are, and how long; no numbers."""
    if isinstance(state, Mapping):
        return type(state), tuple((key, shape(each)) for key, each in state.items())
    if isinstance(state, tuple | list | deque):
        return type(state), tuple(map(shape, state))
    if isinstance(state, np.ndarray):
        return state.shape
    return type(state), len(state) if isinstance(state, str | bytes | set | frozenset) else 0


def streams_of(world: World) -> list[list[Any]]:
    """The states after each of a few presentations, of three streams."""
    several = [[world.state] for _ in (0, 1, 2)]
    long, other = (lengthened(world, seed).shown for seed in (0, 1))
    streams = [long, other[::-1], tuple(shown._replace(x=-shown.x) for shown in long)]
    for number in range(SHOWN):
        for shown, states in zip(streams, several, strict=True):
            states.append(deepcopy(world.step(state=deepcopy(states[-1]), shown=shown[number]).state))
    return several


def later(world: World) -> list[World]:
    """A world at presentations that come later, as its clock is set forward."""
    several = streams_of(world)
    states = ahead(several[0], clocks(several), standing(several))
    return [world._replace(state=state) for state in (several[0][-1], *states)]


def clocks(several: Sequence[Sequence[Any]]) -> set[Path]:
    """The places of what is the same in all streams of states after each presentation, and does not stay."""
    return {
        path
        for path, readings in alike(several).items()
        if not all(same(readings[0], each) for each in readings)
    }


def standing(several: Sequence[Sequence[Any]]) -> set[Path]:
    """The places of whole numbers that are the same in all streams after each presentation, and stay."""
    return {
        path
        for path, readings in alike(several).items()
        if all(same(readings[0], each) and is_whole(each) for each in readings)
    }


def alike(several: Sequence[Sequence[Any]]) -> dict[Path, list[Any]]:
    """By place, what all streams of states have there after each presentation, where that is the same."""
    first, *others = [[dict(parts(state)) for state in states[1:]] for states in several]
    found = {}
    for path in first[0]:
        if all(path in each for stream in (first, *others) for each in stream):
            readings = [each[path] for each in first]
            if all(same(a, b[path]) for other in others for a, b in zip(readings, other, strict=True)):
                found[path] = readings
    return found


def far_on(world: World) -> list[World]:
    """A world late and very late in its own time, where the state holds a clock; [] where it holds none."""
    several = streams_of(world)
    states = ahead(several[0], clocks(several), standing(several), LATE)
    return [late for state in states if comes_to(late := world._replace(state=state))]


def comes_to(world: World) -> bool:
    """Whether a rule learns from a state on: not where a whole number that was taken for a count is a size."""
    try:
        world.step(state=deepcopy(world.state))
        world.respond()
    except Exception:  # whatever a rule raises in a state that it never has
        return False
    return True


def ahead(
    states: Sequence[Any], places: set[Path], still: set[Path], by: Sequence[int] = AHEAD
) -> Iterator[Any]:
    """The last of several states with its clock set forward, as it has gone or by ones: what stands still by itself."""
    last, going = dict(parts(states[-1])), steady(states, places)
    for steps in by if going else ():
        yield replaced(
            states[-1], {path: of_kind(last[path], last[path] + steps * gone) for path, gone in going.items()}
        )
    for path in still:
        for steps in by:
            yield replaced(states[-1], {path: of_kind(last[path], last[path] + steps)})


def steady(states: Sequence[Any], places: set[Path]) -> dict[Path, Any]:
    """By place of a clock that goes by equal steps, one step."""
    last, *before = (dict(parts(state)) for state in states[-1:-4:-1])
    going = {}
    for path in places:
        if all(is_number(each[path]) for each in (last, *before)):
            gone, once = last[path] - before[0][path], before[0][path] - before[1][path]
            if np.any(gone) and np.allclose(gone, once, rtol=1e-6, atol=0):
                going[path] = gone
    return going


def onwards(world: World, state: Any) -> Iterator[Any]:
    """States at later and later presentations, of a clock that goes in some other way: so it is let go."""
    state, number = deepcopy(state), 0
    for until in FAR:
        while number < until:
            state = world.step(state=state, shown=world.shown[number % len(world.shown)]).state
            number += 1
        yield deepcopy(state)


def of_kind(before: Any, now: Any) -> Any:
    """A number as one of the kind that another is."""
    return type(before)(now) if isinstance(before, int | float) else now


def parts(state: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The numbers, words and arrays of a state by their places, and what cannot be looked into; a seed is none."""
    if isinstance(state, Mapping):
        inside: Any = state.items()
    elif isinstance(state, tuple | list | deque):
        inside = enumerate(state)
    else:
        inside = attributes(state).items()
        if not inside and not isinstance(state, type | np.random.Generator | np.dtype):
            yield path, state
    for key, part in inside:
        if key != "seed":
            yield from parts(part, (*path, key))


def attributes(state: Any) -> dict[str, Any]:
    """What an object of a class holds by names; nothing of numbers, words and arrays."""
    if isinstance(state, WHOLE | type):
        return {}
    names = [*getattr(state, "__dict__", ()), *getattr(type(state), "__slots__", ())]
    return {name: getattr(state, name) for name in names if hasattr(state, name)}


def is_number(part: Any) -> bool:
    """Whether a part of a state is a number or an array of them, which may be counted on."""
    return isinstance(part, int | float | np.number | np.ndarray) and np.asarray(part).dtype.kind in "iuf"


def is_sealed(part: Any) -> bool:
    """Whether a part of a state is neither number, word nor array, so that what it counts is not known."""
    return not isinstance(part, WHOLE | set | frozenset)


def same(one: Any, other: Any) -> bool:
    """Whether there is the same at one place of two states."""
    return bool(np.array_equal(one, other))


def replaced(now: Any, readings: Mapping[Path, Any], path: Path = ()) -> Any:
    """A state with other readings at some places."""
    if path in readings:
        return readings[path]
    if not any(each[: len(path)] == path for each in readings):
        return now
    if isinstance(now, Mapping):
        return {key: replaced(each, readings, (*path, key)) for key, each in now.items()}
    if isinstance(now, tuple | list | deque):
        inside = [replaced(each, readings, (*path, n)) for n, each in enumerate(now)]
        return type(now)(inside) if type(now) in (tuple, list, deque) else type(now)(*inside)
    other = copy(now)
    for name, each in attributes(now).items():
        object.__setattr__(other, name, replaced(each, readings, (*path, name)))
    return other


def learned(world: World, state: Any) -> list[dict[str, Array]]:
    """The changes by two presentations, from a state on."""
    found, state = [], deepcopy(state)
    for shown in world.shown[:2]:
        step = world.step(state=state, shown=shown)
        found.append(dense(step))
        state = step.state
    return found


def cosine(one: Sequence[Mapping[str, Array]], other: Sequence[Mapping[str, Array]]) -> float:
    """The smallest cosine of two changes of a forward weight at the same presentation."""
    pairs = zip(one, other, strict=True)
    found = [along(a[name], b[name]) for a, b in pairs for name in a.keys() & b.keys() if is_forward(name)]
    return min(found, default=1.0)


def along(a: Array, b: Array) -> float:
    """The cosine of two arrays; 1 where one of them is nothing."""
    size = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(np.vdot(a, b).real) / size if size > STILL**2 else 1.0
