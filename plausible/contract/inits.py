"""What every distribution of initial weights promises."""

from __future__ import annotations

from typing import Any

import numpy as np

from plausible.contract.data import SEED, check_array, check_settings, check_stored
from plausible.contract.promises import Promise, applies, holds
from plausible.core import Array
from plausible.registry import registry

SHAPES = ((30, 20), (20, 30), (1, 7), (7, 1))  # (fan_in, fan_out)


def drawn(text: str, shape: tuple[int, int] = SHAPES[0], dtype: str = "float64", seed: int = SEED) -> Array:
    """Weights as a network draws them."""
    kind: np.dtype[Any] = np.dtype(dtype)
    return registry.init(text)(np.random.default_rng(seed), shape, kind)


def holds_settings_only(text: str) -> None:
    """It is a frozen dataclass that holds settings, and no arrays."""
    check_settings(registry.init(text))


def is_stored(text: str) -> None:
    """It is written as JSON, as which it travels and is stored, and read again as an equal one."""
    check_stored(registry.init(text))


def draws_what_is_asked_for(text: str) -> None:
    """Weights are finite, of the shape (fan_in, fan_out) and the dtype that are asked for."""
    for dtype in ("float32", "float64"):
        for shape in SHAPES:
            check_array("a sample", drawn(text, shape, dtype), shape, dtype)


def draws_the_same_in_any_dtype(text: str) -> None:
    """The same numbers are drawn in float32 as in float64, but for rounding."""
    single, double = drawn(text, dtype="float32"), drawn(text)
    holds(
        np.array_equal(single, double.astype("float32")),
        "float32 weights are others than float64 ones, rounded",
    )


def draws_from_its_generator(text: str) -> None:
    """One seed gives the same weights, to the last bit, in a memory of their own."""
    first, second = drawn(text), drawn(text)
    holds(np.array_equal(first, second), "two calls with one seed differ: draw from rng only")
    apart = not np.shares_memory(first, second)
    holds(
        apart and first.flags.writeable,
        "two samples lie in one memory, or one that cannot be written: copy it",
    )


def spreads(text: str) -> None:
    """Weights vary from seed to seed and from unit to unit, so that units of a layer learn to differ."""
    weights = drawn(text)
    applies(bool(weights.any()), "all weights are zero")
    holds(
        not np.array_equal(weights, drawn(text, seed=SEED + 1)),
        "every seed gives the same weights: draw from rng",
    )
    units = len(np.unique(weights, axis=1).T)
    alike = f"only {units} of {weights.shape[1]} units differ in the weights that come into them"
    holds(units == weights.shape[1], f"{alike}: the others would learn the same")


PROMISES: tuple[Promise, ...] = (
    holds_settings_only,
    is_stored,
    draws_what_is_asked_for,
    draws_the_same_in_any_dtype,
    draws_from_its_generator,
    spreads,
)
