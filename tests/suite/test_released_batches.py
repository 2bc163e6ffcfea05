"""Batches of PEPITA's released program: a tenth is held out, and what an epoch leaves over comes with the next."""

from __future__ import annotations

import numpy as np

from plausible.tasks.task import Split
from studies.dellaferrera2022 import Released


def test_every_example_that_is_not_held_out_is_shown_once_an_epoch() -> None:
    split, stream = Split(np.arange(50.0)[:, None], np.zeros((50, 1))), Released(8)
    shown = [p.x[:, 0] for p in stream(split, "values", 3, np.random.default_rng(0))]
    assert stream.length(split) == 5
    assert [len(x) for x in shown] == [8, 8, 8, 8, 8, 13, 8, 8, 8, 8, 13, 8, 8, 8, 8]
    learned = np.concatenate(shown)
    counts = {value: int((learned == value).sum()) for value in {*learned}}
    assert len(counts) == 45
    assert sorted(counts.values()) == [2] * 5 + [3] * 40  # the last epoch's rest is never learned from
    first, second = {*np.concatenate(shown[:5])}, {*np.concatenate(shown[5:10])}
    assert {*counts} - first <= {*shown[5]}  # five were left over
    assert len(first) == 40
    assert len(second) >= 40
    assert [*np.concatenate(shown[:5])] != [*np.concatenate(shown[5:10])[5:]]
