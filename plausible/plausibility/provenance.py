"""The first instrument, provenance: what every weight change was made of, by marks on the arrays of a rule.

A rule is shown two presentations, its state carried on, in two worlds that differ in every number. A plain number that
meets a marked one is a constant of the rule only if it is the same in both: where it is not, it was taken out of what
is marked, and what it touches is untraceable. The rule is then run once more, with such places marked.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from dataclasses import is_dataclass, replace
from types import FunctionType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from plausible.core import Outer, Presentation, Step
from plausible.errors import is_whole
from plausible.networks.activations import Activation
from plausible.plausibility import world as world_of
from plausible.plausibility.beside import beside_changes, decaying, drifted
from plausible.plausibility.chance import PLACES, Chance
from plausible.plausibility.changes import added_by, factors_without_target, tokens_of
from plausible.plausibility.drives import answering_twice, disturbed
from plausible.plausibility.marked import Marked, marked, marks_of, opened, within
from plausible.plausibility.marks import BATCH, TEACHERS, UNTRACED, weight_of
from plausible.plausibility.onwards import Onwards, added, aged, lengthened, made_of, settled
from plausible.plausibility.patience import counted
from plausible.plausibility.places import moving
from plausible.plausibility.record import RECOGNISED, Record, Sent
from plausible.plausibility.through import watch
from plausible.plausibility.world import SEED, World

if TYPE_CHECKING:
    from plausible.plausibility.ratios import Ratios

KINDS = ("W", "R", "M", "B", "Q", "P", "b", "c")  # as forward and feedback weights and biases are called
LARGE = 70  # examples of a batch that no rule takes for a small one
NUMBERED = re.compile(r"([A-Za-z]+)(\d+)")


class Provenance(NamedTuple):
    """What the changes of a rule were made of.

    Tokens of a change: sources, "x", "y", "reward", "state" and the names of weights; "W2:post", a sum along the
    postsynaptic side of W2, and "W2:pre"; "W2 itself", its numbers as they are; "W2 size", a norm of it; "drawn to B2",
    those of feedback, each in the change of the synapse that it mirrors; "over units 1", a sum over a layer
    without synapses; "on 1" and "up 1", what layer 1 answers, and sends up, once it is told of the target; "over
    batch"; "slope 1", the slope of the activation of layer 1; "untraced".
    """

    changes: Mapping[str, frozenset[str]] = {}  # by weight
    sent: tuple[Sent, ...] = ()  # what was sent through which side of which weight, in order
    untraced: tuple[str, ...] = ()  # places at which plain numbers depend on what is marked
    leaks: Mapping[str, frozenset[str]] = {}  # by place, what was taken out of marked arrays there
    taken: Mapping[str, frozenset[str]] = {}  # the same, but by code of the suite, and what numbers are over
    loose: frozenset[str] = frozenset()  # sides of weights that were summed along, but in no product
    constants: int = (
        0  # numbers in plain matrices that were multiplied with marked arrays, and not drawn by `rng`
    )
    carried: frozenset[str] = frozenset()  # tokens of what the state holds after the last presentation
    kept: frozenset[str] = frozenset()  # weights whose numbers the state holds after the last presentation
    one_moment: bool = False  # whether all that synapses of hidden layers read depends on the target
    decided: Mapping[str, frozenset[str]] = {}  # by place, what decisions of Python were made of there
    by_units: frozenset[str] = frozenset()  # places where decisions were made by the number of a single unit
    disturbed: frozenset[str] = (
        frozenset()
    )  # layers whose activation is computed of its drive, and of that with noise
    twice: Mapping[
        str, frozenset[str]
    ] = {}  # by layer that answers to two drives, what more the second is made of
    by_chance: Mapping[
        str, frozenset[str]
    ] = {}  # tokens that other numbers, drawn one by one, add to changes
    sent_by_chance: tuple[tuple[Sent, ...], ...] = ()  # what was then sent
    unknown: tuple[str, ...] = ()  # functions that marks are not known to pass through
    failure: str = ""  # why the rule could not be run on marked arrays


def provenance(make: Callable[[int], World]) -> Provenance:
    """What a rule's changes were made of in the world that `make` makes of the seed 0; worlds differ in every number.

    Each is made just before it is used, as a rule may keep what it has made in one.
    """
    try:
        one = followed(make(0))
        state = make(0).state  # first, as what `init` keeps of a world must be of the one that is followed
        other = followed(seeded_as(make(1), state), silent=True)
        untraced = moving(one.record, other.record)
        lost = [name for name, tokens in one.changes.items() if tokens is None] + decaying(
            one.steps, other.steps
        )
        if untraced:
            one = followed(make(0), untraced)
        many = in_batches(make, one.record, untraced)
        longer = carried_on(make, one, untraced)
        others = [followed(make(0), untraced, at=at) for at in PLACES] if one.single else []
        again = one.record.constants and followed(make(0), untraced, seed=SEED + 1).record.constants
    except Exception as error:  # a rule may do with arrays whatever it likes, and then cannot be followed
        return Provenance(failure=in_plain_words(error))
    found = {
        name: frozenset({UNTRACED}) if tokens is None else tokens for name, tokens in one.changes.items()
    }
    found |= {name: found.get(name, frozenset()) | {UNTRACED} for name in lost}
    found |= {name: tokens | found[name] for name, tokens in many.items() if name in found}
    if longer is not None:
        found, lost = added(found, longer), lost + ["what is carried on"] * (not longer.settled)
    record = one.record
    places = tuple(sorted(untraced | {f"the change of {name}" for name in lost}))
    constants = sum(size for key, size in record.constants.items() if key in again)
    unknown, loose = tuple(sorted(record.unknown)), frozenset(record.loose)
    held = {weight_of(each.source) for array in within(one.steps[-1].state) for each in array.coordinates}
    return Provenance(
        found, tuple(record.sent), places, record.leaks, record.taken, loose, constants,
        frozenset().union(*made_of(one.steps[-1].state)), frozenset(held - {""}),
        one.one_moment, record.decided, frozenset(place for place, _ in record.outcomes), disturbed(record),
        answering_twice(record),
        added_by((each.changes for each in others), one.changes),
        tuple(tuple(each.record.sent) for each in others), unknown,
    )  # fmt: skip


def in_plain_words(error: Exception) -> str:
    """What a rule raises on marked arrays, which are arrays to whoever wrote it."""
    said = f"{type(error).__name__}: {error}".splitlines()[0]
    return said.replace("'Marked'", "'array'").replace("Marked", "array")


def in_batches(
    make: Callable[[int], World], small: Record, untraced: Iterable[str]
) -> dict[str, frozenset[str]]:
    """The tokens of changes by a batch of `LARGE` examples, which a rule may treat otherwise."""
    one = followed(enlarged(make(0), 0), untraced)
    if {each.place for each in one.record.seen if each.value is not RECOGNISED} - {
        e.place for e in small.seen
    }:
        state = make(0).state
        other = followed(enlarged(seeded_as(make(1), state), 1), silent=True)
        one = followed(enlarged(make(0), 0), {*untraced, *moving(one.record, other.record)})
    return {name: frozenset({UNTRACED}) if t is None else t for name, t in one.changes.items()}


def carried_on(make: Callable[[int], World], short: Followed, untraced: Iterable[str]) -> Onwards | None:
    """What changes are made of later on; None where the state holds nothing that they are not made of already."""
    kept = frozenset().union(*made_of(short.steps[-1].state))
    several = [tokens or frozenset() for name, tokens in short.changes.items() if name[:1] in ("W", "R")]
    told = several[0].intersection(*several[1:]) if several else frozenset()
    if not {
        each for each in kept - told if each in TEACHERS or each.partition(" ")[0] == "slope" or ":" in each
    }:
        return None
    one = followed(lengthened(make(0), 0), untraced)
    state = make(0).state
    other = followed(lengthened(seeded_as(make(1), state), 1), silent=True)
    if places := moving(one.record, other.record) - {*untraced}:
        one = followed(lengthened(make(0), 0), {*untraced, *places})
    return Onwards(one.changes, settled(one.steps, changes_of))


def changes_of(step: Step) -> dict[str, frozenset[str]]:
    """The tokens of the changes of a step."""
    return {name: tokens_of(update, name) or frozenset() for name, update in step.updates.items()}


def seeded_as(world: World, state: Any) -> World:
    """A world whose state has the seed of another's, so that what a rule draws by it is the same in both."""
    seed = state.get("seed") if isinstance(state, Mapping) else None
    if not (isinstance(world.state, Mapping) and is_whole(seed) and 0 <= seed < 2**64):
        return world
    return world._replace(state={**world.state, "seed": seed})


def enlarged(world: World, seed: int) -> World:
    """A world with one presentation of `LARGE` examples."""
    own = next((str(array.dtype) for array in world.params.values() if array.dtype.kind == "f"), "float64")
    shown = world_of.presented(world.rule, np.random.default_rng([seed, 2]), LARGE, own=own)
    return world._replace(shown=(shown,))


class Followed(NamedTuple):
    """A rule that has learned on marked arrays."""

    record: Record
    changes: Mapping[str, frozenset[str] | None]  # the tokens of each change; None of one that is plain
    one_moment: bool  # whether all that the synapses of hidden layers read depends on the target
    steps: tuple[Step, ...]  # what the rule proposed at each presentation
    single: int  # numbers that were drawn one by one


def followed(
    world: World,
    untraced: Iterable[str] = (),
    *,
    silent: bool = False,
    seed: int = SEED,
    at: float | None = None,
    drift: float = 0.0,
    ratios: Ratios | None = None,
) -> Followed:
    """Let a rule learn on marked arrays, at all presentations of a world, with random numbers of a seed.

    Those that are drawn one by one lie at one place of their distribution with `at`. Weights move by a share, `drift`,
    between presentations, as if they had learned, so that what lags behind them is another.
    """
    record = Record(units_of(world), untraced, silent=silent)
    record.ratios = ratios
    rule = with_told_slopes(world.rule, record, lengths_of(world))
    state = entering(world.state, "state", world, record)
    found: dict[str, frozenset[str] | None] = {}
    moments, steps, single = 0, list[Step](), 0
    for record.presentation, shown in enumerate(world.shown):
        by = drift * record.presentation
        params = {name: weight(name, drifted(array, by), record) for name, array in world.params.items()}
        counted()
        rng = Chance(seed, at)
        step: Step = rule.update(params, state, presented(shown, world, record), rng)
        state, single = aged(step.state), single + rng.single
        steps.append(step)
        for name, update in step.updates.items():
            tokens = tokens_of(update, name)
            before = found.get(name, frozenset())
            found[name] = None if tokens is None or before is None else before | tokens
            moments += factors_without_target(update, shown, record) if name[0] == "W" else 0
        for name, numbers in beside_changes(step).items():
            for each in numbers:
                if isinstance(each, Marked) and (tokens := found.get(name, frozenset())) is not None:
                    found[name] = tokens | each.tokens
    return Followed(record, found, moments == 0, tuple(steps), single)


def depth_of(world: World) -> int:
    """How many layers of forward weights there are, by their names."""
    found = [NUMBERED.fullmatch(name) for name in world.params]
    return max((int(each[2]) for each in found if each and each[1] == "W"), default=1)


def lengths_of(world: World) -> dict[int, str]:
    """The units that an axis counts, by its length."""
    sizes = {world.shown[0].x.shape[-1]: "units 0", world.shown[0].y.shape[-1]: f"units {depth_of(world)}"}
    for name, array in world.params.items():
        found = NUMBERED.fullmatch(name)
        if found and found[1] == "W" and np.ndim(array) >= 2:
            sizes.setdefault(array.shape[-1], f"units {found[2]}")
    return sizes


def units_of(world: World) -> dict[str, str]:
    """Of each side of every weight the units that it joins: by the weight's name, else by the length of the side."""
    sizes, units, widths = lengths_of(world), {}, widths_of(world)
    for name, array in world.params.items():
        for side, length, by_name in zip(
            sides(name, array), np.shape(array), named(name, depth_of(world)), strict=False
        ):
            told = by_name if widths.get(by_name, length) == length else ""
            units[side] = told or sizes.get(length, f"side of {name}")
    return units


def widths_of(world: World) -> dict[str, int]:
    """How many units a layer has, by what it is called, as its forward weights tell."""
    found = {"units 0": world.shown[0].x.shape[-1]}
    for name, array in world.params.items():
        layer = NUMBERED.fullmatch(name)
        if layer and layer[1] == "W" and np.ndim(array) == 2:
            found[f"units {layer[2]}"] = np.shape(array)[1]
    return found


def named(name: str, depth: int) -> tuple[str, ...]:
    """What the sides of a weight join, by its name as in `plausible.networks.mlp`; "" where the name does not tell."""
    found = NUMBERED.fullmatch(name)
    if not found:
        return ("", "", "", "")
    kind, layer = found[1], int(found[2])
    pairs = {
        "W": (layer - 1, layer),
        "M": (layer - 1, layer),
        "B": (layer, layer - 1),
        "Q": (depth, layer),
        "R": (layer, layer),
    }
    return (*(f"units {n}" for n in pairs[kind]), "", "") if kind in pairs else ("", "", "", "")


def is_head(name: str) -> bool:
    """Whether a weight is of another kind than forward and feedback ones, as that of a classifier beside a layer."""
    return name[:1] not in KINDS


def sides(name: str, array: Any) -> tuple[str, ...]:
    """What the axes of a weight are called: its pre- and postsynaptic side, seen from below.

    Feedback B_l is named like the forward weights along the same path, so that its first axis, of the units of layer l,
    is the postsynaptic one.
    """
    ndim = np.ndim(array)
    if ndim < 2:
        return ()
    between = tuple(f"{name}:side {n}" for n in range(2, ndim))
    ends = (f"{name}:pre", f"{name}:post")
    first, last = ends[::-1] if name[:1] in ("B", "P") else ends
    return (first, *between, last)


def weight(name: str, array: Any, record: Record) -> Marked:
    """A weight as it enters a rule."""
    found = marked(array, name, sides(name, array) or ("",) * np.ndim(array), record)
    record.weights[name] = found._held
    return found


def entering(tree: Any, source: str, world: World, record: Record) -> Any:
    """Arrays in nested tuples, lists, mappings and objects as they enter a rule."""
    if isinstance(tree, np.ndarray):
        if tree.dtype.kind not in "fciub":
            return tree
        return marked(tree, source, axes_by_length(tree, world, record), record)
    if isinstance(tree, Mapping):
        return {key: entering(branch, source, world, record) for key, branch in tree.items()}
    if isinstance(tree, tuple | list):
        parts = [entering(branch, source, world, record) for branch in tree]
        return type(tree)(parts) if type(tree) in (tuple, list) else type(tree)(*parts)
    if isinstance(tree, deque):
        return deque((entering(branch, source, world, record) for branch in tree), tree.maxlen)
    if getattr(tree, "__dict__", None) and not isinstance(tree, type | FunctionType):
        other = copy(tree)  # an object that keeps arrays
        for name, branch in vars(tree).items():
            object.__setattr__(other, name, entering(branch, source, world, record))
        return other
    return tree


def axes_by_length(array: Any, world: World, record: Record) -> list[str]:
    """What the axes of an array count, as their lengths tell."""
    batch = world.shown[0].y.shape[-2]
    lengths = {batch: BATCH, world.shown[0].x.shape[-1]: "units 0"}
    for name, weights in world.params.items():
        for side, length in zip(sides(name, weights), np.shape(weights), strict=False):
            lengths.setdefault(length, record.units[side])
    found: list[str] = []
    for n in np.shape(array):
        source = lengths.get(n, "")
        found.append("" if source in found else source)
    return found


def presented(shown: Presentation, world: World, record: Record) -> Presentation:
    """A presentation on marked arrays."""
    lead = ("",) * (shown.x.ndim - 2) + (BATCH,)
    top = max((units for units in record.units.values() if units.startswith("units")), default="units 1")
    x: Any = marked(shown.x, "x", (*lead, "units 0"), record)
    y: Any = marked(shown.y, "y", (*lead, top), record)
    mask: Any = None if shown.mask is None else marked(shown.mask, "mask", lead, record)

    def reward(answer: Any) -> Any:
        tokens = marks_of(answer, record).tokens
        held = np.asarray(shown.reward(opened(answer)))
        told = marked(held, "reward", (*("",) * (held.ndim - 1), BATCH), record)
        told.tell(tokens)
        return told

    return Presentation(x, y, reward, mask, shown.first)


def with_told_slopes(rule: Any, record: Record, lengths: Mapping[int, str]) -> Any:
    """A rule whose network's activation says of which layer a slope is."""
    network = getattr(rule, "network", None)
    used = getattr(network, "activation", None)
    if not (isinstance(used, Activation) and is_dataclass(network) and not isinstance(network, type)):
        return rule

    def slope(h: Any, *given: Any, **options: Any) -> Any:
        found = used.slope(h, *given, **options)
        if isinstance(found, Marked) and not record.silent:
            layers = {c.source for c in found.coordinates if c.source.startswith("units ")}
            layers = layers or {lengths.get(found.shape[-1], "units")}
            found.tell(f"slope {layer.removeprefix('units ')}" for layer in layers)
        return found

    def value(z: Any, *given: Any, **options: Any) -> Any:
        if not record.silent and isinstance(z, Marked):
            watch(record, z, lambda plain: used.slope(used.value(plain)))
            made = used.value(z, *given, **options)
            layer = lengths.get(z.shape[-1] if z.ndim else 0, "")
            if isinstance(made, Marked) and made is not z and z.tokens & TEACHERS:
                made.tell({f"on {layer.removeprefix('units ')}"})
            return made
        return used.value(z, *given, **options)

    told = replace(used, value=value, slope=slope)
    return replace(rule, network=replace(network, activation=told))


def inside(step: Step) -> list[Marked]:
    """The marked arrays in a step's updates."""
    return list(within([tuple(u) if isinstance(u, Outer) else u for u in step.updates.values()]))
