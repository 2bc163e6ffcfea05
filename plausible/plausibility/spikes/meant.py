"""What variables of neurons and synapses stand for: the expressions that they are set to, follow, or gather.

A variable may be defined by an expression, follow one as s does in ds/dt = (f - s)/ms, or be set to one by a spike, a
reset or a clock. So an expression that reads it is spelled out, in as many ways as there are, and what stands in
several statements or variables is seen as one.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from plausible.plausibility.spikes.equations import (
    Equations,
    Named,
    Variable,
    assigned,
    declared,
    names,
    paths,
)
from plausible.plausibility.spikes.model import Model
from plausible.spiking.circuit import Group, Projection

BETWEEN = "__"  # owner and variable, in the name of a variable that is the same in all code
ENOUGH = 150  # ways to spell out an expression
LONG = 1500  # letters of a way


@dataclass(frozen=True, eq=False)
class Meant:
    """The expressions of a model, each variable in them by one name, as hid__v."""

    model: Model

    @cached_property
    def equations(self) -> Equations:
        """What is written in the circuit."""
        return self.model.equations

    @cached_property
    def ended(self) -> list[tuple[str, str]]:
        """Names of variables, each with what it is at the end of a piece of code that changes it."""
        return [each for place, code in self.pieces() for each in self.executed(place, code).items()]

    def pieces(self) -> Iterator[tuple[str, str]]:
        """All code of resets, of arriving and own spikes and of clocks, with whose it is."""
        circuit = self.model.circuit
        yield from ((each.name, each.reset) for each in circuit.groups)
        yield from ((each.target, each.code) for each in circuit.regular)
        for part in circuit.projections:
            yield from (
                (part.name, text) for code in (part.on_pre, part.on_post) for _, text in paths(code, "")
            )

    def executed(self, place: str, code: str) -> dict[str, str]:
        """What variables are after a piece of code: each as an expression of what was there before."""
        known: dict[str, str] = {}
        for line in re.split(r"[;\n]", code):
            if line.strip():
                name, operator, text = assigned(line)
                variable = self.equations.resolved(place, name)
                own = variable is None or self.is_other(place, name)
                called = (
                    f"={name}" if variable is None or own else token(variable)
                )  # a name of its own, or a variable
                text = replaced(self.named(place, text, known), known)
                known[called] = (
                    text if operator == "=" else f"({known.get(called, called)}) {operator[0]} ({text})"
                )
        return {name: text for name, text in known.items() if not name.startswith("=")}

    def named(self, place: str, text: str, known: Mapping[str, str] | None = None) -> str:
        """An expression with variables by their names, constants as they are, and names of its own spelled out."""
        constants, texts = dict(self.model.circuit.constants), {}
        for name in names(text):
            variable = self.equations.resolved(place, name)
            if variable is not None:
                texts[name] = f"of_another_{name}" if self.is_other(place, name) else token(variable)
            elif known and f"={name}" in known:
                texts[name] = known[f"={name}"]
            elif name in constants:
                texts[name] = constants[name]
        return replaced(text, texts)

    def is_other(self, place: str, name: str) -> bool:
        """Whether a name is of another neuron of the same group, as in synapses within a layer."""
        part = self.equations.projections.get(place)
        return part is not None and part.source == part.target and name.endswith("_pre")

    @cached_property
    def moving(self) -> list[tuple[str, str, str]]:
        """Variables that equations define or move, how, and by which expression."""
        parts: list[Group | Projection] = [*self.model.circuit.groups, *self.model.circuit.projections]
        return [
            (token(self.equations.resolved(part.name, name) or Variable(part.name, name)), kind, text)
            for part in parts
            for name, kind, written in declared(part.equations)
            if written
            for text in [self.named(part.name, written)]
        ]

    @cached_property
    def meanings(self) -> dict[str, list[str]]:
        """What each variable stands for, but for weights, and for what a single neuron tells all others."""
        several: dict[str, list[str]] = {}
        for name, text in [*((name, text) for name, _, text in self.moving), *self.ended]:
            several.setdefault(name, []).append(text)
        weights = {token(each) for each in self.model.weights}
        alike = {
            name for name, group in self.equations.groups.items() if group.size == 1 and not group.threshold
        }
        return {
            name: list(dict.fromkeys(each for each in alone(name, texts) if names(each)))
            for name, texts in several.items()
            if name not in weights and owner(name) not in alike
        }

    def spelled(self, text: str, after: str) -> list[str]:
        """An expression in all ways in which it can be spelled out by variables of a group.

        At most `ENOUGH`; what does not lead to variables of the group is left as it is.
        """
        found, done = [text], [frozenset[str]()]  # no variable is spelled out again within itself
        for each, known in zip(found, done, strict=False):
            for name in sorted(names(each) & self.meanings.keys() - known):
                for meaning in self.meanings[name]:
                    if len(each) < LONG and len(found) < ENOUGH and self.leads(meaning, after):
                        new = replaced(each, {name: meaning})
                        if new not in found:
                            found.append(new)
                            done.append(known | {name})
        return found

    def leads(self, text: str, after: str) -> bool:
        """Whether an expression has a variable of a group in it, or one that is made of some."""
        known, waiting = set(), set(names(text))
        while waiting:
            name = waiting.pop()
            if owner(name) == after:
                return True
            known.add(name)
            waiting |= {n for meaning in self.meanings.get(name, ()) for n in names(meaning)} - known
        return False


def alone(name: str, texts: Iterable[str]) -> Iterator[str]:
    """The expressions that a variable stands for, none of them with itself in it.

    Where it is in an expression, as in what it follows, it is taken as 0, as what another one says, and as a factor.
    """
    free = [each for each in texts if name not in names(each)]
    yield from free
    for each in texts:
        if name in names(each):
            nothing, one = (replaced(each, {name: number}) for number in ("0", "1"))
            yield from (nothing, *(replaced(each, {name: other}) for other in free))
            if multiplied(each, name):
                yield f"({one}) - ({nothing})"


def multiplied(text: str, name: str) -> bool:
    """Whether a variable is in a factor beside another variable in an expression."""
    for node in ast.walk(ast.parse(text.strip(), mode="eval")):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
            sides = [names(ast.unparse(each)) for each in (node.left, node.right)]
            for one, other in (sides, sides[::-1]):
                if name in one and any(BETWEEN in each for each in other - {name}):
                    return True
    return False


def token(variable: Variable) -> str:
    """The name of a variable in all code."""
    return f"{variable.owner}{BETWEEN}{variable.name}"


def owner(name: str) -> str:
    """Whose a variable of this name is; "" for what is none."""
    return name.rpartition(BETWEEN)[0] if BETWEEN in name else ""


def replaced(text: str, texts: Mapping[str, str]) -> str:
    """An expression with others in the place of names."""
    return ast.unparse(Named(dict(texts)).visit(ast.parse(text.strip(), mode="eval")))
