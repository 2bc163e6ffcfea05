"""A rule under way, for studies that measure by loops of their own around the trainer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from numpy.random import Generator

from plausible.core import Memory, Optimiser, Params, Presentation, Randomness, Rule, State, Tick, at_work
from plausible.train import begin, train


@dataclass
class Learner:
    """A rule with its optimiser, and the weights and states that they have come to, from which learning can go on.

    Weights change in place, and may be replaced before learning begins.

    >>> from plausible.core import randomness
    >>> from plausible.networks.mlp import MLP
    >>> from plausible.optimise.sgd import SGD
    >>> from plausible.registry import registry
    >>> from plausible.study.learner import Learner
    >>> from plausible.tasks.streams import Minibatches
    >>> roles = randomness(0)
    >>> task = registry.task("two-moons[examples=100]", roles.data)
    >>> learner = Learner.new(registry.rule("fa", MLP((4,))), SGD(0.1), task.n_in, task.n_out, roles)
    >>> stream = Minibatches(10)(task.train, task.kind, 2, roles.order)
    >>> [tick.number for tick in learner.ticks(stream)][-1], learner.done
    (11, 12)
    """

    rule: Rule
    optimiser: Optimiser
    params: Params
    state: State
    memory: Memory
    noise: Generator  # the generator that the rule draws from while it learns
    done: int = 0  # changes so far

    @classmethod
    def new(cls, rule: Rule, optimiser: Optimiser, n_in: int, n_out: int, roles: Randomness) -> Learner:
        """A learner that has learned nothing. Raises `BadInput`, as `plausible.train.begin` does."""
        return cls(rule, optimiser, *begin(rule, optimiser, n_in, n_out, roles.weights), roles.noise)

    def ticks(self, shown: Iterable[Presentation]) -> Iterator[Tick]:
        """Learn from what is shown; a tick before each change is applied, as `plausible.train.train` yields it.

        During a tick, `state` is the one after it. If the loop is left early, the change of its tick is not applied.
        Between ticks the rule is at work, so that no task is made.
        """
        learner = self.rule, self.optimiser, self.params, self.state, shown, self.noise
        ahead, name = train(*learner, self.memory, self.done), type(self.rule).__name__
        while True:
            with at_work(name):
                tick = next(ahead, None)
            if tick is None:
                return
            self.state = tick.step.state
            yield tick
            self.done = tick.number + 1
