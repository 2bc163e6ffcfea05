"""Contextual bandits: a modifier of rules, by which any task of classes becomes one of actions and rewards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.random import Generator

from plausible.arrays import beside
from plausible.core import Array, Params, Presentation, Rule, State, Step, View
from plausible.errors import BadInput, require_number
from plausible.networks.mlp import MLP
from plausible.networks.network import Network
from plausible.registry.networks import learns
from plausible.rules.around import Inside
from plausible.rules.reward.gated import BrainProp


class Pulled:
    """The payoff of one action an example, which may be asked for once, as an arm is pulled once."""

    def __init__(self, shown: Presentation, right: float, wrong: float, rng: Generator) -> None:
        self.shown, self.right, self.wrong, self.rng, self.left = shown, right, wrong, rng, True

    def __call__(self, answer: Array) -> Array:
        """The payoff, (batch,), 1 or 0. Raises `BadInput` where it is asked for again."""
        if not self.left:
            raise BadInput("a bandit pays once: expected a rule that asks for one reward of a presentation")
        self.left, reward = False, self.shown.reward(answer)
        chances = self.wrong + (self.right - self.wrong) * reward
        drawn = beside(self.rng.random(reward.shape).astype(str(reward.dtype)), reward)
        paid: Array = np.where(drawn < chances, 1 + 0 * reward, 0 * reward)
        return paid


@dataclass(frozen=True)
class Bandit(Inside):
    """A rule that plays a contextual bandit [sutton2018]: an input is the context, and each class an arm.

        P(r = 1) = right · y_a + wrong · (1 - y_a)

    with r the payoff, 1 or 0, of the arm a, and y_a 1 for the arm of the label, else 0. The rule inside is shown no
    label, y = None, and may ask for the payoff once in a presentation, of one action an example. So any task of
    classes is one of rewards; that of answers is scored as ever. `update` does all of it.

    Deviations: examples of a presentation are played at once, and learned from together.

    >>> from plausible.networks.mlp import MLP
    >>> from plausible.registry import registry
    >>> rule = registry.rule("bandit[rule=reinforce,right=0.8,wrong=0.2]", MLP((8,)))
    >>> type(rule.rule).__name__, rule.network.hidden, rule.right
    ('Reinforce', (8,), 0.8)
    """

    source: ClassVar[str] = "sutton2018"
    answers: ClassVar[tuple[str, ...]] = ()  # it claims nothing of what the rule inside claims
    targets: ClassVar[str] = "classes"

    network: Network = MLP()
    rule: Rule = BrainProp()
    right: float = 1.0
    wrong: float = 0.0

    def __post_init__(self) -> None:
        require_number("right", self.right, 0, 1)
        require_number("wrong", self.wrong, 0, 1)
        if not learns(type(self.rule), self.network):
            kind = type(self.network).__name__
            raise BadInput(f"the rule inside is {type(self.rule).__name__}: expected one that learns {kind}")

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        made: tuple[Params, State] = self.inside.init(n_in, n_out, rng)
        return made

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        hidden: Any = None
        arms = Pulled(shown, self.right, self.wrong, rng)
        step: Step = self.inside.update(params, state, shown._replace(y=hidden, reward=arms), rng)
        return step

    def respond(self, params: View, state: State, x: Array, rng: Generator) -> list[Array]:
        answer: list[Array] = self.inside.respond(params, state, x, rng)
        return answer
