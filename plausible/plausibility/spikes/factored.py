"""Expressions taken apart: into calls, and some of the factors of products and of the terms of sums."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

MANY = 6  # factors, or terms, of which all choices are tried


class Part(NamedTuple):
    """A part of what changes a weight, and the factors beside it, each in words."""

    text: str
    beside: tuple[str, ...] = ()


def parts_of(text: str, reads: Callable[[str], bool]) -> Iterator[Part]:
    """The expression and its parts: calls, and choices of the factors of a product and of the terms of a sum.

    A factor that does not read the neuron is a number.
    """
    for node in ast.walk(ast.parse(text.strip(), mode="eval")):
        if isinstance(node, ast.BinOp | ast.Call | ast.UnaryOp) and reads(ast.unparse(node)):
            yield Part(ast.unparse(node))
            if isinstance(node, ast.BinOp):
                yield from choices([each for each in factors(node) if reads(each)][:MANY], " * ")
                yield from choices(terms(node)[:MANY], " + ")


def choices(several: Sequence[str], joined: str) -> Iterator[Part]:
    """Some of the factors or terms, with those factors that are left."""
    whole = joined == " * "
    for size in range(1, len(several) + whole):
        for chosen in combinations(range(len(several)), size):
            left = tuple(each for n, each in enumerate(several) if n not in chosen)
            yield Part(joined.join(several[n] for n in chosen), left if whole else ())


def factors(node: ast.expr) -> list[str]:
    """The factors of a product, those below the line as one divided by them."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return factors(node.left) + factors(node.right)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return factors(node.left) + [f"(1 / {each})" for each in factors(node.right)]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return factors(node.operand)
    return [atom(node)]


def multiplied(node: ast.AST) -> Iterator[str]:
    """The names among the factors of a product."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
        yield from multiplied(node.left)
        yield from multiplied(node.right)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield from multiplied(node.operand)


def terms(node: ast.expr, sign: str = "") -> list[str]:
    """The terms of a sum, each with its sign."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        turned = {"": "-", "-": ""}[sign] if isinstance(node.op, ast.Sub) else sign
        return terms(node.left, sign) + terms(node.right, turned)
    return [f"({sign}{atom(node)})"]


def atom(node: ast.expr) -> str:
    """An expression that stands for itself in a product."""
    return ast.unparse(node) if isinstance(node, ast.Name | ast.Call) else f"({ast.unparse(node)})"
