"""Which neurons a projection joins: by its condition on i and j, what its code makes of them, and weights of 0."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from plausible.plausibility.spikes.equations import Variable, expanded, names
from plausible.plausibility.spikes.model import Model
from plausible.plausibility.spikes.valued import evaluated
from plausible.spiking.circuit import Projection

FEW = 3  # neurons that one neuron has for itself: more are a population that it drives
PAIRED = 7  # neurons of either group, on which a condition of i and j is tried
Joined = NDArray[np.bool_]


def connected(connect: str, n: int, m: int) -> Joined | None:
    """Which of n neurons are joined with which of m by a condition; None where it cannot be computed."""
    return where(connect, n, m, {}) if connect else np.ones((n, m), bool)


def where(text: str, n: int, m: int, known: dict[str, Any]) -> Joined | None:
    """For which i and j an expression is not 0."""
    i, j = np.indices((n, m)).astype(np.float64)
    chance = np.random.default_rng(0)
    noise = {"rand": lambda: chance.random((n, m)), "randn": lambda: chance.standard_normal((n, m))}
    found = evaluated(text, {"i": i, "j": j, "N_pre": n, "N_post": m, **known, **noise})
    return None if found is None else np.broadcast_to(np.asarray(found, float), (n, m)) != 0


def pairs(connect: str) -> bool:
    """Whether a condition on i and j joins each neuron with that of its own number alone, however it is written."""
    found = connected(connect, PAIRED, PAIRED) if connect else None
    return found is not None and np.array_equal(found, np.eye(PAIRED, dtype=bool))


def acts(model: Model, part: Projection) -> Joined | None:
    """Which neurons a projection lets act on which, at the start; None where that cannot be told."""
    n, m = (model.sizes[end] for end in (part.source, part.target))
    there = connected(part.connect, n, m)
    if there is None:
        return None
    known = {name: of_start(model, part, name, there) for name in model.equations.own[part.name]}
    given = {name: each for name, each in known.items() if each is not None}
    several = [
        statement
        for statement in model.equations.statements
        if statement.place == part.name and statement.target.owner != part.name
    ]
    own = {
        each.target.name: each.expression
        for each in model.equations.statements
        if each.place == each.target.owner == part.name
        if each.target not in each.reads
    }
    found = [where(expanded(each.expression, own), n, m, given) for each in several if names(each.expression)]
    if len(found) < len(several) or any(each is None for each in found):
        return there  # a number that is the same for all, or an expression that cannot be computed
    return there & np.any([each for each in found if each is not None], axis=0) if found else there


def of_start(model: Model, part: Projection, name: str, there: Joined) -> NDArray[np.float64] | None:
    """What a variable of synapses starts with, by neurons; None if it moves and is no weight, or is one number."""
    variable = Variable(part.name, name)
    start = np.ravel(np.asarray(model.start.get(str(variable), 0.0), float))
    moves = model.equations.changing(variable) and variable not in model.weights
    if moves or start.size != there.sum():
        return None
    found = np.zeros(there.shape)
    found[there] = start
    return found


def partners(model: Model) -> tuple[list[str], list[str]]:
    """Groups whose neurons have partners of their own, in words, and projections of which that cannot be told.

    Synapses that learn are no partnership where all that learn join pairs, as those of a rule by itself.
    """
    learned = {weight.owner for weight in model.learned}
    parts = [
        each
        for each in model.circuit.projections
        if {each.source, each.target} <= model.equations.groups.keys()
    ]
    found = {each.name: acts(model, each) for each in parts}
    paired = {
        each.name for each in parts if (there := found[each.name]) is not None and one_to_one(there, each)
    }
    exempt = learned if learned <= paired else set()
    joined = [f"{each.source} and {each.target}" for each in parts if each.name in paired - exempt]
    return joined, [each.name for each in parts if found[each.name] is None and each.name not in learned]


def one_to_one(there: Joined, part: Projection) -> bool:
    """Whether each neuron that is joined at all has one partner, or a few, that hear nobody else."""
    if part.source == part.target:
        both = (there | there.T) & ~np.eye(len(there), dtype=bool)
        several = both.sum(axis=0)
        return bool(both.any()) and set(several[several > 0].tolist()) == {1}
    sent, heard = there.sum(axis=1), there.sum(axis=0)
    told = set(sent[sent > 0].tolist())
    return bool(
        (sent > 0).sum() > 1 and set(heard[heard > 0].tolist()) == {1} and len(told) == 1 and max(told) <= FEW
    )
