"""What every activation promises, and every output with its loss."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np

from plausible.arrays import is_foreign, on_host
from plausible.contract.data import check_array, check_stored, numbers
from plausible.contract.foreign import Library, Refused
from plausible.contract.promises import Broken, Promise, holds
from plausible.core import Array
from plausible.registry import registry
from plausible.tasks.task import one_hot

ROWS, UNITS, STEPS = 40, 5, 3
STEP = 1e-5  # of central differences: errors near 1e-10 in truncation and in rounding
NEAR = 1e-6  # within which a slope is that of its differences
FAR = 30.0  # of inputs for which answers and losses have to stay finite
DTYPES = ("float32", "float64")


def targets(*leading: int, dtype: str = "float64") -> Array:
    """One-hot targets, which every loss takes."""
    labels = np.arange(np.prod(leading)) % UNITS
    return one_hot(labels, UNITS, dtype).reshape(*leading, UNITS)


def check_apart(what: str, call: Callable[..., Any], *given: Array) -> None:
    """Raise `Broken` if a call writes into what it is given, or gives other numbers a second time."""
    before = [array.copy() for array in given]
    first = np.array(call(*given))
    for array, old in zip(given, before, strict=True):
        holds(np.array_equal(array, old), f"{what} writes into what it is given")
    holds(np.array_equal(first, call(*given)), f"two calls of {what} on the same numbers differ")


def check_elsewhere(what: str, call: Callable[..., Any], *given: Array) -> None:
    """Raise `Broken` unless a call gives on arrays of another library what it gives on numpy's."""
    try:
        result = call(*map(Library.asarray, given))
    except Refused as error:
        raise Broken(f"{what}: {error}") from error
    holds(is_foreign(result), f"{what} returns an array of numpy's where it was given another library's")
    holds(np.array_equal(on_host(result), call(*given)), f"{what} gives other numbers than on numpy's arrays")


def activation_is_stored(text: str) -> None:
    """It is named: its results are stored under its name, and it is read again as the same."""
    check_stored(registry.activation(text))


def activation_keeps_shape_and_dtype(text: str) -> None:
    """Value and slope keep shape and dtype of any array, and are finite."""
    f = registry.activation(text)
    for dtype, shape in product(DTYPES, ((7,), (ROWS, UNITS), (STEPS, ROWS, UNITS))):
        with np.errstate(all="ignore"):
            z = numbers(*shape, dtype=dtype)
            h = f.value(z)
            check_array("value", h, shape, dtype, len(shape), z=z)
            check_array("slope", f.slope(h), shape, dtype, len(shape), z=z)


def activation_has_its_slope(text: str) -> None:
    """Slope is the derivative of value, told from h = f(z) alone, by central differences."""
    f, z = registry.activation(text), numbers(ROWS * UNITS)
    differences = (f.value(z + STEP) - f.value(z - STEP)) / (2 * STEP)
    slope = f.slope(f.value(z))
    off = np.abs(slope - differences) - NEAR * np.maximum(np.abs(differences), 1)
    worst = int(off.argmax())
    holds(
        bool(off[worst] <= 0),
        f"at z = {z[worst]:.3g} the slope is {slope[worst]:.6g}: expected {differences[worst]:.6g}, by differences",
    )


def activation_works_by_the_number(text: str) -> None:
    """A unit's value and slope depend on that unit alone."""
    f, z = registry.activation(text), numbers(ROWS, UNITS)
    whole = f.value(z)
    for what, all_of_it, column in (
        ("value", whole, f.value(z[:, 1].copy())),
        ("slope", f.slope(whole), f.slope(whole[:, 1].copy())),
    ):
        close = np.allclose(all_of_it[:, 1], column, rtol=1e-12, atol=1e-12)
        holds(close, f"the {what} of a unit changes with the units beside it")


def activation_writes_into_out_alone(text: str) -> None:
    """Value and slope take `out`, an array that they may write into, and write into nothing else."""
    f, z = registry.activation(text), numbers(ROWS, UNITS)
    h = f.value(z.copy())
    for what, call, given, expected in (("value", f.value, z, h), ("slope", f.slope, h, f.slope(h.copy()))):
        check_apart(what, call, given)
        kept = given.copy()
        result = call(given, out=np.full_like(given, np.nan))
        holds(np.array_equal(result, expected), f"{what} with `out` returns other numbers than without")
        holds(np.array_equal(given, kept), f"{what} with `out` writes into what it is given")


def activation_computes_on_foreign_arrays(text: str) -> None:
    """It computes on arrays of another library, such as a GPU's, and turns none of them into numpy's."""
    f, z = registry.activation(text), numbers(ROWS, UNITS)
    check_elsewhere("value", f.value, z)
    check_elsewhere("slope", f.slope, f.value(z))


def output_is_stored(text: str) -> None:
    """It is named: its results are stored under its name, and it is read again as the same."""
    check_stored(registry.output(text))


def output_keeps_shape_and_dtype(text: str) -> None:
    """An answer and its error are (..., n_out), a loss is a number for each example, of their dtype and finite."""
    o = registry.output(text)
    for dtype, leading, spread in product(DTYPES, ((1,), (ROWS,), (STEPS, ROWS)), (1.0, FAR)):
        with np.errstate(all="ignore"):
            z, y = numbers(*leading, UNITS, spread=spread, dtype=dtype), targets(*leading, dtype=dtype)
            answer = o.value(z)
            axes, pair = len(leading), {"answer": answer, "target": y}
            check_array("an answer", answer, z.shape, dtype, axes, z=z)
            check_array("an error", o.error(answer, y), z.shape, dtype, axes, **pair)
            check_array("a loss", o.loss(answer, y), leading, dtype, axes, **pair)


def output_has_its_error(text: str) -> None:
    """Error is the derivative of the loss by z, the input of the last layer, by central differences."""
    o, z, y = registry.output(text), numbers(ROWS, UNITS), targets(ROWS)
    error = o.error(o.value(z), y)
    for unit in range(UNITS):
        up, down = z.copy(), z.copy()
        up[:, unit] += STEP
        down[:, unit] -= STEP
        differences = (o.loss(o.value(up), y) - o.loss(o.value(down), y)) / (2 * STEP)
        off = np.abs(error[:, unit] - differences) - NEAR * np.maximum(np.abs(differences), 1)
        worst = int(off.argmax())
        holds(
            bool(off[worst] <= 0),
            f"the error of an output is {error[worst, unit]:.6g}: expected {differences[worst]:.6g}, the derivative of "
            "the loss by central differences",
        )


def output_tells_examples_apart(text: str) -> None:
    """The answer, the error and the loss of an example depend on that example alone."""
    o, z, y = registry.output(text), numbers(ROWS, UNITS), targets(ROWS)
    answer, some = o.value(z), slice(3, 9)
    alone = o.value(z[some])
    for what, whole, part in (
        ("answer", answer, alone),
        ("error", o.error(answer, y), o.error(alone, y[some])),
        ("loss", o.loss(answer, y), o.loss(alone, y[some])),
    ):
        close = np.allclose(whole[some], part, rtol=1e-12, atol=1e-12)
        holds(close, f"the {what} of an example changes with the examples beside it")


def output_writes_into_nothing(text: str) -> None:
    """Value, loss and error write into nothing that they are given."""
    o, z, y = registry.output(text), numbers(ROWS, UNITS), targets(ROWS)
    check_apart("value", o.value, z)
    answer = o.value(z)
    check_apart("loss", o.loss, answer, y)
    check_apart("error", o.error, answer, y)


def output_computes_on_foreign_arrays(text: str) -> None:
    """It computes on arrays of another library, such as a GPU's, and turns none of them into numpy's."""
    o, z, y = registry.output(text), numbers(ROWS, UNITS), targets(ROWS)
    check_elsewhere("value", o.value, z)
    check_elsewhere("loss", o.loss, o.value(z), y)
    check_elsewhere("error", o.error, o.value(z), y)


ACTIVATIONS: tuple[Promise, ...] = (
    activation_is_stored,
    activation_keeps_shape_and_dtype,
    activation_has_its_slope,
    activation_works_by_the_number,
    activation_writes_into_out_alone,
    activation_computes_on_foreign_arrays,
)
OUTPUTS: tuple[Promise, ...] = (
    output_is_stored,
    output_keeps_shape_and_dtype,
    output_has_its_error,
    output_tells_examples_apart,
    output_writes_into_nothing,
    output_computes_on_foreign_arrays,
)
