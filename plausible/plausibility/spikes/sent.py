"""What neurons send each other beside spikes: numbers that synapses, clocks or shared variables carry."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from plausible.plausibility.spikes.equations import Statement, Variable, names
from plausible.plausibility.spikes.joined import pairs
from plausible.plausibility.spikes.model import Model
from plausible.plausibility.spikes.slopes import RANGES
from plausible.plausibility.spikes.valued import value


def numbers_sent(model: Model) -> tuple[list[str], list[str]]:
    """Whose numbers are sent, by which synapses, in words; and by which what a spike leaves is sent at a clock's ticks.

    What a neuron's own spikes leave in it alone, as the resources of its synapses, is sent with a spike as part of it.
    What reaches a single neuron that never spikes is a message, which is judged as one.
    """
    numbers, ticks = dict[str, None](), dict[str, None]()
    for statement, read in carried(model):
        if not has_values(statement, read):
            continue
        words = f"{read} by {statement.place}"
        if not is_trace(model, read):
            numbers[words] = None
        elif statement.when in ("clock", "event"):
            ticks[words] = None
    return [*numbers], [*ticks]


def carried(model: Model) -> Iterator[tuple[Statement, Variable]]:
    """The statements that write into a neuron what they read of another one."""
    equations = model.equations
    for each in equations.statements:
        part, owner = equations.projections.get(each.place), each.target.owner
        if owner not in equations.groups or is_message(model, owner):
            continue
        if part is None:
            several = [v for v in each.reads if v.owner != owner and not is_constant(model, v)]
            yield from ((each, read) for v in several for read in made_of(model, v, owner))
        elif part.source != part.target:
            kept = frozenset(v for v in each.reads if v.owner == part.name and is_set(model, v))
            behind = equations.behind(kept, spikes=False, but=frozenset(model.weights) - kept) | each.reads
            yield from ((each, read) for read in behind if read.owner in {part.source, part.target} - {owner})
        elif not pairs(part.connect):
            own = {n for n in names(each.expression) if n.endswith("_pre" if each.when != "own" else "_post")}
            found = {equations.resolved(each.place, name) for name in own}
            yield from ((each, read) for read in found if read is not None)


def made_of(model: Model, shared: Variable, group: str) -> Iterator[Variable]:
    """The variables of neurons that a shared one is made of, as numbers."""
    equations = model.equations
    for variable in equations.behind(frozenset([shared]), spikes=False, but=frozenset(model.weights)):
        for each in equations.changing(variable):
            part = equations.projections.get(each.place)
            if part is not None and not is_message(model, part.source):
                yield from (read for read in each.reads if read.owner == part.source)


def is_message(model: Model, group: str) -> bool:
    """Whether a group is a single neuron that never spikes, as one that holds a reward does."""
    found = model.equations.groups.get(group)
    return found is not None and found.size == 1 and not found.threshold


def is_set(model: Model, variable: Variable) -> bool:
    """Whether a variable of synapses is set to something else than it was, as no weight is that learns."""
    several = model.equations.changing(variable)
    return bool(several) and not any(variable in each.reads for each in several)


def is_constant(model: Model, variable: Variable) -> bool:
    """Whether nothing changes a variable, nor what it is defined by."""
    behind = model.equations.behind(frozenset([variable]), spikes=False)
    return all(each.when == "defined" for v in behind for each in model.equations.changing(v))


def is_trace(model: Model, variable: Variable) -> bool:
    """Whether a variable follows its neuron's own spikes alone: no synapse reaches it, and no clock but to reset it."""
    equations = model.equations
    behind = equations.behind(frozenset([variable]), spikes=False)
    return all(
        each.place == variable.owner
        and (each.when in ("motion", "own", "defined") or not names(each.expression))
        for v in behind
        for each in equations.changing(v)
    )


def has_values(statement: Statement, read: Variable) -> bool:
    """Whether what is written takes more than two values by a variable of another neuron: it is no yes or no."""
    found = [
        n for n in names(statement.expression) if n.removesuffix("_pre").removesuffix("_post") == read.name
    ]
    for name in found:
        for at in RANGES:
            with np.errstate(all="ignore"):
                made = value(statement.expression, name, at)
            if made is None:
                return name in outside(statement.expression)
            if len(np.unique(made)) > 2:
                return True
    return not found  # a name of its own stands for it


def outside(text: str) -> frozenset[str]:
    """The names in an expression but for those that are compared alone."""
    tree = ast.parse(text.strip(), mode="eval")
    compared = {id(n) for node in ast.walk(tree) if isinstance(node, ast.Compare) for n in ast.walk(node)}
    return frozenset(n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and id(n) not in compared)
