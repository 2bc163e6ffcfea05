"""Whether the top level of a user's file only defines: names alone then tell what a run uses of it.

Anything else may change what other code does, in ways that names do not show: a call may fill a table, an import in a
branch may bind a name twice, a decorator may register what it decorates. Of such a file all statements count, with all
that it imports.
What is known to be plain is listed here; whatever is not listed is not plain.
"""

from __future__ import annotations

import ast
import builtins
from functools import lru_cache

from plausible.study.keys.definitions import Module, chain_of, hears_of_kin, lone_text

DECORATORS = {
    "dataclasses.dataclass",
    "functools.cache",
    "functools.lru_cache",
    "functools.cached_property",
    "functools.wraps",
    "functools.total_ordering",
    "abc.abstractmethod",
    "contextlib.contextmanager",
    "typing.final",
    "typing.overload",
    "typing.runtime_checkable",
    "enum.unique",
    "builtins.property",
    "builtins.staticmethod",
    "builtins.classmethod",
}
CALLS = {  # calls that change nothing, whatever they are given
    "dataclasses.field",
    "types.MappingProxyType",
    "functools.partial",
    "pathlib.Path",
    "re.compile",
    "logging.getLogger",
    *(
        f"builtins.{name}"
        for name in ("int", "float", "str", "bool", "tuple", "list", "dict", "range", "len")
    ),
    *(f"builtins.{name}" for name in ("set", "frozenset", "abs", "min", "max", "round")),
    *(f"numpy.{name}" for name in ("array", "asarray", "zeros", "ones", "full", "eye", "arange", "linspace")),
    *(f"numpy.{name}" for name in ("logspace", "geomspace", "dtype", "float32", "float64", "int64", "int32")),
    *(f"numpy.{name}" for name in ("sqrt", "exp", "log", "log2", "log10", "sin", "cos", "tanh")),
    *("numpy.random.default_rng", "numpy.random.SeedSequence"),
}
SETTERS = {"setter", "getter", "deleter"}
PARTS = (
    *(ast.Constant, ast.Name, ast.Attribute, ast.Subscript, ast.Slice, ast.Starred, ast.keyword),
    *(ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.JoinedStr, ast.FormattedValue),
    *(ast.Tuple, ast.List, ast.Set, ast.Dict, ast.ListComp, ast.SetComp, ast.DictComp, ast.comprehension),
    *(ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.expr_context),
)
BLIND = {  # names and attributes by which code uses what it does not name
    *("globals", "locals", "vars", "eval", "exec", "compile", "__import__", "__builtins__", "attrgetter"),
    *(
        "methodcaller",
        "__subclasses__",
        "__dict__",
        "__globals__",
        "__doc__",
        "getsource",
        "getdoc",
        "signature",
    ),
    *(
        "import_module",
        "spec_from_file_location",
        "exec_module",
        "runpy",
        "importlib",
        "inspect",
        "gc",
        "pkgutil",
    ),
}
READERS = {"__doc__", "getdoc", "getsource", "inspect"}  # by which code reads the text of code
BY_NAME = {"getattr", "setattr", "delattr", "hasattr"}


@lru_cache(4096)
def is_plain(module: Module) -> bool:
    """Whether the file's top level only defines, so that names tell what is used of it."""
    once = all(len(imports) == 1 for imports in module.imports.values())
    unshared = module.imports.keys().isdisjoint(module.bindings)
    return (
        once
        and unshared
        and not module.stars
        and "__getattr__" not in module.bindings
        and not any(
            isinstance(node, ast.Global) for each in module.statements for node in ast.walk(each.node)
        )
        and all(defines(each.node, module) for each in module.statements)
    )


@lru_cache(4096)
def is_blind(module: Module) -> bool:
    """Whether code in a file may use what it does not name: by `getattr`, `globals`, `importlib`, `__subclasses__`."""
    return bool(mentioned(module) & BLIND) or any(
        isinstance(node, ast.Call)
        and (chain_of(node.func) or ("",))[-1] in BY_NAME
        and not (len(node.args) > 1 and isinstance(node.args[1], ast.Constant))
        for each in module.statements
        for node in ast.walk(each.node)
    )


@lru_cache(4096)
def reads_texts(module: Module) -> bool:
    """Whether code in a file may read docstrings or the source, which then count, too."""
    return bool(mentioned(module) & READERS)


@lru_cache(4096)
def mentioned(module: Module) -> frozenset[str]:
    """The names and the attributes in a file, the texts in calls of `getattr`, and the modules that it imports."""
    nodes = [node for each in module.statements for node in ast.walk(each.node)]
    words = {node.id for node in nodes if isinstance(node, ast.Name)}
    words |= {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    words |= {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    if any(chain_of(node) == ("sys", "modules") for node in nodes):
        words.add("importlib")
    imports = [*module.modules, *(each for statement in module.statements for each in statement.modules)]
    tops = {part for each in imports for part in (*each.module.split("."), each.name) if not each.level}
    return frozenset(words | tops)


def defines(node: ast.AST, module: Module, outer: frozenset[str] = frozenset()) -> bool:
    """Whether a statement of a file or of a class only defines; `outer` are the names of the class around it."""
    if isinstance(node, ast.Pass | ast.Import | ast.ImportFrom) or lone_text(node):
        return True
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        given = node.args
        notes = [arg.annotation for arg in ast.walk(given) if isinstance(arg, ast.arg)] + [node.returns]
        values = [*given.defaults, *given.kw_defaults, *([] if module.later else notes)]
        return decorated(node, module, outer) and all(is_pure(each, module) for each in values if each)
    if isinstance(node, ast.ClassDef):
        names = frozenset(part.name for part in node.body if isinstance(part, ast.FunctionDef))
        return (
            not hears_of_kin(node)
            and decorated(node, module, outer)
            and all(is_pure(each, module) for each in [*node.bases, *node.keywords])
            and all(defines(part, module, names) for part in node.body)
        )
    if isinstance(node, ast.Assign):
        return all(map(only_names, node.targets)) and is_pure(node.value, module)
    if isinstance(node, ast.AnnAssign):
        values = [node.value, None if module.later else node.annotation]
        return only_names(node.target) and all(is_pure(each, module) for each in values if each)
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    return type(node).__name__ == "TypeAlias"  # by name, as Python 3.11 has no such class


def decorated(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, module: Module, outer: frozenset[str]
) -> bool:
    """Whether all decorators are known to affect only the function or class below them."""
    for each in node.decorator_list:
        called = each.func if isinstance(each, ast.Call) else each
        chain = chain_of(called)
        setter = len(chain) == 2 and chain[0] in outer and chain[1] in SETTERS
        given = [*each.args, *each.keywords] if isinstance(each, ast.Call) else []
        if not (setter or origin_of(chain, module) in DECORATORS) or not all(
            is_pure(part, module) for part in given
        ):
            return False
    return True


def only_names(target: ast.AST) -> bool:
    """Whether an assignment binds names alone, and no attributes or items."""
    if isinstance(target, ast.Tuple | ast.List):
        return all(map(only_names, target.elts))
    return isinstance(target, ast.Name)


def is_pure(node: ast.AST, module: Module) -> bool:
    """Whether an expression only makes a value."""
    if isinstance(node, ast.Lambda):
        return all(is_pure(each, module) for each in [*node.args.defaults, *node.args.kw_defaults] if each)
    if isinstance(node, ast.Call):
        given = [*node.args, *node.keywords]
        return changes_nothing(node, module) and all(is_pure(each, module) for each in given)
    return isinstance(node, PARTS) and all(is_pure(part, module) for part in ast.iter_child_nodes(node))


def changes_nothing(call: ast.Call, module: Module) -> bool:
    """Whether the function that is called is known to change nothing: one of `CALLS`, or a class of the suite."""
    origin = origin_of(chain_of(call.func), module)
    top, _, rest = origin.partition(".")
    if top == "numpy" and (any(each.arg == "out" for each in call.keywords) or len(call.args) > 3):
        return False
    if top == "numpy" and rest in ("sqrt", "exp", "log", "log2", "log10", "sin", "cos", "tanh"):
        return len(call.args) == 1 and not call.keywords
    *_, before, last = ("", *rest.split("."))
    of_suite = top in ("plausible", "baselines") and not before.isupper()
    return origin in CALLS or top in ("math", "typing") or (of_suite and last[:1].isupper())


def origin_of(chain: tuple[str, ...], module: Module) -> str:
    """The full name of what a name stands for: `np.array` is `numpy.array`; "" if the file itself defines it."""
    if not chain or chain[0] in module.bindings:
        return ""
    imports = module.imports.get(chain[0], ())
    if not imports:
        known = len(chain) == 1 and hasattr(builtins, chain[0])
        return f"builtins.{chain[0]}" if known else ""
    it = imports[0]
    return "" if it.level else ".".join(filter(None, (it.module, it.name, *chain[1:])))
