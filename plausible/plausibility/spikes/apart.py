"""What the synapses of a neuron read of it that other neurons' spikes move, though it hardly moves its own."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from plausible.core import Array
from plausible.plausibility.spikes.equations import Statement, Variable, assigned, declared, expanded
from plausible.plausibility.spikes.held import Held
from plausible.plausibility.spikes.model import Model
from plausible.plausibility.spikes.valued import evaluated
from plausible.spiking.circuit import Circuit, Group, Projection, Texts

LITTLE = 0.01  # of what all spikes do to a neuron: what does less counts as nothing
PARTS = (0.8, 1.0)  # of a simulation, at whose ends a neuron is looked at
IN_SI = {"mV": 1e-3, "ms": 1e-3, "volt": 1.0, "second": 1.0, "Hz": 1.0}


class Margin(NamedTuple):
    """How far what is compared is apart, at several times; and how far it mostly is, where both sides are known."""

    at: Array
    least: float


@dataclass(frozen=True, eq=False)
class Still:
    """A model of which no weight learns, whose spikes are given.

    Args:
        model: with its equations, as it learns.
    """

    model: Model

    @cached_property
    def held(self) -> Held:
        """Its simulation."""
        return Held(replace(self.model, circuit=cut(self.model, self.model.learned, "")))

    @cached_property
    def driven(self) -> list[Mapping[str, Array]]:
        """What makes neurons spike where all neurons spike at random."""
        return states(self.held, self.held.random)

    @cached_property
    def silent(self) -> list[Mapping[str, Array]]:
        """The same where no neuron spikes."""
        return states(self.held, {})


def beside_activity(still: Still, weight: Variable) -> set[Variable]:
    """What a change reads of a neuron that other neurons' spikes move, though it makes none of its own.

    Where equations lead from it to the neuron's spikes, it is measured how far. Events within a layer, as who was
    first, are not asked.
    """
    model, found = still.model, set()
    for each in model.read_by(weight):
        if each.owner not in model.equations.groups or each.owner not in model.ends(weight):
            continue
        behind = model.equations.behind(frozenset([each]), spikes=False, but=frozenset(model.weights))
        others = [*writing(model, behind, weight)]
        written = sorted(
            {s.target for s in others if s.target.owner == each.owner and asked(model, s.target)}
        )
        apart = others and not behind & model.fires(each.owner)
        if apart or any(felt(still, variable, weight) < LITTLE for variable in written):
            found.add(each)
    return found


def writing(model: Model, behind: frozenset[Variable], weight: Variable) -> Iterator[Statement]:
    """The statements of other synapses that write these variables."""
    several = (each for variable in behind for each in model.equations.changing(variable))
    return (
        each for each in several if each.place in model.equations.projections and each.place != weight.owner
    )


def asked(model: Model, variable: Variable) -> bool:
    """Whether it is asked how far a variable moves its neuron: not if nothing but an event of the layer writes it."""
    several = writing(model, frozenset([variable]), Variable("", ""))
    return any(each.when != "event" or len({*model.ends(Variable(each.place, ""))}) > 1 for each in several)


def felt(still: Still, variable: Variable, weight: Variable) -> float:
    """How far a neuron is moved towards a spike by what other synapses write into a variable, of what all spikes do.

    1 where that cannot be told.
    """
    try:
        held, name = still.held, variable.owner
        deaf = Held(replace(held.model, circuit=cut(held.model, (variable,), weight.owner)), held.seed)
        several = [margins(held.model, name, each) for each in (still.driven, states(deaf, deaf.random))]
        silent = margins(held.model, name, still.silent)
    except Exception:  # whatever Brian2 raises of equations that it cannot simulate
        return 1.0
    sizes = [max(np.abs(a.at - b.at).max(), a.least) for a, b in zip(several[0], silent, strict=True)]
    moves = [np.abs(a.at - b.at).max() for a, b in zip(*several, strict=True)]
    return max((float(each / size) for each, size in zip(moves, sizes, strict=True) if size), default=1.0)


def cut(model: Model, variables: Iterable[Variable], but: str) -> Circuit:
    """A circuit without what the spikes of its synapses, but for those of one projection, do to variables."""

    def kept(part: Projection, code: str | Texts) -> str | Texts:
        for each in variables if part.name != but else ():
            code = without(model, part, code, each)
        return code

    return replace(
        model.circuit,
        projections=tuple(
            of_paths(replace(part, on_pre=kept(part, part.on_pre), on_post=kept(part, part.on_post)))
            for part in model.circuit.projections
        ),
    )


def of_paths(part: Projection) -> Projection:
    """A projection without events and orders of pathways that it has no more."""
    there = {name for code in (part.on_pre, part.on_post) if not isinstance(code, str) for name, _ in code}
    there |= {
        name
        for name, code in (("pre", part.on_pre), ("post", part.on_post))
        if code and isinstance(code, str)
    }
    events = tuple(each for each in part.events if each[0] in there)
    return replace(part, events=events, orders=tuple(each for each in part.orders if each[0] in there))


def without(model: Model, part: Projection, code: str | Texts, variable: Variable) -> str | Texts:
    """Code without the statements that change a variable; a learned one stays as it is."""
    if not isinstance(code, str):
        several = ((name, str(without(model, part, text, variable))) for name, text in code)
        return tuple(each for each in several if each[1]) or ""
    lines = [line for line in re.split(r"[;\n]", code) if line.strip()]
    kept = [line for line in lines if model.equations.resolved(part.name, assigned(line)[0]) != variable]
    stays = [f"{variable.name} += 0"] if len(kept) < len(lines) and variable.owner == part.name else []
    return "; ".join(kept + stays)


def states(held: Held, trains: Mapping[str, Array]) -> list[Mapping[str, Array]]:
    """The variables that make neurons spike, at several times of a simulation with given spikes."""
    start = {
        str(each): held.weights(np.random.default_rng(held.seed), each, held.synapses(each.owner))
        for each in held.model.weights
        if str(each) not in held.model.start
    }
    wanted = {
        str(each) for group in held.model.equations.groups.values() for each in compared(held.model, group)[1]
    }
    ends = [round(part * held.steps) for part in PARTS]
    return [*held.through(ends, trains, sorted(wanted), **start)]


def compared(model: Model, group: Group) -> tuple[str, frozenset[Variable]]:
    """The condition at which neurons of a group spike, by variables that move, and these."""
    defined = {name: text for name, kind, text in declared(group.equations) if kind == "defined"}
    text = expanded(group.threshold, defined) if group.threshold else "0"
    return text, model.equations.read(group.name, text)


def margins(model: Model, name: str, several: Sequence[Mapping[str, Array]]) -> list[Margin]:
    """What is compared where neurons spike, in several states, as far as it can be computed."""
    group = model.equations.groups[name]
    text, read = compared(model, group)
    known = [
        {**{each.name: state[str(each)] for each in read}, **IN_SI, "dt": model.circuit.dt * 1e-3}
        for state in several
    ]
    nodes = (node for node in ast.walk(ast.parse(text.strip(), mode="eval")) if isinstance(node, ast.Compare))
    found = [margin(node, known, group.size) for node in nodes]
    return [each for each in found if each is not None]


def margin(node: ast.Compare, known: Sequence[Mapping[str, Any]], size: int) -> Margin | None:
    """How far one side of a comparison is above the other, or what can be computed of the two; None if nothing can."""
    sides = [
        [evaluated(ast.unparse(side), each) for each in known] for side in (node.left, *node.comparators)
    ]
    several = [
        np.stack([np.broadcast_to(np.ravel(each), size) for each in side])
        for side in sides
        if all(each is not None for each in side)
    ]
    if not several:
        return None
    whole = len(several) == len(sides) > 1
    at = several[0] - several[1] if whole else several[0]
    return Margin(at, float(np.median(np.abs(at))) if whole else 0.0)
