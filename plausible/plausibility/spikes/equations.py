"""What the equations of a circuit read: each statement of synapses and neurons, and all that it depends on.

A circuit is data (`plausible.spiking.circuit`), so that nothing has to be run. A name in the code of a synapse is its
own variable, one of the neuron before (`v_pre`) or after it (`v_post`, or `v`), or one that is shared by all synapses,
linked to a group of one neuron.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from plausible.errors import BadInput
from plausible.spiking.circuit import Circuit, Group, Projection, Texts

MOTION = re.compile(r"d(\w+)/dt\s*=\s*(.+)")
DEFINED = re.compile(r"(\w+)\s*=\s*(.+)")
ASSIGNED = re.compile(r"\s*(\w+)\s*([-+*/]?=)\s*(.+)\s*")


class Variable(NamedTuple):
    """A variable: of a group of neurons, or of the synapses of a projection."""

    owner: str
    name: str

    def __str__(self) -> str:
        return f"{self.owner}.{self.name}"


class Statement(NamedTuple):
    """What changes or defines a variable, when, and what it reads, the condition of its neuron's event included.

    `when`: "motion" at every step; "defined", a name for an expression; "arriving" at a spike of the neuron before,
    "own" at a spike of the neuron itself or after; "event" at one that is no spike; "clock" every so many steps.
    """

    target: Variable
    expression: str
    when: str
    reads: frozenset[Variable]
    place: str  # the group or projection whose code it is
    condition: str = ""  # of the event that is no spike


@dataclass(frozen=True)
class Equations:
    """All statements of a circuit."""

    circuit: Circuit

    @cached_property
    def groups(self) -> dict[str, Group]:
        """Groups with equations, by name."""
        return {group.name: group for group in self.circuit.groups}

    @cached_property
    def projections(self) -> dict[str, Projection]:
        """Projections by name."""
        return {each.name: each for each in self.circuit.projections}

    @cached_property
    def own(self) -> dict[str, dict[str, str]]:
        """By group and projection its variables, each with how it is declared (see `declared`)."""
        parts: list[Group | Projection] = [*self.circuit.groups, *self.circuit.projections]
        return {part.name: {name: kind for name, kind, _ in declared(part.equations)} for part in parts}

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """Everything that changes or defines a variable."""
        return (*self.of_groups(), *self.of_projections(), *self.of_clocks())

    def of_groups(self) -> Iterator[Statement]:
        """The equations and resets of neurons."""
        for group in self.circuit.groups:
            for name, kind, text in declared(group.equations):
                if text:
                    yield Statement(
                        Variable(group.name, name), text, kind, self.read(group.name, text), group.name
                    )
            yield from self.of_code(group.name, group.reset, "own")

    def of_projections(self) -> Iterator[Statement]:
        """The equations of synapses, and what spikes do to them."""
        for part in self.circuit.projections:
            for name, kind, text in declared(part.equations):
                if text:  # a sum over synapses, "(summed)", is a variable of their neurons
                    target = self.resolved(part.name, name) or Variable(part.name, name)
                    yield Statement(target, text, kind, self.read(part.name, text), part.name)
            events = dict(part.events)
            for when, several, end in (
                ("arriving", paths(part.on_pre, "pre"), part.source),
                ("own", paths(part.on_post, "post"), part.target),
            ):
                for name, code in several:
                    if name not in events:
                        yield from self.of_code(part.name, code, when)
                        continue
                    condition = self.condition(end, events[name])
                    read = self.read(end, condition) if when == "own" and condition else frozenset[Variable]()
                    for each in self.of_code(part.name, code, "event"):
                        yield each._replace(reads=each.reads | read, condition=condition)

    def condition(self, group: str, event: str) -> str:
        """When an event of a group happens; "" where it has none of this name, as neurons whose spikes are given."""
        return dict(self.groups[group].events).get(event, "") if group in self.groups else ""

    def of_clocks(self) -> Iterator[Statement]:
        """What runs every so many steps."""
        for part in self.circuit.regular:
            yield from self.of_code(part.target, part.code, "clock")

    def of_code(self, place: str, code: str, when: str) -> Iterator[Statement]:
        """The statements in a piece of code of a group or a projection; names that it defines for itself are put in."""
        local: dict[str, frozenset[Variable]] = {}
        texts: dict[str, str] = {}
        for line in re.split(r"[;\n]", code):
            if not line.strip():
                continue
            name, operator, text = assigned(line)
            reads = self.read(place, text).union(*(local.get(each, ()) for each in names(text)))
            target, text = self.resolved(place, name), expanded(text, texts)
            if target is None:
                texts[name] = text if operator == "=" else f"({texts.get(name, name)}) {operator[0]} ({text})"
                local[name] = reads | (local.get(name, frozenset()) if operator != "=" else frozenset())
            else:
                reads |= {target} if operator != "=" else frozenset()
                yield Statement(target, text, when, reads, place)

    def read(self, place: str, text: str) -> frozenset[Variable]:
        """The variables in an expression that stands in the equations of a group or a projection."""
        return frozenset(found for name in names(text) if (found := self.resolved(place, name)) is not None)

    def resolved(self, place: str, name: str) -> Variable | None:
        """The variable that a name means there; None for constants, units, functions and time."""
        links = dict((self.projections.get(place) or self.groups[place]).links)
        if name in links:
            owner, _, there = links[name].partition(".")
            return Variable(owner, there)
        if name in self.own[place] and not name.endswith(("_pre", "_post")):
            return Variable(place, name)
        if place in self.projections:
            ends = {"_pre": self.projections[place].source, "_post": self.projections[place].target}
            for ending, group in (*ends.items(), ("", ends["_post"])):
                bare = name.removesuffix(ending) if ending else name
                if name.endswith(ending) and bare in self.own.get(group, {}):
                    return self.resolved(group, bare)
        return None

    def behind(
        self, start: frozenset[Variable], *, spikes: bool = True, but: frozenset[Variable] = frozenset()
    ) -> frozenset[Variable]:
        """All that variables depend on, directly or by others than `but`; with `spikes` by what makes neurons spike."""
        known: set[Variable] = set()
        waiting = set(start)
        while waiting:
            one = waiting.pop()
            known.add(one)
            for each in self.changing(one) if one not in but else ():
                waiting |= (each.reads | (self.fires(each) if spikes else frozenset())) - known
        return frozenset(known)

    def changing(self, variable: Variable) -> list[Statement]:
        """The statements that change or define a variable."""
        return [each for each in self.statements if each.target == variable]

    def fires(self, statement: Statement) -> frozenset[Variable]:
        """What makes the spike at which a statement is executed."""
        if statement.when not in ("arriving", "own"):
            return frozenset()
        part = self.projections.get(statement.place)
        group = (
            statement.place
            if part is None
            else (part.source if statement.when == "arriving" else part.target)
        )
        if group not in self.groups:
            return frozenset()  # spikes that are given
        return self.read(group, self.groups[group].threshold)


def paths(code: str | Texts, name: str) -> Texts:
    """The pathways of a projection by name."""
    return ((name, code),) if isinstance(code, str) else code


def declared(equations: str) -> Iterator[tuple[str, str, str]]:
    """The variables in equations: name, "motion", "defined", "number" or "linked", and the expression, or ""."""
    for line in equations.splitlines():
        text = line.partition("#")[0].strip()
        if not text:
            continue
        head, _, unit = text.rpartition(":")
        head = head.strip()
        for kind, form in (("motion", MOTION), ("defined", DEFINED)):
            found = form.fullmatch(head)
            if found:
                yield found[1], kind, found[2]
                break
        else:
            yield head, "linked" if "(linked)" in unit else "number", ""


def assigned(line: str) -> tuple[str, str, str]:
    """A statement's variable, operator and expression. Raises `BadInput` for what is no assignment."""
    found = ASSIGNED.fullmatch(line)
    if found is None:
        raise BadInput(f"{line.strip()!r} is no statement: expected one such as 'w += eta*x'")
    return found[1], found[2], found[3]


@lru_cache(4096)
def names(expression: str) -> frozenset[str]:
    """The names in an expression, but for those of functions that are called. Raises `BadInput` if it is none."""
    try:
        tree = ast.parse(expression.strip(), mode="eval")
    except SyntaxError as error:
        raise BadInput(f"{expression.strip()!r} is no expression: {error.msg}") from error
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return frozenset(
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called
    )


def expanded(text: str, defined: dict[str, str]) -> str:
    """An expression with the expressions that names stand for put in, as far as these go."""
    for _ in range(len(defined) + 1):
        there = {name for name in names(text) & defined.keys() if defined[name] != name}
        if there:
            tree = Named({name: defined[name] for name in there}).visit(ast.parse(text.strip(), mode="eval"))
            text = ast.unparse(ast.fix_missing_locations(tree))
    return text


class Named(ast.NodeTransformer):
    """Puts expressions in the place of names."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = texts

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """The expression that a name stands for, or the name."""
        return parsed(self.texts[node.id]) if node.id in self.texts else node


@lru_cache(4096)
def parsed(text: str) -> ast.expr:
    """The tree of an expression, which is the same in all others that it is put in."""
    return ast.parse(text.strip(), mode="eval").body
