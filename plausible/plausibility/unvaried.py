"""Values that came out alike all the time that a rule of one's own was audited, though what they are made of varies.

A comparison that was never true, a bound that nothing passed, and a saturated function hide what the rule does
elsewhere. Each is made to come out otherwise, and the rule is measured again. So it is with weights that begin with one
number everywhere, as gains of one: they hold others as soon as they have learned.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from plausible.core import Step
from plausible.plausibility.clocks import TURNED, cosine
from plausible.plausibility.intervention import STILL, dense, moved
from plausible.plausibility.looking import learned
from plausible.plausibility.marked import Marked
from plausible.plausibility.patience import Steps
from plausible.plausibility.provenance import followed
from plausible.plausibility.rewritten import Place, Rewritten
from plausible.plausibility.uncalled import called
from plausible.plausibility.unrun import ORDINARY, told
from plausible.plausibility.world import World

SEEDS = 3  # worlds in which values are looked at
ALIKE = 1e-9  # how far values are apart that are one, relative to their size where that is above 1
MOST = 12  # values that are made to come out otherwise; rules have no more of them, or too many to tell
BOUNDS = ("max", "min", "maximum", "minimum", "fmax", "fmin", "clip")
Range = tuple[float, float]


class Seen(NamedTuple):
    """What was seen of an expression's values."""

    low: float
    high: float
    tokens: frozenset[str]  # what they were made of
    by_step: dict[int, Range]

    @property
    def alike(self) -> bool:
        """Whether all were one number."""
        return self.high - self.low <= ALIKE * max(1.0, abs(self.high))

    @property
    def goes(self) -> bool:
        """Whether the values of one step were others than those of another, as a count of steps is."""
        return len({*self.by_step.values()}) > 1


class Noted:
    """A watcher that notes the smallest and the largest value of each expression."""

    def __init__(self) -> None:
        self.seen: dict[int, Seen] = {}
        self.odd: set[int] = set()  # expressions of which some value was no number

    def __call__(self, number: int, value: Any) -> Any:
        """Note a value, and hand it on."""
        plain = numbers_of(value)
        if plain is None:
            self.odd.add(number)
        elif plain.size:
            low, high = float(plain.min()), float(plain.max())
            before = self.seen.get(number, Seen(low, high, frozenset(), {}))
            a, b = before.by_step.get(Steps.number, (low, high))
            before.by_step[Steps.number] = min(a, low), max(b, high)
            tokens = before.tokens | (value.tokens if isinstance(value, Marked) else set())
            self.seen[number] = Seen(min(before.low, low), max(before.high, high), tokens, before.by_step)
        return value


class Otherwise:
    """A watcher that hands on another value of one expression: a number, or the opposite without one."""

    def __init__(self, number: int, instead: float | None) -> None:
        self.number, self.instead = number, instead

    def __call__(self, number: int, value: Any) -> Any:
        """The value, or another one."""
        return otherwise(value, self.instead) if number == self.number else value


def numbers_of(value: Any) -> Any:
    """The plain numbers of a value as an array; None of what is none, or not finite."""
    held = value._held if isinstance(value, Marked) else value
    if not isinstance(held, bool | int | float | np.generic | np.ndarray):
        return None
    array = np.asarray(held)
    return array if array.dtype.kind in "biuf" and np.isfinite(array).all() else None


def otherwise(value: Any, instead: float | None) -> Any:
    """A number in the place of all of a value; without one the other value of a condition, or the negative."""
    if isinstance(value, Marked):
        return Marked(otherwise(value._held, instead), value.marks, value.record)
    array = np.asarray(value)
    if array.dtype == bool:
        other = np.logical_not(array)
    else:
        signed = array.astype(np.result_type(array, np.int8))
        other = -signed if instead is None else np.full_like(signed, instead)
    return other if isinstance(value, np.ndarray) else other.item()


def instead_of(node: ast.expr, number: float) -> list[float | None]:
    """The numbers that are tried in the place of one: what bounds name besides; else its negative, or 1 for 0.

    A difference of nothing may have either sign.
    """
    if is_bounded(node):
        named = {each for each in constants(node) if abs(each - number) > ALIKE}
        return [*sorted(named)] or [1.0 if abs(number) <= ALIKE else 2 * number]
    if abs(number) > ALIKE:
        return [None]
    return [1.0, -1.0] if isinstance(node, ast.BinOp) else [1.0]


def is_bounded(node: ast.expr) -> bool:
    """Whether an expression is the smaller, the larger, or within bounds."""
    return called(node) in BOUNDS


def constants(node: ast.expr) -> Iterator[float]:
    """The numbers that bounds are written with, those inside of others, too."""
    for each in (*getattr(node, "args", ()), *(each.value for each in getattr(node, "keywords", ()))):
        if is_bounded(each):
            yield from constants(each)
        elif not any(isinstance(part, ast.Name | ast.Call) for part in ast.walk(each)):
            with suppress(ValueError):
                found = ast.literal_eval(each)
                if isinstance(found, int | float):
                    yield float(found)


class Other(NamedTuple):
    """A way in which a rule might come out otherwise than where it was audited."""

    said: str
    entered: Callable[[], AbstractContextManager[None]] = nullcontext
    turns: bool = False  # whether what forward weights learn turns to the reverse
    tokens: frozenset[str] = frozenset()  # what it hangs on whether it does
    world: Callable[[World], World] = lambda world: world
    only: tuple[str, ...] = ()  # the criticisms that it may concern; () for any


def others(make: Callable[[int], World], files: Iterable[str]) -> Iterator[Other]:
    """The values of a rule's code that came out alike, of which another would change what it proposes."""
    noted, worlds = Noted(), [make(seed) for seed in range(SEEDS)]
    code = Rewritten(files)
    with code.by(noted):
        for world in worlds:
            followed(world)
    base = learned(worlds[0])
    if names := beginning(worlds[0]):
        biases = all(name.startswith("b") for name in names)
        said = f"{', '.join(names)} began with one number everywhere"
        yield Other(said, world=stirred, only=("separate phases",) if biases else ())
    effective = set[int]()
    for number in list(unvaried(code.places, noted))[:MOST]:
        if effective & below(number, code.places):
            continue  # alike as what it is computed of was
        place = code.places[number]
        said = f"line {place.node.lineno} ({told(place.node)}) came out alike"
        seen = [noted.seen[each] for each in (number, *place.operands) if each in noted.seen]
        tokens = frozenset[str]().union(*(each.tokens for each in seen))
        for instead in instead_of(place.node, noted.seen[number].low):
            entered = partial(code.by, Otherwise(number, instead))
            changes = attempted(entered, worlds[0])
            if changes is not None and differ(base, changes):
                effective.add(number)
                yield Other(said, entered, turns(base, changes), tokens)


def below(number: int, places: list[Place]) -> set[int]:
    """The expressions that one is computed of."""
    return {*places[number].operands}.union(*(below(each, places) for each in places[number].operands))


def unvaried(places: list[Place], noted: Noted) -> Iterator[int]:
    """The expressions whose values were alike, though they are made of what varies, or of what was alike by chance."""
    for number, place in enumerate(places):
        seen = noted.seen.get(number)
        if seen is None or number in noted.odd or not seen.alike or asks_finite(place.node):
            continue
        parts = [noted.seen[each] for each in place.operands if each in noted.seen]
        if isinstance(place.node, ast.BinOp) and (seen.low != seen.high or is_nothing(place.node, parts)):
            continue  # what rounding leaves, or what is multiplied by 0
        chosen = isinstance(place.node, ast.Compare | ast.Call)
        given = any(each.tokens and (chosen or not each.alike) for each in parts)
        if place.operands and ((seen.tokens and given) or any(each.goes or given for each in parts)):
            yield number


def is_nothing(node: ast.BinOp, parts: Iterable[Seen]) -> bool:
    """Whether an expression is a product with 0: one that is written down, or that is so by itself."""
    written = any(isinstance(each, ast.Constant) and each.value == 0 for each in (node.left, node.right))
    return written or (isinstance(node.op, ast.Mult) and any(each.low == each.high == 0 for each in parts))


def asks_finite(node: ast.expr) -> bool:
    """Whether an expression asks whether numbers are finite."""
    return isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ORDINARY


def attempted(entered: Callable[[], AbstractContextManager[None]], world: World) -> list[Step] | None:
    """What a rule proposes with another value; None where it raises, or proposes no numbers."""
    try:
        with entered(), np.errstate(all="ignore"):
            steps = learned(world)
    except Exception:  # whatever a rule raises where a value of its own is another
        return None
    finite = all(np.isfinite(change).all() for step in steps for change in dense(step).values())
    return steps if finite else None


def differ(base: list[Step], others: list[Step]) -> bool:
    """Whether changes move with another value."""
    pairs = zip(base, others, strict=True)
    return any(size > STILL for a, b in pairs for size in moved(dense(a), dense(b)).by.values())


def turns(base: list[Step], others: list[Step]) -> bool:
    """Whether changes of forward weights turn to the reverse."""
    return cosine([dense(each) for each in base], [dense(each) for each in others]) <= TURNED


def beginning(world: World) -> list[str]:
    """The weights beside the forward ones that begin with one number everywhere, and learn."""
    learning = {name for step in learned(world) for name, change in dense(step).items() if np.any(change)}
    return [
        name
        for name, array in sorted(world.params.items())
        if name in learning and array.dtype.kind == "f" and np.ptp(array) == 0 and name[:1] not in ("W", "R")
    ]


def stirred(world: World) -> World:
    """A world in which such weights hold other numbers, as they do when they have learned."""
    rng = np.random.default_rng(0)
    drawn = {
        name: world.params[name] + rng.normal(scale=0.5, size=world.params[name].shape)
        for name in beginning(world)
    }
    typed = {name: array.astype(world.params[name].dtype) for name, array in drawn.items()}
    return world._replace(params={**world.params, **typed})
