"""The third instrument: what a rule needs, counted: passes, state, partners of units, signs."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from plausible.core import Array, Presentation
from plausible.optimise.sgd import SGD
from plausible.plausibility.provenance import entering, units_of, weight
from plausible.plausibility.record import FEW, Record, Sent
from plausible.plausibility.world import SEED, World, graded
from plausible.train import train

STEPS = 10  # of learning, over which signs are compared
RATE = 0.05
FILLED = 1.2  # of the numbers written in the first pass: fewer are units that were at rest in it
LONG = 32  # bytes of a word or a whole number: one that is longer holds several


def sides_of_answer(world: World) -> set[str]:
    """The sides of weights through which activity is sent when the rule answers."""
    record = Record(units_of(world))
    try:
        params = {name: weight(name, array, record) for name, array in world.params.items()}
        state = entering(world.state, "state", world, record)
        x = entering(world.shown[0].x, "x", world, record)
        world.rule.respond(params, state, x, np.random.default_rng(SEED))
    except Exception:  # the rule answers in a way that marks cannot follow
        return set()
    return {each.side for each in record.sent}


def passes(world: World, sent: Iterable[Sent], presentation: int = 0) -> float:
    """How many different inputs are sent up through the lowest weights for each example of a presentation.

    An input may be sent up in parts, each through its own synapses: together they are one.
    """
    by_width: dict[int, list[Array]] = {}
    for each in sent:
        if each.side == "W1:pre" and each.presentation == presentation:
            by_width.setdefault(each.rows.shape[1], []).append(each.rows)
    if not by_width:
        return 1.0
    distinct = {width: np.unique(np.concatenate(rows), axis=0) for width, rows in by_width.items()}
    lowest, examples = world.params.get("W1"), int(np.prod(world.shown[0].x.shape[:-1]))
    length = lowest.shape[0] if lowest is not None and lowest.ndim == 2 else 0
    in_parts = [rows for width, rows in distinct.items() if width < length]
    whole = [rows for width, rows in distinct.items() if width >= length]
    other = sum(rows.shape[1] * sum(not in_one(row, whole) for row in rows) for rows in in_parts)
    parts = other / (length * examples) if other else 0.0
    return sum(map(len, whole)) / examples + float(np.ceil(parts - 1e-9))


def in_one(part: Array, several: Iterable[Array]) -> bool:
    """Whether numbers stand, in that order, in one row of arrays: then they are of an input that was sent up whole."""

    def follows(row: Array) -> bool:
        left = iter(row.tolist())
        return all(number in left for number in part.tolist())

    return any(follows(row) for rows in several for row in rows)


def partners(world: World, sent: Iterable[Sent]) -> set[str]:
    """The layers that send down what they do not send up."""
    sent = list(sent)
    units = units_of(world)
    up: dict[str, list[Array]] = {}
    down: dict[str, list[Array]] = {}  # by the side that it is sent through
    for each in sent:
        if each.side[:1] in ("W", "R", "I") and each.side.endswith(":pre"):
            up.setdefault(units.get(each.side, ""), []).append(each.rows)
        elif each.side.endswith(":post") and each.side[:1] in ("W", "R", "B", "P"):
            down.setdefault(each.side, []).append(each.rows)
    top = max((each for each in units.values() if each.startswith("units")), default="")
    found = set()
    for side, several in down.items():
        layer = units.get(side, "")
        sent_up = stacked(up.get(layer, []))
        other = [not any(same(a, b).any() for b in sent_up if b.shape[1:] == a.shape) for a in several]
        if (
            layer != top and sum(other) > len(other) / 2
        ):  # an estimate is sent down once, activity at every step
            found.add(layer.removeprefix("units "))
    return found


def stacked(several: Iterable[Array]) -> list[Array]:
    """Arrays of one shape, one upon the other, (number, rows, units)."""
    by_shape: dict[tuple[int, ...], list[Array]] = {}
    for each in several:
        by_shape.setdefault(each.shape, []).append(each)
    return [np.stack(each) for each in by_shape.values()]


def same(a: Array, several: Array) -> np.ndarray[Any, Any]:
    """Whether what is sent down is what is sent up, to rounding, at each of several times."""
    apart = np.abs(several - a) - 1e-9 * np.abs(several)
    return np.asarray((apart <= 1e-12).all(axis=tuple(range(1, several.ndim))))


def extra(world: World) -> tuple[float, float]:
    """Per forward weight, how many other weights there are, and how many numbers a state carries."""
    sizes = {name: array.size for name, array in world.params.items()}
    forward = sum(size for name, size in sizes.items() if name[:1] in ("W", "R", "b")) or sum(sizes.values())
    other = sum(sizes.values()) - forward
    return other / forward, state_of(world.step().state) / forward


def state_of(state: Any) -> int:
    """How many numbers are in a state."""
    return sum(array.size for array in held_by(state, set()))


def held_by(tree: Any, known: set[int]) -> Iterator[Array]:
    """The arrays in nested tuples, lists, mappings and objects of any class, each once, and numbers beside them.

    A whole number that has a name, such as a counter or a seed, is none.
    """
    if id(tree) in known or isinstance(tree, type | np.random.Generator):
        return
    known.add(id(tree))
    if isinstance(tree, np.ndarray):
        yield tree
    elif isinstance(tree, Mapping):
        yield from (array for part in tree.values() for array in held_by(part, known))
    elif isinstance(tree, tuple | list | set | frozenset | deque):
        numbers = [part for part in tree if isinstance(part, float | int | np.number) and part is not True]
        floats = any(isinstance(part, float | np.floating) for part in numbers) or len(numbers) > FEW
        if floats:
            yield np.array(numbers, float)
        yield from (array for part in tree for array in held_by(part, known))
    elif isinstance(tree, bytes | bytearray):
        yield np.frombuffer(bytes(tree), np.uint8)
    elif isinstance(tree, str | int) and not isinstance(tree, bool):
        size = len(tree) if isinstance(tree, str) else tree.bit_length() // 8
        if size > LONG:  # a word or a number that packs others
            yield np.ones(size, np.uint8)
    else:
        cells = [each.cell_contents for each in getattr(tree, "__closure__", None) or ()]
        for part in (*attributes(tree).values(), *cells):
            yield from held_by(part, known)


def attributes(tree: Any) -> dict[str, Any]:
    """What an object holds by names, be they in its `__dict__` or in slots."""
    names = [
        *getattr(tree, "__dict__", ()),
        *(n for kind in type(tree).__mro__ for n in getattr(kind, "__slots__", ())),
    ]
    return {name: getattr(tree, name) for name in names if hasattr(tree, name)}


def growth_of_state(world: World) -> float:
    """What is kept in the state after two passes through a sequence, relative to that after one.

    The sequence is shown one time step at a time. What is kept is how many numbers there are, and how many of them have
    been written, or depend on what was shown: an array of fixed size that is filled step by step grows as a list does.
    """
    shown, other, sizes, used = world.shown[0], world.shown[1], list[tuple[int, int, int]](), Written()
    length, states = len(shown.x), [world.state, world.state]
    for t in range(2 * length):
        for n, one in enumerate((shown, other)):
            x, y = one.x[t % length][None], one.y[t % length][None]
            mask = None if one.mask is None else one.mask[t % length][None]
            told = Presentation(x, y, graded(y, mask), mask, t == 0)
            states[n] = world.step(state=states[n], shown=told).state
        sizes.append((state_of(states[0]), used.after(states[0]), differing(*states)))
    grown = [a / max(b, 1) for a, b in zip(sizes[-1], sizes[length - 1], strict=True)]
    return max(grown[0], *(each if each > FILLED else 1.0 for each in grown[1:]))


def differing(one: Any, other: Any) -> int:
    """How many numbers of a state depend on what was shown: those that differ after another sequence."""
    a, b = (
        np.concatenate([np.zeros(0), *(np.ravel(x) for x in held_by(each, set()))]) for each in (one, other)
    )
    return int((a != b).sum()) if a.size == b.size else 0


class Written:
    """Which numbers of a state have ever changed."""

    def __init__(self) -> None:
        self.last = self.changed = np.zeros(0)

    def after(self, state: Any) -> int:
        """How many have, once the state is this; of one of another size, those that are not 0."""
        now = np.concatenate([np.zeros(0), *(np.ravel(array) for array in held_by(state, set()))])
        before = self.last if self.last.size == now.size else np.zeros(now.size)
        changed = self.changed if self.changed.size == now.size else np.zeros(now.size, bool)
        self.last, self.changed = now.copy(), changed | (now != before)
        return int(self.changed.sum())


def signs(world: World, *, learns: bool = True) -> tuple[float, float]:
    """The share of neurons with synapses of both signs, and of synapses that change theirs over `STEPS` of learning.

    Without `learns`, for a rule that would take too long, the second share is 0.
    """
    matrices = [name for name, array in world.params.items() if array.ndim == 2]
    names = [name for name in matrices if name[:1] in ("W", "R")] or matrices  # where names are a rule's own
    if not names:
        return 0.0, 0.0
    before = {name: np.sign(world.params[name]) for name in names}
    rows = np.concatenate([(s.min(axis=1) < 0) & (s.max(axis=1) > 0) for s in before.values()])
    if not learns:
        return float(rows.mean()), 0.0
    params = {name: array.copy() for name, array in world.params.items()}
    stream = [world.shown[n % len(world.shown)]._replace(first=True) for n in range(STEPS)]
    try:
        with np.errstate(all="ignore"):
            for _ in train(world.rule, SGD(RATE), params, world.state, stream, np.random.default_rng(SEED)):
                pass
    except ArithmeticError:  # weights diverged, at a learning rate that is not the rule's own
        return float(rows.mean()), 0.0
    crossed = np.concatenate([(np.sign(params[name]) * before[name] < 0).ravel() for name in names])
    return float(rows.mean()), float(crossed.mean())
