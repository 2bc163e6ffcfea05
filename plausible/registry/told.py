"""Values of a notebook's session as Python expressions, for keys: other values have other texts.

What a value is made of and the session has a name for stands there by that name, so that a key follows it; what another
module has stands there as an import of that module.
"""

from __future__ import annotations

import array
import dataclasses
import datetime
import decimal
import dis
import enum
import fractions
import hashlib
import inspect
import pathlib
import re
import sys
import textwrap
import types
from collections import OrderedDict, defaultdict, deque
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

MAIN = "__main__"
WRITTEN = (  # types whose `repr` tells a value from all others
    *(int, float, complex, str, bytes, bytearray, bool, type(None), type(...), type(NotImplemented)),
    *(range, slice, np.dtype, np.ufunc, array.array, types.GenericAlias, types.UnionType),
    *(
        decimal.Decimal,
        fractions.Fraction,
        datetime.date,
        datetime.time,
        datetime.datetime,
        datetime.timedelta,
    ),
)
HEAP = 1 << 9  # the flag of classes that Python code defines
DEEPEST = 50  # levels of values within values


class Untold(Exception):
    """A value that no text can tell from others; the message says why."""


def told(thing: Any, depth: int = 0) -> str:
    """A value as an expression. Raises `Untold`."""
    if depth > DEEPEST:
        raise Untold("holds itself, or values within values without end")
    if type(thing) in WRITTEN or isinstance(thing, pathlib.PurePath | np.dtype):
        return repr((type(thing).__name__, repr(thing)))
    if isinstance(thing, types.ModuleType):
        return f"__import__({thing.__name__!r})"
    if isinstance(thing, type | types.FunctionType | types.BuiltinFunctionType | types.MethodType):
        return callable_told(thing, depth)
    if is_at(thing):
        return f"(__import__({thing.__module__!r}), {thing.__qualname__!r})"
    if hasattr(thing, "__wrapped__"):  # such as a function with a cache
        return f"({told(type(thing), depth + 1)}, {told(thing.__wrapped__, depth + 1)})"
    if isinstance(thing, np.ndarray | np.generic):
        return array_told(thing, depth)
    parts = parts_of_value(thing)
    within = ", ".join([told(type(thing), depth + 1), *(told(part, depth + 1) for part in parts)])
    return f"({within},)"


def is_at(thing: Any) -> bool:
    """Whether a module other than this session has something under the name that it says it has."""
    module, name = getattr(thing, "__module__", None), getattr(thing, "__qualname__", None)
    if not (isinstance(module, str) and isinstance(name, str)) or module in (MAIN, "builtins"):
        return False
    return vars(sys.modules.get(module, sys)).get(name) is thing


def parts_of_value(thing: Any) -> list[Any]:
    """What a value holds, in an order that does not depend on the process. Raises `Untold`."""
    kind = type(thing)
    if kind in (list, tuple, deque) or (isinstance(thing, tuple) and hasattr(kind, "_fields")):
        return [*thing, *([thing.maxlen] if kind is deque else [])]
    if kind in (set, frozenset):
        return [sorted(map(told, thing))]
    if kind in (dict, OrderedDict, defaultdict, types.MappingProxyType):
        return [*thing.items(), *([thing.default_factory] if kind is defaultdict else [])]
    if isinstance(thing, enum.Enum):
        return [thing.name, thing.value]
    if isinstance(thing, partial) and kind is partial:
        return [thing.func, thing.args, thing.keywords]
    if kind is re.Pattern:
        return [thing.pattern, thing.flags]
    if isinstance(thing, staticmethod | classmethod):
        return [thing.__func__]
    if dataclasses.is_dataclass(thing):
        return [(field.name, getattr(thing, field.name, None)) for field in dataclasses.fields(thing)]
    if kind is types.SimpleNamespace or is_plain_object(kind):
        return sorted(vars(thing).items())
    raise Untold(f"is a {kind.__module__}.{kind.__qualname__}")


def is_plain_object(kind: type) -> bool:
    """Whether an object of a class of this session consists of its attributes alone."""
    above = [cls for cls in kind.__mro__ if cls is not object]
    return kind.__module__ == MAIN and all(
        cls.__flags__ & HEAP and not vars(cls).get("__slots__") for cls in above
    )


def array_told(thing: Any, depth: int) -> str:
    """An array or a scalar of numpy: its type, and its numbers. Raises `Untold`."""
    if isinstance(thing, np.ndarray) and type(thing) is not np.ndarray:
        raise Untold(f"is a {type(thing).__module__}.{type(thing).__qualname__}")
    values = np.asarray(thing)
    about = type(thing).__name__, repr(values.dtype), values.shape
    if values.dtype.hasobject:
        return f"({about!r}, {told(values.ravel().tolist(), depth + 1)})"
    return repr((*about, hashlib.sha256(values.tobytes()).hexdigest()))


def callable_told(thing: Any, depth: int) -> str:
    """A class, a function or a method: the name that it has, else all that makes it what it is. Raises `Untold`."""
    if isinstance(thing, types.MethodType):
        return f"({told(thing.__func__, depth + 1)}, {told(thing.__self__, depth + 1)})"
    if isinstance(thing, types.BuiltinFunctionType) and not isinstance(
        thing.__self__, types.ModuleType | type | None
    ):
        return f"({thing.__name__!r}, {told(thing.__self__, depth + 1)})"
    session, name = vars(sys.modules[MAIN]), thing.__qualname__
    if session.get(name) is thing:
        return str(name)
    if thing.__module__ != MAIN:
        return f"(__import__({str(thing.__module__)!r}), {name!r}{inside(thing, depth)})"
    if isinstance(thing, types.FunctionType):
        code = thing.__code__  # as a line may hold several functions
        steps = code.co_code.hex(), [each for each in code.co_consts if type(each) in WRITTEN], code.co_names
        return f"({remembered(thing)!r}, {repr(steps)!r}{inside(thing, depth)})"
    raise Untold(f"is, or holds, a class {name!r} that was defined anew since, or inside a function")


def inside(thing: Any, depth: int) -> str:
    """What a function got besides its code: defaults, what it encloses, names of the session; after a comma."""
    if not isinstance(thing, types.FunctionType):
        return ""
    held: list[Any] = [thing.__defaults__, thing.__kwdefaults__]
    held += [cell.cell_contents for cell in thing.__closure__ or () if cell.cell_contents is not thing]
    session = vars(sys.modules[MAIN])
    uses = thing.__globals__ is session
    names = sorted({name for name in names_in(thing.__code__) if name in session}) if uses else []
    return "".join(f", {text}" for text in [*(told(part, depth + 1) for part in held), *names])


def names_in(code: types.CodeType) -> Iterator[str]:
    """The global names that a code, and the code in it, uses."""
    yield from code.co_names
    for part in code.co_consts:
        if isinstance(part, types.CodeType):
            yield from names_in(part)


def remembered(function: types.FunctionType) -> str:
    """The source of a function; of one whose text Python does not remember, `in_steps`."""
    try:
        return textwrap.dedent(inspect.getsource(function)).strip()
    except (OSError, TypeError):
        return in_steps(function)


def in_steps(function: types.FunctionType) -> str:
    """A function of the same name that holds what Python has made of it, and uses what it uses, so that keys follow it.

    Lines that were typed into a plain Python session are not remembered as text. Another version of Python makes other
    steps of them, and so another key.
    """
    uses = "".join(f", {chain}" for chain in chains_in(function.__code__))
    return f"def {function.__name__}():\n    return ({steps(function.__code__)!r}{uses})"


def steps(code: types.CodeType) -> tuple[Any, ...]:
    """The steps of a code with the values and the names in it, and those of the code inside of it."""
    held = [steps(each) if isinstance(each, types.CodeType) else plainly(each) for each in code.co_consts]
    return code.co_code.hex(), held, code.co_names, code.co_varnames, code.co_freevars


def plainly(constant: Any) -> str:
    """A constant of a code as a text that is the same in every process."""
    if isinstance(constant, frozenset):
        return f"frozenset({sorted(map(plainly, constant))})"
    if isinstance(constant, tuple):
        return f"({', '.join(map(plainly, constant))})"
    return f"{type(constant).__name__} {constant!r}"


def chains_in(code: types.CodeType) -> Iterator[str]:
    """The global names that a code and the code in it use, with their attributes, and the modules that they import."""
    chain: list[str] = []
    for step in dis.get_instructions(code):
        if chain and step.opname in ("LOAD_ATTR", "LOAD_METHOD"):
            chain.append(step.argval)
            continue
        if chain:
            yield ".".join(chain)
        chain = [step.argval] if step.opname in ("LOAD_GLOBAL", "LOAD_NAME") else []
        if step.opname == "IMPORT_NAME":
            yield f"__import__({step.argval!r})"
    if chain:
        yield ".".join(chain)
    for part in code.co_consts:
        if isinstance(part, types.CodeType):
            yield from chains_in(part)
