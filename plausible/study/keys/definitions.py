"""What a file of Python defines: its statements, the names that each binds, and those that each uses.

A statement's digest is that of its syntax tree, without comments, docstrings and other texts that stand alone.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

from plausible.errors import BadInput, first_line

DYNAMIC = {"globals", "eval", "exec"}  # a statement that uses one of these may use any name of its module
IMPORTERS = {"__import__", "import_module"}
PURE = {  # decorators that affect only the function or class below them
    *(
        "dataclass",
        "cache",
        "lru_cache",
        "cached_property",
        "property",
        "staticmethod",
        "classmethod",
        "wraps",
    ),
    *(
        "contextmanager",
        "total_ordering",
        "final",
        "overload",
        "override",
        "runtime_checkable",
        "jit",
        "njit",
    ),
    *("vectorize", "guvectorize", "unique"),
}
IDLE = {"__repr__", "__reduce__"}  # methods that print or pickle a value, and change no number
TOLD = {
    "answers",
    "source",
    "ignores",
    "several",
}  # class variables by which a rule tells of itself, which no run reads


class Use(NamedTuple):
    """A name that is used, with its attributes: `np.linalg.norm` is ("np", "linalg", "norm").

    `word` is the first argument of a call, where that is a text.
    """

    chain: tuple[str, ...]
    word: str | None = None


class Import(NamedTuple):
    """What an import binds a name to: a module, or a name in one. `level` counts the dots in front."""

    module: str
    name: str = ""
    level: int = 0


class Statement:
    """A statement at the top of a file."""

    def __init__(self, node: ast.stmt | ast.expr, executed_annotations: bool, idle: frozenset[str]) -> None:
        self.node = node
        self.idle = idle  # the names of methods and class variables that are left out
        self.executed_annotations = executed_annotations

    @cached_property
    def collected(self) -> tuple[tuple[Use, ...], dict[str, tuple[Import, ...]], tuple[Import, ...]]:
        """The names that are used, those that imports inside bind, and all imports inside."""
        uses: dict[Use, None] = {}
        local: dict[str, tuple[Import, ...]] = {}
        modules: list[Import] = []
        waiting: list[ast.AST] = [self.node]
        while waiting:
            node = waiting.pop()
            if isinstance(node, ast.Import | ast.ImportFrom):
                add_all(local, bound_by(node))
                modules += imported_by(node)
            elif isinstance(node, ast.Call) and (chain := chain_of(node.func)):
                uses[Use(chain, first_word(node))] = None
                waiting += [*node.args, *node.keywords]
            elif chain := chain_of(node):
                uses[Use(chain)] = None
            elif isinstance(node, ast.Global):
                uses |= {Use((name,)): None for name in node.names}
            else:
                waiting += self.parts(node)
        return tuple(uses), local, tuple(modules)

    def parts(self, node: ast.AST) -> Iterator[ast.AST]:
        """The parts of a node, without annotations that are not executed and what is left out of a class."""
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns") and not self.executed_annotations:
                continue
            for part in value if isinstance(value, list) else [value]:
                idle = isinstance(node, ast.ClassDef) and is_left_out(part, self.idle)
                if isinstance(part, ast.AST) and not idle:
                    yield part

    @cached_property
    def words(self) -> frozenset[str]:
        """The texts in the statement."""
        nodes = (node for node in ast.walk(self.node) if isinstance(node, ast.Constant))
        return frozenset(node.value for node in nodes if isinstance(node.value, str))

    @property
    def uses(self) -> tuple[Use, ...]:
        """The names that the statement uses."""
        return self.collected[0]

    @property
    def local(self) -> dict[str, tuple[Import, ...]]:
        """The names that imports inside the statement bind, each with all that it may stand for."""
        return self.collected[1]

    @property
    def modules(self) -> tuple[Import, ...]:
        """All imports inside the statement."""
        return self.collected[2]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the statement's syntax tree, in hexadecimal digits."""
        return hashlib.sha256(ast.dump(bare(self.node, self.idle)).encode()).hexdigest()


class Module:
    """The contents of a file of Python.

    Raises:
        BadInput: if the text is no Python.
    """

    def __init__(self, text: str, name: str, *, is_package: bool = False, ours: bool = False) -> None:
        self.text, self.name, self.is_package = text, name, is_package
        self.idle = frozenset(IDLE | TOLD if ours else ())
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise BadInput(f"{name!r} is no Python ({first_line(error)})") from error
        self.later = any(
            isinstance(node, ast.ImportFrom)
            and node.module == "__future__"
            and any(alias.name == "annotations" for alias in node.names)
            for node in tree.body
        )
        self.statements: list[Statement] = []
        self.bindings: dict[str, list[int]] = {}
        self.imports: dict[str, tuple[Import, ...]] = {}  # a name may be imported in several branches
        # for type checkers: the places of names that are imported when asked for
        self.lazy: dict[str, tuple[Import, ...]] = {}
        self.stars: list[Import] = []
        self.modules: list[Import] = []  # the imports that are executed with the file
        self.effects: list[int] = []  # numbers of statements that do more than bind a name
        for node in tree.body:
            self.take(node)

    def take(self, node: ast.stmt) -> None:
        """Add a statement at the top of the file."""
        if isinstance(node, ast.Import | ast.ImportFrom):
            self.take_import(node)
            return
        if lone_text(node) or isinstance(node, ast.Pass):
            return
        if isinstance(node, ast.If) and (never := self.never(node.test)):
            for part in node.body:
                if never == "TYPE_CHECKING" and isinstance(part, ast.Import | ast.ImportFrom):
                    add_all(self.lazy, bound_by(part))
            for part in node.orelse:
                self.take(part)
            return
        number = len(self.statements)
        self.statements.append(Statement(node, not self.later, self.idle))
        names = [name for name in names_bound(node) if name != "_"] or self.changed_by(node)
        for bound in names:
            self.bindings.setdefault(bound, []).append(number)
        if not names or changes_others(node):
            self.effects.append(number)
        if isinstance(node, ast.If | ast.Try | ast.With | ast.For | ast.While | ast.Match):
            for each in outside_functions(node):
                if isinstance(each, ast.Import | ast.ImportFrom):
                    self.take_import(each)

    def never(self, test: ast.expr) -> str:
        """`TYPE_CHECKING` or `__main__` if this test of an `if` is that, so that it fails on import; else ""."""
        if isinstance(test, ast.Compare):
            main = ast.dump(test) == ast.dump(ast.parse("__name__ == '__main__'", mode="eval").body)
            return "__main__" if main and self.name != "__main__" else ""
        name, *attributes = chain_of(test) or ("",)
        checked = Import("typing", *(() if attributes else ("TYPE_CHECKING",)))
        known = self.imports.get(name) == (checked,) and name not in self.bindings
        known = known or (name == "TYPE_CHECKING" and self.is_false(name))
        return "TYPE_CHECKING" if known and attributes in ([], ["TYPE_CHECKING"]) else ""

    def is_false(self, name: str) -> bool:
        """Whether a name stands for False, as TYPE_CHECKING does in a file that does not import it."""
        bound = [self.statements[number].node for number in self.bindings.get(name, ())]
        return [ast.unparse(node) for node in bound] == [f"{name} = False"]

    def changed_by(self, node: ast.stmt) -> list[str]:
        """The names of this file that a statement such as `A.b = c` changes, if it does nothing else; else []."""
        targets = node.targets if isinstance(node, ast.Assign) else []
        names = [root(target) for target in targets]
        return names if all(name in self.bindings for name in names) else []

    def take_import(self, node: ast.Import | ast.ImportFrom) -> None:
        """Add an import that is executed with the file."""
        add_all(self.imports, bound_by(node))
        self.modules += imported_by(node)
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
            self.stars.append(Import(node.module or "", "", node.level))

    def imported(self) -> Iterator[str]:
        """The names of all imports, those in functions too, but not of relative ones."""
        for each in [*self.modules, *(each for statement in self.statements for each in statement.modules)]:
            if not each.level:
                yield each.module
                if each.name:
                    yield f"{each.module}.{each.name}"

    @cached_property
    def entries(self) -> dict[str, Statement]:
        """By text, the calls outside functions whose first argument it is, as in `Output("linear", ...)`."""
        calls: dict[str, Statement] = {}
        for statement in self.statements:
            for node in outside_functions(statement.node):
                if isinstance(node, ast.Call) and (word := first_word(node)) is not None:
                    calls.setdefault(word, Statement(node, not self.later, self.idle))
        return calls


def chain_of(node: ast.AST) -> tuple[str, ...]:
    """The name and the attributes of a node such as `a.b.c`; () for anything else."""
    attributes: list[str] = []
    while isinstance(node, ast.Attribute):
        attributes.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or (isinstance(node.ctx, ast.Store) and not attributes):
        return ()
    return node.id, *attributes[::-1]


def first_word(call: ast.Call) -> str | None:
    """The first argument of a call, if it is a text."""
    first = call.args[0] if call.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def root(node: ast.AST) -> str:
    """The name at the beginning of an expression, as `a` of `a.b[0].c`; "" if there is none."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def bound_by(node: ast.Import | ast.ImportFrom) -> dict[str, Import]:
    """The names that an import binds, each with what to."""
    if isinstance(node, ast.ImportFrom):
        return {
            alias.asname or alias.name: Import(node.module or "", alias.name, node.level)
            for alias in node.names
            if alias.name != "*"
        }
    tops = {alias.name.partition(".")[0]: Import(alias.name.partition(".")[0]) for alias in node.names}
    named = {alias.asname: Import(alias.name) for alias in node.names if alias.asname}
    return {name: of for name, of in tops.items() if any(not a.asname for a in node.names)} | named


def add_all(known: dict[str, tuple[Import, ...]], new: dict[str, Import]) -> None:
    """Add what imports bind names to; a name that is bound twice may stand for either."""
    for name, it in new.items():
        known[name] = tuple(dict.fromkeys((*known.get(name, ()), it)))


def imported_by(node: ast.Import | ast.ImportFrom) -> list[Import]:
    """What an import executes: modules, and names that may be modules."""
    if isinstance(node, ast.ImportFrom):
        return [Import(node.module or "", alias.name, node.level) for alias in node.names]
    return [Import(alias.name) for alias in node.names]


def last(node: ast.expr) -> str:
    """The last name of a node such as `a.b.c`; "" for anything else."""
    chain = chain_of(node)
    return chain[-1] if chain else ""


def hears_of_kin(node: ast.ClassDef) -> bool:
    """Whether deriving from a class executes code: it has `__init_subclass__`, or a metaclass of its own."""
    meta = [last(keyword.value) for keyword in node.keywords if keyword.arg == "metaclass"]
    return any(
        isinstance(part, ast.FunctionDef) and part.name == "__init_subclass__" for part in node.body
    ) or any(name not in ("ABCMeta", "EnumMeta", "EnumType") for name in meta)


def outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that are executed with the file, without what stands in functions."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)


def names_bound(node: ast.AST) -> Iterator[str]:
    """The names of the file that a statement binds."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
        return
    if isinstance(node, ast.Lambda):
        return
    if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        named = (each.target for each in ast.walk(node) if isinstance(each, ast.NamedExpr))
        yield from (each.id for each in named)  # `:=` binds outside the comprehension
        return
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from bound_by(node)
    if isinstance(node, ast.ExceptHandler) and node.name:
        yield node.name
    for part in ast.iter_child_nodes(node):
        yield from names_bound(part)


def changes_others(node: ast.stmt) -> bool:
    """Whether a statement does more than bind names: it then counts with its file, even if nobody uses its names."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return not all((chain_of(as_called(each)) or ("",))[-1] in PURE for each in node.decorator_list)
    binds = isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign)
    return not (binds or type(node).__name__ == "TypeAlias")  # by name, as Python 3.11 has no such class


def as_called(node: ast.expr) -> ast.expr:
    """The function of a call; anything else as it is."""
    return node.func if isinstance(node, ast.Call) else node


def is_left_out(part: object, idle: frozenset[str]) -> bool:
    """Whether a part of a class is a method or a class variable that changes no number."""
    if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
        kept = "ClassVar" not in ast.unparse(part.annotation)
        return not kept and part.target.id in TOLD & idle
    return isinstance(part, ast.FunctionDef) and part.name in IDLE & idle


def bare(node: Any, idle: frozenset[str]) -> Any:
    """A syntax tree without docstrings and other texts that stand alone, and without what is left out of classes."""
    for each in ast.walk(node):
        body: Any = getattr(each, "body", None)
        if isinstance(body, list):
            of_class = isinstance(each, ast.ClassDef)
            body[:] = [
                part for part in body if not (lone_text(part) or (of_class and is_left_out(part, idle)))
            ] or [ast.Pass()]
    return node


def lone_text(node: ast.AST) -> bool:
    """Whether a statement is a text and nothing else."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
