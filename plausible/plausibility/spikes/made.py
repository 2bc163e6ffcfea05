"""What a spiking rule makes of its learned weights beside its circuit: before a simulation, or to keep in its state."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from plausible.core import Step
from plausible.plausibility.copies import anywhere
from plausible.plausibility.counting import held_by
from plausible.plausibility.record import FEW
from plausible.plausibility.spikes.model import Model
from plausible.plausibility.spikes.overheard import start_of
from plausible.plausibility.world import SEED, World
from plausible.spiking.simulate import Values

TURNED = (1.0, 1.0, 1.5, -1.5)  # times what each number of a weight was, where it is asked what is made of it


class Made(NamedTuple):
    """What a rule makes of its learned weights, each in words: weights of other synapses, or anything else."""

    weights: tuple[str, ...] = ()
    more: tuple[str, ...] = ()


def made_of_weights(world: World, model: Model, start: Values, step: Step) -> Made:
    """What starts otherwise where some numbers of a learned weight are others, but for this weight itself.

    A number of the same synapse, as a bound of its own, is none. Weights that are not learned, as feedback, may be
    anywhere. What the state keeps of a learned weight may come back later. To be called where runs are overheard.

    Args:
        world: of the rule.
        model: of its simulation.
        start: where that starts, by `object.variable`.
        step: what the rule proposed.
    """
    learned, weights = ({str(each) for each in several} for several in (model.learned, model.weights))
    rng, found = np.random.default_rng(SEED), list[str]()
    for name, array in world.params.items():
        other = {**world.params, name: (array * rng.choice(TURNED, array.shape)).astype(array.dtype)}
        moved = differing(start, start_of(partial(world.step, other)))
        own = next((each for each in start if each in moved.keys() & learned), None)
        if own is not None:
            found += [f"{each} of {own}" for each in moved if each != own and not beside(each, own, moved)]
            if array.size > FEW and any(alike(each, array) for each in held_by(step.state, set())):
                found.append(f"what the state keeps of {own}")
    tied = tuple(each for each in found if each.partition(" ")[0] in weights)
    return Made(tied, tuple(each for each in found if each not in tied))


def alike(kept: NDArray[np.generic], array: NDArray[np.generic]) -> bool:
    """Whether an array holds the numbers of a weight."""
    numbers = kept.dtype.kind == "f" and kept.size >= array.size and np.ptp(kept) > 0
    flat = (np.ravel(each).astype(np.float64) for each in (array, kept))
    return bool(numbers and np.ptp(array) and anywhere(next(flat), [*flat]))


def beside(each: str, own: str, moved: dict[str, NDArray[np.bool_]]) -> bool:
    """Whether a variable moves only where a weight of the same synapse does."""
    same = each.partition(".")[0] == own.partition(".")[0] and moved[each].shape == moved[own].shape
    return same and not (moved[each] & ~moved[own]).any()


def differing(start: Values, other: Values) -> dict[str, NDArray[np.bool_]]:
    """By name, which numbers of two starts differ, flat."""
    found = {}
    for name in (each for each in start if each in other):
        a, b = (np.ravel(np.asarray(each)) for each in (start[name], other[name]))
        moved = a != b if a.shape == b.shape else np.ones(b.shape, bool)
        if moved.any():
            found[name] = moved
    return found
