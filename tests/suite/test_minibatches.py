"""Minibatches: which examples come when. Oracle: counting."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from plausible.errors import BadInput
from plausible.tasks.streams import Minibatches
from plausible.tasks.task import Split
from tests.oracles import numbered


def numbers(stream: Minibatches, examples: int, epochs: int = 1) -> list[list[int]]:
    """The examples shown in each presentation."""
    shown = list(stream(numbered(examples), "values", epochs, np.random.default_rng(0)))
    for x, y, *_ in shown:
        np.testing.assert_array_equal(y[:, 0], -x[:, 0])  # each with its own target
    return [[int(k) for k in x[:, 0]] for x, *_ in shown]


def flat(batches: list[list[int]]) -> list[int]:
    return [k for batch in batches for k in batch]


@dataclass(frozen=True)
class Case:
    examples: int
    batch_size: int
    sizes: list[int] = field(default_factory=list)


CASES = [
    Case(6, 3, [3, 3]),
    Case(7, 3, [3, 3, 1]),
    Case(7, 1, [1] * 7),
    Case(7, 7, [7]),
    Case(7, 100, [7]),
]
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.examples}-by-{case.batch_size}")


@pytest.mark.parametrize("shuffle", [True, False])
@every_case
def test_each_epoch_shows_every_example_once(case: Case, shuffle: bool) -> None:
    stream = Minibatches(case.batch_size, shuffle)
    batches, count = numbers(stream, case.examples, epochs=3), len(case.sizes)
    assert [len(batch) for batch in batches] == case.sizes * 3
    assert stream.per_epoch(case.examples) == count
    for epoch in range(3):
        assert sorted(flat(batches[epoch * count : (epoch + 1) * count])) == list(range(case.examples))


@every_case
def test_an_incomplete_batch_can_be_dropped(case: Case) -> None:
    """The last one, and the only one if the data are fewer than a batch; no example comes twice."""
    stream = Minibatches(case.batch_size, drop_last=True)
    full = [size for size in case.sizes if size == case.batch_size]
    batches = numbers(stream, case.examples)
    assert [len(batch) for batch in batches] == full
    assert stream.per_epoch(case.examples) == len(full)
    assert len(set(flat(batches))) == sum(full)


def test_without_shuffling_examples_come_as_they_lie() -> None:
    assert numbers(Minibatches(3, shuffle=False), 7, epochs=2) == [[0, 1, 2], [3, 4, 5], [6]] * 2


def test_with_shuffling_the_order_is_new_every_epoch() -> None:
    """Two of 20! orders are the same with probability 4e-19."""
    batches = numbers(Minibatches(20), 20, epochs=3)
    assert len({tuple(batch) for batch in [*batches, list(range(20))]}) == 4


def test_the_same_generator_gives_the_same_order() -> None:
    assert numbers(Minibatches(3), 20, epochs=2) == numbers(Minibatches(3), 20, epochs=2)


def test_presentations_are_copies() -> None:
    """What becomes of a presentation does not touch the data."""
    split = numbered(7)
    for shuffle in (True, False):
        for shown in Minibatches(3, shuffle)(split, "values", 1, np.random.default_rng(0)):
            assert not np.shares_memory(shown.x, split.x)
            assert not np.shares_memory(shown.y, split.y)


def test_the_reward_belongs_to_the_presentation() -> None:
    """Also when it is asked for later: each remembers its own targets."""
    answer = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
    split = Split(np.zeros((3, 3)), np.eye(2)[[0, 0, 1]])
    classes, values = (
        list(Minibatches(1, shuffle=False)(split, kind, 1, np.random.default_rng(0)))
        for kind in ("classes", "values")
    )
    assert [shown.reward(answer[[k]]).item() for k, shown in enumerate(classes)] == [1, 0, 0]
    rewards = [shown.reward(answer[[k]]).item() for k, shown in enumerate(values)]
    np.testing.assert_allclose(rewards, [-0.01, -0.64, -0.36], rtol=1e-14)  # -½ (0.1² + 0.1²), ...


@pytest.mark.parametrize("batch_size", [0, -1, 2.0, "64", None])
def test_a_batch_size_that_is_none_is_refused(batch_size: Any) -> None:
    with pytest.raises(BadInput, match="batch_size") as caught:
        Minibatches(batch_size)
    assert "\n" not in str(caught.value)
