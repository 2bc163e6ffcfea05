"""What everything that a run is made of promises: it holds settings only, and is written as JSON and read again."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from plausible.contract.promises import Broken, holds
from plausible.contract.world import within
from plausible.core import Array
from plausible.errors import BadInput
from plausible.registry.encoding import decode, encode

SEED = 0


def check_settings(thing: Any) -> None:
    """Raise `Broken` unless `thing` is a frozen dataclass that holds settings, and no arrays."""
    holds(dataclasses.is_dataclass(thing), "it is no dataclass: put @dataclass(frozen=True) above the class")
    frozen = type(thing).__dataclass_params__.frozen
    holds(frozen, "it is not frozen: put @dataclass(frozen=True) above the class")
    for name, value in vars(thing).items():
        holds(not list(within(value)), f"its field {name!r} holds an array: settings are numbers and words")


def check_stored(thing: Any) -> None:
    """Raise `Broken` unless `thing` is written as JSON and read again as an equal one."""
    try:
        read = decode(encode(thing), execute=True)
    except BadInput as error:
        raise Broken(str(error)) from error
    holds(bool(read == thing), f"read again it is {read!r}: expected {thing!r}")


def check_array(
    what: str, array: Any, shape: tuple[int, ...], dtype: str, axes: int = 0, **of: Array
) -> None:
    """Raise `Broken` unless `array` is one of this shape and dtype, and finite.

    The message names the first number that is not, with those of the arrays in `of` at its first `axes` indices.
    """
    holds(isinstance(array, np.ndarray), f"{what} is of kind {type(array).__name__}: expected an array")
    holds(array.shape == shape, f"{what} has shape {array.shape}: expected {shape}")
    holds(array.dtype == dtype, f"{what} is {array.dtype} where {dtype} was given")
    lost = np.argwhere(~np.isfinite(array))
    at = tuple(lost[0][:axes]) if len(lost) else ()
    where = " and ".join(f"{name} is {np.array2string(given[at], precision=3)}" for name, given in of.items())
    holds(not len(lost), f"{what} is not finite" + (f" where {where}" if where else ""))


def numbers(*shape: int, spread: float = 2.0, dtype: str = "float64") -> Array:
    """The same normal numbers at every call, of this standard deviation."""
    drawn: Array = (spread * np.random.default_rng(SEED).standard_normal(shape)).astype(dtype)
    return drawn
