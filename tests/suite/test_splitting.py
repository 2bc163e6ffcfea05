"""Which groups of equal rows go into a split. Oracle: worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from plausible.tasks.splitting import filled, split_rows


@pytest.mark.parametrize(
    ("sizes", "quota", "most", "taken"),
    [
        ([1, 1, 1, 1], 3, 4, [1, 1, 1, 0]),  # rows that stand alone: the first ones
        ([1, 1, 1, 1], 3, 2, [1, 1, 0, 0]),  # but no more than leave enough for the other splits
        ([2, 2, 2], 6, 2, [1, 1, 0]),
        ([3, 3, 2], 6, 3, [1, 1, 0]),
        ([5, 1, 1], 1, 2, [0, 1, 0]),  # 5 rows in the place of 1 are 4 too many, none is 1 too few
        ([3, 1, 1], 2, 2, [1, 0, 0]),  # 1 too many is nearer than 2 too few; then another is farther
        ([2, 4, 1], 3, 2, [1, 0, 1]),  # 4 more would be 3 too many, 1 more is as wanted
        ([4, 1, 1], 5, 3, [1, 1, 0]),
        ([5, 4], 1, 1, [0, 1]),  # none comes nearer than nothing: the smallest, as a split is not empty
        ([2, 2], 1, 2, [1, 0]),  # 1 too many is as far as 1 too few, so that none is taken but for that
    ],
)  # fmt: skip
def test_groups_are_taken_while_they_come_nearer(
    sizes: list[int], quota: int, most: int, taken: list[int]
) -> None:
    assert filled(np.array(sizes), quota, most).astype(int).tolist() == taken


def test_a_class_keeps_a_group_for_every_split() -> None:
    """Of three groups test would take two, which are what it wants, and leave none to learn from."""
    groups = np.repeat(np.arange(3), 4)
    parts = split_rows(groups, np.zeros(12, int), 0.1, 0.7, np.random.default_rng(0))
    assert [len({*groups[rows].tolist()}) for rows in parts] == [1, 1, 1]
    assert sorted(np.concatenate(parts).tolist()) == [*range(12)]
