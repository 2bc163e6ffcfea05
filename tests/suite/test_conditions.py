"""The conditions of `song2024`: what is shown, and in whose name. Oracle: what their docstrings promise."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from plausible.core import Presentation
from plausible.tasks.task import Split, one_hot
from studies.song2024 import few, half, relabelled, renamed

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
