"""Whether a run can go on from a checkpoint: all of it is checked before any of it is used."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.random import Generator

KEPT = ("params", "memory", "state", "noise", "probes", "rows", "counters")
ROW = (str, str, int, float, int, float, str, str, str, float)  # types of `plausible.study.run.Row`


def of_run(
    checkpoint: Mapping[str, Any],
    params: Mapping[str, np.ndarray],
    state: Any,
    points: Collection[int],
    examples: int,
    head: tuple[str, str, int],
) -> bool:
    """Whether a checkpoint is from a run with these weights, state, points and head.

    Args:
        checkpoint: the contents of the file.
        params, state: the weights and the rule's state that the run would start from.
        points: the steps at which the run measures; checkpoints are written at these.
        examples: how many examples all presentations of the run have.
        head: the beginning of its rows: task, rule and seed.
    """
    return (
        all(name in checkpoint for name in KEPT)
        and weights(checkpoint["params"], params)
        and (
            type(checkpoint["state"]) is type(state)
            or (state is None and isinstance(checkpoint["state"], dict))
        )
        and all(isinstance(checkpoint[name], dict) for name in ("memory", "counters"))
        and all(generated(checkpoint[name]) for name in ("noise", "probes"))
        and rows(checkpoint["rows"], head)
        and counted(checkpoint["counters"], points, examples)
    )


def weights(stored: Any, params: Mapping[str, np.ndarray]) -> bool:
    """Whether these are finite weights of the same names, shapes and dtypes."""
    if not (isinstance(stored, dict) and stored.keys() == params.keys()):
        return False
    return all(
        isinstance(array, np.ndarray)
        and (array.shape, array.dtype) == (params[name].shape, params[name].dtype)
        and bool(np.isfinite(array).all())
        for name, array in stored.items()
    )


def generated(state: Any) -> bool:
    """Whether this is the state of a generator such as runs have: a new one accepts it, and returns the same."""
    generator: Any = np.random.default_rng(0).bit_generator
    try:
        generator.state = state
    except (TypeError, ValueError, LookupError, ArithmeticError, AttributeError):
        return False
    return bool(generator.state == state)


def restore(generator: Generator, state: Any) -> None:
    """Set a generator to a state that is `generated`."""
    bits: Any = generator.bit_generator
    bits.state = state


def rows(stored: Any, head: tuple[str, str, int]) -> bool:
    """Whether these are measurements of this task, rule and seed."""
    return isinstance(stored, list) and all(
        isinstance(row, list)
        and len(row) == len(ROW)
        and all(map(fits, row, ROW))
        and tuple(row[:3]) == head
        and 0 <= row[3] < math.inf
        and 0 <= row[4] < 2**63
        and 0 <= row[5] < math.inf
        for row in stored
    )


def fits(value: Any, kind: type) -> bool:
    """Whether a value is of a kind; a whole number is a float, too, and True is no number."""
    return type(value) is kind or (kind is float and type(value) is int and abs(value) < 2**63)


def counted(counters: Mapping[str, Any], points: Collection[int], examples: int) -> bool:
    """Whether these are the counters of a run that has not ended."""
    failures, before = counters.get("failures"), counters.get("before")
    return (
        all(type(counters.get(name)) is int for name in ("number", "examples"))
        and counters["number"] in points
        and 0 <= counters["number"] < max(points)
        and 0 <= counters["examples"] <= examples
        and fits(counters.get("seconds"), float)
        and 0 <= counters["seconds"] < math.inf
        and (before is None or (fits(before, float) and math.isfinite(before)))
        and isinstance(failures, dict)
        and words(failures.values())
        and isinstance(counters.get("traceback"), str)
    )


def words(values: Iterable[Any]) -> bool:
    """Whether all of these are words."""
    return all(isinstance(value, str) for value in values)
