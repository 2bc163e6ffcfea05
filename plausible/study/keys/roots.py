"""The roots of a run's code: the names of its rule, task and optimiser, and the classes of all that it holds."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache, partial
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any, NamedTuple

import numpy as np

from plausible.errors import BadInput
from plausible.networks.activations import Activation
from plausible.networks.outputs import Output
from plausible.registry import files, kinds, registry, specs
from plausible.registry.encoding import written_name
from plausible.registry.names import is_in_file
from plausible.registry.session import is_in_session
from plausible.study.keys.followed import initials
from plausible.study.keys.reach import Reached, Root, reached_from
from plausible.study.keys.sources import Thing, package

MOST = 1024  # roots that are remembered
PLAIN = (str, bytes, int, float, complex, type(None), BuiltinFunctionType)


def named(kind: str, text: str) -> Root:
    """The module and the name of a rule or a task, given as on the command line. Raises `BadInput`."""
    name = specs.parse(text).name
    return placed(name) if is_in_file(name) or is_in_session(name) else registered(kind, text)


def placed(name: str) -> Root:
    """The module and the name of FILE.py:Name, module:name, or a registered name. Raises `BadInput`."""
    place, colon, attribute = name.rpartition(":")
    if not colon:
        return registered("experiment", name)
    return (files.path_of(place) if place.endswith(".py") else place), attribute


@lru_cache(MOST)
def registered(kind: str, text: str) -> Root:
    """The module and the name of a registered rule or task; entry points do not change. Raises `BadInput`."""
    name = specs.parse(text).name
    point = registry.registered(kind)[registry.full_name(kind, name)]
    return point.module, point.attr.partition(".")[0]


def meant(words: Iterable[str]) -> Iterator[Root]:
    """The modules and the names of the rules, tasks and optimisers that words name, if they name any."""
    for word in words:
        for kind in ("rule", "task", "optimiser"):
            name = word.partition("[")[0].strip()
            known = registry.registered(kind)
            if is_in_file(name) or name in known or name in map(initials, known):
                with suppress(BadInput):  # initials of two names, or no spec
                    yield named(kind, word)


class Roots(NamedTuple):
    """Names from which code is followed, and the packages whose code counts, not only their versions."""

    names: dict[Root, None]
    followed: frozenset[str]

    def reached(self) -> Reached:
        """The code that is reached. Raises `BadInput` for a file that is no Python, or is not there."""
        return reached_from(self.names, self.followed)


def of(names: Iterable[Root], values: Iterable[Any]) -> Roots:
    """The roots for `names`, and for all that `values` hold; the packages of both are followed."""
    roots = dict.fromkeys(names)
    packages = {package(thing) for thing, _ in roots}
    for value in all_of(values):
        here = root_of(value if isinstance(value, type | FunctionType) else type(value))
        here |= root_of_value(value)
        if dataclasses.is_dataclass(value):
            packages |= {package(thing) for thing, _ in here}
        roots |= here
    return Roots(roots, frozenset(packages) - {""})


def all_of(values: Iterable[Any]) -> Iterator[Any]:
    """The classes, the functions and the objects that `values` are and hold, in fields, tuples and dictionaries."""
    visited: dict[int, Any] = {}  # the values are held, so that no other object gets the `id` of one
    waiting = list(values)
    while waiting:
        value = waiting.pop()
        if isinstance(value, PLAIN) or id(value) in visited:
            continue
        visited[id(value)] = value
        if isinstance(value, type | FunctionType):
            yield value
            waiting += [cell.cell_contents for cell in getattr(value, "__closure__", None) or ()]
        elif isinstance(value, tuple | list | set | frozenset):
            waiting += value
            if type(value) not in (tuple, list, set, frozenset):
                yield type(value)
        elif isinstance(value, dict):
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, partial):
            waiting += [value.func, value.args, value.keywords]
        elif isinstance(value, MethodType):
            waiting += [value.__self__, value.__func__]
        elif not isinstance(value, np.ndarray | np.generic | np.ufunc):
            yield value
            waiting += parts(value)


def parts(value: Any) -> list[Any]:
    """The parts of an object: the fields of a dataclass, else its attributes."""
    if dataclasses.is_dataclass(value):
        return [getattr(value, field.name, None) for field in dataclasses.fields(value)]
    return list(getattr(value, "__dict__", {}).values())


def root_of(thing: Any) -> dict[Root, None]:
    """The root of a class or a function: the outermost class or function in which it is defined."""
    module, name = str(thing.__module__), thing.__qualname__.partition(".")[0]
    return {(of_module(module), name if name.isidentifier() else "*"): None} if module != "builtins" else {}


def root_of_value(value: Any) -> dict[Root, None]:
    """The root of an activation or an output: the name that stands for it in a spec; {} for any other object.

    The name is that of an equal value. Identity would not do, as reading a spec makes another object.
    """
    if not isinstance(value, Activation | Output):
        return {}
    kind = "activation" if isinstance(value, Activation) else "output"
    with suppress(BadInput):  # it has no name: a rule may hold it, and no spec can
        return {place_of_value(kind, written_name(value)): None}
    return {}


def place_of_value(kind: str, name: str) -> Root:
    """The module and the name of an activation or an output that a spec names."""
    place, colon, attribute = name.rpartition(":")
    if not colon:
        point = kinds.registered(kind)[name]
        return point.module, point.attr.partition(".")[0]
    return (files.path_of(place) if place.endswith(".py") else place), attribute


def of_module(module: str) -> Thing:
    """The module of this name; a user's own file as its path."""
    return files.USER_FILES.get(module, module)
