"""How well a rule answers: loss, accuracy, error. Labels are compared with answers here, never shown to a rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Rule, State, View
from plausible.probes.alignment import Measurement
from plausible.tasks.task import Split, correct

CHUNK = 1000  # examples answered at once: bounds memory


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
    """
    pieces = range(0, len(split.x), CHUNK)
    answer = np.concatenate([rule.respond(params, state, split.x[i : i + CHUNK], rng)[-1] for i in pieces])
    answer = answer.astype(np.float64)
    if loss is not None:
        yield Measurement("loss", "", float(loss(answer, split.y).mean()))
    if kind == "classes":
        right = correct(answer, split.y) * np.isfinite(answer).all(axis=1)
        yield Measurement("accuracy", "", float(right.mean()))
    else:
        variance = ((split.y - split.y.mean(axis=0)) ** 2).sum()
        yield Measurement("normalised error", "", float(((split.y - answer) ** 2).sum() / variance))
