"""What a spiking rule makes of its learned weights beside its circuit: before a simulation, or to keep in its state."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from functools import partial
from inspect import getsourcefile
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from plausible.core import Step, randomness
from plausible.plausibility.begun import SOME, Anew, started
from plausible.plausibility.beside import beside_changes
from plausible.plausibility.copies import anywhere
from plausible.plausibility.counting import held_by
from plausible.plausibility.intervention import dense
from plausible.plausibility.record import FEW
from plausible.plausibility.spikes.model import Model
from plausible.plausibility.spikes.overheard import of_rule, outside, overheard, start_of
from plausible.plausibility.unrun import is_own
from plausible.plausibility.world import N_IN, N_OUT, SEED, World
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
            found += [f"what {each} begins with of {own}" for each in begun_with(world, name)]
    if told := beside_changes(step):
        others = {name: (a * rng.choice(TURNED, a.shape)).astype(a.dtype) for name, a in world.params.items()}
        now = beside_changes(world.step(others))
        found += [f"what {name} decays or is held by" for name in told if told[name] != now.get(name)]
    found += [f"{each.size} numbers that the state keeps" for each in kept(world, step)]
    tied = tuple(each for each in found if each.partition(" ")[0] in weights)
    return Made(tied, tuple(each for each in found if each not in tied))


def begun_with(world: World, weight: str) -> list[str]:
    """The other weights that `init` makes of numbers which it has drawn for a weight, none of which it drew for them.

    Where one array is drawn for several, each of its numbers is for one of them.
    """
    params, _, drawn = started(world, SEED)

    def moved(at: Anew) -> set[str]:
        other, *_ = started(world, SEED, at)
        return {n for n in params if not np.array_equal(params[n], other[n])}

    found = set[str]()
    for number in range(len(drawn)):
        if weight not in (together := moved(Anew(frozenset({number})))):
            continue
        if np.size(drawn[number]) <= np.size(params[weight]):
            found |= together
        else:
            places = np.linspace(0, np.size(drawn[number]) - 1, SOME).astype(int)
            several = (moved(Anew(frozenset({number}), int(place))) for place in places)
            found |= {each for names in several if weight in names for each in names}
    return sorted(found - {weight})


def kept(world: World, step: Step) -> list[NDArray[np.generic]]:
    """What the state of a rule of one's own holds besides values of its circuit, as many numbers as a weight has."""
    if not is_own(str(getsourcefile(type(world.rule)))) or not isinstance(step.state, Mapping):
        return []
    least = min((array.size for name, array in world.params.items() if name[0] == "W"), default=FEW)
    more = {name: each for name, each in step.state.items() if name != "values"}
    return [each for each in held_by(more, set()) if each.size >= least]


def later_state(world: World, step: Step) -> tuple[str, ...]:
    """What the state of a rule of one's own keeps that the suite's rule, from which it derives, does not."""
    if not is_own(str(getsourcefile(type(world.rule)))) or not isinstance(step.state, Mapping):
        return ()
    suite: Any = next(kind for kind in type(world.rule).__mro__ if not is_own(str(getsourcefile(kind))))
    _, state = suite.init(world.rule, N_IN, N_OUT, randomness(0).weights)
    return tuple(sorted(step.state.keys() - {"values", *(state or {})}))


def at_the_second(world: World, step: Step, taught: Step, name: str) -> list[str]:
    """What a rule does at its second presentation beside its circuit, where its state keeps more than that.

    What it keeps and goes on counting, or is otherwise where it was `taught` other labels, may turn what it learns at
    any time. To be called where nobody overhears.
    """
    names = later_state(world, step)
    if not names:
        return []
    with overheard() as runs:
        second = world.step(state=deepcopy(step.state), shown=world.shown[-1])
        found = outside(runs, of_rule(runs, name), dense(second))
    others = second.state, taught.state
    goes_on = (each for each in names if any(repr(step.state[each]) != repr(at.get(each)) for at in others))
    return [*found, *(f"what the state keeps as {each!r}" for each in goes_on)]


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
