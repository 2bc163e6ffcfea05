"""How well a rule answers: loss, accuracy, error. Labels are compared with answers here, never shown to a rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Measurement, Rule, State, View
from plausible.tasks.task import Split, correct

CHUNK = 1000  # examples or sequences answered at once: bounds memory


def performance(
    rule: Rule,
    params: View,
    state: State,
    split: Split,
    kind: str,
    loss: Callable[[Array, Array], Array] | None,
    rng: Generator,
) -> Iterator[Measurement]:
    """Mean loss (if the rule has one), and accuracy for classes or normalised squared error for values.

    The normalised squared error is Σ (y - answer)² / Σ (y - mean y)²: 0 is perfect, 1 is no better than the mean.
    Of sequences, all are means over the steps at which answers count. Nothing is said where no answer counts, and no
    normalised error where all targets are the same.
    """
    pieces = [split.some(slice(i, i + CHUNK)) for i in range(0, split.examples, CHUNK)]
    answer = np.concatenate(
        [piece.counted(responses(rule, params, state, piece, rng)[-1]) for piece in pieces]
    )
    y = np.concatenate([piece.counted(piece.y) for piece in pieces])
    if not len(y):
        return
    answer = answer.astype(np.float64)
    if loss is not None:
        yield Measurement("loss", "", float(loss(answer, y).mean()))
    if kind == "classes":
        right = correct(answer, y) * np.isfinite(answer).all(axis=1)
        yield Measurement("accuracy", "", float(right.mean()))
    else:
        variance = ((y - y.mean(axis=0)) ** 2).sum()
        if variance > 0:
            yield Measurement("normalised error", "", float(((y - answer) ** 2).sum() / variance))


def responses(rule: Rule, params: View, state: State, split: Split, rng: Generator) -> list[Array]:
    """Activity by layer of a split, the answer last.

    Raises:
        TypeError: for an array in the place of the list: its last row would be taken for the answer.
        ValueError: for answers of another shape than the targets, which might be compared with them all the same.
    """
    layers = rule.respond(params, state, split.x, rng)
    if isinstance(layers, np.ndarray):
        raise TypeError("respond returned an array: expected a list of arrays, one for each layer")
    found = np.shape(layers[-1])
    if found != split.y.shape:
        raise ValueError(f"respond answers with shape {found}: expected {split.y.shape}, that of the targets")
    return layers
