"""What a rule learns of a presentation at a later one, as by momentum: whether that is multiplied by slopes of then."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any, NamedTuple

import numpy as np
from numpy.random import Generator

from plausible.core import Presentation, State, Step
from plausible.plausibility import gains, gains_driven, teaching
from plausible.plausibility.gains import Gains
from plausible.plausibility.intervention import dense
from plausible.plausibility.onwards import LONG
from plausible.plausibility.world import SEED, World


class Delayed:
    """A rule that proposes what it would learn later of what it is shown, beyond what it would learn without that.

    Args:
        rule: that learns.
        after: what it is shown after that, the last of which it learns at.
    """

    def __init__(self, rule: Any, after: tuple[Presentation, ...]) -> None:
        self.rule, self.after = rule, after

    def __getattr__(self, name: str) -> Any:
        return getattr(self.rule, name)

    def update(self, params: Any, state: State, shown: Presentation, rng: Generator) -> Step:
        """The difference that a presentation makes to the changes at a later one."""
        with_it = self.rule.update(params, deepcopy(state), shown, rng).state
        one, other = (dense(self.later(params, each)) for each in (with_it, deepcopy(state)))
        return Step({name: change - other.get(name, 0.0) for name, change in one.items()}, state)

    def later(self, params: Any, state: State) -> Step:
        """What is proposed at the last presentation, from a state on."""
        for each in self.after:
            step: Step = self.rule.update(params, state, each, np.random.default_rng(SEED))
            state = step.state
        return step


class Later(NamedTuple):
    """The gains of what is told of a presentation at a later one, and the layers of which there are none."""

    gains: list[Gains]
    curves: list[gains_driven.Curves]
    untold: set[int]


def later(world: World) -> Later:
    """What is learned of targets of presentations before, by all delays at which it is."""
    found = Later([], [], set())
    for there in worlds(world):
        several = gains.gains(there)
        found.gains.extend(several)
        found.curves.extend(gains_driven.curves(there, several))
        found.untold.update(gains.untold(there, several))
    return found


def worlds(world: World) -> Iterator[World]:
    """Worlds of the rule that learns later, by delays at which changes follow several numbers of a target."""
    for delay in range(1, LONG):
        if teaching.kept(world, delay) > 1:
            after = tuple(world.shown[n % 2]._replace(first=False) for n in range(1, delay + 1))
            yield world._replace(rule=Delayed(world.rule, after))
