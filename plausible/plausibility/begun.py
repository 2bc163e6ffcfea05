"""What begins as a function of forward weights, whatever function it is and wherever it lies.

`init` draws other numbers in one of its drawings, and the forward weights are then put back as they were. Where changes
of other weights differ all the same, though no activity does, they are made of what `init` made of the weights. Which
synapses there are, as zeros of a matrix tell, may be known to both directions, and so may one number for all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from plausible.core import Array, Params, State, randomness
from plausible.plausibility.clocks import parts, same
from plausible.plausibility.intervention import STILL, dense, is_forward, layer_of, moved
from plausible.plausibility.world import N_IN, N_OUT, SEED, World

MOST = 600  # drawings that are altered
FEW = 9  # numbers that are drawn one by one, and are no weights
SOME = 24  # numbers of one that are altered by themselves
WAYS = 6  # in which a drawing is drawn anew: a decision by it is not turned by every one
UNALIKE = ("bit_generator", "spawn", "shuffle", "bytes")  # of a generator: what gives no numbers


class Begun(NamedTuple):
    """A forward weight that others began as a function of."""

    weight: str
    by: float  # how far changes of others move with it, relative to their size
    sealed: bool = False  # whether that is not known, as it is made of no number that is drawn there


class Anew(NamedTuple):
    """What is drawn anew: drawings by their numbers, one number of them or all, and the seed of the new ones."""

    drawings: frozenset[int]
    place: int | None = None
    seed: int = 0


class Redrawn(np.random.Generator):
    """Random numbers as they come, but for those of one drawing, which are drawn anew by another generator.

    Args:
        given: whose random numbers they are.
        at: what is drawn anew; None for nothing.
    """

    def __init__(self, given: np.random.Generator, at: Anew | None = None) -> None:
        super().__init__(given.bit_generator)
        self.given, self.at = given, at
        self.drawn: list[Any] = []  # of each drawing one number or array
        self.anew = np.random.default_rng([SEED, at.seed if at else 0])

    def spawn(self, n_children: int) -> list[np.random.Generator]:
        """Generators of their own, whose drawings count as this one's."""
        several = [Redrawn(each, self.at) for each in self.given.spawn(n_children)]
        for each in several:
            each.drawn, each.anew = self.drawn, self.anew
        return [*several]


def drawing(name: str) -> Any:
    """The method of `Redrawn` for one distribution."""
    plain = getattr(np.random.Generator, name)

    def draw(self: Redrawn, *given: Any, **options: Any) -> Any:
        found = plain(self, *given, **options)
        number = len(self.drawn)
        self.drawn.append(found)
        if self.at is None or number not in self.at.drawings or options.get("out") is not None:
            return found
        other = getattr(self.anew, name)(*given, **options)
        if self.at.place is None or np.ndim(found) == 0:
            return other
        found = np.array(found)
        found.flat[self.at.place] = other.flat[self.at.place]
        return found

    return draw


def shuffle(self: Redrawn, x: Any, axis: int = 0) -> None:
    """Put in another order, in place."""
    np.random.Generator.shuffle(self, x, axis)
    number = len(self.drawn)
    self.drawn.append(np.array(x))
    if self.at is not None and number in self.at.drawings:
        self.anew.shuffle(x, axis)


Redrawn.shuffle = shuffle  # type: ignore[method-assign, assignment]
for _name in dir(np.random.Generator):
    if _name[0] != "_" and _name not in UNALIKE:
        setattr(Redrawn, _name, drawing(_name))


def begun(world: World, seed: int = 0) -> list[Begun]:
    """The forward weights above the lowest that changes of others depend on by what `init` made of them.

    The world is one whose weights `init` has drawn from a seed.
    """
    try:
        return sorted(found_in(world, seed))
    finally:
        started(world, seed)  # what a rule keeps in itself is as it was


def found_in(world: World, seed: int) -> set[Begun]:
    """`begun`, where what a rule keeps in itself is then of another world."""
    params, state, drawn = started(world, seed)
    base, answers = learned(world, params, state), world._replace(state=state).respond(params)
    found, moved_ = set[Begun](), set[str]()
    for at in tried(world, seed, params, drawn):
        others, now, again = started(world, seed, at)
        names = {n for n in upper(params) if not np.array_equal(params[n], others[n])}
        moved_ |= names
        names -= {each.weight for each in found}
        kept = {**others, **forward(params)}
        rewired = any(not np.array_equal(params[name] == 0, others[name] == 0) for name in names)
        unseen = bool(at.seed) and alike((kept, now), (params, state))
        known = resized((kept, now), (params, state)) or resized(forward(others), forward(params))
        known = known or by_units((others, now), (params, state))
        if not names or rewired or unseen or known or len(again) != len(drawn):
            continue
        after = learned(world, kept, now)
        if alike(answers, world._replace(state=now).respond(kept)):
            found |= {Begun(name, by) for name in names if (by := beside(name, base, after)) > STILL}
    held = [part for _, part in parts((state, {n: a for n, a in params.items() if not is_forward(n)}))]
    if any(isinstance(each, np.ndarray) and each.size > 1 for each in held):
        found |= {Begun(n, 0.0, True) for n in upper(params) if n not in moved_ and np.ptp(params[n])}
    return found


def upper(params: Params) -> list[str]:
    """The forward weights above the lowest, and recurrent ones."""
    return [n for n in forward(params) if n[0] != "b" and (layer_of(n) > 1 or n[0] == "R")]


def forward(params: Params) -> Params:
    """Forward weights and biases."""
    return {name: array for name, array in params.items() if is_forward(name)}


def started(world: World, seed: int, at: Anew | None = None) -> tuple[Params, State, list[Any]]:
    """What `init` makes where something is drawn anew, and what it has drawn."""
    rng = Redrawn(randomness(seed).weights, at)
    params, state = world.rule.init(N_IN, N_OUT, rng)
    return params, state, rng.drawn


def tried(world: World, seed: int, params: Params, drawn: Sequence[Any]) -> Iterator[Anew]:
    """What is drawn anew: drawings of several numbers, and together the numbers that are drawn one by one.

    A few single numbers are such as sizes and bounds, which may be known to all. A whole number may be a seed, of which
    nothing is known.
    """
    there = [n for n in spread(len(drawn), MOST) if reaches(world, seed, Anew(frozenset({n})), params)]
    single = [n for n in there if np.size(drawn[n]) == 1]
    for number in (n for n in there if n not in single):
        yield from of_drawing(world, seed, number, params, drawn)
    numbers = frozenset(n for n in single if not isinstance(drawn[n], int | np.integer))
    if len(numbers) > FEW:
        yield from (Anew(numbers, seed=way) for way in range(WAYS))


def of_drawing(world: World, seed: int, number: int, params: Params, drawn: Sequence[Any]) -> Iterator[Anew]:
    """A drawing as a whole, in several ways, where weights are made of all of its numbers; else these one by one.

    Weights and feedback may be parts of one drawing, of which no number is in both.
    """
    whole = frozenset({number})
    singly = [Anew(whole, place) for place in spread(np.size(drawn[number]), SOME)]
    if all(reaches(world, seed, each, params) for each in singly):
        yield from (Anew(whole, seed=way) for way in range(WAYS))
    else:
        yield from singly


def reaches(world: World, seed: int, at: Anew, params: Params) -> bool:
    """Whether forward weights are made of what is drawn anew."""
    others, _, _ = started(world, seed, at)
    return not alike(forward(others), forward(params))


def spread(number: int, most: int) -> list[int]:
    """Some of a number of places, from the first to the last."""
    return sorted({*np.linspace(0, number - 1, min(number, most)).astype(int).tolist()}) if number else []


def learned(world: World, params: Params, state: State) -> list[dict[str, Array]]:
    """The changes at the presentations of a world, from a state on."""
    found = []
    for shown in world.shown:
        step = world.step(params, state, shown)
        found.append(dense(step))
        state = step.state
    return found


def alike(one: Any, other: Any) -> bool:
    """Whether two trees hold the same numbers and words at the same places."""
    first, second = dict(parts(one)), dict(parts(other))
    return first.keys() == second.keys() and all(same(first[path], second[path]) for path in first)


def resized(one: Any, other: Any) -> bool:
    """Whether two trees hold the same, and some arrays times one number, which tells of no synapse."""
    first, second = pieces(one), pieces(other)
    apart = [path for path in first.keys() & second.keys() if not same(first[path], second[path])]
    pairs = [(first[path], second[path]) for path in apart]
    if (
        first.keys() != second.keys()
        or not pairs
        or not all(is_numbers(a) and is_numbers(b) for a, b in pairs)
    ):
        return False
    a, b = (np.concatenate([np.ravel(each[n]).astype(np.float64) for each in pairs]) for n in (0, 1))
    return a.size == b.size > 1 and is_outer(np.stack([a, b]))


def pieces(tree: Any) -> dict[Any, Any]:
    """The arrays, numbers and words of a tree by their places; rows that are kept one by one as one matrix."""
    found, rows = dict(parts(tree)), dict[Any, list[Any]]()
    for path in found:
        rows.setdefault(path[:-1], []).append(path)
    for parent, paths in rows.items():
        several = [found[path] for path in paths]
        alone = all(np.ndim(each) == 1 and is_numbers(each) for each in several)
        if alone and len(several) > 1 == len({len(each) for each in several}):
            found[(*parent, "rows")] = np.stack(several)
            for path in paths:
                del found[path]
    return found


def by_units(one: Any, other: Any) -> bool:
    """Whether what differs between two trees differs by a factor of each unit, such as the sign of a neuron.

    A neuron may have one for all of its synapses, in both directions.
    """
    first, second = pieces(one), pieces(other)
    apart = [path for path in first.keys() & second.keys() if not same(first[path], second[path])]
    for a, b in ((first[path], second[path]) for path in apart):
        if not (is_numbers(a) and is_numbers(b) and np.shape(a) == np.shape(b) and np.ndim(a) == 2):
            return False
        with np.errstate(all="ignore"):
            ratio = np.where(b == 0, 1.0, a / b)
        if not np.isfinite(ratio).all() or not is_outer(ratio):
            return False
    return bool(apart)


def is_numbers(part: Any) -> bool:
    """Whether a part of a tree is an array of real numbers."""
    return isinstance(part, np.ndarray) and part.dtype.kind in "fiub"


def is_outer(matrix: Array) -> bool:
    """Whether a matrix is an outer product."""
    sizes = np.linalg.svd(matrix, compute_uv=False)
    return len(sizes) == 1 or bool(sizes[1] <= 1e-9 * sizes[0])


def beside(name: str, before: Sequence[Mapping[str, Array]], after: Sequence[Mapping[str, Array]]) -> float:
    """How far changes of forward weights move that are not above one, but for its own and its layer's biases."""
    own = {name, f"b{name[1:]}"}
    several = [
        {
            n: each
            for n, each in changes.items()
            if is_forward(n) and n not in own and layer_of(n) <= layer_of(name)
        }
        for changes in (*before, *after)
    ]
    pairs = zip(several[: len(before)], several[len(before) :], strict=True)
    return max((size for a, b in pairs for size in moved(a, b).by.values()), default=0.0)
