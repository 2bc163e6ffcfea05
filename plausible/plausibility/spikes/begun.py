"""Synapses of a circuit that are as others are: from the beginning, as a transpose, or as all begin and learn alike."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from plausible.core import Array
from plausible.plausibility.copies import NEAR, anywhere
from plausible.plausibility.record import FEW
from plausible.plausibility.spikes.equations import Variable
from plausible.plausibility.spikes.held import Held
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


def learned_alike(held: Held) -> list[str]:
    """The pairs of synapses that lead to and fro, begin with one number each, and are alike once they have learned.

    What they are is then what they learned alone, and one is read off the other. Feedback that begins otherwise learns
    towards the weights, as by Kolen and Pollack's rule, and is none of theirs.
    """
    model, several = held.model, held.model.learned
    tried = [
        (a, b)
        for n, a in enumerate(several)
        for b in several[n + 1 :]
        if model.ends(a) == model.ends(b)[::-1] and all(np.ptp(begins(model, each)) == 0 for each in (a, b))
    ]
    if not tried:
        return []
    ended = held.at_end(held.random, sorted({str(each) for pair in tried for each in pair}))
    return [f"{a} and {b}" for a, b in tried if alike(held, ended[str(a)], ended[str(b)], a)]


def begins(model: Model, weight: Variable) -> NDArray[np.float64]:
    """What a weight begins with; 0 where nothing is said."""
    return np.asarray(model.start.get(str(weight), 0.0), float)


def alike(held: Held, one: Array, other: Array, weight: Variable) -> bool:
    """Whether weights are those of another projection in the order of a transpose, but for a factor and a number."""
    n, m = (held.sizes[end] for end in held.model.ends(weight))
    if one.size != n * m or other.size != n * m:
        return False
    turned = other.reshape(m, n).T.ravel()
    if min(np.ptp(one), np.ptp(turned)) == 0:
        return False
    return bool(abs(np.corrcoef(one, turned)[0, 1]) > NEAR)
