"""Classes and values of `__main__`, which a notebook's cells or a script define, and no other process can import.

They are named `__main__:Name`. Only this process can compute runs of them (`workers=0`), and read their results.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import sys
import textwrap
from functools import cached_property
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from plausible.errors import BadInput, Lacking
from plausible.registry.told import MAIN as MAIN
from plausible.registry.told import Untold, inside, is_at, remembered, told

MADE = ("__init__", "__repr__", "__eq__", "__hash__", "__setattr__", "__delattr__", "__replace__")
ORDER = ("__lt__", "__le__", "__gt__", "__ge__")
UNTOLD = "cannot_be_told"  # the function that stands, in the code of a session, for a value without a text


def is_in_session(name: str) -> bool:
    """Whether a name is `__main__:Name`."""
    return name.startswith(f"{MAIN}:")


def in_session(name: str) -> Any:
    """What `__main__:Name` stands for. Raises `Lacking` if there is nothing of this name."""
    attribute = name.partition(":")[2]
    if attribute not in vars(sys.modules[MAIN]):
        raise Lacking(
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

    Of a notebook it holds every function, class and value that has a name, and which modules were imported
    (`plausible.registry.told`). A value that cannot be told from others stands there as a call of `UNTOLD`. Functions
    that were typed into a plain Python session stand there as what Python has made of them.
    """
    file = getattr(sys.modules[MAIN], "__file__", None)
    if file is not None and Path(file).is_file():
        return Path(file).read_text(encoding="utf-8")
    here = {name: thing for name, thing in vars(sys.modules[MAIN]).items() if not is_of_python(name)}
    return "\n".join(code_of(name, thing) for name, thing in sorted(here.items()))


def is_of_python(name: str) -> bool:
    """Whether Python, or IPython, gives this name to something itself."""
    return not name.isidentifier() or bool(re.fullmatch(r"__\w+__|_+|_+i*\d*|_[ido]h|In|Out", name))


def code_of(name: str, thing: Any) -> str:
    """The Python code of what a name stands for; of a value that cannot be told, a statement that says why."""
    own = (
        getattr(thing, "__module__", None) == MAIN
        and vars(thing).get("__qualname__", thing.__qualname__) == name
        if isinstance(thing, type | FunctionType)
        else False
    )
    if isinstance(thing, ModuleType):
        return f"import {thing.__name__} as {name}"
    try:
        if own and isinstance(thing, type):
            return f"class {name}:\n{textwrap.indent(parts_of(thing), '    ')}"
        if own:
            return f"{remembered(thing)}\n{name} = (None{inside(thing, 0)})"
        if is_at(thing):
            place, word = thing.__module__, thing.__qualname__
            return f"from {place} import {word} as {name}\n{name} = {f'{place}:{word}'!r}"
        return f"{name} = {told(thing)}"
    except Untold as error:
        return f"{name} = {UNTOLD}({f'{name}, which {error}'!r})"


def code_in(part: Any) -> Any:
    """The function of a method or a property; anything else as it is."""
    if isinstance(part, staticmethod | classmethod):
        return part.__func__
    return (
        part.fget if isinstance(part, property) else part.func if isinstance(part, cached_property) else part
    )


def parts_of(cls: type) -> str:
    """The code of a class: its bases, annotations, decorated and plain values, and methods. Raises `Untold`."""
    notes = {key: str(note) for key, note in vars(cls).get("__annotations__", {}).items()}
    methods = {key: code_in(part) for key, part in vars(cls).items()}
    written = [part for part in methods.values() if isinstance(part, FunctionType) and not is_made(part)]
    fields = vars(cls).get("__dataclass_fields__", {}).values()
    values = {
        key: part
        for key, part in vars(cls).items()
        if not (key.startswith(("__", "_abc_")) or isinstance(methods[key], FunctionType))
        and not inspect.isdatadescriptor(part)
    }
    defaults = [(field.name, field.default) for field in fields if field.default is not dataclasses.MISSING]
    made = [
        (field.name, field.default_factory)
        for field in fields
        if field.default_factory is not dataclasses.MISSING
    ]
    held = "".join(f", {inside(part, 0)[2:]}" for part in written if inside(part, 0))
    about = f"_about = ({told(cls.__bases__)}, {notes!r}, {told([*values.items(), *defaults, *made])}{held})"
    return "\n".join([about, *map(remembered, written)])


def is_made(method: FunctionType) -> bool:
    """Whether `dataclasses` has made a method from the fields."""
    return method.__name__ in (*MADE, *ORDER) and inspect.unwrap(method).__code__.co_filename == "<string>"
