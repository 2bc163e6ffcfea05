"""What an expression in a circuit is worth, number by number: at values of one variable, all others being drawn."""

from __future__ import annotations

import ast
import zlib
from collections.abc import Callable, Mapping
from functools import lru_cache, reduce
from typing import Any

import numpy as np

from plausible.core import Array
from plausible.plausibility.spikes.equations import names

TRIED = np.linspace(-1.7137, 1.9271, 61)
UNITS = ("ms", "mV", "second", "volt", "Hz", "dt")  # taken as 1
ARITHMETIC = (  # what an expression may be made of: no attribute, so that nothing else is reached
    *(ast.Expression, ast.BinOp, ast.UnaryOp, ast.Compare, ast.Name, ast.Constant, ast.Call),
    *(ast.operator, ast.unaryop, ast.cmpop, ast.expr_context),
)
FUNCTIONS: dict[str, Any] = {
    **{name: getattr(np, name) for name in ("exp", "log", "tanh", "sqrt", "sin", "cos", "abs", "cosh", "sinh", "sign")},
    **{name: getattr(np, name) for name in ("tan", "arctan", "arcsin", "arccos", "log10", "floor", "ceil")},
    "clip": np.clip, "int": lambda a: np.asarray(a, float), "inf": np.inf, "log1p": np.log1p, "expm1": np.expm1,
}  # fmt: skip
DRAWN: dict[str, Callable[..., float]] = {"rand": lambda: 0.37, "randn": lambda: 0.0}  # noise, in its middle


def value(text: str, name: str, at: Array) -> Array | None:
    """An expression at values of one variable, all others being drawn; None where it cannot be computed."""
    found = evaluated(text, {name: at})
    return (
        None if found is None or np.ndim(found) > 1 else np.broadcast_to(np.asarray(found, float), at.shape)
    )


def evaluated(text: str, known: Mapping[str, Any]) -> Any:
    """An expression where variables are what is known of them, and all others are drawn; None as for `value`."""
    made = written(text)
    if made is None:
        return None
    others = {other: 1.0 if other in UNITS else drawn(other) for other in names(text)}
    try:
        return eval(made, {"__builtins__": {}}, {**others, **FUNCTIONS, **DRAWN, **known})
    except (NameError, TypeError, ValueError, ArithmeticError):
        return None


@lru_cache(4096)
def drawn(name: str) -> float:
    """The number that a name stands for, the same in all expressions."""
    return float(np.random.default_rng(zlib.crc32(name.encode())).uniform(0.5, 1.5))


@lru_cache(4096)
def written(text: str) -> Any:
    """The code of an expression, with logic as arithmetic; None if it is none, or more than arithmetic."""
    try:
        tree = ast.fix_missing_locations(Arithmetic().visit(ast.parse(text.strip(), mode="eval")))
    except SyntaxError:
        return None
    if not all(isinstance(node, ARITHMETIC) for node in ast.walk(tree)):
        return None
    return compile(tree, "equation", "eval")


class Arithmetic(ast.NodeTransformer):
    """Writes logic as arithmetic: a product of truths for `and`, a sum for `or`."""

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        """A product, or a sum."""
        joined = ast.Mult() if isinstance(node.op, ast.And) else ast.Add()
        parts: list[Any] = [self.visit(each) for each in node.values]
        return reduce(lambda one, other: ast.BinOp(one, joined, other), parts)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        """Whether it is 0, for `not`."""
        found = self.generic_visit(node)
        if isinstance(found, ast.UnaryOp) and isinstance(found.op, ast.Not):
            return ast.Compare(found.operand, [ast.Eq()], [ast.Constant(0.0)])
        return found
