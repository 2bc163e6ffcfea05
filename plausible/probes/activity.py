"""Whether anything of the input reaches the answer, and what an answer that is always the same would be worth."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Measurement, Rule, State, View
from plausible.tasks.scored import unseen
from plausible.tasks.task import Split


def spreads(rule: Rule, params: View, state: State, x: Array, rng: Generator) -> Iterator[Measurement]:
    """How much activity varies over examples, layer by layer: its standard deviation, root mean square over units.

    Where that is next to nothing in a hidden layer, layers above it cannot tell examples apart. Of sequences, it is
    that over examples and time.
    """
    for number, activity in enumerate(rule.respond(params, state, x, rng)[:-1], 1):
        rows = activity.reshape(-1, activity.shape[-1]).astype(np.float64)
        yield Measurement("activity spread", f"W{number}", float(np.sqrt(np.mean(np.var(rows, axis=0)))))


def chance(split: Split, kind: str, train: Split) -> Iterator[Measurement]:
    """The accuracy of the best answer that is always the same, and of how many answers; nothing for tasks of values.

    Where `train` never shows some class, also the share of the answers that are of such classes.
    """
    if kind == "classes":
        y = split.counted(split.y)
        shares = y.mean(axis=0) if y.shape[1] > 1 else np.array([y.mean(), 1 - y.mean()])
        yield Measurement("chance", "", float(shares.max()))
        yield Measurement("answers", "", float(len(y)))
        if (share := unseen(split, train)) > 0:
            yield Measurement("unseen classes", "", share)
