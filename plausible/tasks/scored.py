"""Whether the scores of a task mean anything: targets differ, there are several classes, and outputs can reach them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from plausible.core import Array
from plausible.errors import BadInput, require
from plausible.tasks.as_numbers import holds_all

if TYPE_CHECKING:
    from plausible.tasks.task import Split, Task

ROUNDINGS = 16  # of a target; their spread must exceed it: below, rounding makes 0.001 of the variance
BOUNDED = ("softmax", "logistic", "logistic-squared")  # outputs that answer from 0 to 1
BLOCK = 1000  # rows that are compared at a time
NEARLY = 1e-3  # how far from 1 the probabilities of a row may sum up, as rounded ones do


def check_scored(what: str, split: Split, kind: str) -> None:
    """Raise `BadInput` if a score on a split is undefined, or means nothing.

    For values, the normalised error is in units of their variance, which must be more than that of their rounding. For
    classes, there must be two: else an answer that is always the same is always right. Sequences may ask for one class
    alone, as short drawn ones do by chance at some seeds; `plausible.report.remarks` then says what that means.
    """
    y = split.counted(split.y)
    if kind == "values":
        check_spread(what, y, y.dtype)
        check_squares(what, y, np.dtype(np.float64))
        return
    if split.sequential:
        return
    classes = seen(split)
    if len(classes) == 1:
        raise BadInput(
            f"y in {what} is of class {min(classes)} in all of its answers ({len(y)}): expected answers of two classes "
            "or more: of one there is nothing to learn, and to answer it always is never wrong"
        )


def check_mask(what: str, x: Array, mask: Array | None) -> None:
    """Raise `BadInput` unless a mask fits sequences `x`, and lets an answer of every sequence count."""
    if mask is None:
        return
    require(x.ndim == 3, f"the mask in {what}", mask.shape, "none, as x is no sequence")
    require(mask.shape == x.shape[:2], f"the shape of the mask in {what}", mask.shape, str(x.shape[:2]))
    require(bool(np.isin(mask, (0, 1)).all()), f"the mask in {what}", "something else", "zeros and ones")
    hidden = np.flatnonzero(~(mask > 0).any(axis=0))
    if len(hidden):
        raise BadInput(
            f"the mask in {what} hides all of sequence {hidden[0]}, and {len(hidden)} of {mask.shape[1]} in all: "
            "expected a step of each whose answer counts; leave such sequences out"
        )


def check_spread(what: str, y: Array, dtype: np.dtype[Any]) -> None:
    """Raise `BadInput` unless values y, (answers, n_out), differ by more than rounding to `dtype` leaves of them."""
    values = y.astype(np.float64)
    scale = float(np.abs(values).max()) or 1.0
    values /= scale  # as squares of large values overflow
    apart, size = (
        np.sqrt(((values - values.mean(axis=0)) ** 2).mean(axis=0)),
        np.sqrt((values**2).mean(axis=0)),
    )
    lost = ROUNDINGS * precision(dtype)
    if rms(apart) > lost * rms(size):
        return
    kind, largest = np.dtype(dtype).name, int(size.argmax())
    if (apart > lost * size).any():
        raise BadInput(
            f"y in {what} differs from answer to answer by {rms(apart) * scale:.3g}, which is lost beside column "
            f"{largest}: that is about {size[largest] * scale:.3g}, and {ROUNDINGS} of its roundings to {kind} are "
            f"{lost * size[largest] * scale:.3g}; expected a spread above that; subtract the mean of each column"
        )
    same = "" if (y == y[:1]).all() else f", but for their rounding to {kind}"
    raise BadInput(
        f"y in {what} is the same in all of its answers ({len(y)}){same}: expected values that differ, as their "
        "variance is the unit of the normalised error; subtract what they have in common"
    )


def rms(sizes: Array) -> float:
    """The root of the mean of the squares."""
    return float(np.sqrt((sizes**2).mean()))


def check_squares(what: str, y: Array, dtype: np.dtype[Any]) -> None:
    """Raise `BadInput` unless the squares that the normalised error adds up are numbers of `dtype`, for values y.

    Their sum must not overflow, and that of the squared distances from the mean not underflow.
    """
    values, limits = y.astype(np.float64), np.finfo(dtype)
    scale = float(np.abs(values).max()) or 1.0
    values /= scale
    least, most = (float(np.sqrt(limit) / np.sqrt(values.size)) for limit in (limits.tiny, limits.max))
    apart, size = rms(values - values.mean(axis=0)) * scale, rms(values) * scale
    if apart < least or size > most:
        given = (
            f"differs from answer to answer by {apart:.3g}"
            if apart < least
            else f"is about {size:.3g} in size"
        )
        raise BadInput(
            f"y in {what} {given}, and its squares {'underflow' if apart < least else 'overflow'} in "
            f"{np.dtype(dtype).name}: expected a spread above {least:.2g} and a size below {most:.2g}; scale y"
        )


def check_range(what: str, values: Array, dtype: np.dtype[Any]) -> None:
    """Raise `BadInput` unless numbers are finite in `dtype`."""
    if np.can_cast(values.dtype, dtype):
        return
    low, high, most = float(values.min()), float(values.max()), float(np.finfo(dtype).max)
    if max(-low, high) > most:
        raise BadInput(
            f"{what} goes from {low:.3g} to {high:.3g}, and {np.dtype(dtype).name} holds numbers up to {most:.3g}: "
            "expected smaller ones; scale them"
        )


def check_rows(what: str, values: Array, dtype: np.dtype[Any]) -> None:
    """Raise `BadInput` if values, (..., columns), differ from row to row, and are all the same in `dtype`."""
    rows = values.reshape(-1, values.shape[-1])
    if holds_all(dtype, values.dtype) or varies(rows, dtype) or not varies(rows, values.dtype):
        return
    raise BadInput(
        f"{what} goes from {values.min():.3g} to {values.max():.3g}, and is the same in all rows ({len(rows)}) once "
        f"rounded to {np.dtype(dtype).name}: expected rows that differ; subtract what they have in common, and scale "
        "the rest"
    )


def varies(rows: Array, dtype: np.dtype[Any]) -> bool:
    """Whether any of the rows, (n, columns), is another than the first one in `dtype`."""
    first = rows[:1].astype(dtype)
    return any((rows[i : i + BLOCK].astype(dtype) != first).any() for i in range(0, len(rows), BLOCK))


def precision(dtype: np.dtype[Any]) -> float:
    """The relative distance of two neighbouring numbers of `dtype`; that of float64 for whole numbers."""
    return float(np.finfo(dtype if np.issubdtype(dtype, np.floating) else np.float64).eps)


def seen(split: Split) -> set[int]:
    """The classes that count in a split; of a single output, 0 and 1."""
    y = split.counted(split.y)
    return set(np.unique(y.argmax(axis=1) if y.shape[1] > 1 else y[:, 0]).astype(int).tolist())


def unseen(split: Split, train: Split) -> float:
    """The share of a split's targets whose classes `train` does not have."""
    y = split.counted(split.y)
    classes = y.argmax(axis=1) if y.shape[1] > 1 else y[:, 0].astype(int)
    return float(1 - np.isin(classes, list(seen(train))).mean())


def check_output(name: str, task: Task) -> None:
    """Raise `BadInput` unless the output called `name`, if it is one of ours, can give the targets of a task.

    An output that answers from 0 to 1 cannot give other values, and its cross-entropy has no lowest value for them.
    Targets of a softmax have to be probabilities that sum up to 1: else its error is not the derivative of its loss.
    """
    require(
        task.n_out > 1 or name != "softmax",
        f"the number of outputs of {task.name}",
        1,
        "two or more for softmax",
    )
    if task.kind == "classes" or name not in BOUNDED:
        return
    for which, split in task.splits.items():
        y = split.counted(split.y)
        low, high = float(y.min()), float(y.max())
        if low < 0 or high > 1:
            raise BadInput(
                f"y in the {which} split of {task.name} goes from {low:.4g} to {high:.4g}, and output {name!r} answers "
                "from 0 to 1: expected output 'linear', or targets scaled to 0 to 1"
            )
        if name == "softmax" and (furthest := float(np.abs(y.sum(axis=1) - 1).max())) > NEARLY:
            raise BadInput(
                f"y in the {which} split of {task.name} is values that sum up to 1 ± {furthest:.4g} in an answer, and "
                "those of output 'softmax' to 1: expected probabilities, or output 'linear' or 'logistic'"
            )


def check_weights(of: str, weights: tuple[float, ...], task: Task) -> None:
    """Raise `BadInput` unless there is a weight for each class of a task; () weighs all alike."""
    if not weights:
        return
    require(
        task.kind == "classes",
        f"the weights of {of}",
        weights,
        f"none, as {task.name} has values and no classes",
    )
    classes = max(task.n_out, 2)
    expected = f"{classes}, one for each class of {task.name}"
    require(len(weights) == classes, f"the number of weights of {of}", len(weights), expected)


def check_reached(task: Task, network: object) -> None:
    """Raise `BadInput` unless a rule's network, if it has one of our outputs, can give the targets of a task.

    Inputs and targets must be numbers of its dtype that still differ there, and so must the squares of values be.
    """
    output, dtype = (getattr(network, name, None) for name in ("output", "dtype"))
    if output is not None:
        check_output(str(getattr(output, "name", "")), task)
        check_weights(f"output {output!r}", getattr(output, "weights", ()), task)
    if dtype is None:
        return
    for which, split in task.splits.items():
        there = f"the {which} split of {task.name}"
        for name, values in (("x", split.x), ("y", split.y)):
            check_range(f"{name} in {there}", values, np.dtype(dtype))
        check_rows(f"x in {there}", split.x, np.dtype(dtype))
        if task.kind == "values":
            y = split.counted(split.y)
            if precision(np.dtype(dtype)) > precision(split.y.dtype):
                check_spread(there, y, np.dtype(dtype))
            check_squares(there, y, np.dtype(dtype))
