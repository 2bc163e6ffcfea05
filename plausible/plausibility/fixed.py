"""What of a rule's file stays as it is while the rule learns: its fields, and what the file names at its top.

A field that holds a list may be a count all the same. So nothing is fixed that the file writes into, calls a method of
that changes it, hands on as a whole, or assigns anew.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

WRITES = {"setattr", "__setattr__", "__dict__", "vars", "__setstate__"}  # after which no field is one
CHANGES = {
    *("append", "add", "appendleft", "clear", "discard", "extend", "fill", "insert", "pop", "popitem"),
    *("popleft", "put", "remove", "reverse", "rotate", "send", "setdefault", "sort", "update", "write"),
    *("__setitem__", "__next__", "__iadd__", "__delitem__", "itemset", "resize"),
}  # methods of what is no number
HELD = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp, ast.GeneratorExp, ast.Call)


class Fixed(NamedTuple):
    """The names that a file has at its top, and what of these and of `self` changes, as it is written."""

    names: set[str]
    changing: set[str]


def fixed_in(tree: ast.Module) -> Fixed:
    """What stays as it is in a file."""
    return Fixed({*names_of(tree)}, {*changing_in(tree)})


def by_fields(test: ast.AST, fixed: Fixed) -> bool:
    """Whether a condition is made of the rule's fields and of what its file names alone, and none of it changes."""
    names = {each.id for each in ast.walk(test) if isinstance(each, ast.Name)}
    if not names <= fixed.names | {"self"}:
        return False
    parts = {ast.unparse(each) for each in ast.walk(test) if isinstance(each, ast.expr)}
    parts |= {f".{each.attr}" for each in ast.walk(test) if isinstance(each, ast.Attribute)}
    return fixed.changing.isdisjoint(parts)


def names_of(tree: ast.Module) -> Iterator[str]:
    """What a file names at its top: modules, functions, classes and constants in capitals."""
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((each.asname or each.name).partition(".")[0] for each in node.names)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (each.id for each in node.targets if isinstance(each, ast.Name) and each.id.isupper())
    yield from dir(__import__("builtins"))


def changing_in(tree: ast.Module) -> Iterator[str]:
    """What a file changes: an attribute, told by a dot, a name of its own, or `self` as a whole."""
    held, looked_at = {*held_in(tree)}, {*looked_into(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript | ast.Attribute) and not isinstance(node.ctx, ast.Load):
            yield from roots(node)
        elif (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGES
        ):
            yield from roots(node.func.value)
        elif isinstance(node, ast.Global | ast.Nonlocal):
            yield from node.names
        if called_so(node) & WRITES:
            yield "self"
        if isinstance(node, ast.Name | ast.Attribute) and id(node) not in looked_at:
            name = node.id if isinstance(node, ast.Name) else node.attr
            if name in held and isinstance(node.ctx, ast.Load):
                yield ast.unparse(node)


def called_so(node: ast.AST) -> set[str]:
    """What a part of the code is called."""
    return (
        {node.id} if isinstance(node, ast.Name) else {node.attr} if isinstance(node, ast.Attribute) else set()
    )


def roots(node: ast.expr) -> Iterator[str]:
    """What is changed where a part of it is: attributes, and a name of the file's own."""
    while isinstance(node, ast.Subscript | ast.Attribute):
        if isinstance(node, ast.Attribute):
            yield f".{node.attr}"  # whosever it is
        node = node.value
    if isinstance(node, ast.Name) and node.id != "self":
        yield node.id


def held_in(tree: ast.Module) -> Iterator[str]:
    """Names at the top of a file, or of a class in it, of what may change: a list, or whatever a call has made.

    A default of a dataclass that a call has made, as a network, is frozen, unless it is made anew for each.
    """
    for node in tree.body:
        for each in node.body if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(each, ast.Assign) and isinstance(each.value, HELD):
                yield from (target.id for target in each.targets if isinstance(target, ast.Name))
            elif (
                isinstance(each, ast.AnnAssign)
                and isinstance(each.target, ast.Name)
                and each.value is not None
            ):
                made_anew = any(word.arg == "default_factory" for word in getattr(each.value, "keywords", []))
                shared = "ClassVar" in ast.unparse(each.annotation) or node is each
                if made_anew or (shared and isinstance(each.value, HELD)):
                    yield each.target.id


def looked_into(tree: ast.Module) -> Iterator[int]:
    """The names and attributes that are only read: of which an entry or a part is taken, or that are counted over."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript | ast.Attribute):
            yield id(node.value)
        elif isinstance(node, ast.For | ast.comprehension):
            yield id(node.iter)
        elif isinstance(node, ast.Compare):
            yield from map(id, (node.left, *node.comparators))
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("len", "sum", "max")
        ):
            yield from map(id, node.args)
