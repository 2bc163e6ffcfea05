"""The kinds that any class or function declares for its arguments."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import sys
import types
import typing
from typing import Any

from plausible.errors import BadInput


def declared(make: Any) -> dict[str, Any]:
    """The kinds of the arguments of a class or a function, as far as its annotations can be read.

    An annotation that cannot be read, such as a name that only a type checker imports, is left out.
    """
    if isinstance(make, functools.partial):
        return declared(make.func)
    if inspect.isclass(make) and not dataclasses.is_dataclass(make):
        make = make.__init__
    elif not inspect.isclass(make) and not inspect.isroutine(make):
        make = type(make).__call__
    try:
        return typing.get_type_hints(make)
    except Exception:  # whatever a user's own annotations raise
        holders = reversed(make.__mro__) if inspect.isclass(make) else [inspect.unwrap(make)]
        return {name: kind for holder in holders for name, kind in one_by_one(holder).items()}


def one_by_one(holder: Any) -> dict[str, Any]:
    """The annotations that can be read, one by one: of a function, or of a class without its bases."""
    names = {**vars(sys.modules.get(holder.__module__, typing))}
    readable: dict[str, Any] = {}
    for name, annotation in inspect.get_annotations(holder).items():
        try:
            of = types.SimpleNamespace(__annotations__={name: annotation})
            readable |= typing.get_type_hints(of, names, dict(vars(holder)))
        except Exception:  # as above
            continue
    return readable


def refuse_coroutines(what: str, make: Any) -> None:
    """Raise `BadInput` if `make`, or a method that the suite would call, is `async def`."""
    methods = [getattr(make, name, None) for name in ("init", "update", "respond", "apply")]
    for each in [make, *methods]:
        if inspect.iscoroutinefunction(each) or inspect.isasyncgenfunction(each):
            name = getattr(each, "__name__", repr(each))
            raise BadInput(f"{what} has a coroutine, {name}: expected def instead of async def")
