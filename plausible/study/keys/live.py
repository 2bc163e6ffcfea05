"""The values that a script's names have at this moment, where a run uses them: the text of the file does not tell them.

A loop of the script may bind a name anew before every comparison. A name may be bound to what the command line or an
environment variable says.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable
from types import FunctionType, ModuleType
from typing import Any

from plausible.registry import session
from plausible.registry.told import Untold, told
from plausible.study.keys.definitions import Module


def live(script: Module, names: Iterable[str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """What the values of a script's names are that definitions called `names` use, directly or through others.

    Returns the text of each value by name, and the names, each with why, whose values no text can tell although the
    script binds them more than once. Of a value that is bound once and cannot be told, the code in the file counts.
    """
    values, texts, untold = vars(sys.modules[session.MAIN]), {}, []
    for name in sorted(used(script, names)):
        if name not in values or is_defined(name, values[name]):
            continue
        try:
            texts[name] = told(values[name])
        except Untold as error:
            if bindings(script, name) != 1:
                untold.append(f"{name}, which {error}")
    return texts, tuple(untold)


def used(script: Module, names: Iterable[str]) -> set[str]:
    """The names of the script that definitions use; code that is executed, such as a loop, is not followed."""
    waiting, reached = [*names], set()
    while waiting:
        name = waiting.pop()
        if name in reached or (name in script.imports and name not in script.bindings):
            continue
        reached.add(name)
        for number in script.bindings.get(name, ()):
            statement = script.statements[number]
            if isinstance(
                statement.node,
                ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign,
            ):
                waiting += [use.chain[0] for use in statement.uses]
    return reached


def is_defined(name: str, value: Any) -> bool:
    """Whether a value is what the text says: a module, or a class or function that the script defines by this name."""
    own = isinstance(value, type | FunctionType) and value.__module__ == session.MAIN
    return isinstance(value, ModuleType) or (own and value.__qualname__ == name)


def bindings(script: Module, name: str) -> int:
    """How often the script binds a name; within a loop, or in a function, counts twice."""
    nodes = [statement.node for statement in script.statements]
    inside = [node for node in nodes if not isinstance(node, ast.Assign | ast.AnnAssign)]
    shared = any(
        isinstance(part, ast.Global) and name in part.names for node in inside for part in ast.walk(node)
    )
    numbers = script.bindings.get(name, ())
    return 2 if shared or any(nodes[n] in inside for n in numbers) else len(numbers)
