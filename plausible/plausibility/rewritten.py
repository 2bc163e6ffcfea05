"""The code of a rule of one's own, rewritten so that each value which it computes passes a watcher.

The watcher may hand on another value. What a function does is otherwise the same, line by line.
"""

from __future__ import annotations

import ast
import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, NamedTuple

from plausible.plausibility.uncalled import LOOKS, called

WATCHER = "__watched__"  # the name of the watcher in the code; one that no class makes its own
SHAPES = (  # functions whose values tell of shapes and kinds alone
    *("len", "range", "zip", "enumerate", "super", "isinstance", "hasattr", "type", "str", "repr", "print"),
    *(
        "zeros",
        "ones",
        "full",
        "empty",
        "eye",
        "zeros_like",
        "ones_like",
        "full_like",
        "empty_like",
        "arange",
    ),
)
COMPUTES = ast.Compare | ast.BinOp | ast.Call
READS = ast.Name | ast.Attribute | ast.Subscript


class Place(NamedTuple):
    """An expression of the code, and the numbers of what it is computed of."""

    node: ast.expr  # as it is written
    operands: tuple[int, ...]


class Watching(ast.NodeTransformer):
    """What hands to the watcher the values of all expressions in functions, and of what these are computed of.

    A condition of an `if` is left: it is known which of its branches ran.
    """

    def __init__(self, places: list[Place], modules: Iterable[str]) -> None:
        self.places, self.modules = places, {*modules}
        self.assigned: dict[str, set[int]] = {}  # by name, the numbers of what it may mean

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        """Its body, not what it is declared to take."""
        node.body = [self.visit(each) for each in node.body]
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
        """Its body."""
        node.body = self.visit(node.body)
        return node

    def visit_If(self, node: ast.If) -> ast.If:
        """Its branches."""
        node.body, node.orelse = [[self.visit(each) for each in part] for part in (node.body, node.orelse)]
        return node

    visit_While = visit_If  # type: ignore[assignment]

    def visit_IfExp(self, node: ast.IfExp) -> ast.IfExp:
        """Its branches."""
        node.body, node.orelse = self.visit(node.body), self.visit(node.orelse)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AnnAssign:
        """What is assigned, not of what kind it is said to be."""
        if node.value is not None:
            node.value = self.meant([node.target], node.value)
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.Assign:
        """What is assigned, and what names mean after it."""
        node.targets, node.value = (
            [self.visit(each) for each in node.targets],
            self.meant(node.targets, node.value),
        )
        return node

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.NamedExpr:
        """The same within an expression."""
        node.value = self.meant([node.target], node.value)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AugAssign:
        """What is added, and what a name means after it."""
        node.target, node.value = self.visit(node.target), self.meant([node.target], node.value)
        return node

    def meant(self, targets: Iterable[ast.expr], value: ast.expr) -> ast.expr:
        """What is assigned; names mean it from then on."""
        value, number = self.operand(value)
        names = [each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)]
        if number is not None:
            for name in names:
                self.assigned.setdefault(name, set()).add(number)
        return value

    def left(self, node: ast.AST) -> ast.AST:
        """What is left as it is."""
        return node

    visit_AsyncFunctionDef = visit_FunctionDef  # type: ignore[assignment]
    visit_Assert = visit_Raise = visit_JoinedStr = visit_ClassDef = left
    visit_Import = visit_ImportFrom = visit_Delete = left

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        """A comparison, and what it compares."""
        if any(isinstance(each, ast.Is | ast.IsNot | ast.In | ast.NotIn) for each in node.ops):
            self.generic_visit(node)
            return node
        written, parts = deepcopy(node), [self.operand(each) for each in (node.left, *node.comparators)]
        node.left, *node.comparators = [each for each, _ in parts]
        return self.watched(node, written, [number for _, number in parts])

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        """What an operator makes of two values."""
        written = deepcopy(node)
        (node.left, one), (node.right, other) = self.operand(node.left), self.operand(node.right)
        return self.watched(node, written, [one, other])

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        """What an operator makes of one value; a number with its sign is one."""
        written = deepcopy(node)
        node.operand, one = self.operand(node.operand)
        return self.watched(node, written, [one]) if one is not None else node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """What a function returns; not where it tells of shapes and kinds alone."""
        written, numbers = deepcopy(node), list[int | None]()
        for n, each in enumerate(node.args):
            if not isinstance(each, ast.Starred):
                node.args[n], number = self.operand(each)
                numbers.append(number)
        for keyword in node.keywords:
            keyword.value, number = self.operand(keyword.value)
            numbers.append(number)
        if isinstance(node.func, ast.Attribute) and not self.is_module(node.func.value):
            node.func.value, number = self.operand(node.func.value)
            numbers.append(number)
        if called(node) == "len":
            return self.watched(node, written, [])
        if called(node) in (*SHAPES, *LOOKS):
            return node
        return self.watched(node, written, numbers)

    def is_module(self, node: ast.expr) -> bool:
        """Whether an expression names what the file imports, or a part of it."""
        while isinstance(node, ast.Attribute):
            node = node.value
        return isinstance(node, ast.Name) and node.id in self.modules

    def operand(self, node: ast.expr) -> tuple[ast.expr, int | None]:
        """What something is computed of, and its number, if it is watched."""
        seen = self.visit(node)
        if isinstance(seen, READS) and not self.is_module(seen):
            seen = self.watched(seen, seen, [])
        return seen, self.number(seen)

    def number(self, node: ast.expr) -> int | None:
        """The number of a watched expression."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == WATCHER:
            return int(node.args[0].value)  # type: ignore[attr-defined]
        return None

    def watched(self, node: ast.expr, written: ast.expr, operands: Iterable[int | None]) -> ast.expr:
        """An expression whose value passes the watcher."""
        self.places.append(Place(written, tuple(each for each in operands if each is not None)))
        number = ast.Constant(len(self.places) - 1)
        call = ast.Call(ast.Name(WATCHER, ast.Load()), [number, node], [])
        return ast.copy_location(call, node)


class Outside(ast.NodeTransformer):
    """What is outside of functions is left as it is; functions are rewritten, wherever they stand."""

    def __init__(self, watching: Watching) -> None:
        self.visit_FunctionDef = self.visit_AsyncFunctionDef = self.visit_Lambda = watching.visit  # type: ignore[method-assign]


class Rewritten:
    """The functions of some files, with their values watched while this is entered as a context."""

    def __init__(self, files: Iterable[str]) -> None:
        self.places: list[Place] = []
        self.codes: dict[CodeType, CodeType] = {}
        for file in files:
            source = Path(file).read_text(encoding="utf-8")
            tree = ast.parse(source)
            modules = {
                (each.asname or each.name).partition(".")[0]
                for node in ast.walk(tree)
                if isinstance(node, ast.Import | ast.ImportFrom)
                for each in node.names
            }
            watching, first = Watching(self.places, modules), len(self.places)
            new = ast.fix_missing_locations(Outside(watching).visit(ast.parse(source)))
            for number, place in enumerate(self.places[first:], start=first):
                if isinstance(place.node, ast.Name):
                    meant = watching.assigned.get(place.node.id, set())
                    self.places[number] = place._replace(operands=tuple(sorted(meant - {number})))
            codes = [compile(each, file, "exec", dont_inherit=True) for each in (tree, new)]
            self.codes |= dict(zip(*map(inside, codes), strict=True))
        there = {code.co_filename for code in self.codes}  # by which most others are told apart in no time
        several = [(each, each.__code__) for each in gc.get_objects() if type(each) is FunctionType]
        self.functions = [each for each, code in several if code.co_filename in there and code in self.codes]

    @contextmanager
    def by(self, watcher: Callable[[int, Any], Any]) -> Iterator[None]:
        """A context in which the functions hand their values to a watcher."""
        swapped = [(each, each.__code__) for each in self.functions]
        for function, code in swapped:
            function.__globals__[WATCHER] = watcher
            function.__code__ = self.codes[code]
        try:
            yield
        finally:
            for function, code in swapped:
                function.__code__ = code
                function.__globals__.pop(WATCHER, None)


def inside(code: CodeType) -> list[CodeType]:
    """The codes of all functions in one, in their order."""
    own = [each for each in code.co_consts if isinstance(each, CodeType)]
    return [found for each in own for found in (each, *inside(each))]
