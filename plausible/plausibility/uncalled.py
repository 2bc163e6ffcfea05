"""What a rule of one's own computes that it calls, and what it asks of the world outside, as its code says.

A table of functions of which some never ran, or a name that is computed, may lead to anything; so may an answer of the
clock, of the machine, or of who runs the rule. What the rule's own fields decide is no such thing.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

Ran: TypeAlias = Callable[[ast.AST], bool]  # whether some of a part of the code ran
Free: TypeAlias = Callable[[ast.expr], bool]  # whether an expression is of the rule's own fields alone
COMPUTED = ("eval", "exec", "compile")
SPACES = ("globals", "locals")
LOOKS = ("get", "pop", "setdefault", "__getitem__")
IMPORTS = ("import_module", "__import__")
NAMED = ("getattr", "methodcaller", "attrgetter", *IMPORTS)  # by a name, which may be a constant
OUTSIDE = (
    *("inspect", "gc", "traceback", "ctypes", "dis"),
    *("time", "datetime", "os", "random", "secrets", "uuid", "platform", "socket"),
)
OF_SYS = (
    *(
        "_getframe",
        "_current_frames",
        "gettrace",
        "settrace",
        "getprofile",
        "setprofile",
        "monitoring",
        "modules",
    ),
    *("argv", "flags", "datetime64", "suppress"),
)
CHOICES = ("max", "min", "sorted", "getitem", "itemgetter", "__getitem__")
Named: TypeAlias = ast.FunctionDef | ast.Lambda


def computed(tree: ast.Module, ran: Ran, free: Free) -> Iterator[ast.expr]:
    """The expressions that ran and by which it is computed what is called, of what nothing is known."""
    functions = {each.name: each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)}
    tables = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    structural = structures(tree, free)
    yield from written(tree)
    for node in filter(ran, (each for each in ast.walk(tree) if isinstance(each, ast.Call | ast.Subscript))):
        if isinstance(node, ast.Call) and computes(node, free):
            yield node
        elif (looked_up := lookup(node)) is not None and not free(looked_up[1]):
            table = tables.get(looked_up[0].id) if isinstance(looked_up[0], ast.Name) else looked_up[0]
            several = entries(table, functions)
            unrun = any(not ran(body) for each in several for body in bodies(each))
            computed_index = not by_structure(looked_up[1], structural, free)
            if called(table) in SPACES or unrun or (computed_index and holds_made(table)):
                yield node
        elif isinstance(node, ast.Call) and called(node) in CHOICES and any(map(holds_pairs, node.args[:1])):
            yield node


def written(tree: ast.Module) -> Iterator[ast.expr]:
    """The calls outside of functions that make code of words, and ran when the file was imported."""
    inside = {
        id(each)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for each in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and id(node) not in inside and isinstance(node.func, ast.Name):
            yield from [node] if node.func.id in COMPUTED else []


def computes(node: ast.Call, free: Free) -> bool:
    """Whether a call finds what it returns by a name that is computed, or runs what is written in one."""
    name = called(node)
    if name in COMPUTED:
        return isinstance(node.func, ast.Name)
    by = node.args[1:2] if name == "getattr" else node.args[-1:]
    return name in NAMED and not all(map(free, by))


def called(node: ast.AST | None) -> str:
    """The last name of what a call calls; "" of anything else."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def lookup(node: ast.Call | ast.Subscript) -> tuple[ast.expr, ast.expr] | None:
    """The table in which something is looked up, and by what; None where nothing is."""
    if isinstance(node, ast.Subscript):
        return node.value, node.slice
    if isinstance(node.func, ast.Attribute) and node.func.attr in LOOKS and node.args:
        return node.func.value, node.args[0]
    if called(node) == "getitem" and len(node.args) > 1:
        return node.args[0], node.args[1]
    return None


def structures(tree: ast.Module, free: Free) -> set[str]:
    """The names of what a rule's fields decide: numbers of layers, and counts over them."""
    found, before = set[str](), None
    while before != len(found):
        before = len(found)
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign):
                pairs = [pair for target in node.targets for pair in assigned(target, node.value)]
                found |= {name for name, value in pairs if by_structure(value, found, free)}
            elif isinstance(node, ast.For | ast.comprehension):
                given = getattr(node.iter, "args", [])
                first = node.target.elts[0] if isinstance(node.target, ast.Tuple) else node.target
                counts = called(node.iter) == "enumerate" or (
                    called(node.iter) in ("range", "reversed")
                    and all(by_structure(each, found, free) or called(each) == "len" for each in given)
                )
                fixed = isinstance(node.iter, ast.Tuple | ast.List) and by_structure(node.iter, found, free)
                if (counts or fixed) and isinstance(first, ast.Name):
                    found.add(first.id)
    return found


def assigned(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """The names that an assignment gives, each with what it means."""
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple):
        several = value.elts if isinstance(value, ast.Tuple) and len(value.elts) == len(target.elts) else None
        for n, each in enumerate(target.elts):
            yield from assigned(each, several[n] if several else value)


def by_structure(value: ast.expr, structural: set[str], free: Free) -> bool:
    """Whether an expression is made of fields and of counts over layers alone."""
    named = [each for each in ast.walk(value) if isinstance(each, ast.Name)]
    return all(each.id in structural or free(each) for each in named)


def holds_made(table: ast.expr | None) -> bool:
    """Whether a table is written out, or a part of it, with something in it that is computed, and no function."""
    if isinstance(table, ast.BinOp):
        return holds_made(table.left) or holds_made(table.right)
    if isinstance(table, ast.Call) and called(table) in ("vars", "dict", "list", "tuple", "type"):
        return any(map(holds_made, table.args))
    inside = table.values if isinstance(table, ast.Dict) else getattr(table, "elts", [])
    return any(not isinstance(each, ast.Constant | ast.Lambda) for each in inside)


def holds_pairs(table: ast.expr) -> bool:
    """Whether a list of rows is written out, of which one is chosen."""
    return isinstance(table, ast.List | ast.Tuple) and any(
        isinstance(each, ast.Tuple | ast.List) for each in table.elts
    )


def entries(table: ast.expr | None, functions: dict[str, ast.FunctionDef]) -> Iterator[Named]:
    """The functions in a table that is written out."""
    several: list[Any] = []
    if isinstance(table, ast.Dict):
        several = table.values
    elif isinstance(table, ast.List | ast.Tuple):
        several = table.elts
    for each in several:
        name = each.id if isinstance(each, ast.Name) else each.attr if isinstance(each, ast.Attribute) else ""
        if isinstance(each, ast.Lambda):
            yield each
        elif name in functions:
            yield functions[name]


def bodies(function: Named) -> Sequence[ast.AST]:
    """What a function does; not that it is documented."""
    if isinstance(function, ast.Lambda):
        return [function.body]
    return [
        each
        for each in function.body
        if not isinstance(each, ast.Pass)
        and not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
    ][:1]


def asking(tree: ast.Module, ran: Ran) -> Iterator[ast.expr]:
    """The expressions that ran and ask the world outside: the clock, the machine, or who runs them."""
    outside = {"input", "__builtins__"} | {
        (each.asname or each.name).partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for each in node.names
        if ((node.module if isinstance(node, ast.ImportFrom) else each.name) or "").partition(".")[0]
        in OUTSIDE
    }
    waits = {
        id(each.value) for each in ast.walk(tree) if isinstance(each, ast.Attribute) and each.attr == "sleep"
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            asked = node.id in outside and id(node) not in waits
        elif isinstance(node, ast.Attribute):
            asked = node.attr in OF_SYS
        elif isinstance(node, ast.Call) and called(node) in IMPORTS:
            asked = any(isinstance(each, ast.Constant) and each.value in OUTSIDE for each in node.args)
        else:
            continue
        if asked and ran(node):
            yield node
