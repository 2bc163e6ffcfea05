"""Classes and values of `__main__`, which a notebook's cells or a script define, and no other process can import.

They are named `__main__:Name`. Only this process can compute runs of them (`workers=0`), and read their results.
"""

from __future__ import annotations

import dataclasses
import inspect
import sys
import textwrap
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from plausible.errors import BadInput

MAIN = "__main__"
MADE = ("__init__", "__repr__", "__eq__", "__hash__", "__setattr__", "__delattr__", "__replace__")
ORDER = ("__lt__", "__le__", "__gt__", "__ge__")
PLAIN = (int, float, complex, str, bytes, bool, type(None))


def is_in_session(name: str) -> bool:
    """Whether a name is `__main__:Name`."""
    return name.startswith(f"{MAIN}:")


def in_session(name: str) -> Any:
    """What `__main__:Name` stands for. Raises `BadInput` if there is nothing of this name."""
    attribute = name.partition(":")[2]
    if attribute not in vars(sys.modules[MAIN]):
        raise BadInput(
            f"{name!r} is not defined in this session: expected a class that a cell or the script has defined"
        )
    return vars(sys.modules[MAIN])[attribute]


def name_in_session(cls: type) -> str:
    """The name of a class of `__main__`. Raises `BadInput` for one that has been defined anew, or inside a function."""
    if vars(sys.modules[MAIN]).get(cls.__qualname__) is not cls:
        raise BadInput(
            f"class {cls.__qualname__} of this session was defined anew since, or inside a function: expected the "
            "class that has this name now"
        )
    return f"{MAIN}:{cls.__qualname__}"


def source() -> str:
    """The code of this session, for keys: of a script its file, of a notebook all that its cells have defined.

    Of a notebook it holds every function and class, numbers, words and tuples of them, and which modules were imported.
    Any other value that a name stands for, such as an array, is not part of it.

    Raises:
        BadInput: where Python does not remember the code, as of lines that were typed into a plain Python session.
    """
    file = getattr(sys.modules[MAIN], "__file__", None)
    if file is not None and Path(file).is_file():
        return Path(file).read_text(encoding="utf-8")
    here = {name: thing for name, thing in vars(sys.modules[MAIN]).items() if not name.startswith("_")}
    return "\n".join(text for name, thing in sorted(here.items()) if (text := code_of(name, thing)))


def code_of(name: str, thing: Any) -> str:
    """The Python code of what a name stands for; "" for other than plain values, modules, and what is defined here."""
    if isinstance(thing, ModuleType):
        return f"import {thing.__name__} as {name}"
    if isinstance(thing, PLAIN) or (
        isinstance(thing, tuple) and all(isinstance(part, PLAIN) for part in thing)
    ):
        return f"{name} = {thing!r}"
    if dataclasses.is_dataclass(thing) and not isinstance(thing, type):  # such as an activation of functions
        functions = [part for part in vars(thing).values() if getattr(part, "__module__", None) == MAIN]
        return f"{name} = {[remembered(part) for part in functions if isinstance(part, FunctionType)]!r}"
    if getattr(thing, "__module__", None) != MAIN:
        return ""
    if isinstance(thing, FunctionType):
        return textwrap.dedent(remembered(thing))
    return f"class {name}:\n{textwrap.indent(parts_of(thing), '    ')}" if isinstance(thing, type) else ""


def parts_of(cls: type) -> str:
    """The code of a class: its bases, the annotations and the plain values in it, and its methods."""
    bases = [f"{base.__module__}:{base.__qualname__}" for base in cls.__bases__]
    notes = {key: str(note) for key, note in vars(cls).get("__annotations__", {}).items()}
    plain = {
        key: repr(part) for key, part in vars(cls).items() if isinstance(part, PLAIN) and key[:2] != "__"
    }
    fields = [
        (field.name, repr(field.default)) for field in vars(cls).get("__dataclass_fields__", {}).values()
    ]
    methods = [getattr(part, "__func__", getattr(part, "fget", part)) for part in vars(cls).values()]
    written = [part for part in methods if isinstance(part, FunctionType) and not is_made(part)]
    texts = [textwrap.dedent(remembered(part)) for part in written]
    return "\n".join([f"_about = {(bases, notes, plain, fields)!r}", *texts])


def is_made(method: FunctionType) -> bool:
    """Whether `dataclasses` has made a method from the fields."""
    return method.__name__ in (*MADE, *ORDER) and inspect.unwrap(method).__code__.co_filename == "<string>"


def remembered(function: FunctionType) -> str:
    """The source of a function. Raises `BadInput` where it is not remembered."""
    try:
        return inspect.getsource(function)
    except (OSError, TypeError) as error:
        raise BadInput(
            f"the code of {function.__qualname__!r} cannot be read, so that its results could not be told from others: "
            "write it into a file, and name it FILE.py:Name"
        ) from error
