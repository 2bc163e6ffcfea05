"""Values that came out alike all the time that a rule of one's own was audited, though what they are made of varies.

A comparison that was never true, a bound that nothing passed, and a saturated function hide what the rule does
elsewhere. Each is made to come out otherwise, and the rule is measured again. So it is with weights that begin with one
number everywhere, as gains of one: they hold others as soon as they have learned.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from plausible.core import Step
from plausible.plausibility.clocks import TURNED, cosine
from plausible.plausibility.instead import Instead, Otherwise, Seen, instead_of, is_bounded
from plausible.plausibility.intervention import STILL, dense, moved
from plausible.plausibility.looking import learned
from plausible.plausibility.marked import Marked
from plausible.plausibility.marks import TEACHERS
from plausible.plausibility.patience import Steps
from plausible.plausibility.provenance import followed
from plausible.plausibility.rewritten import READS, Place, Rewritten
from plausible.plausibility.uncalled import called
from plausible.plausibility.unrun import ORDINARY, told
from plausible.plausibility.world import BATCH, World

NEARLY = 1e-3  # how far weights are apart that begin as one number
MOST = 12  # values that are made to come out otherwise; rules have no more of them, or too many to tell
STEPS = ("sign", "copysign", "where", "heaviside", "select", "piecewise", "choose")


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
            before = self.seen.get(number, Seen(low, high, frozenset(), True, {}))
            a, b = before.by_step.get(Steps.number, (low, high))
            before.by_step[Steps.number] = min(a, low), max(b, high)
            tokens = before.tokens | (value.tokens if isinstance(value, Marked) else set())
            narrow = before.narrow and (plain.ndim == 0 or plain.shape[-1] == 1 or plain.shape == (BATCH,))
            ends = min(before.low, low), max(before.high, high)
            self.seen[number] = Seen(*ends, tokens, narrow, before.by_step)
        return value


def numbers_of(value: Any) -> Any:
    """The plain numbers of a value as an array; None of what is none, or not finite."""
    held = value._held if isinstance(value, Marked) else value
    if not isinstance(held, bool | int | float | np.generic | np.ndarray):
        return None
    array = np.asarray(held)
    return array if array.dtype.kind in "biuf" and np.isfinite(array).all() else None


class Other(NamedTuple):
    """A way in which a rule might come out otherwise than where it was audited."""

    said: str
    entered: Callable[[], AbstractContextManager[None]] = nullcontext
    turns: bool = False  # whether what forward weights learn turns to the reverse
    tokens: frozenset[str] = frozenset()  # what it hangs on whether it does,
    moves: frozenset[str] = frozenset()  # and the weights whose changes do
    world: Callable[[World], World] = lambda world: world
    only: tuple[str, ...] = ()  # the criticisms that it may concern; () for any
    unknown: bool = False  # whether nothing can be told of it


def others(make: Callable[[int], World], files: Iterable[str]) -> Iterator[Other]:
    """The ways in which a rule might come out otherwise, of which each changes what it proposes."""
    world = make(0)
    code = Rewritten(files)
    noted, base = watched(code, world), learned(world)
    if names := beginning(world):
        biases = all(name.startswith("b") for name in names)
        said = f"{', '.join(names)} began with one number everywhere while it was audited"
        yield Other(said, world=stirred, only=("separate phases",) if biases else ())
    yield from by_alike(code, noted, world, base)
    yield from by_signs(code, noted, world)


def watched(
    code: Rewritten, world: World, instead: Callable[[int, Any], Any] = lambda n, value: value
) -> Noted:
    """The values of a rule's code at the presentations of a world, where some of them may be others."""
    noted = Noted()
    with code.by(lambda number, value: noted(number, instead(number, value))):
        followed(world)
    return noted


def by_alike(code: Rewritten, noted: Noted, world: World, base: list[Step]) -> Iterator[Other]:
    """Those by values that came out alike.

    What is alike because another value is, of which it is computed, varies with that one. There are rules with so many
    that it cannot be told what each does.
    """
    explained, number_of = set[int](), 0
    for number in [each for each in unvaried(code.places, noted) if number_of <= MOST]:
        if number in explained:
            continue
        said = f"{said_of(code, number)} came out alike while it was audited"
        for instead in instead_of(code.places[number], noted.seen, noted.odd, number):
            if instead.only and world.shown[0].x.ndim != 3:
                continue
            other = Otherwise(number, instead)
            changes = attempted(entered := partial(code.by, other), world)
            if changes is not None and (names := moving(base, changes)):
                number_of += 1
                tokens = frozenset() if instead.operand is not None else tokens_of(code, noted, number)
                yield Other(said, entered, turns(base, changes), tokens, names, only=instead.only)
            explained |= varied_by(code, noted, world, other)
        if number_of > MOST:
            yield Other(f"more than {MOST} values came out alike while it was audited", unknown=True)
            return


def varied_by(code: Rewritten, noted: Noted, world: World, other: Otherwise) -> set[int]:
    """The values that were alike and are others with another value of what they are computed of."""
    try:
        with np.errstate(all="ignore"):
            there = watched(code, world, other).seen
    except (Exception, SystemExit):  # whatever a rule raises where a value of its own is another
        return set()
    return {n for n in there if n in noted.seen and there[n][:2] != noted.seen[n][:2]}


def by_signs(code: Rewritten, noted: Noted, world: World) -> Iterator[Other]:
    """Those by comparisons of one number for each example, of which the one outcome undoes what the other learns.

    What is told says itself in which direction to learn.
    """
    for number, place in enumerate(code.places):
        seen = noted.seen.get(number)
        if seen is None or number in noted.odd or not seen.narrow or seen.alike or not is_step(place.node):
            continue
        tokens = tokens_of(code, noted, number)
        parts = [noted.seen[each] for each in place.operands if each in noted.seen]
        if tokens & TEACHERS or not (tokens or any(each.goes for each in parts)):
            continue
        ways = [partial(code.by, Otherwise(number, Instead(each))) for each in (seen.low, seen.high)]
        one, two = (attempted(way, world) for way in ways)
        if one is not None and two is not None and turns(one, two):
            said = f"{said_of(code, number)} has two outcomes"
            yield Other(said, ways[0], True, only=("separate phases",))


def said_of(code: Rewritten, number: int) -> str:
    """An expression, and where it stands, in words."""
    node = code.places[number].node
    return f"line {node.lineno} ({told(node)})"


def tokens_of(code: Rewritten, noted: Noted, number: int) -> frozenset[str]:
    """What a value is made of, and what it was computed of."""
    seen = [noted.seen[each] for each in (number, *code.places[number].operands) if each in noted.seen]
    return frozenset[str]().union(*(each.tokens for each in seen))


def is_step(node: ast.expr) -> bool:
    """Whether an expression has few outcomes."""
    return isinstance(node, ast.Compare) or called(node) in STEPS


def unvaried(places: list[Place], noted: Noted) -> list[int]:
    """The expressions whose values were alike, though they are made of what varies, or of what was alike by chance.

    What is computed of such a value may vary as well.
    """
    found, before = set[int](), -1
    while before != len(found):
        before = len(found)
        found |= {n for n in range(len(places)) if n not in found and may_vary(n, places, noted, found)}
    return sorted(n for n in found if not isinstance(places[n].node, READS))


def may_vary(number: int, places: list[Place], noted: Noted, found: set[int]) -> bool:
    """Whether values that were alike may be others, where those of some expressions may."""
    place, seen = places[number], noted.seen.get(number)
    if (
        seen is None
        or number in noted.odd
        or not seen.alike
        or called(place.node) in ORDINARY
        or not place.operands
    ):
        return False
    if isinstance(place.node, READS):
        return bool(found & {*place.operands})
    if chooses(place.node) and any(sized(each, places, set()) for each in place.operands):
        return True
    parts = [noted.seen[each] for each in place.operands if each in noted.seen]
    if isinstance(place.node, ast.BinOp) and (is_rounding(place.node, seen) or is_nothing(place.node, parts)):
        return False
    chosen = isinstance(place.node, ast.Compare | ast.Call)
    given = any(each.tokens and (chosen or not each.alike) for each in parts)
    return given or any(each.goes for each in parts) or bool(found & {*place.operands})


def chooses(node: ast.expr) -> bool:
    """Whether an expression has other outcomes for sizes that differ, and is no factor such as 1 over a size."""
    counted = isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv | ast.Mod)
    return counted or isinstance(node, ast.Compare) or is_bounded(node)


def sized(number: int, places: list[Place], known: set[int]) -> bool:
    """Whether a value is the length of an array, or computed of lengths alone: batches and sequences have others."""
    place = places[number]
    shape = getattr(place.node, "value", None) if isinstance(place.node, ast.Subscript) else None
    if called(place.node) == "len" or getattr(shape, "attr", "") == "shape":
        return True
    below = {*place.operands} - known
    computed = isinstance(place.node, ast.BinOp | ast.UnaryOp | ast.Name)
    return computed and bool(below) and all(sized(each, places, known | {number}) for each in below)


def is_rounding(node: ast.BinOp, seen: Seen) -> bool:
    """Whether values are what rounding leaves of a sum, or the difference of two things that are kept."""
    alone = isinstance(node.left, READS) and isinstance(node.right, READS)
    return isinstance(node.op, ast.Add | ast.Sub | ast.MatMult) and (seen.low != seen.high or alone)


def is_nothing(node: ast.BinOp, parts: Iterable[Seen]) -> bool:
    """Whether an expression is a product with 0: one that is written down, or that is so by itself."""
    written = any(isinstance(each, ast.Constant) and each.value == 0 for each in (node.left, node.right))
    return written or (
        isinstance(node.op, ast.Mult | ast.MatMult) and any(each.low == each.high == 0 for each in parts)
    )


def attempted(entered: Callable[[], AbstractContextManager[None]], world: World) -> list[Step] | None:
    """What a rule proposes with another value; None where it raises, or proposes no numbers."""
    try:
        with entered(), np.errstate(all="ignore"):
            steps = learned(world)
    except (Exception, SystemExit):  # whatever a rule raises where a value of its own is another
        return None
    finite = all(np.isfinite(change).all() for step in steps for change in dense(step).values())
    return steps if finite else None


def moving(base: list[Step], others: list[Step] | None) -> frozenset[str]:
    """The weights whose changes move with another value; none where nothing is learned any more."""
    if others is None or not any(np.any(change) for step in others for change in dense(step).values()):
        return frozenset()
    pairs = zip(base, others, strict=True)
    several = [moved(dense(a), dense(b)).by.items() for a, b in pairs]
    return frozenset(name for each in several for name, size in each if size > STILL)


def turns(base: list[Step], others: list[Step]) -> bool:
    """Whether changes of forward weights turn to the reverse."""
    return cosine([dense(each) for each in base], [dense(each) for each in others]) <= TURNED


def beginning(world: World) -> list[str]:
    """The weights beside the forward ones that begin with one number everywhere, and learn."""
    learning = {name for step in learned(world) for name, change in dense(step).items() if np.any(change)}
    return [
        name
        for name, array in sorted(world.params.items())
        if name in learning
        and array.dtype.kind == "f"
        and np.ptp(array) <= NEARLY
        and name[:1] not in ("W", "R")
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
