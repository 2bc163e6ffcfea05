"""What was measured of spiking models, in words."""

from __future__ import annotations

import numpy as np

from plausible.plausibility.spikes.held import Window, constant_of

AT = 10.0  # ms, the delay at which a window is told


def labels_words(moved: float) -> str:
    """How far changes move with labels, in words."""
    return (
        f"with labels exchanged, changes move by {moved:.2g}"
        if moved
        else "with labels exchanged no bit of a change moves"
    )


def window_words(window: Window) -> str:
    """A window in words: the change at ± 10 ms, by one own spike or two, and its time constants."""
    parts = []
    for name, change in (("one own spike", window.alone), ("two", window.twice)):
        at = [float(np.interp(delay, window.delay, change)) for delay in (AT, -AT)]
        constants = [
            constant_of(window.delay[side], change[side]) for side in (window.delay > 0, window.delay < 0)
        ]
        fitted = [
            f"{constant:.3g} ms {side}"
            for constant, side in zip(constants, ("after", "before"), strict=True)
            if constant is not None
        ]
        times = f", fading with {' and '.join(fitted)}" if fitted else ""
        parts.append(f"by {name} {at[0]:+.2g} at +{AT:g} ms and {at[1]:+.2g} at -{AT:g} ms{times}")
    return "; ".join(parts)
