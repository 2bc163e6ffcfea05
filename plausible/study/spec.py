"""Runs as JSON, and back: what decides a run is data that can be read, compared and stored."""

from __future__ import annotations

import dataclasses
import importlib
import json
from typing import Any

from plausible.errors import BadInput
from plausible.functions import Activation, Output, activation, output

CLASS = "class"


def encode(value: Any) -> Any:
    """`value` in terms of JSON: dataclasses become mappings with their class, tuples become lists."""
    if isinstance(value, Activation):
        return {"activation": value.name}
    if isinstance(value, Output):
        return {"output": value.name, "reduction": value.reduction}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        cls = type(value)
        fields = {field.name: encode(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return {CLASS: f"{cls.__module__}:{cls.__qualname__}", **fields}
    if isinstance(value, tuple | list):
        return [encode(part) for part in value]
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise TypeError(f"{value!r} cannot be written as JSON: expected dataclasses, tuples, numbers and words")


def decode(value: Any) -> Any:
    """What `encode` was given. Raises `BadInput` if `value` did not come from there."""
    if isinstance(value, list):
        return tuple(decode(part) for part in value)
    if not isinstance(value, dict):
        return value
    if "activation" in value and len(value) == 1:
        return activation(value["activation"])
    if value.keys() == {"output", "reduction"}:
        return output(value["output"], value["reduction"])
    module, _, name = str(value.get(CLASS, "")).partition(":")
    try:
        cls: Any = getattr(importlib.import_module(module), name)
        if not isinstance(cls, type) or not dataclasses.is_dataclass(cls):
            raise TypeError(f"{name} is no dataclass")
        make: Any = cls
        return make(**{key: decode(part) for key, part in value.items() if key != CLASS})
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise BadInput(
            f"a stored {name or 'value'} cannot be read ({error}): expected what `encode` wrote"
        ) from error


def canonical(value: Any) -> str:
    """The one JSON text of `value`: sorted keys, no spaces, no NaN."""
    return json.dumps(encode(value), sort_keys=True, separators=(",", ":"), allow_nan=False)
