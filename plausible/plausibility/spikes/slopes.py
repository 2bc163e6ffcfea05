"""Whether what a synapse reads is the slope of a function of its neuron: held against derivatives, number by number.

An expression is a slope of another where it is proportional to its derivative, or to that of its logarithm, by a
variable of the neuron, at all values of that variable that are tried. What is as much a potential as the slope of a
square, or as much a rate as that of an exponential, may be either.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal, NamedTuple

import numpy as np

from plausible.core import Array
from plausible.plausibility.spikes.equations import Variable, names
from plausible.plausibility.spikes.factored import factors, multiplied, parts_of
from plausible.plausibility.spikes.meant import BETWEEN, ENOUGH, Meant, owner, token
from plausible.plausibility.spikes.model import Model
from plausible.plausibility.spikes.valued import DRAWN, FUNCTIONS, TRIED, value

RANGES = (  # of a variable: the first in which a function bends is taken
    TRIED,
    np.linspace(-17.137, 19.271, 61),
    np.linspace(-83.3, -21.7, 61),
)
WIDTH = 1e-5  # of a difference quotient
ALIKE = 0.05  # of how far a slope varies
STRAIGHT = 0.06  # of how far it varies: what is no further from a straight line is one
FLAT = 1e-3  # a slope that changes by less is constant, which proves nothing
ROUNDED = 1e-9  # of a function: differences that vary by no more are rounding, or next to nothing
FURTHER = ("rand", "randn", "poisson", "chance", "exprel", "timestep")  # what Brian2 and we know beside
Likeness = Literal["", "slope", "either", "log"]


class Function(NamedTuple):
    """A function that a neuron has: its name, the expressions that it is, and whether others hear of it by spikes."""

    name: str
    texts: tuple[str, ...]
    heard: bool


class Bend(NamedTuple):
    """The derivatives of a function by a variable: at which values, what it is there, and both derivatives."""

    name: str
    at: Array
    here: Array
    slope: Array
    log: Array | None


class Found(NamedTuple):
    """Slopes, and what may be one or something else, in words."""

    slopes: list[str]
    either: list[str]


@dataclass(frozen=True, eq=False)
class Slopes:
    """What the change of a weight reads that is the slope of a function of the neuron after, in words."""

    model: Model
    weight: Variable

    @cached_property
    def meant(self) -> Meant:
        """What variables stand for."""
        return Meant(self.model)

    @cached_property
    def after(self) -> str:
        """The group after the synapses."""
        return self.model.ends(self.weight)[1]

    def ways(self, text: str) -> list[str]:
        """An expression in all ways in which it can be spelled out by variables of the neuron and the synapse."""
        if text not in self.known:
            self.known[text] = self.meant.spelled(text, self.after)
        return self.known[text]

    @cached_property
    def known(self) -> dict[str, list[str]]:
        """Expressions that were spelled out."""
        return {}

    @cached_property
    def written(self) -> list[str]:
        """The expressions that a weight is changed to, or moved by, and how likely the events are at which it is."""
        name, meant = token(self.weight), self.meant
        moved = [text for each, _, text in meant.moving if each == name]
        conditions = {each.condition for each in self.model.equations.changing(self.weight) if each.condition}
        sides = [ast.unparse(side) for each in conditions for side in compared(meant.named(self.after, each))]
        chances = [side for side in sides if self.reads(side)]
        return [*moved, *(text for each, text in meant.ended if each == name), *sorted(chances)]

    @cached_property
    def changes(self) -> list[str]:
        """These in all ways in which they can be spelled out."""
        return list(dict.fromkeys(each for text in self.written for each in self.ways(text)))

    @cached_property
    def read(self) -> list[str]:
        """The variables of the neuron that a change reads, in one way or another."""
        return sorted({name for text in self.changes for name in names(text) if owner(name) == self.after})

    @cached_property
    def functions(self) -> list[Function]:
        """The functions that the neuron has: its variables that stand for something, its rates, and what it sends."""
        heard = self.model.heard(self.after)
        known = self.meant.meanings.items()
        found = [
            Function(name, self.spelled(texts), Variable(*name.split(BETWEEN)) in heard)
            for name, texts in sorted(known)
            if owner(name) == self.after
        ]
        group = self.model.equations.groups[self.after]
        threshold = self.meant.named(self.after, group.threshold) if group.threshold else "0"
        found += [
            Function(f"the rate {text}", self.spelled([text]), True) for text in rates(threshold, self.after)
        ]
        sent = [
            self.meant.named(each.place, each.expression)
            for each in self.model.equations.statements
            if each.when == "arriving" and self.model.ends(Variable(each.place, ""))[0] == self.after
        ]
        found += [Function(f"what is sent, {text}", self.spelled([text]), True) for text in sent]
        return [each for each in found if any(bends_of(text, self.after) for text in each.texts)]

    def spelled(self, texts: Sequence[str]) -> tuple[str, ...]:
        """Expressions in all ways in which they can be spelled out, that read a variable of the neuron.

        What a synapse adds of its weight is no function of the neuron.
        """
        several = dict.fromkeys(each for text in texts for each in self.ways(text))
        weights = {token(each) for each in self.model.learned}
        return tuple(each for each in several if self.reads(each) and not names(each) & weights)

    def reads(self, text: str) -> bool:
        """Whether an expression reads a variable of the neuron."""
        return any(owner(name) == self.after for name in names(text))

    @cached_property
    def found(self) -> Found:
        """Variables that are slopes, or else parts of the expressions that change the weight."""
        if not self.functions:
            return Found([], [])
        named = self.told({name: self.ways(name)[1:] for name in self.read})
        return named if any(named) else self.told({text: [text] for text in self.parts})

    @cached_property
    def parts(self) -> dict[str, list[tuple[str, ...]]]:
        """Parts of changes that read the neuron, each with the factors that stand beside it, time and again."""
        found: dict[str, list[tuple[str, ...]]] = {}
        for change in self.changes:
            for part in parts_of(change, self.reads):
                if self.reads(part.text):
                    found.setdefault(part.text, []).append(part.beside)
        return found

    def told(self, parts: Mapping[str, Sequence[str]]) -> Found:
        """Which parts are slopes, and which may be."""
        slopes: dict[frozenset[str], str] = {}
        either: dict[frozenset[str], str] = {}
        for function in self.functions:
            for name in sorted(parts, key=lambda each: (len(each), each)):
                kinds = {
                    self.kind(name, text, function)
                    for text in dict.fromkeys(parts[name])
                    if function.name != name and self.reads(text)
                }
                if not kinds & {"slope", "either"}:
                    continue
                words = f"{self.worded(name)} is the slope of {self.worded(function.name)}"
                pair = frozenset([name, function.name])
                (slopes if "slope" in kinds else either).setdefault(pair, words)
                if "slope" in kinds and name not in self.read:
                    break  # the shortest part says it
        return Found(sorted(slopes.values()), sorted(either.values())[:1])

    def kind(self, name: str, text: str, function: Function) -> Likeness:
        """Whether an expression is the slope of a function, or may be.

        What a rate lacks of its largest, 1 - r, is the slope of its logarithm beside an error of the rate; by itself
        it is a rate as well. A rate or a potential that no other neuron hears of is no activation.
        """
        kinds = {likeness(text, bends) for whole in function.texts if (bends := bends_of(whole, self.after))}
        if "slope" in kinds or ("log" in kinds and self.beside(name, function)):
            return "slope"
        return "either" if kinds & {"either", "log"} and function.heard else ""

    def beside(self, name: str, function: Function) -> bool:
        """Whether a function of the neuron is in a factor beside a part of a change."""
        several = self.factors_by(name) if name in self.read else [f for fs in self.parts[name] for f in fs]
        ways = (way for factor in dict.fromkeys(several) for way in self.ways(factor))
        return any(function.name in names(way) or any(text in way for text in function.texts) for way in ways)

    def factors_by(self, name: str) -> list[str]:
        """The factors beside a variable in changes."""
        return [each for product in self.products if name in product for each in product if each != name]

    @cached_property
    def products(self) -> list[list[str]]:
        """The factors of each product in changes in which a variable of the neuron is a factor."""
        nodes = (node for text in self.changes for node in ast.walk(ast.parse(text.strip(), mode="eval")))
        read = {*self.read}
        return [
            factors(node)
            for node in nodes
            if isinstance(node, ast.BinOp) and not read.isdisjoint(multiplied(node))
        ]

    def worded(self, text: str) -> str:
        """An expression in words."""
        return text.replace(f"{self.after}{BETWEEN}", "").replace(BETWEEN, ".")

    @cached_property
    def untold(self) -> list[str]:
        """What cannot be told: functions of its own that a change has of the neuron's variables, as a table is one."""
        called = {
            node.func.id
            for text in self.changes
            for node in ast.walk(ast.parse(text.strip(), mode="eval"))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            if node.func.id not in {*FUNCTIONS, *DRAWN, *FURTHER}
            and any(self.reads(ast.unparse(each)) for each in node.args)
        }
        said = [f"what {each} makes of a variable of the neuron" for each in sorted(called)]
        if any(len(self.ways(text)) >= ENOUGH for text in self.written):
            said.append("what a change reads, which is spelled out in too many ways")
        return said


def slopes_of(model: Model, weight: Variable) -> Slopes | None:
    """What the change of a weight reads; None where the neurons after have no equations."""
    return Slopes(model, weight) if model.ends(weight)[1] in model.equations.groups else None


def slopes_read(model: Model, weight: Variable) -> list[str]:
    """What the change of a weight reads that is the slope of a function of the neuron after, in words."""
    it = slopes_of(model, weight)
    return it.found.slopes if it else []


def rates(threshold: str, group: str) -> list[str]:
    """The functions of a group's variables in the condition of a spike, as in chance < rate, without noise beside."""
    found = [ast.unparse(bared(side, group)) for side in compared(threshold)]
    return [text for text in dict.fromkeys(found) if any(owner(name) == group for name in names(text))]


def compared(condition: str) -> list[ast.expr]:
    """The sides of all comparisons in a condition."""
    tree = ast.parse(condition.strip(), mode="eval")
    several = [node for node in ast.walk(tree) if isinstance(node, ast.Compare)]
    return [side for node in several for side in (node.left, *node.comparators)]


def bared(node: ast.expr, group: str) -> ast.expr:
    """An expression without terms and factors that read no variable of a group."""
    while isinstance(node, ast.BinOp):
        own = [
            each
            for each in (node.left, node.right)
            if any(owner(n) == group for n in names(ast.unparse(each)))
        ]
        if len(own) != 1 or isinstance(node.op, ast.Pow | ast.Mod | ast.FloorDiv):
            break
        if isinstance(node.op, ast.Div) and own[0] is node.right:
            break
        node = own[0]
    return node


def likeness(part: str, bends: Sequence[Bend]) -> Likeness:
    """Whether an expression is proportional to a derivative of a function, or of its logarithm, or may be."""
    several = {along(part, each) for each in bends if each.name in names(part)}
    kinds: tuple[Likeness, ...] = ("slope", "log", "either")
    return next((kind for kind in kinds if kind in several), "")


def along(part: str, bend: Bend) -> Likeness:
    """The same, by one variable."""
    slope = worth(part, bend.name, bend.at.tobytes())
    if slope is None:
        return ""
    if proportional(slope, bend.slope):
        kind: Likeness = "either"
    elif bend.log is not None and proportional(slope, bend.log):
        kind = "log"
    else:
        return ""
    straight = is_straight(slope, bend.at) or is_straight(slope, bend.here)
    return kind if straight else "slope"


@lru_cache(4096)
def bends_of(whole: str, group: str) -> tuple[Bend, ...]:
    """The derivatives of an expression by each variable of a group by which it is no straight line."""
    several = (bend_of(whole, name) for name in sorted(names(whole)) if owner(name) == group)
    return tuple(each for each in several if each is not None)


def bend_of(whole: str, name: str) -> Bend | None:
    """The derivatives by one variable, where it first bends; None where it is straight, or cannot be computed."""
    for at in RANGES:
        here, up, down = (worth(whole, name, (at + step).tobytes()) for step in (0, WIDTH, -WIDTH))
        if here is None or up is None or down is None:
            return None
        with np.errstate(all="ignore"):
            plain = up - down
            logs = np.log(up) - np.log(down) if (up > 0).all() and (down > 0).all() else None
        if bent(plain, np.abs(here).max()):
            return Bend(name, at, here, plain, logs if logs is not None and bent(logs, 1.0) else None)
    return None


@lru_cache(65536)
def worth(text: str, name: str, at: bytes) -> Array | None:
    """An expression at values of a variable."""
    with np.errstate(all="ignore"):
        return value(text, name, np.frombuffer(at))


def bent(difference: Array, size: float) -> bool:
    """Whether a slope is no constant, beyond rounding of a function of this size."""
    if not np.isfinite(difference).all():
        return False
    return bool(np.ptp(difference) > max(FLAT * np.abs(difference).max(), ROUNDED * size))


def proportional(a: Array, b: Array) -> bool:
    """Whether two curves differ by a factor alone."""
    if not np.isfinite(a).all():
        return False
    factor = float(a @ b / (b @ b))
    return factor != 0 and bool(np.abs(a - factor * b).max() < ALIKE * np.ptp(factor * b))


def is_straight(a: Array, b: Array) -> bool:
    """Whether one curve is a straight line over another."""
    if not (np.isfinite(a).all() and np.isfinite(b).all()) or np.ptp(b) == 0:
        return False
    scaled = (b - b.mean()) / np.ptp(b)
    left = a - a.mean() - scaled * float(scaled @ (a - a.mean()) / (scaled @ scaled))
    return bool(np.abs(left).max() < STRAIGHT * np.ptp(a))
