"""What is learned of a presentation at a later one. Oracle: rules that keep their last changes, times what is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from plausible.plausibility.delayed import later, worlds
from plausible.plausibility.gains import NEAR
from plausible.plausibility.intervention import dense
from plausible.plausibility.world import world
from tests.plausibility.planted import Planted, judged, written

KEPT = (
    "v = (state or {{}}).get(layer, np.zeros_like(params[f'W{{layer - 1}}'])); after[layer] = {kept}; "
    "further[f'W{{layer - 1}}'] = -below.T @ (d @ B) - v"
)


def keeping(kept: str) -> Planted:
    """A rule that adds its last changes, as they are kept."""
    return judged("exact derivatives", code=KEPT.format(kept=kept))


@pytest.mark.parametrize(("times", "found"), [("(1 - h * h)", True), ("1.0", False), ("(2 + h)", False)])
def test_slopes_of_then_are_told_from_other_gains(times: str, found: bool, tmp_path: Path) -> None:
    several = later(world(written(keeping(f"below.T @ ((d @ B) * {times})"), tmp_path)))
    assert {each.layer for each in several.gains} == {1, 2}
    assert (min(each.apart for each in several.gains) < NEAR) is found


def test_what_is_learned_later_is_the_last_change(tmp_path: Path) -> None:
    here = world(written(keeping("below.T @ (d @ B)"), tmp_path))
    (delayed,) = worlds(here)
    now, then = dense(here.step()), dense(delayed.step())
    np.testing.assert_allclose(then["W1"], now["W1"], rtol=1e-12, atol=1e-15)
    assert not then["W3"].any()
