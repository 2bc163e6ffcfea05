"""Studies that run in pieces. Oracle: one run of the same length."""

from __future__ import annotations

from typing import Any

import numpy as np

from plausible.spiking.live import Live
from studies import masquelier2008


def test_a_pattern_is_looked_for_as_well_in_pieces() -> None:
    rng = np.random.default_rng(0)
    rows = (rng.random((120, masquelier2008.INPUTS)) < 0.06) * rng.integers(
        1, 11, (120, masquelier2008.INPUTS)
    )
    live = Live(masquelier2008.circuit())
    ends, spikes = [], []
    for pieces in (1, 3):
        values: dict[str, Any] = {"plastic.w": np.full(masquelier2008.INPUTS, 0.475)}
        parts = np.split(rows, pieces)
        spikes.append(np.concatenate([masquelier2008.advance(live, values, part) for part in parts]))
        ends.append(values["plastic.w"])
    assert spikes[0].sum() >= 3, "the neuron has to spike, or nothing is learned"
    np.testing.assert_array_equal(*spikes)
    np.testing.assert_allclose(*ends, rtol=0, atol=1e-9)
