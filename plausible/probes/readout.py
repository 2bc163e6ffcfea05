"""What a linear read-out could tell from each hidden layer: whether classes are linearly separable there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from plausible.core import Array, Measurement
from plausible.errors import require_number
from plausible.probes.performance import pieces, responses
from plausible.probes.probe import Moment, Sight
from plausible.tasks.task import Split, codes


@dataclass(frozen=True)
class Readout:
    """How often a linear classifier on a layer's activity is right, as in [noekland2019]'s figure by depth.

    It is fitted to what the rule answers to the training split by ridge regression on one-hot classes, and asked of the
    test split, which it has not seen: "read-out accuracy", by the name of the layer's weights, and of the inputs
    themselves as "x". Units are standardised over the training split; one that is always the same says nothing. Of
    tasks of values or of sequences nothing is said.

    Args:
        penalty: of the squared weights of the classifier, beside the sum of squared errors.

    Raises:
        BadInput: for a penalty that is not positive.
    """

    name: ClassVar[str] = "readout"
    split: ClassVar[str] = "test"
    when: ClassVar[tuple[Moment, ...]] = ("end",)

    penalty: float = 1.0

    def __post_init__(self) -> None:
        require_number("penalty", self.penalty, open_low=True)

    def __call__(self, sight: Sight) -> Iterator[Measurement]:
        train, test = (sight.splits[name] for name in ("train", "test"))
        if sight.task.kind != "classes" or train.sequential:
            return
        with sight.asking():
            shown, asked = (hidden(sight, split) for split in (train, test))
        names = ["x", *(f"W{layer}" for layer in range(1, len(shown)))]
        for name, known, new in zip(names, shown, asked, strict=True):
            yield Measurement("read-out accuracy", name, told(known, train, new, test, self.penalty))


def hidden(sight: Sight, split: Split) -> list[Array]:
    """The inputs, and the activity of every hidden layer, each (examples, n_l)."""
    params, state = sight.tick.params, sight.tick.step.state
    found = [
        [piece.x, *responses(sight.rule, params, state, piece, sight.rng)[:-1]] for piece in pieces(split)
    ]
    return [np.concatenate(parts) for parts in zip(*found, strict=True)]


def told(known: Array, train: Split, new: Array, test: Split, penalty: float) -> float:
    """The share of `test` that a classifier fitted to `known`, (examples, units), of `train` is right about."""
    from sklearn.linear_model import RidgeClassifier  # here, since it takes a second to import

    place, width = known.mean(axis=0, dtype=float), known.std(axis=0, dtype=float)
    width = np.where(width > 1e-12 * np.maximum(abs(place), 1), width, np.inf)
    classifier = RidgeClassifier(alpha=penalty).fit((known - place) / width, codes(train.y))
    return float((classifier.predict((new - place) / width) == codes(test.y)).mean())
