"""Balanced accuracy beside accuracy where classes are uneven, and nothing beside it where they are even.

Oracle: scikit-learn's `balanced_accuracy_score`, and counting by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score

from plausible.core import Array
from plausible.networks.mlp import MLP
from plausible.optimise.sgd import SGD
from plausible.printing.table import as_text
from plausible.probes.performance import balanced, performance
from plausible.registry import registry
from plausible.report.comparison import tables
from plausible.report.summary import summary
from plausible.study.compare import Comparison, compare
from plausible.study.course import execute
from plausible.study.intervals import SHARE
from plausible.study.run import Run
from plausible.study.statistics import bounds_of
from plausible.tasks.filed import write
from plausible.tasks.task import Split, Task, one_hot


@dataclass(frozen=True)
class Fixed:
    """A rule that answers with what it is shown."""

    def respond(self, params: object, state: object, x: Array, rng: np.random.Generator) -> list[Array]:
        return [x]


def measured(answer: Array, y: Array, uneven: bool, mask: Array | None = None) -> dict[str, float]:
    rule: Any = Fixed()
    split = Split(answer, y, mask)
    rng = np.random.default_rng(0)
    return {m.metric: m.value for m in performance(rule, {}, None, split, "classes", None, rng, uneven)}


@pytest.mark.parametrize("columns", [1, 2, 3, 10])
def test_it_is_scikit_learns(columns: int, rng: np.random.Generator) -> None:
    classes = max(columns, 2)
    labels = np.repeat(np.arange(classes), 20 * 2 ** np.arange(classes) % 97 + 1)
    answer = rng.normal(size=(len(labels), columns)) + (one_hot(labels, classes) if columns > 1 else 0.5)
    y = one_hot(labels, classes) if columns > 1 else labels[:, None] * 1.0
    told = answer.argmax(axis=1) if columns > 1 else (answer[:, 0] > 0.5).astype(int)
    found = measured(answer, y, uneven=True)
    assert found["balanced accuracy"] == pytest.approx(balanced_accuracy_score(labels, told), rel=1e-12)
    assert found["balanced accuracy"] != pytest.approx(found["accuracy"], rel=1e-3)


def test_by_hand() -> None:
    """Of 8 zeros 8 are right, of 2 ones 1: 0.9 are right in all, and 0.75 by class."""
    labels = np.array([0] * 8 + [1] * 2)
    right = np.array([1.0] * 9 + [0.0])
    assert balanced(right, labels) == 0.75
    assert balanced(right, 3 * labels) == 0.75  # classes that no answer is of do not count
    answer = one_hot(labels * right.astype(int), 2)
    assert measured(answer, one_hot(labels, 2), uneven=True) == {"accuracy": 0.9, "balanced accuracy": 0.75}
    assert measured(answer, one_hot(labels, 2), uneven=False) == {"accuracy": 0.9}


def test_an_answer_that_is_not_finite_is_wrong_and_a_step_that_does_not_count_does_not() -> None:
    y = one_hot(np.array([0, 0, 0, 1]), 2)
    answer = y.copy()
    answer[3, 1] = np.inf
    assert measured(answer, y, uneven=True) == {"accuracy": 0.75, "balanced accuracy": 0.5}
    sequences = np.stack([y, y])
    mask = np.array([[1.0] * 4, [0.0] * 4])
    answers = np.stack([y, y[::-1]])
    assert measured(answers, sequences, True, mask) == {"accuracy": 1.0, "balanced accuracy": 1.0}


def counts(*each: int) -> Task:
    x = np.random.default_rng(0).normal(size=(sum(each), 2))
    return Task.from_arrays(x, np.repeat(np.arange(len(each)), each))


def test_classes_are_uneven_above_half_as_many_again(rng: np.random.Generator) -> None:
    assert not counts(50, 50).uneven
    assert not counts(50, 75).uneven
    assert counts(50, 85).uneven
    assert counts(10, 10, 100).uneven
    assert not registry.task("digits", rng).uneven
    assert not Task.from_arrays(rng.normal(size=(30, 2)), rng.normal(size=30)).uneven


@pytest.mark.parametrize(("sizes", "said"), [((40, 40), False), ((60, 20), True)])
def test_a_run_tells_it_on_every_split_where_classes_are_uneven(
    sizes: Any, said: bool, tmp_path: Any
) -> None:
    text = write(counts(*sizes), tmp_path)
    outcome = execute(Run(text, "backprop", MLP((4,)), SGD(0.1), epochs=2))
    found = {row.split for row in outcome.rows if row.metric == "balanced accuracy"}
    assert found == ({"train", "validation", "test"} if said else set())
    accuracies = [row for row in outcome.rows if row.metric.endswith("accuracy")]
    assert len(accuracies) == len([row for row in accuracies if row.metric == "accuracy"]) * (1 + said)


def test_it_is_a_share_of_one() -> None:
    assert bounds_of("balanced accuracy") == SHARE


@pytest.mark.parametrize(("sizes", "said"), [((40, 40), False), ((90, 20), True)])
def test_a_comparison_shows_it_beside_accuracy(sizes: Any, said: bool, tmp_path: Any) -> None:
    comparison = Comparison(
        task=write(counts(*sizes), tmp_path), rules=("backprop",), seeds=1, epochs=1, hidden=(4,)
    )
    result = compare(comparison, workers=0)
    (row,) = summary(result).to_dict("records")
    assert ("balanced accuracy" in row) is said
    shown = as_text(tables(result, comparison))
    assert ("balanced" in shown) is said
    if said:
        plain = result.metrics[(result.metrics.metric == "accuracy") & (result.metrics.split == "test")].value
        (value,) = result.metrics[
            (result.metrics.metric == "balanced accuracy") & (result.metrics.split == "test")
        ].value
        assert row["balanced accuracy"].estimate == value
        assert abs(value - plain.item()) > 0.01
        assert f"{100 * value:.2f}" in shown
    assert str(tmp_path) not in shown
