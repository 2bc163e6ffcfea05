"""Rules on one trajectory: one rule learns, and others say what they would change at the weights that it comes to.

Updates of rules that each learn for themselves differ by where their weights are, too. Here all of them see the same
forward weights, those of the driver, which are learned from its changes alone. What a rule has besides, such as
feedback, starts as in a run of its own, and learns by the rule's own changes of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from plausible.core import (
    Array,
    Memory,
    Optimiser,
    Params,
    Presentation,
    Rule,
    State,
    Step,
    Tick,
    View,
    randomness,
)
from plausible.errors import BadInput
from plausible.networks.network import is_bias
from plausible.probes.alignment import dense
from plausible.probes.quality import cosine


@dataclass
class Rider:
    """A rule that looks on, with what it has besides the forward weights.

    Args:
        rule: the rule.
        own: weights that the driver does not have, by name; they change in place.
        state: the rule's state.
        optimiser: what turns changes of its own weights into new ones.
        memory: the optimiser's.
        noise: the generator that the rule draws from.
        learns: whether it changes weights of its own or carries a state, as far as is known.
    """

    rule: Rule
    own: Params
    state: State
    optimiser: Optimiser
    memory: Memory
    noise: Generator
    learns: bool = True

    @classmethod
    def new(cls, rule: Rule, forward: View, optimiser: Optimiser, sizes: tuple[int, int], seed: int) -> Rider:
        """A rider at the start of a run with this seed; `sizes` are those of inputs and outputs.

        Raises:
            BadInput: if the rule has a forward weight of another shape, or none of those that are given.
        """
        roles = randomness(seed)
        params, state = rule.init(*sizes, roles.weights)
        shared = [name for name in forward if name in params]
        for name in shared:
            if params[name].shape != forward[name].shape:
                raise BadInput(
                    f"weight {name!r} of {type(rule).__name__} has shape {params[name].shape}: expected "
                    f"{forward[name].shape}, that of the rule that it rides with; give both the same network"
                )
        if not shared:
            raise BadInput(f"{type(rule).__name__} has weights {[*params]}: expected some of {[*forward]}")
        own = {name: array for name, array in params.items() if name not in forward}
        return cls(rule, own, state, optimiser, optimiser.init(own), roles.noise)

    def proposes(self, forward: View, shown: Presentation, rng: Generator) -> Step:
        """What the rule proposes for `shown`, with the forward weights of the driver."""
        return self.rule.update({**forward, **self.own}, self.state, shown, rng)

    def learn(self, forward: View, shown: Presentation) -> None:
        """Change the weights of its own by what the rule proposes, as `plausible.train.train` does."""
        if not self.learns:
            return
        step = self.proposes(forward, shown, self.noise)
        changes = {name: change for name, change in step.updates.items() if name in self.own}
        for name in step.decay.keys() & self.own.keys():
            self.own[name] *= 1 - step.decay[name]
        self.optimiser.apply(self.own, changes, self.memory, step.loss)
        for name in step.bounds.keys() & self.own.keys():
            np.clip(self.own[name], *step.bounds[name], out=self.own[name])
        self.learns = bool(changes or step.decay.keys() & self.own.keys() or step.state is not None)
        self.state = step.state


def alongside(riders: Mapping[str, Rider], ticks: Iterable[Tick], names: Iterable[str]) -> Iterator[Tick]:
    """The ticks of a driver, each after the riders have seen it; `names` are those of the forward weights."""
    forward = [*names]
    for tick in ticks:
        yield tick
        weights = {name: tick.params[name] for name in forward}
        for rider in riders.values():
            rider.learn(weights, tick.shown)


def cosines(steps: Mapping[str, Step], weight: str = "") -> dict[tuple[str, str], float]:
    """The cosine between the changes of every two rules, of one weight, or of all weights that both change.

    Biases are left out. NaN where one rule changes nothing.

    >>> import numpy as np
    >>> from plausible.core import Step
    >>> from plausible.plausibility.alongside import cosines
    >>> one, other = Step({"W1": np.array([1.0, 0.0])}), Step({"W1": np.array([-2.0, 0.0]), "W2": np.ones(1)})
    >>> cosines({"one": one, "other": other})
    {('one', 'other'): -1.0}
    """
    changes = {
        rule: {n: dense(u) for n, u in step.updates.items() if not is_bias(n)} for rule, step in steps.items()
    }
    found = {}
    rules = [*steps]
    for number, first in enumerate(rules):
        for second in rules[number + 1 :]:
            both = [
                n for n in changes[first] if n in changes[second] and n.startswith("W") and weight in ("", n)
            ]
            found[first, second] = cosine(*(flat(changes[rule], both) for rule in (first, second)))
    return found


def flat(changes: Mapping[str, Array], names: list[str]) -> Array:
    """All numbers of some changes in a row, in float64."""
    return np.concatenate([np.zeros(0), *(changes[name].astype(np.float64).ravel() for name in names)])
