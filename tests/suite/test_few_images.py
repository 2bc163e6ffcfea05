"""The task of a few images. Oracle: the whole sets."""

from __future__ import annotations

import numpy as np
import pytest

from plausible.errors import BadInput
from plausible.registry import registry
from tests.suite.test_tasks import DOWNLOADED, downloaded


@pytest.mark.parametrize("name", DOWNLOADED)
def test_few_images_are_the_first_of_each_split(name: str) -> None:
    whole = downloaded(name)
    few = registry.task(f"few-images[of={name},examples=40,validated=30,tested=20]", np.random.default_rng(7))
    for split, size in (("train", 40), ("validation", 30), ("test", 20)):
        np.testing.assert_array_equal(few.splits[split].x, whole.splits[split].x[:size])
        np.testing.assert_array_equal(few.splits[split].y, whole.splits[split].y[:size])


def test_more_images_than_there_are_are_refused() -> None:
    for option in ("examples=50001", "validated=10001", "tested=0", "of=letters"):
        with pytest.raises(BadInput):
            registry.task(f"few-images[{option}]", np.random.default_rng(0))
