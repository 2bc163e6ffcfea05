"""The digits are cut anew for every seed where that is asked for, and stay as they were where it is not.

Oracle: scikit-learn's images, and its own stratified cut; the sizes that the documentation names.
"""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from plausible import contract
from plausible.core import randomness
from plausible.errors import BadInput
from plausible.registry import registry
from plausible.study.keys.data import data_digest
from plausible.tasks.task import Task


def cut(text: str, seed: int) -> Task:
    """The task at a seed."""
    return registry.task(text, randomness(seed).data)


def images(task: Task, which: str = "test") -> set[bytes]:
    """The images of a split."""
    x = task.splits[which].x
    x = x.swapaxes(0, 1).reshape(-1, 64) if task.sequential else x
    return {row.tobytes() for row in np.ascontiguousarray(x)}


def test_the_fixed_cut_is_that_of_before() -> None:
    """Committed tables hold it."""
    pixels, labels = load_digits(return_X_y=True)
    rest, _ = train_test_split(np.arange(1797), test_size=0.4, random_state=0, stratify=labels)
    task = cut("digits", 3)
    assert np.array_equal(task.train.x, (pixels[rest] / 16).astype(np.float32))
    assert data_digest("digits", 0) == data_digest("digits", 1) == data_digest("digits[split=fixed]", 2)


@pytest.mark.parametrize("name", ["digits", "digit-rows"])
def test_every_seed_has_a_test_split_of_its_own(name: str) -> None:
    tasks = [cut(f"{name}[split=seed]", seed) for seed in range(3)]
    for task in tasks:
        assert [split.examples for split in task.splits.values()] == [1078, 359, 360]
        counts = np.bincount(task.test.y.reshape(-1, 360, 10)[-1].argmax(axis=1))
        _, labels = load_digits(return_X_y=True)
        assert (abs(counts - 0.2 * np.bincount(labels)) < 1.5).all()  # in proportion, within rounding
    everything = images(tasks[0], "train") | images(tasks[0], "validation") | images(tasks[0])
    assert len(everything) == 1797  # each image once
    shared = [len(images(tasks[0]) & images(other)) for other in tasks[1:]]
    # 360 of 1797 drawn twice share 72 on average, with a standard deviation of 7
    assert all(30 < n < 115 for n in shared), shared


def test_rules_are_paired_by_seed() -> None:
    """One seed has one cut, whatever rule learns it."""
    digests = [data_digest("digits[split=seed]", seed) for seed in (0, 0, 1)]
    assert digests[0] == digests[1] != digests[2]


def test_it_keeps_what_tasks_promise() -> None:
    findings = contract.check("digits[split=seed]")
    assert {finding.verdict for finding in findings} <= {"kept", "not applicable"}, findings


def test_another_split_is_refused() -> None:
    with pytest.raises(BadInput, match=r"split.*'each'.*expected"):
        cut("digits[split=each]", 0)
