"""Whether what a synapse reads is the slope of a function of its neuron: held against derivatives, number by number.

An expression is a slope of another where it is proportional to its derivative, or to that of its logarithm, by a
variable of the neuron, at all values of that variable that are tried.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plausible.core import Array
from plausible.plausibility.spikes.equations import Named, Statement, Variable, declared, expanded, names
from plausible.plausibility.spikes.model import Model

TRIED = np.linspace(-1.7, 1.9, 61)
WIDTH = 1e-5  # of a difference quotient
ALIKE = 1e-4  # of the size of a slope
FLAT = 1e-3  # a slope that changes by less is constant, which proves nothing
PAIRED = 7  # neurons of either group, on which a condition of i and j is tried
NOW, TARGET = "now", "target"  # the step of a slot, and 1 or 0
UNITS = ("ms", "mV", "second", "volt", "Hz", "dt")  # taken as 1
ARITHMETIC = (  # what an expression may be made of: no attribute, so that nothing else is reached
    *(ast.Expression, ast.BinOp, ast.UnaryOp, ast.Compare, ast.Name, ast.Constant, ast.Call),
    *(ast.operator, ast.unaryop, ast.cmpop, ast.expr_context),
)
FUNCTIONS = {
    **{name: getattr(np, name) for name in ("exp", "log", "tanh", "sqrt", "sin", "cos", "abs", "cosh", "sinh", "sign")},
    **{name: getattr(np, name) for name in ("tan", "arctan", "arcsin", "arccos", "log10", "floor", "ceil")},
    "clip": np.clip, "int": lambda a: np.asarray(a, float), "inf": np.inf, "log1p": np.log1p, "expm1": np.expm1,
}  # fmt: skip
FURTHER = ("rand", "randn", "poisson", "chance", "exprel")  # what Brian2 and we know beside


def slopes_read(model: Model, weight: Variable) -> list[str]:
    """What the change of a weight reads that is the slope of a function of the neuron after, in words.

    Of two functions either may be the slope of the other's logarithm, as of logistic functions; they are named once.
    """
    equations, (_, after) = model.equations, model.ends(weight)
    if after not in equations.groups:
        return []
    group, own = equations.groups[after], frozenset(equations.own[after])
    defined = {name: text for name, kind, text in declared(group.equations) if kind == "defined"}
    functions = {**defined, **{f"the rate {text}": text for text in rates(group.threshold)}}
    told = followed(group.equations) | defined
    read = {each.name for each in model.read_by(weight) if each.owner == after} & told.keys()
    for parts in ({name: told[name] for name in read}, dict(parts_read(model, weight))):
        found = {
            frozenset([name, other]): f"{name} is the slope of {other}"
            for name, text in sorted(parts.items())
            for other, whole in sorted(functions.items())
            if other != name and is_slope(expanded(text, defined), expanded(whole, defined), own)
        }
        if found:
            return sorted(found.values())
    return []


def looked_up(model: Model, weight: Variable) -> list[str]:
    """The functions of its own that the change of a weight has of variables of the neuron after, as a table is."""
    equations, (_, after) = model.equations, model.ends(weight)
    if after not in equations.groups:
        return []
    group = equations.groups[after]
    defined = {name: text for name, kind, text in declared(group.equations) if kind == "defined"}
    told = followed(group.equations) | defined
    read = {each.name for each in model.read_by(weight) if each.owner == after} & told.keys()
    texts = [expanded(told[name], defined) for name in read]
    texts += [expanded(text, defined) for _, text in parts_read(model, weight)]
    own = {*equations.own[after]}
    return sorted(
        {
            node.func.id
            for text in texts
            for node in ast.walk(ast.parse(text.strip(), mode="eval"))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            if node.func.id not in {*FUNCTIONS, *FURTHER}
            and any(names(ast.unparse(each)) & own for each in node.args)
        }
    )


def followed(equations: str) -> dict[str, str]:
    """By the variables that follow an expression, as x does in dx/dt = (2*v - x)/ms, what they go to but for a factor.

    It is their motion where they are 0.
    """
    found = {}
    for name, kind, text in declared(equations):
        if kind == "motion" and name in names(text):
            tree = Named({name: "0"}).visit(ast.parse(text.strip(), mode="eval"))
            found[name] = ast.unparse(ast.fix_missing_locations(tree))
    return found


def rates(threshold: str) -> list[str]:
    """The right sides of comparisons in the condition of a spike, as of chance < rate."""
    if not threshold:
        return []
    tree = ast.parse(threshold.strip(), mode="eval")
    return [ast.unparse(node.comparators[0]) for node in ast.walk(tree) if isinstance(node, ast.Compare)]


def parts_read(model: Model, weight: Variable) -> Iterator[tuple[str, str]]:
    """The expressions that change a weight, and their parts, that read variables of the neuron after.

    What else they read stands in them as a constant, so that a slope may be spread over several factors and terms.
    """
    for statement in model.changes(weight):
        own = owned(model, statement, model.ends(weight)[1])
        for node in ast.walk(ast.parse(whole(model, statement), mode="eval")):
            if isinstance(node, ast.BinOp | ast.Call):
                text = ast.unparse(node)
                if names(text) & own.keys():
                    yield text, expanded(text, own)


def whole(model: Model, statement: Statement) -> str:
    """The expression of a statement, with those that names of its synapse stand for."""
    part = model.equations.projections.get(statement.place)
    texts = {} if part is None else {n: t for n, kind, t in declared(part.equations) if kind == "defined"}
    return expanded(statement.expression, texts).strip()


def owned(model: Model, statement: Statement, group: str) -> dict[str, str]:
    """By the names in a statement that mean variables of a group, what these are called there."""
    found = {}
    for name in names(whole(model, statement)):
        variable = model.equations.resolved(statement.place, name)
        if variable is not None and variable.owner == group:
            found[name] = variable.name
    return found


def is_slope(part: str, whole: str, own: frozenset[str]) -> bool:
    """Whether `part` is proportional to a derivative of `whole`, or of its logarithm, by a variable of both."""
    return any(along(part, whole, name) for name in sorted(names(part) & names(whole) & own))


def along(part: str, whole: str, name: str) -> bool:
    """Whether `part` is proportional to such a derivative by the variable of this name."""
    with np.errstate(all="ignore"):
        slope = value(part, name, TRIED)
        up, down = (value(whole, name, TRIED + step) for step in (WIDTH, -WIDTH))
        if slope is None or up is None or down is None:
            return False
        quotients = [up - down]
        if (up > 0).all() and (down > 0).all():
            quotients.append(np.log(up) - np.log(down))
    return any(proportional(slope, each) for each in quotients)


def proportional(a: Array, b: Array) -> bool:
    """Whether two curves differ by a factor alone, and are not flat."""
    if not (np.isfinite(a).all() and np.isfinite(b).all()) or np.ptp(b) <= FLAT * np.abs(b).max():
        return False
    factor = float(a @ b / (b @ b))
    return factor != 0 and bool(np.abs(a - factor * b).max() < ALIKE * np.abs(a).max())


def value(text: str, name: str, at: Array) -> Array | None:
    """An expression at values of one variable, all others being drawn; None where it cannot be computed."""
    rng = np.random.default_rng(0)
    known = {other: 1.0 if other in UNITS else rng.uniform(0.5, 1.5) for other in sorted(names(text))}
    try:
        tree = ast.parse(text.strip(), mode="eval")
        if not all(isinstance(node, ARITHMETIC) for node in ast.walk(tree)):
            return None
        found = eval(
            compile(tree, "equation", "eval"), {"__builtins__": {}}, {**known, **FUNCTIONS, name: at}
        )
        return np.broadcast_to(np.asarray(found, float), at.shape)
    except (NameError, TypeError, ValueError, ArithmeticError):
        return None


def acting(text: str, told: Collection[str], steps: int) -> NDArray[np.bool_]:
    """At which steps of a slot an expression is another where these names are 1 than where they are 0.

    What is asked of other names counts as true. At none where it cannot be computed.
    """
    tree = ast.fix_missing_locations(Timed(told).visit(ast.parse(text.strip(), mode="eval")))
    at = np.arange(steps, dtype=np.float64)
    off, on = (value(expanded(ast.unparse(tree), {TARGET: number}), NOW, at) for number in ("0.0", "1.0"))
    return np.zeros(steps, bool) if off is None or on is None else off != on


class Timed(ast.NodeTransformer):
    """Puts `TARGET` in the place of names, and `NOW` in that of the step, and writes logic as arithmetic."""

    def __init__(self, told: Collection[str]) -> None:
        self.told = told

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """The target, or the name."""
        return ast.Name(TARGET, ast.Load()) if node.id in self.told else node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """The step, or the call."""
        if isinstance(node.func, ast.Name) and node.func.id == "timestep":
            return ast.Name(NOW, ast.Load())
        return self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        """A comparison of the target or the step; 1 for any other."""
        found = self.generic_visit(node)
        asked = {each.id for each in ast.walk(found) if isinstance(each, ast.Name)}
        return found if asked & {NOW, TARGET} else ast.Constant(1.0)

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        """A product of truths for `and`, a sum for `or`."""
        joined = ast.Mult() if isinstance(node.op, ast.And) else ast.Add()
        parts: list[Any] = [self.visit(each) for each in node.values]
        return reduce(lambda one, other: ast.BinOp(one, joined, other), parts)


def pairs(connect: str) -> bool:
    """Whether a condition on i and j joins each neuron with that of its own number alone, however it is written."""
    several = np.arange(PAIRED, dtype=np.float64)
    rows = [value(re.sub(r"\bj\b", str(j), connect), "i", several) for j in several] if connect else [None]
    return all(row is not None and np.array_equal(row != 0, several == j) for j, row in enumerate(rows))
