"""What probes and tasks read."""

from __future__ import annotations

from typing import NamedTuple


class Measurement(NamedTuple):
    """One number that was read."""

    metric: str
    layer: str  # the weight, unit or place in a sequence that it belongs to, or "" for the whole network
    value: float
