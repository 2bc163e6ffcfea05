"""What the synapses of a neuron read of it that other neurons' spikes move, though it hardly moves its own."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from plausible.core import Array
from plausible.plausibility.spikes.equations import Statement, Variable, assigned, declared, expanded
from plausible.plausibility.spikes.held import Held
from plausible.plausibility.spikes.model import Model
from plausible.plausibility.spikes.valued import evaluated
from plausible.spiking.circuit import Circuit, Projection, Texts

LITTLE = 0.01  # of what all spikes do to a neuron: what does less counts as nothing
PARTS = (0.8, 1.0)  # of a simulation, at whose ends a neuron is looked at
IN_SI = {"mV": 1e-3, "ms": 1e-3, "volt": 1.0, "second": 1.0, "Hz": 1.0}


class Margin(NamedTuple):
    """How far what is compared is apart, at several times; and how far it mostly is, where both sides are known."""

    at: Array
    least: float


def beside_activity(held: Held, weight: Variable) -> set[Variable]:
    """What a change reads of a neuron that other neurons' spikes move, though it makes none of its own.

    Where equations lead from it to the neuron's spikes, it is measured how far. Events within a layer, as who was
    first, are not asked.
    """
    model, found = held.model, set()
    for each in model.read_by(weight):
        if each.owner not in model.equations.groups or each.owner not in model.ends(weight):
            continue
        behind = model.equations.behind(frozenset([each]), spikes=False, but=frozenset(model.weights))
        others = [*writing(model, behind, weight)]
        written = sorted(
            {s.target for s in others if s.target.owner == each.owner and asked(model, s.target)}
        )
        apart = others and not behind & model.fires(each.owner)
        if apart or any(felt(held, variable, weight) < LITTLE for variable in written):
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


def felt(held: Held, variable: Variable, weight: Variable) -> float:
    """How far a neuron is moved towards a spike by what other synapses write into a variable, of what all spikes do.

    1 where that cannot be told.
    """
    still = replace(held.model, circuit=cut(held.model, held.model.learned, ""))  # no weight learns
    deaf = Held(replace(still, circuit=cut(still, (variable,), weight.owner)), held.seed)
    held = Held(still, held.seed)
    try:
        several = [margins(each, variable.owner, each.random) for each in (held, deaf)]
        silent = margins(held, variable.owner, {})
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


def margins(held: Held, name: str, trains: Mapping[str, Array]) -> list[Margin]:
    """What is compared where neurons spike, at several times, as far as it can be computed."""
    group, equations = held.model.equations.groups[name], held.model.equations
    text = expanded(group.threshold, {n: t for n, kind, t in declared(group.equations) if kind == "defined"})
    read = {str(each): each for each in equations.read(name, text)}
    comparisons = [
        node for node in ast.walk(ast.parse(text.strip(), mode="eval")) if isinstance(node, ast.Compare)
    ]
    start = {
        str(each): held.weights(np.random.default_rng(held.seed), each, held.synapses(each.owner))
        for each in held.model.weights
        if str(each) not in held.model.start
    }
    known = []
    for part in PARTS:
        ended = held.at_end(trains, [*read], round(part * held.steps), **start)
        there = {each.name: ended[told] for told, each in read.items()}
        known.append({**there, **IN_SI, "dt": held.model.circuit.dt * 1e-3})
    found = [margin(node, known, group.size) for node in comparisons]
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
