"""The residual of examples whose units lie side by side in memory. Oracle: numpy's own maximum over units."""

from __future__ import annotations

import numpy as np
import pytest

from plausible.settling.settle import FEW, PIECES, largest_of_rows


@pytest.mark.parametrize("units", [1, PIECES - 1, PIECES, PIECES + 1, 500, 507])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("examples", [5, FEW])  # of few numbers all are compared at once
def test_the_largest_unit_of_an_example_is_found_wherever_it_is(
    units: int, order: str, examples: int
) -> None:
    """Also the last one, of which no piece is whole; and what is no number stays none."""
    for place in {0, units // 2, units - 1}:
        drawn = np.random.default_rng(units).random((examples, units))
        sizes = np.asfortranarray(drawn) if order == "F" else drawn
        sizes[2, place], sizes[4, place] = 7.0, np.nan
        found = largest_of_rows(sizes)
        assert found[2] == 7.0
        np.testing.assert_array_equal(found, sizes.max(axis=1))
