"""A spiking model that is audited: a circuit, its values at the start, and which of its synapses learn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from plausible.errors import require
from plausible.plausibility.spikes.equations import Equations, Statement, Variable
from plausible.spiking.circuit import Circuit, Group, Projection, Spikes
from plausible.spiking.plasticity import Plasticity

PAIRS = 41  # synapses of a rule that is audited by itself, each between two neurons of its own
STEP = 0.5  # ms


@dataclass(frozen=True, eq=False)
class Model:
    """A circuit that learns.

    Args:
        name: of the model.
        circuit: all of it.
        start: values that variables start with, by `object.variable`.
        messages: variables of groups of one neuron that are told from outside, as ("shared.reward",).
    """

    name: str
    circuit: Circuit
    start: Mapping[str, Any]
    messages: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require(bool(self.learned), "a spiking model", self.name, "synapses whose weight changes")

    @cached_property
    def equations(self) -> Equations:
        """What its equations read."""
        return Equations(self.circuit)

    @cached_property
    def weights(self) -> tuple[Variable, ...]:
        """The variables of synapses by which a spike acts on a neuron; w where a synapse does not act."""
        acting = {
            each
            for statement in self.equations.statements
            if statement.place in self.equations.projections and statement.target.owner != statement.place
            for each in statement.reads
            if each.owner == statement.place
        }
        silent = [name for name in self.equations.projections if not any(v.owner == name for v in acting)]
        acting |= {Variable(name, "w") for name in silent if "w" in self.equations.own[name]}
        return tuple(sorted(acting))

    @cached_property
    def learned(self) -> tuple[Variable, ...]:
        """The weights that something changes."""
        return tuple(weight for weight in self.weights if self.equations.changing(weight))

    def changes(self, weight: Variable) -> list[Statement]:
        """What changes a weight, and the variables of the same synapse, such as traces, that this depends on."""
        known: dict[Variable, list[Statement]] = {}
        waiting = [weight]
        while waiting:
            one = waiting.pop()
            known[one] = self.equations.changing(one)
            read = {
                each for statement in known[one] for each in statement.reads if each.owner == weight.owner
            }
            waiting += sorted(read - known.keys() - {*waiting})
        return [statement for several in known.values() for statement in several]

    def read_by(self, weight: Variable) -> frozenset[Variable]:
        """The variables of neurons, and shared ones, that the change of a weight reads."""
        found = {each for statement in self.changes(weight) for each in statement.reads}
        return frozenset(each for each in found if each.owner != weight.owner)

    def ends(self, weight: Variable) -> tuple[str, str]:
        """The groups before and after the synapses of a weight."""
        part = self.equations.projections[weight.owner]
        return part.source, part.target

    def told(self, weight: Variable) -> list[Variable]:
        """The messages that the change of a weight reads: shared variables that are told, or that something changes.

        What else is shared, such as rates of learning, is set for a run and stays.
        """
        shared = [each for each in self.read_by(weight) if each.owner not in self.ends(weight)]
        return sorted(each for each in shared if str(each) in self.messages or self.equations.changing(each))

    def relayed(self, weight: Variable) -> list[Variable]:
        """The shared variables that neurons make together, and that what a change reads of its own neurons depends on.

        So a sum over a layer reaches a synapse by an error of its neuron, though the synapse itself reads no message.
        """
        equations, weights = self.equations, frozenset(self.weights)
        behind = equations.behind(self.read_by(weight), spikes=False, but=weights)
        alone = {name for name, group in equations.groups.items() if group.size == 1}
        shared = {each for each in behind if each.owner in alone - {*self.ends(weight)}}
        made = {
            each
            for each in shared
            for statement in equations.changing(each)
            if {v.owner for v in statement.reads | equations.fires(statement)}
            & (equations.groups.keys() - alone)
        }
        return sorted(made - {*self.told(weight)})


def of_plasticity(rule: Plasticity, name: str = "", neuron: Group | None = None, effect: str = "") -> Model:
    """A rule of synapses by itself, between pairs of neurons whose spikes are given.

    Args:
        rule: its equations.
        name: the source of the rule, unless it is given.
        neuron: of the neurons after the synapses, called "after", where the rule reads their variables.
        effect: what a spike does to such a neuron.
    """
    shared = Group("shared", 1, "\n".join(f"{each} : 1" for each in rule.reads))
    groups = (*((shared,) if rule.reads else ()), *((neuron,) if neuron else ()))
    trains = tuple(Spikes(each, PAIRS, (), ()) for each in ("before", *(() if neuron else ("after",))))
    part: Projection = rule.projection(
        "synapse", "before", "after", effect, **{each: f"shared.{each}" for each in rule.reads}
    )
    circuit = Circuit(
        STEP, groups, (replace(part, connect="i == j"),), spikes=trains, constants=rule.constants
    )
    messages = tuple(f"shared.{each}" for each in rule.reads)
    start = {"synapse.w": 0.5, **dict.fromkeys(messages, 1.0)}
    return Model(name or rule.source, circuit, start, messages)
