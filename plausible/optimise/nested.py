"""Optimisers inside optimisers: what a wrapper holds, by path, and the same wrapper around changed ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any

from plausible.core import Optimiser
from plausible.errors import require


def require_optimiser(what: str, given: object) -> None:
    """Raise `BadInput` unless `given` has what an optimiser needs."""
    methods = (getattr(given, "init", None), getattr(given, "apply", None))
    require(
        all(map(callable, methods)) and not isinstance(given, type),
        what,
        given,
        "an optimiser, such as SGD(0.1)",
    )


def members(optimiser: Optimiser) -> dict[str, Optimiser]:
    """An optimiser, under "", and all that are inside it, by path: `inner`, `inner.inner`, `groups.b*`, `default`.

    >>> from plausible.optimise.nested import members
    >>> from plausible.optimise.sgd import SGD
    >>> from plausible.optimise.wrappers import Clipped, Decay
    >>> sorted(members(Clipped(Decay(SGD()))))
    ['', 'inner', 'inner.inner']
    """
    inside = {"": optimiser}
    rebuilt(optimiser, lambda path, member: inside.setdefault(path, member))
    return inside


def rebuilt(optimiser: Optimiser, change: Callable[[str, Optimiser], Optimiser]) -> Optimiser:
    """The optimiser with `change(path, member)` in the place of every member, from the inside out."""
    made: Optimiser = _rebuilt(optimiser, change, "")
    return made


def is_wrapper(optimiser: Optimiser) -> bool:
    """Whether an optimiser holds another one, which then makes the step: a rate of its own is no learning rate."""
    return len(members(optimiser)) > 1


def _rebuilt(value: Any, change: Callable[[str, Optimiser], Optimiser], path: str) -> Any:
    """`rebuilt`, of whatever a field may hold: optimisers, tuples of them, and tuples of (pattern, optimiser)."""
    if isinstance(value, tuple):
        new = tuple(_element(part, change, path, number) for number, part in enumerate(value))
        return new if any(a is not b for a, b in zip(new, value, strict=True)) else value
    if not is_dataclass(value) or not callable(getattr(value, "apply", None)):
        return value
    held: dict[str, Any] = {field.name: getattr(value, field.name) for field in fields(value) if field.init}
    new_held = {name: _rebuilt(part, change, f"{path}.{name}".lstrip(".")) for name, part in held.items()}
    changed = {name: part for name, part in new_held.items() if part is not held[name]}
    made: Any = replace(value, **changed) if changed else value  # type: ignore[type-var]
    return change(path, made)


def _element(value: Any, change: Callable[[str, Optimiser], Optimiser], path: str, number: int) -> Any:
    """One element of a tuple; of a group, (pattern, optimiser), the path ends in the pattern."""
    if not (isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str)):
        return _rebuilt(value, change, f"{path}.{number}")
    new = _rebuilt(value[1], change, f"{path}.{value[0]}")
    return value if new is value[1] else (value[0], new)
