"""Runs as JSON, and back: what decides a run is data that can be read, compared and stored.

Classes are written by their names (`plausible.registry.names`). Reading checks the kind of every value, and makes only
what is registered. So a file that somebody else wrote cannot name a module to import or a file to execute.
"""

from __future__ import annotations

import dataclasses
import json
import math
import operator
import reprlib
import types
import typing
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any, get_args

from plausible.errors import BadInput, plain, require
from plausible.networks.activations import Activation
from plausible.networks.outputs import Output, Reduction, weighed
from plausible.registry.names import class_of, name_of, name_of_value, origin_of, value_of

CLASS = "class"
DEEPEST = 40  # classes and lists inside each other
SHORT = reprlib.Repr()  # what is cut out of a long value is marked by three dots
SHORT.maxstring = SHORT.maxother = 60


def encode(value: Any, spell: Callable[[str], str] = str) -> Any:
    """`value` in terms of JSON: dataclasses become mappings with the name of their class, tuples become lists.

    Lists stay lists there, and `decode` reads all of them as tuples, so that what is stored and handed to workers has a
    tuple in the place of a list: annotate such fields as tuples.

    `spell` is given the name of a class or value, and returns what is written in its place.

    Raises:
        BadInput: for an activation, an output or a class that is registered nowhere, and anything else that is no data.

    >>> from plausible.optimise.sgd import SGD
    >>> from plausible.registry.encoding import encode
    >>> encode(SGD(0.5))
    {'class': 'optimiser:sgd', 'rate': 0.5, 'momentum': 0.0, 'nesterov': False}
    """
    if isinstance(value, Activation):
        return {"activation": spell(written_name(value))}
    if isinstance(value, Output):
        named = {"output": spell(written_name(value)), "reduction": value.reduction}
        return named | ({"weights": list(value.weights)} if value.weights else {})
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {
            field.name: encode(getattr(value, field.name), spell)
            for field in dataclasses.fields(value)
            if field.init  # what a class works out by itself it works out again
        }
        return {CLASS: spell(name_of(type(value))), **fields}
    if isinstance(value, tuple) and hasattr(value, "_fields"):  # read back, it would be a plain tuple
        raise BadInput(
            f"{SHORT.repr(value)} of a run is a {type(value).__name__}, a tuple whose parts have names: expected a "
            "plain tuple, or a frozen dataclass"
        )
    if isinstance(value, tuple | list):
        return [encode(part, spell) for part in value]
    value = plain(value)
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise BadInput(
        f"{SHORT.repr(value)} of a run cannot be written as JSON: expected dataclasses, tuples, numbers and words"
    )


def origins(value: Any) -> tuple[str | Path, ...]:
    """The modules and the user's own files that hold the code of `value` and of all its parts, each once.

    Raises:
        BadInput: as `encode` does.
    """
    places: dict[str | Path, None] = {}
    waiting = [encode(value)]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        elif isinstance(part, dict):
            kind = "" if CLASS in part else next(kind for kind in ("activation", "output") if kind in part)
            places[origin_of(kind, part[kind or CLASS])] = None
            waiting += [inside for name, inside in part.items() if name not in (kind, CLASS)]
    return tuple(places)


def written_name(value: Activation | Output) -> str:
    """The name by which an activation or an output is written. Raises `BadInput` if it has none."""
    if isinstance(value, Activation):
        return name_of_value("activation", value, partial(operator.eq, value))
    return name_of_value("output", value, partial(same_output, value))


def same_output(one: Output, other: object) -> bool:
    """Whether two outputs are equal but for their reduction over examples and the weights of classes."""
    same = isinstance(other, Output) and dataclasses.replace(other.unweighed, reduction=one.reduction)
    return same == one.unweighed


def decode(value: Any, expected: Any = Any, depth: int = 0, *, execute: bool = False) -> Any:
    """The inverse of `encode`: a value of the kind `expected`.

    With `execute`, files that `value` names are executed, also those that this process has not executed yet. It is for
    a value that a user has named in this command, and not for one that was stored.

    Raises:
        BadInput: if `encode` did not write `value`, or it names something that is not registered here.
    """
    if depth > DEEPEST:
        raise BadInput(f"a stored value is nested deeper than {DEEPEST}: expected what `encode` wrote")
    if isinstance(value, list):
        parts = of_parts(expected, len(value))
        if parts is None:
            raise BadInput(f"a stored value has {len(value)} parts: expected {said(expected)}")
        return tuple(
            decode(part, kind, depth + 1, execute=execute) for part, kind in zip(value, parts, strict=True)
        )
    if not isinstance(value, dict):
        return checked(value, expected)
    if value.keys() == {"activation"}:
        return checked(value_of("activation", word(value["activation"]), execute), expected)
    if {"output", "reduction"} <= value.keys() <= {"output", "reduction", "weights"}:
        weights = decode(value.get("weights", []), tuple[float, ...], depth + 1)
        return checked(output_of(word(value["output"]), word(value["reduction"]), weights, execute), expected)
    name = word(value.get(CLASS))
    cls: Any = class_of(name, execute)
    if not any(can_be(cls, kind) for kind in alternatives(expected)):
        raise BadInput(f"a stored {name!r} stands where {said(expected)} is expected")
    kinds = hints(cls)
    try:
        fields = {
            key: decode(part, kinds.get(key, Any), depth + 1, execute=execute)
            for key, part in value.items()
            if key != CLASS
        }
        return cls(**fields)
    except BadInput:
        raise
    except Exception as error:  # a class may raise anything for the fields that it is given
        reason = f"{type(error).__name__}: {error}"
        raise BadInput(
            f"a stored {name!r} cannot be read ({reason}): expected what `encode` wrote"
        ) from error


def output_of(name: str, reduction: str, weights: tuple[float, ...], execute: bool) -> Any:
    """The output called `name`, with a reduction and weights. Raises `BadInput`, also for another thing's name."""
    output = value_of("output", name, execute)
    require(
        isinstance(output, Output), "an output", output, "one of plausible.networks.outputs, of type Output"
    )
    require(
        reduction in get_args(Reduction),
        "the reduction of an output",
        reduction,
        "mean, sum or mean-elements",
    )
    return weighed(dataclasses.replace(output, reduction=reduction), weights)


def word(value: Any) -> str:
    """A name. Raises `BadInput` for anything else."""
    if not isinstance(value, str):
        raise BadInput(f"a stored value names {SHORT.repr(value)}: expected the name of a class")
    return value


@cache
def hints(cls: type) -> dict[str, Any]:
    """The kinds of the fields of a dataclass, by name; {} if its annotations cannot be read."""
    try:
        return typing.get_type_hints(cls)
    except Exception:  # annotations of a user's own, such as names that only a type checker imports
        return {}


def alternatives(expected: Any) -> tuple[Any, ...]:
    """The kinds that a value may be of."""
    union = typing.get_origin(expected) in (typing.Union, types.UnionType)
    return typing.get_args(expected) if union else (expected,)


@cache
def of_parts(expected: Any, length: int) -> tuple[Any, ...] | None:
    """The kinds of the parts of a tuple of this length; None if no such tuple is expected."""
    for kind in alternatives(expected):
        parts = typing.get_args(kind)
        if kind is Any or kind is tuple:
            return (Any,) * length
        if typing.get_origin(kind) is tuple and parts[-1:] == (...,):
            return (parts[0],) * length
        if typing.get_origin(kind) is tuple and len(parts) == length:
            return parts
    return None


@cache
def promised(kind: Any) -> tuple[str, ...]:
    """The methods that a protocol declares; () for anything else."""
    if not getattr(kind, "_is_protocol", False):
        return ()
    return tuple(
        name
        for name, part in vars(kind).items()
        if callable(part) and (name == "__call__" or not name.startswith("_"))
    )


def can_be(cls: type, kind: Any) -> bool:
    """Whether instances of a class are of a kind; if that is a protocol, whether they have its methods."""
    if methods := promised(kind):
        return all(callable(getattr(cls, method, None)) for method in methods)
    return kind is Any or (isinstance(kind, type) and issubclass(cls, kind))


def checked(value: Any, expected: Any) -> Any:
    """`value`, which is no tuple. Raises `BadInput` unless it is of the kind `expected`."""
    if not any(fits(value) for fits in tellers(expected)):
        raise BadInput(f"a stored value is {SHORT.repr(value)}: expected {said(expected)}")
    return value


@cache
def tellers(expected: Any) -> tuple[Callable[[Any], bool], ...]:
    """For each kind that a value may be of, a function that tells whether it is."""
    return tuple(map(teller, alternatives(expected)))


def teller(kind: Any) -> Callable[[Any], bool]:
    """A function that tells whether a value is of a kind. 1 is a float; True is no number, and NaN is none."""
    if kind is Any:
        return lambda value: not isinstance(value, float) or math.isfinite(value)
    if typing.get_origin(kind) is typing.Literal:
        return typing.get_args(kind).__contains__
    if promised(kind):
        return lambda value: can_be(type(value), kind)
    if kind is float:
        return lambda value: type(value) in (int, float) and math.isfinite(value)
    if kind is int:
        return lambda value: type(value) is int
    return lambda value: isinstance(kind, type) and isinstance(value, kind)


def said(expected: Any) -> str:
    """A kind in a few words."""
    return " or ".join(getattr(kind, "__name__", str(kind)) for kind in alternatives(expected))


def fileless(name: str) -> str:
    """The name of a class; of one in a user's own file, without the folder that the file lies in."""
    return Path(name).name if ".py:" in name else name


def canonical(value: Any) -> str:
    """The one JSON text of `value`: sorted keys, no spaces, no NaN; wherever a user's own files lie."""
    return json_text(encode(value, fileless))


def json_text(value: Any) -> str:
    """The one text of what is in terms of JSON: sorted keys, no spaces, no NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
