"""A spiking model that is audited: a circuit, its values at the start, and which of its synapses learn."""

from __future__ import annotations

import re
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
SHOWN = ("examples", "targets")  # tables of what a rule is shown


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
        """The variables of other neurons in what a change reads of its own, that neurons make together or a clock sets.

        So a sum over a layer, or a reward, reaches a synapse by an error of its neuron, though the synapse itself reads
        no message. What a clock sets for all neurons, and moves their spikes, is a drive.
        """
        equations, weights = self.equations, frozenset(self.weights)
        found = set()
        for each in self.read_by(weight) - {*self.told(weight)}:
            behind = equations.behind(frozenset([each]), spikes=False, but=weights)
            drives = each in self.fires(each.owner)
            apart = {v for v in behind if v.owner in equations.groups.keys() - {*self.ends(weight)}}
            found |= {v for v in apart if self.together(v) or (not drives and self.is_set(v))}
        return sorted(found - {*self.told(weight)})

    def tables(self, weight: Variable) -> list[str]:
        """The tables, but for those of examples and labels, off which what a change reads is looked up."""
        behind = self.equations.behind(self.read_by(weight), spikes=False, but=frozenset(self.weights))
        several = {*self.changes(weight), *(each for v in behind for each in self.equations.changing(v))}
        texts = [
            each.expression for each in several if each.target not in self.weights or each.target == weight
        ]
        known = [each.name for each in self.circuit.tables if each.name not in SHOWN]
        return sorted(
            name for name in known if any(re.search(rf"\b{re.escape(name)}\(", text) for text in texts)
        )

    def together(self, variable: Variable) -> bool:
        """Whether several neurons make a variable of another one, all in the same way, as they do a sum."""
        equations, weights = self.equations, frozenset(self.weights)
        several = {name for name, group in equations.groups.items() if group.size > 1} - {variable.owner}
        return any(
            {v.owner for v in each.reads | equations.fires(each)} & several and not each.reads & weights
            for each in equations.changing(variable)
        )

    def is_set(self, variable: Variable) -> bool:
        """Whether a variable of a single neuron is a message, or is set by a clock, and is no row of a table."""
        equations, tables = self.equations, "|".join(re.escape(each.name) for each in self.circuit.tables)
        alone = equations.groups[variable.owner].size == 1
        changing = any(each.when == "clock" for each in equations.changing(variable))
        reading = [
            each for each in equations.statements if variable in each.reads and each.target != variable
        ]
        rows = [each for each in reading if tables and re.search(rf"\b({tables})\(", each.expression)]
        return alone and (str(variable) in self.messages or (changing and len(rows) < len(reading)))

    @cached_property
    def sizes(self) -> dict[str, int]:
        """The numbers of neurons of all that spikes or hears of spikes, by name."""
        found = {each.name: each.size for each in self.circuit.groups}
        return found | {each.name: each.size for each in self.circuit.spikes}

    def fires(self, group: str) -> frozenset[Variable]:
        """What the spikes of a group depend on, but for other spikes and weights."""
        equations = self.equations
        if group not in equations.groups or not equations.groups[group].threshold:
            return frozenset()  # spikes that are given, or none
        read = equations.read(group, equations.groups[group].threshold)
        return equations.behind(read, spikes=False, but=frozenset(self.weights))

    def heard(self, group: str) -> frozenset[Variable]:
        """The variables of a group that others hear of: that its spikes depend on, or that are sent with them."""
        sent = {
            each
            for statement in self.equations.statements
            if (part := self.equations.projections.get(statement.place)) is not None
            and part.source == group
            and statement.target.owner == part.target
            for each in statement.reads
            if each.owner == group
        }
        behind = self.equations.behind(frozenset(sent), spikes=False, but=frozenset(self.weights))
        return self.fires(group) | behind


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
