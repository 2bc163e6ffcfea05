"""What was measured of spiking models, in words."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from plausible.core import Array
from plausible.plausibility.spikes.equations import Variable
from plausible.plausibility.spikes.held import Window, constant_of
from plausible.plausibility.subject import listed

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
    if window.silent:
        return "silent, no pair of spikes changes anything"
    if np.array_equal(window.alone, window.twice):
        said = f"by one own spike or two {change_words(window, window.alone)}"
    else:
        one, two = change_words(window, window.alone), change_words(window, window.twice)
        said = f"by one own spike {one}; by two {two}"
    return f"{said}{', while neurons of other groups spike at random' * window.driven}"


def change_words(window: Window, change: Array) -> str:
    """A change by the delay, in words; time constants where no other neuron's spikes fade in it."""
    if not change.any():
        return "nothing"
    at = [float(np.interp(delay, window.delay, change)) for delay in (AT, -AT)]
    if not any(at):
        return f"{change.min():+.2g} to {change.max():+.2g}, and nothing at ± {AT:g} ms"
    constants = [
        constant_of(window.delay[side], change[side]) for side in (window.delay > 0, window.delay < 0)
    ]
    fitted = [
        f"{constant:.3g} ms {side}"
        for constant, side in zip(constants, ("after", "before"), strict=True)
        if constant is not None and not window.driven
    ]
    times = f", fading with {' and '.join(fitted)}" if fitted else ""
    return f"{at[0]:+.2g} at +{AT:g} ms and {at[1]:+.2g} at -{AT:g} ms{times}"


def names(several: Iterable[Variable]) -> str:
    """Variables in a row."""
    return listed(dict.fromkeys(map(str, several)))
