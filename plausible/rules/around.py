"""What rules around another rule share: the one inside, and answers by weights as that one knows them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from functools import cached_property
from typing import Any

from numpy.random import Generator

from plausible.core import Array, Rule, State, View
from plausible.networks.mlp import MLP


class Around(ABC):
    """A rule around another one, on its network. `seen` is open: the weights that the rule inside knows."""

    network: MLP
    rule: Rule

    @cached_property
    def inside(self) -> Any:
        """The rule inside, on the network that it learns here."""
        rule: Any = self.rule
        return replace(rule, network=self.network)

    @abstractmethod
    def seen(self, params: View) -> View:
        """Weights as the rule inside knows them."""

    def respond(self, params: View, state: State, x: Array, rng: Generator) -> list[Array]:
        answer: list[Array] = self.inside.respond(self.seen(params), state, x, rng)
        return answer
