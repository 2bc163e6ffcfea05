"""Whether decisions of Python by single units were turned by what was altered of these: else they tell nothing.

A decision by one unit that others follow shows in their changes once it is turned. So all decisions by single units are
noted with their outcomes, as they are made and as they are made under each alteration of the units.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from plausible.plausibility.neighbours import elsewhere, others_of
from plausible.plausibility.provenance import depth_of, followed
from plausible.plausibility.teaching import one_example
from plausible.plausibility.world import World

Outcomes = Mapping[tuple[str, str], list[bool]]


def unturned(world: World) -> set[str]:
    """The places at which no alteration of units turned decisions by one of them, or none of examples any at all."""
    alone = world._replace(shown=(one_example(world.shown[0], 0),))
    whole = world._replace(shown=world.shown[:1])
    among, still = {*made(whole)}, left(whole, examples_altered(world))
    by_examples = {place for place, _ in among - still}
    return {place for place, _ in left(alone, units_altered(alone))} | (
        {place for place, _ in among} - by_examples
    )


def units_altered(world: World) -> Iterator[World]:
    """Worlds in which some units of a hidden layer do something else, and send on what they sent."""
    for layer in range(1, depth_of(world)):
        for _, params in elsewhere(world, layer, strongly=True):
            yield world._replace(params=params)


def examples_altered(world: World) -> Iterator[World]:
    """Worlds whose examples are others."""
    for other in (world, *others_of(world)):
        yield other._replace(shown=other.shown[1:2])


def made(world: World) -> Outcomes:
    """By place and unit, how the decisions by single units end."""
    return followed(world).record.outcomes


def left(world: World, altered: Iterator[World]) -> set[tuple[str, str]]:
    """The places and units of decisions in one world that each other one makes alike."""
    base = made(world)
    same = set(base)
    for other in altered if base else ():
        found = made(other)
        same = {each for each in same if found.get(each) == base[each]}
        if not same:
            break
    return same
