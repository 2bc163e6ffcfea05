"""Synapses of a circuit that begin with the weights of others, as feedback that is a transpose."""

from __future__ import annotations

import numpy as np

from plausible.plausibility.copies import anywhere
from plausible.plausibility.record import FEW
from plausible.plausibility.spikes.model import Model


def begun_alike(model: Model) -> list[str]:
    """The pairs of synapses whose weights begin with the same numbers, in whatever order, more than by chance.

    One leads to where the other comes from; those that lead to the same neurons may be parts of one.
    """
    there = {each: np.ravel(model.start[str(each)]) for each in model.weights if str(each) in model.start}
    start = {w: array.astype(np.float64) for w, array in there.items() if array.size > FEW and np.ptp(array)}
    several = list(start.items())
    return [
        f"{b} of {a}"
        for n, (a, array) in enumerate(several)
        for b, other in several[n + 1 :]
        if model.ends(a)[0] == model.ends(b)[1] or model.ends(a)[1] == model.ends(b)[0]
        if anywhere(array, [other]) or anywhere(other, [array])
    ]
