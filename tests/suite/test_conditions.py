"""The conditions of `song2024`: what is shown, and in whose name. Oracle: what their docstrings promise."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

from plausible.core import Presentation
from plausible.tasks.task import Split, one_hot
from studies.song2024 import PC, few, fewer, half, relabelled, renamed

LABELS = np.repeat(np.arange(10), 7)
SPLIT = Split(LABELS[:, None] + np.zeros((1, 3), np.float32), one_hot(LABELS, 10))


def test_half_of_the_classes_trade_their_labels_each_time() -> None:
    maps = list(relabelled(np.random.default_rng(0), 10, 20))
    assert (maps[0] == np.arange(10)).all()
    assert all(sorted(meaning) == list(range(10)) for meaning in maps)
    assert {int((before != after).sum()) for before, after in pairwise(maps)} == {5}


def test_an_output_is_on_for_the_class_that_it_stands_for() -> None:
    meaning = np.array([3, 0, 1, 2, *range(4, 10)])
    shown = renamed(Presentation(SPLIT.x, SPLIT.y, lambda answer: answer[:, 0]), meaning)
    assert (meaning[shown.y.argmax(axis=1)] == LABELS).all()
    assert (shown.reward(shown.y) == 1).all()
    assert (shown.reward(SPLIT.y)[LABELS < 4] == 0).all()


def test_there_are_as_many_examples_of_every_class() -> None:
    found = few(SPLIT, 4, np.random.default_rng(0))
    assert (found.y.sum(axis=0) == 4).all()
    assert (found.x[:, 0] == found.y.argmax(axis=1)).all()


def test_both_halves_of_the_classes_use_the_same_outputs() -> None:
    for part in (0, 1):
        found = half(SPLIT, part)
        assert found.y.shape == (35, 5)
        assert (found.y.argmax(axis=1) + 5 * part == found.x[:, 0]).all()


def test_rules_are_compared_at_their_own_best_rates() -> None:
    """Backprop does best at 0.1, predictive coding at 0.2: 30 % less 25 %, and 40 % less 15 %."""
    errors = pd.DataFrame(
        [
            ("backprop", 0.1, 0, 30.0), ("backprop", 0.1, 1, 40.0),
            ("backprop", 0.2, 0, 20.0), ("backprop", 0.2, 1, 90.0),
            (PC, 0.1, 0, 50.0), (PC, 0.1, 1, 50.0),
            (PC, 0.2, 0, 25.0), (PC, 0.2, 1, 15.0),
        ],
        columns=["rule", "rate", "seed", "value"],
    )  # fmt: skip
    assert fewer(errors) == [5.0, 25.0]
    assert fewer(errors[errors.rule == "backprop"]) == []
