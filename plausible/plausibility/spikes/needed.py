"""Which parts of a network can move the variables that are asked for: all others need not run, to the last bit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

ARRAY = re.compile(r"_(?:dynamic_)?array_(\w+)")
SET = re.compile(r"^\s*_(?:dynamic_)?array_(\w+)\[[^\n]*?\]\s*[-+*/]?=(?!=)", re.MULTILINE)
ADDED = re.compile(r"\.at\(\s*_(?:dynamic_)?array_(\w+)")  # as in add.at, by which synapses add
KNOWN = (  # whose code sets what stands in it, and nothing else
    *("StateUpdater", "Thresholder", "Resetter", "SynapticPathway", "SummedVariableUpdater", "CodeRunner"),
)


class Moves(NamedTuple):
    """A part of a network with the names of the arrays that it sets, and of all that are in its code."""

    part: Any
    sets: frozenset[str]
    reads: frozenset[str]


def moves_of(part: Any) -> Moves | None:
    """What a part of a network sets and reads; None if that is not known, or if it draws random numbers."""
    if not part._code_objects:
        return Moves(part, frozenset(), frozenset())
    if type(part).__name__ not in KNOWN or any(map(draws, part._code_objects)):
        return None
    texts = [code.code.run for code in part._code_objects]
    reads = {name for text in texts for name in ARRAY.findall(text)}
    if hasattr(part, "eventspace_name"):  # at whose events synapses act
        reads.add(f"{part.source.name}_{part.eventspace_name}")
    sets = {name for text in texts for form in (SET, ADDED) for name in form.findall(text)}
    return Moves(part, frozenset(sets), frozenset(reads))


def draws(code: Any) -> bool:
    """Whether a piece of code calls a function that gives another value each time."""
    return any(not getattr(each, "stateless", True) for each in code.variables.values())


def needed(parts: Iterable[Any], wanted: Sequence[str]) -> set[int]:
    """The parts, by `id`, that some of the arrays that are wanted hang on; all if what one does is not known."""
    parts = list(parts)
    several = [each for part in parts if (each := moves_of(part)) is not None]
    if len(several) < len(parts):
        return {id(part) for part in parts}
    names, found, before = {*wanted}, set[int](), -1
    while len(names) > before:
        before = len(names)
        for each in several:
            if each.sets & names:
                found.add(id(each.part))
                names |= each.reads
    return found
