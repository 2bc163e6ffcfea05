"""Networks by name: which of them a rule learns, and the settings that one is made with."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from plausible.networks.network import Network
from plausible.registry.users import guarded


def learned_by(rule: Any) -> tuple[Any, ...]:
    """The kinds of networks that a rule class learns, as its field `network` is annotated; () if it has no such field.

    Where the annotation cannot be read, it is the kind of the default; without one, any network.
    """
    field = field_of(rule)
    if field is None:
        return ()
    try:
        hint = annotated(rule)["network"]
    except Exception:  # annotations of a user's own, such as names that only a type checker imports
        hint = Any if field.default is dataclasses.MISSING else type(field.default)
    union = typing.get_origin(hint) in (typing.Union, types.UnionType)
    kinds = [kind for kind in (typing.get_args(hint) if union else (hint,)) if isinstance(kind, type)]
    return (*kinds,) or (Network,)


@lru_cache(512)
def annotated(rule: type) -> dict[str, Any]:
    """The annotations of a class, which take most of the time in which a run is made."""
    return typing.get_type_hints(rule)


def field_of(rule: Any) -> dataclasses.Field[Any] | None:
    """The field `network` of a rule class, if it has one."""
    fields = dataclasses.fields(rule) if dataclasses.is_dataclass(rule) else ()
    return next((field for field in fields if field.name == "network"), None)


def learns(rule: Any, network: Network) -> bool:
    """Whether a rule class learns a network of this kind."""
    return isinstance(network, learned_by(rule))


def default_of(rule: Any) -> Any:
    """The network that a rule class learns if it is given none: its own default, or that of its kind."""
    field = field_of(rule)
    if field is not None and field.default is not dataclasses.MISSING:
        return field.default
    kind = learned_by(rule)[0]
    with guarded(lambda reason, _: f"network {kind.__name__} cannot be made without settings ({reason})"):
        return kind()


def settings(make: Any, options: Mapping[str, Any], offered: Mapping[str, Any]) -> dict[str, Any]:
    """The fields to make a network with: the texts of its `options`, and what is `offered` for its other fields."""
    try:
        hints = typing.get_type_hints(make)
    except Exception:  # annotations of a user's own, such as names that only a type checker imports
        hints = {}
    own = {field.name: hints.get(field.name) for field in dataclasses.fields(make) if field.init}
    rest = {name: value for name, value in offered.items() if takes(own.get(name), value)}
    return rest | dict(options)


def takes(kind: Any, value: Any) -> bool:
    """Whether a field annotated as `kind` takes `value`, one of the settings that a recipe offers."""
    if isinstance(value, tuple):
        return bool(kind == tuple[int, ...])
    return isinstance(kind, type) and (isinstance(value, kind) or (kind is float and isinstance(value, int)))
